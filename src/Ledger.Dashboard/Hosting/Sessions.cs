using System.Globalization;
using System.Net;
using System.Security.Claims;
using Ledger.Application;
using Ledger.Dashboard.Pages.Account;
using Ledger.Domain;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Ledger.Dashboard.Hosting;

/// <summary>Who is signed in to the dashboard: a cookie that holds the id of a key and which of its secrets it was, never the key. Revoking the key ends the session, and so does the end of that secret. An account's session carries what its token granted instead, and ends with the token.</summary>
public static class Sessions
{
    public const string Scheme = "ledger-session";

    /// <summary>The scheme that signs in with an account at the operator's issuer, where the program has one.</summary>
    public const string Account = "ledger-account";

    /// <summary>Where the issuer sends people back to; it is registered there.</summary>
    public const string AccountBack = "/session/account/back";

    private const string Secret = "secret";
    private const string Granted = "granted";

    private static readonly TimeSpan Lasts = TimeSpan.FromHours(12);

    internal static void AddSessions(this IServiceCollection services) => services.AddAuthentication().AddCookie(Scheme, options =>
    {
        options.Cookie.Name = Scheme;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.ExpireTimeSpan = Lasts;
        options.SlidingExpiration = false;
        // On this machine itself there is no wire to listen on, and no certificate either.
        options.Events.OnSigningIn = signing =>
        {
            signing.CookieOptions.Secure = !IsLoopback(signing.HttpContext.Request.Host);
            return Task.CompletedTask;
        };
    });

    /// <summary>Whoever the request's session is of; null without one, and once its key no longer holds.</summary>
    public static async Task<Principal?> SessionAsync(this HttpContext context, ILedgerProgram program)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(program);
        if (!context.Request.Cookies.ContainsKey(Scheme)) return null;
        var ticket = await context.AuthenticateAsync(Scheme);
        if (ticket.Principal?.FindFirstValue(ClaimTypes.NameIdentifier) is not { } key) return null;
        var holder = ticket.Principal.FindFirstValue(Granted) is { } granted ? program.AccountHolder(granted) : program.Holder(new KeyId(key), SecretIn(ticket.Principal));
        if (holder is null) return null;
        // Antiforgery tokens are bound to it.
        context.User = ticket.Principal;
        return holder;
    }

    public static Task BeginAsync(HttpContext context, Principal principal, DateTimeOffset? keyEnds)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(principal);
        return BeginAsync(context, principal, new Claim(Secret, principal.Secret.ToString(CultureInfo.InvariantCulture)), keyEnds);
    }

    /// <summary>Begins a session for whoever came back from the issuer, and leads on from a page of ours.</summary>
    /// <remarks>A redirect would go on as the issuer's, and so arrive without the strict cookie that it has just been given.</remarks>
    /// <param name="granted">What the program keeps of the account, sealed in the cookie.</param>
    public static async Task BeginAccountAsync(HttpContext context, Principal principal, string granted, string goTo)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(principal);
        await BeginAsync(context, principal, new Claim(Granted, granted), principal.ValidUntil);
        context.Features.Set(principal);
        await PageGuard.ShowAsync(context, StatusCodes.Status200OK, typeof(AgainPage), new Dictionary<string, object?> { [nameof(AgainPage.To)] = goTo });
    }

    /// <summary>The sign-in, with why the issuer's answer wasn't taken. It asks for nothing by itself, so nobody goes round in circles.</summary>
    public static Task RefuseAccountAsync(HttpContext context, int status, string code)
    {
        ArgumentNullException.ThrowIfNull(context);
        return PageGuard.ShowAsync(context, status, typeof(LoginPage), new Dictionary<string, object?> { [nameof(LoginPage.Refused)] = code });
    }

    private static Task BeginAsync(HttpContext context, Principal principal, Claim how, DateTimeOffset? atLatest)
    {
        var ends = DateTimeOffset.UtcNow + Lasts;
        context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, principal.KeyId.Value), how], Scheme));
        return context.SignInAsync(Scheme, context.User, new AuthenticationProperties { IsPersistent = true, ExpiresUtc = atLatest < ends ? atLatest : ends });
    }

    /// <summary>Sessions that were begun before keys had several secrets name none: they were begun with the first.</summary>
    private static int SecretIn(ClaimsPrincipal session) => int.TryParse(session.FindFirstValue(Secret), NumberStyles.None, CultureInfo.InvariantCulture, out var secret) ? secret : 0;

    public static Task EndAsync(HttpContext context) => context.SignOutAsync(Scheme);

    private static bool IsLoopback(HostString host) =>
        host.Host is "localhost" || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
