using Ledger.Application;
using Ledger.Dashboard.Languages;
using Ledger.Dashboard.Layout;
using Ledger.Dashboard.Pages.Account;
using Ledger.Dashboard.Pages.Errors;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ledger.Dashboard.Hosting;

/// <summary>In front of every page: its headers, its language, who looks at it, and what they see where something is missing or breaks.</summary>
internal sealed partial class PageGuard(RequestDelegate next, ILedgerProgram program, IAntiforgery antiforgery, ILogger<PageGuard> logger)
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
        + "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const long MostOfStrangers = 1024 * 1024;

    // The API has its own limit for evidence; this one only keeps a form from being endless.
    private const long MostOfForms = 300L * 1024 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        // Here and not in a method that is awaited: what that sets ends with it.
        if (endpoint is null || endpoint.Metadata.GetMetadata<DashboardPlace>() is not null) Reading.Of(context).Apply();
        if (endpoint is null && WantsPage(context.Request))
        {
            await PrepareAsync(context);
            await ErrorAsync(context, StatusCodes.Status404NotFound);
            return;
        }

        if (endpoint?.Metadata.GetMetadata<DashboardPlace>() is null)
        {
            await next(context);
            return;
        }

        await PrepareAsync(context);
        if (!DashboardHosting.IsPage(context)) await next(context);
        else await PageAsync(context, endpoint);
    }

    private async Task PageAsync(HttpContext context, Endpoint endpoint)
    {
        context.Response.Headers.CacheControl = "no-store";
        // Whoever isn't signed in may lose a long draft; nobody without a key makes this server keep files.
        Limit(context, context.Features.Get<Principal>() is null ? MostOfStrangers : MostOfForms);
        var isOpen = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        if (!isOpen && context.Features.Get<Principal>() is null)
        {
            await AskForKeyAsync(context);
            return;
        }

        // A form that lay open for a day, or over a change of who is signed in: nothing typed is lost, it is asked for once more.
        if (HttpMethods.IsPost(context.Request.Method) && !await antiforgery.IsRequestValidAsync(context))
        {
            await ShowAsync(context, StatusCodes.Status400BadRequest, typeof(DraftPage));
            return;
        }

        await GuardedAsync(context);
    }

    private static void Limit(HttpContext context, long bytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = bytes;
    }

    private async Task PrepareAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self)";
        // Who comes from inside the process has said who they are.
        if (context.Features.Get<Principal>() is null) context.Features.Set(await context.SessionAsync(program));
    }

    /// <summary>Without a session: the sign-in, which keeps what a form has sent.</summary>
    private static Task AskForKeyAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsPost(request.Method)) return ShowAsync(context, StatusCodes.Status401Unauthorized, typeof(LoginPage));
        // A link in a mail arrives without the strict cookie; asked for again by our own page, it comes along.
        if (request.Headers["Sec-Fetch-Site"] == "cross-site") return ShowAsync(context, StatusCodes.Status200OK, typeof(AgainPage));
        context.Response.Redirect("/login?return=" + Uri.EscapeDataString(request.Path + request.QueryString));
        return Task.CompletedTask;
    }

    private async Task GuardedAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            Failed(logger, e, context.GetEndpoint()?.DisplayName);
            var (policy, referrer) = (context.Response.Headers.ContentSecurityPolicy, context.Response.Headers["Referrer-Policy"]);
            context.Response.Clear();
            (context.Response.Headers.ContentSecurityPolicy, context.Response.Headers["Referrer-Policy"]) = (policy, referrer);
            context.Response.Headers.XContentTypeOptions = "nosniff";
            // What failed may have left its services half used.
            await using var scope = context.RequestServices.CreateAsyncScope();
            context.RequestServices = scope.ServiceProvider;
            await ErrorAsync(context, e is EventStore.StoreUnavailableException ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError);
        }
    }

    private static Task ErrorAsync(HttpContext context, int status) =>
        ShowAsync(context, status, typeof(ErrorPage), new Dictionary<string, object?> { [nameof(ErrorPage.Status)] = status });

    /// <summary>A page that no address leads to.</summary>
    internal static Task ShowAsync(HttpContext context, int status, Type page, IDictionary<string, object?>? arguments = null)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return new RazorComponentResult<App>(new { Page = page, Arguments = arguments }) { StatusCode = status }.ExecuteAsync(context);
    }

    /// <summary>True for a person who follows a link to nowhere; programs get problem+json.</summary>
    private static bool WantsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/log")
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(Level = LogLevel.Error, Message = "The page {Page} failed.")]
    private static partial void Failed(ILogger logger, Exception e, string? page);
}
