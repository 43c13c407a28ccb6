using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Dashboard.Hosting;
using Microsoft.AspNetCore.Antiforgery;

namespace Ledger.Api.Dashboard;

/// <summary>The dashboard's session under /api: it serves reads (downloads, and feeds, for EventSource sends no headers) and the batch with an antiforgery token, nothing else.</summary>
internal sealed class CookieSignIn(ILedgerProgram program, SignIn signIn, IAntiforgery antiforgery)
{
    public static bool IsUsed(HttpRequest request) => request.Headers.Authorization.Count == 0 && request.Cookies.ContainsKey(Sessions.Scheme);

    public async Task<(Principal? Principal, Problem? Problem)> TryAsync(HttpContext context)
    {
        if (await context.SessionAsync(program) is not { } holder) return (null, Problem.Unauthenticated("The session has ended; sign in again."));
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) return signIn.Within(holder);
        if (IsBatch(request) && await antiforgery.IsRequestValidAsync(context)) return signIn.Within(holder);
        return (null, Problem.Unauthenticated("A session reads, and sends a batch with the header X-Antiforgery; all else takes Authorization: Bearer."));
    }

    private static bool IsBatch(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Path.Value!.EndsWith("/violations/batch", StringComparison.Ordinal);
}
