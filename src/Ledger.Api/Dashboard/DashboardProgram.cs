using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Dashboard.Hosting;
using Ledger.Domain;
using Ledger.Node;
using Ledger.Projections;
using MediatR;

namespace Ledger.Api.Dashboard;

/// <summary>This program as its dashboard sees it.</summary>
internal sealed class DashboardProgram(LedgerNode node, SignIn signIn, InnerPipeline inner) : ILedgerProgram
{
    public IMediator Mediator => node.Mediator;

    public LedgerView View => node.View;

    public ReadPoints Points => node.Get<ReadPoints>();

    public LedgerStanding Standing
    {
        get
        {
            var health = node.Health;
            return new LedgerStanding(
                health.Count, health.Sealed?.Size.Value, health.Sealed?.At, node.Origin, health.Status is ViewStatus.Ready or ViewStatus.CatchingUp);
        }
    }

    public ValueTask<Ledger.Dashboard.Audit.LogPicture> LogAsync(CancellationToken cancellation) => LogPictures.OfAsync(node, cancellation);

    public SignInOutcome SignIn(string key, IPAddress? address)
    {
        var (principal, problem) = signIn.TryKey(key, FailedSignIns.Group(address));
        return new SignInOutcome(principal, problem?.Code, principal is null ? null : node.View.Key(principal.KeyId)?.ExpiresAt);
    }

    public Principal? Holder(KeyId key) => signIn.HolderOf(key);

    public async Task<Submission> SubmitAsync(HttpContext from, Command command)
    {
        var (status, json) = await inner.PostAsync(from, command);
        if (status is StatusCodes.Status200OK or StatusCodes.Status201Created)
            return new Submission(status, null, null, new Dictionary<string, string>(), null, json);
        return new Submission(
            status, json?["code"]?.GetValue<string>() ?? "unexpected", json?["detail"]?.GetValue<string>(),
            json?["errors"] is JsonObject errors ? errors.ToDictionary(error => error.Key, error => error.Value!.GetValue<string>()) : new Dictionary<string, string>(),
            json?["currentRevision"]?.GetValue<long>(), null);
    }
}

/// <summary>Everything that a request meets here, for requests that a form of the dashboard makes inside the process.</summary>
/// <remarks>A form goes the very way of a request from outside, so no rule of the API can be missed and none is written twice.</remarks>
internal sealed class InnerPipeline(IServiceScopeFactory scopes)
{
    private RequestDelegate? _rest;

    /// <summary>Puts itself in front: whatever is mapped behind it is what forms reach.</summary>
    public void Follow(IApplicationBuilder app) => app.Use(next =>
    {
        _rest = next;
        return next;
    });

    public async Task<(int Status, JsonObject? Json)> PostAsync(HttpContext from, Command command)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        var request = context.Request;
        (request.Method, request.Scheme, request.Host) = (HttpMethods.Post, from.Request.Scheme, from.Request.Host);
        request.Path = "/api/v1" + command.Path;
        request.Headers["Idempotency-Key"] = command.Key;
        if (command.Revision is { } revision) request.Headers.IfMatch = $"\"{revision}\"";
        await WriteBodyAsync(request, command);
        // Whoever signed in to the page is who acts; nothing outside the process can set this.
        context.Features.Set(from.Principal());

        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await _rest!(context);
        await context.Response.CompleteAsync();
        return (context.Response.StatusCode, answer.Length == 0 ? null : JsonNode.Parse(answer.ToArray()) as JsonObject);
    }

    private static async Task WriteBodyAsync(HttpRequest request, Command command)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(command.Body);
        if (command.File is not { } file)
        {
            request.ContentType = "application/json";
            request.ContentLength = json.Length;
            request.Body = new MemoryStream(json);
            return;
        }

        using var parts = new MultipartFormDataContent();
        var evidence = new ByteArrayContent(json);
        evidence.Headers.ContentType = new("application/json");
        parts.Add(evidence, "evidence");
        var bytes = new StreamContent(file.OpenReadStream());
        if (System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(file.ContentType, out var type)) bytes.Headers.ContentType = type;
        parts.Add(bytes, "file", "file");
        request.ContentType = parts.Headers.ContentType!.ToString();
        var body = new MemoryStream();
        await parts.CopyToAsync(body);
        body.Position = 0;
        (request.Body, request.ContentLength) = (body, body.Length);
    }
}
