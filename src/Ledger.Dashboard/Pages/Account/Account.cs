using Ledger.Application;
using Ledger.Dashboard.Hosting;
using Ledger.Dashboard.Languages;
using Ledger.Dashboard.Layout;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Dashboard.Pages.Account;

/// <summary>Where the forms of signing in and of settings lead.</summary>
internal static class Account
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    public static void MapAccount(this IEndpointRouteBuilder app)
    {
        var place = app.MapGroup("").ExcludeFromDescription().WithMetadata(DashboardPlace.Instance);
        place.MapPost("/session", SignInAsync);
        place.MapPost("/session/end", SignOutAsync);
        place.MapGet("/session/account", ToIssuerAsync);
        place.MapGet(Sessions.AccountBack, FromIssuerAsync);
        place.MapGet("/session", Session);
        place.MapPost("/settings/save", SaveAsync);
    }

    private static async Task SignInAsync(HttpContext context, ILedgerProgram program, IAntiforgery antiforgery)
    {
        var form = await FormAsync(context);
        var outcome = form is null || !await antiforgery.IsRequestValidAsync(context)
            ? new SignInOutcome(null, "form-expired")
            : program.SignIn(form["key"].ToString().Trim(), context.Connection.RemoteIpAddress);
        if (outcome.Principal is not { } principal)
        {
            await PageGuard.ShowAsync(context, StatusCodes.Status401Unauthorized, typeof(LoginPage), new Dictionary<string, object?> { [nameof(LoginPage.Refused)] = outcome.Code });
            return;
        }

        context.Features.Set<Principal>(principal);
        await Sessions.BeginAsync(context, principal, outcome.ExpiresAt);
        // What was typed before is asked for once more, under the new session; nothing is stored behind anybody's back.
        if (Draft.In(form!).Any()) await PageGuard.ShowAsync(context, StatusCodes.Status200OK, typeof(DraftPage));
        else SeeOther(context, Address.Local(form!["return"]));
    }

    private static async Task SignOutAsync(HttpContext context, IAntiforgery antiforgery)
    {
        if (await antiforgery.IsRequestValidAsync(context)) await Sessions.EndAsync(context);
        // Who signed out of an account is asked there who they are, or the next at this machine would be them.
        SeeOther(context, context.Features.Get<Principal>() is { ValidUntil: not null } ? "/login?out=1" : "/login");
    }

    /// <summary>To the issuer's own page. A link and not a form: no form of ours may lead to another host.</summary>
    private static async Task ToIssuerAsync(HttpContext context, ILedgerProgram program)
    {
        if (!program.TakesAccounts)
        {
            SeeOther(context, "/login");
            return;
        }

        var asked = new AuthenticationProperties { RedirectUri = Address.Local(context.Request.Query["return"]) };
        if (context.Request.Query.ContainsKey("anew")) asked.SetParameter("prompt", "login");
        try
        {
            context.Response.Headers.CacheControl = "no-store";
            await context.ChallengeAsync(Sessions.Account, asked);
        }
        catch (Exception e) when (!context.Response.HasStarted && e is InvalidOperationException or IOException or HttpRequestException or OperationCanceledException)
        {
            await Sessions.RefuseAccountAsync(context, StatusCodes.Status503ServiceUnavailable, "issuer-silent");
        }
    }

    /// <summary>Back from the issuer: the scheme verifies what came, and answers.</summary>
    private static async Task FromIssuerAsync(HttpContext context, IAuthenticationHandlerProvider handlers)
    {
        if (await handlers.GetHandlerAsync(context, Sessions.Account) is not IAuthenticationRequestHandler handler || !await handler.HandleRequestAsync())
            SeeOther(context, "/login");
    }

    /// <summary>Who is signed in, and a token for what scripts send in the header X-Antiforgery. 401 without a session.</summary>
    private static IResult Session(HttpContext context, IAntiforgery antiforgery)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (context.Features.Get<Principal>() is not { } viewer) return TypedResults.Unauthorized();
        return TypedResults.Ok(new SessionAnswer(
            viewer.Subject.Value, [.. viewer.Roles.Order().Select(Domain.KebabExtensions.Code)], viewer.PartyId?.Value, antiforgery.GetAndStoreTokens(context).RequestToken!));
    }

    private static async Task SaveAsync(HttpContext context, IAntiforgery antiforgery)
    {
        if (await FormAsync(context) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            SeeOther(context, "/settings");
            return;
        }

        Keep(context, Reading.LanguageCookie, Reading.CultureOf(form["language"])?.Name);
        Keep(context, Reading.ThemeCookie, Reading.Themes.FirstOrDefault(theme => theme == form["theme"]));
        Keep(context, Reading.ZoneCookie, Reading.ZoneOf(form["zone"])?.Id ?? "");
        SeeOther(context, Address.Local(form["return"]));
    }

    private static void Keep(HttpContext context, string cookie, string? value)
    {
        if (value is null) return;
        context.Response.Cookies.Append(cookie, value, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, MaxAge = Kept, Path = "/", Secure = context.Request.IsHttps });
    }

    private static Task<IFormCollection?> FormAsync(HttpContext context) => Draft.FormAsync(context);

    private static void SeeOther(HttpContext context, string where)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = where;
    }

    /// <param name="Token">Bound to the session; good for the header X-Antiforgery.</param>
    internal sealed record SessionAnswer(string Subject, IReadOnlyList<string> Roles, string? PartyId, string Token);
}

/// <summary>A form that was sent and couldn't be taken: its fields travel in the page, and nowhere else.</summary>
internal static class Draft
{
    public const string Prefix = "draft.";
    public const string Path = "draft-path";

    // Names of a form that say how it is sent, not what was typed.
    private static readonly string[] Machinery = ["_token", "_handler", "key", "return", Path];

    /// <summary>The form of a request; null where there is none that can be read.</summary>
    public static async Task<IFormCollection?> FormAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType) return null;
        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is BadHttpRequestException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>What was typed: by the form itself, or carried in a form around it.</summary>
    public static IEnumerable<(string Name, string Value)> In(IFormCollection form)
    {
        var carried = form.Where(field => field.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        var fields = carried.Count > 0
            ? carried.Select(field => (Name: field.Key[Prefix.Length..], field.Value))
            : form.ContainsKey("_handler") ? form.Where(field => !Machinery.Contains(field.Key)).Select(field => (Name: field.Key, field.Value)) : [];
        return fields.SelectMany(field => field.Value, (field, value) => (field.Name, value ?? ""));
    }

    /// <summary>Where it was sent.</summary>
    public static string PathOf(HttpContext context, IFormCollection form) =>
        form.TryGetValue(Path, out var path) ? Address.Local(path) : Address.Local(context.Request.Path + context.Request.QueryString);

    /// <summary>Which form of the page it was.</summary>
    public static string? HandlerOf(IFormCollection form) => form.TryGetValue(Prefix + "_handler", out var carried) ? carried : form["_handler"];
}
