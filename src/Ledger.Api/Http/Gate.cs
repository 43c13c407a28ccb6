using Ledger.Api.Dashboard;
using Ledger.Application;
using Microsoft.AspNetCore.Authorization;

namespace Ledger.Api.Http;

/// <summary>Lets nobody under /api pass without a key, before anything else about the request is looked at.</summary>
/// <remarks>An endpoint with <see cref="IAllowAnonymous"/> is open; places outside /api are open and may ask with <see cref="Principals.TryPrincipalAsync"/>.</remarks>
internal sealed class Gate(RequestDelegate next, SignIn signIn, CookieSignIn cookies)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // A form of the dashboard comes from inside the process, with whoever signed in to its page.
        if (!context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
            || context.Features.Get<Principal>() is not null
            || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(context);
            return;
        }

        var (principal, problem) = CookieSignIn.IsUsed(context.Request) ? await cookies.TryAsync(context) : await signIn.TryAsync(context);
        context.Features.Set(principal);
        await (problem is null ? next(context) : problem.ExecuteAsync(context));
    }
}

/// <summary>Who a request comes from.</summary>
public static class Principals
{
    /// <summary>Whoever signed in. Only for endpoints behind the gate.</summary>
    public static Principal Principal(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<Principal>() ?? throw new InvalidOperationException("This endpoint isn't behind the gate.");
    }

    /// <summary>For open endpoints that say more to some: whoever signed in, or why nobody has.</summary>
    public static ValueTask<(Principal? Principal, Problem? Problem)> TryPrincipalAsync(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<Principal>() is { } principal
            ? new((principal, null))
            : context.RequestServices.GetRequiredService<SignIn>().TryAsync(context);
    }
}
