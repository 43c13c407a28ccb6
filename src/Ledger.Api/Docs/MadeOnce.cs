namespace Ledger.Api.Docs;

/// <summary>Makes an answer that never changes once, however many ask for it at once, and hands out its bytes from then on.</summary>
/// <remarks>The API's description takes tens of milliseconds and megabytes to make: a hundred who ask for it together stood still, and everybody else with them.</remarks>
internal sealed class MadeOnce(RequestDelegate make)
{
    private readonly Lock _gate = new();
    private Task<Made>? _made;

    public async Task ServeAsync(HttpContext context)
    {
        Task<Made> made;
        lock (_gate) made = _made is null or { IsFaulted: true } or { IsCanceled: true } ? _made = Task.Run(() => MakeAsync(context.RequestServices)) : _made;
        var answer = await made;
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.Headers.CacheControl = "public, max-age=3600";
        context.Response.ContentLength = answer.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(answer.Bytes, context.RequestAborted);
    }

    /// <summary>For a request of nobody's, so that nothing of whoever asked first is in it, and nobody who hangs up stops it.</summary>
    private async Task<Made> MakeAsync(IServiceProvider services)
    {
        await using var scope = services.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        using var bytes = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        (context.Request.Method, context.Request.RouteValues["documentName"], context.Response.Body) = (HttpMethods.Get, "v1", bytes);
        await make(context);
        return new Made(context.Response.StatusCode, context.Response.ContentType, bytes.ToArray());
    }

    private sealed record Made(int Status, string? ContentType, byte[] Bytes);
}
