using System.Globalization;
using System.Net;
using System.Security.Claims;
using Ledger.Application;
using Ledger.Domain;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Ledger.Dashboard.Hosting;

/// <summary>Who is signed in to the dashboard: a cookie that holds the id of a key and which of its secrets it was, never the key. Revoking the key ends the session, and so does the end of that secret.</summary>
public static class Sessions
{
    public const string Scheme = "ledger-session";

    private const string Secret = "secret";

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
        if (ticket.Principal?.FindFirstValue(ClaimTypes.NameIdentifier) is not { } key || program.Holder(new KeyId(key), SecretIn(ticket.Principal)) is not { } holder) return null;
        // Antiforgery tokens are bound to it.
        context.User = ticket.Principal;
        return holder;
    }

    public static Task BeginAsync(HttpContext context, Principal principal, DateTimeOffset? keyEnds)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(principal);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, principal.KeyId.Value), new Claim(Secret, principal.Secret.ToString(CultureInfo.InvariantCulture))], Scheme);
        var ends = DateTimeOffset.UtcNow + Lasts;
        context.User = new ClaimsPrincipal(identity);
        return context.SignInAsync(Scheme, context.User, new AuthenticationProperties { IsPersistent = true, ExpiresUtc = keyEnds < ends ? keyEnds : ends });
    }

    /// <summary>Sessions that were begun before keys had several secrets name none: they were begun with the first.</summary>
    private static int SecretIn(ClaimsPrincipal session) => int.TryParse(session.FindFirstValue(Secret), NumberStyles.None, CultureInfo.InvariantCulture, out var secret) ? secret : 0;

    public static Task EndAsync(HttpContext context) => context.SignOutAsync(Scheme);

    private static bool IsLoopback(HostString host) =>
        host.Host is "localhost" || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
