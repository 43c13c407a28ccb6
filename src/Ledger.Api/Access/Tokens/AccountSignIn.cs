using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Dashboard.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Access.Tokens;

/// <summary>Signs people in to the dashboard with their account at the issuer: the code flow (OpenID Connect Core §3.1) with PKCE (RFC 7636), state and nonce.</summary>
/// <remarks>
/// The answer comes back as a top-level GET, so the cookies that tie it to this browser are Lax; a form sent across would need SameSite=None.
/// No token is kept: what the ID token grants goes sealed into the session's cookie, for no longer than the token says.
/// </remarks>
internal static partial class AccountSignIn
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Long enough for a second factor.</summary>
    private static readonly TimeSpan ToSignInThere = TimeSpan.FromMinutes(15);

    private static readonly object IdToken = new();

    /// <remarks>Before the dashboard is added: it replaces what seals.</remarks>
    public static void AddAccounts(this IServiceCollection services, OidcSettings? oidc)
    {
        if (oidc?.Client is not { } client) return;
        services.AddAuthentication().AddOpenIdConnect(Sessions.Account, options =>
        {
            options.MetadataAddress = oidc.Discovery.ToString();
            options.RequireHttpsMetadata = oidc.Discovery.Scheme == "https";
            (options.ClientId, options.ClientSecret) = (client.Id, client.Secret);
            (options.ResponseType, options.ResponseMode, options.UsePkce) = (OpenIdConnectResponseType.Code, OpenIdConnectResponseMode.Query, true);
            (options.CallbackPath, options.SignInScheme) = (Sessions.AccountBack, Sessions.Scheme);
            (options.MapInboundClaims, options.SaveTokens, options.GetClaimsFromUserInfoEndpoint, options.DisableTelemetry) = (false, false, false, true);
            options.Scope.Clear();
            foreach (var scope in client.Scopes) options.Scope.Add(scope);
            options.BackchannelHttpHandler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = Patience };
            options.BackchannelTimeout = Patience;
            options.RemoteAuthenticationTimeout = options.ProtocolValidator.NonceLifetime = ToSignInThere;
            foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
                (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
            options.TokenValidationParameters = ParametersOf(oidc, client);
            options.Events = Events(oidc);
        });
    }

    private static TokenValidationParameters ParametersOf(OidcSettings oidc, OidcClient client) => new()
    {
        // The discovery document's own word on who issues isn't enough: it must be who the operator named.
        IssuerValidator = (issuer, _, _) => issuer == oidc.Issuer ? issuer : throw new SecurityTokenInvalidIssuerException("It is another issuer's."),
        ValidAudience = client.Id,
        ValidAlgorithms = oidc.Algorithms,
        ValidateIssuerSigningKey = true,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ClockSkew = oidc.ClockSkew,
    };

    private static OpenIdConnectEvents Events(OidcSettings oidc) => new()
    {
        // Only remembered here: the nonce is judged after this.
        OnTokenValidated = context =>
        {
            context.HttpContext.Items[IdToken] = context.TokenEndpointResponse?.IdToken;
            return Task.CompletedTask;
        },
        OnTicketReceived = context =>
        {
            context.HandleResponse();
            return BeginAsync(context.HttpContext, oidc, context.ReturnUri ?? "/");
        },
        OnAccessDenied = context =>
        {
            context.HandleResponse();
            return Sessions.RefuseAccountAsync(context.HttpContext, StatusCodes.Status403Forbidden, "issuer-broken-off");
        },
        OnRemoteFailure = context =>
        {
            context.HandleResponse();
            Failed(context.HttpContext.RequestServices.GetRequiredService<ILogger<TokenSignIn>>(), context.Failure?.GetType().Name);
            var (status, code) = ReasonOf(context.Failure);
            return Sessions.RefuseAccountAsync(context.HttpContext, status, code);
        },
    };

    private static async Task BeginAsync(HttpContext context, OidcSettings oidc, string goTo)
    {
        var tokens = context.RequestServices.GetRequiredService<TokenSignIn>();
        await (await tokens.OfAccountAsync(context.Items[IdToken] as string ?? "", context.RequestAborted) switch
        {
            TokenOutcome.SignedIn yes when context.RequestServices.GetRequiredService<SignIn>().Enter(yes.Principal, out var enters) => Sessions.BeginAccountAsync(context, enters, AccountSession.Keep(enters, oidc), goTo),
            TokenOutcome.SignedIn => Sessions.RefuseAccountAsync(context, StatusCodes.Status403Forbidden, "account-blocked"),
            TokenOutcome.GrantsNothing => Sessions.RefuseAccountAsync(context, StatusCodes.Status403Forbidden, "issuer-grants-nothing"),
            TokenOutcome.IssuerSilent => Sessions.RefuseAccountAsync(context, StatusCodes.Status503ServiceUnavailable, "issuer-silent"),
            _ => Sessions.RefuseAccountAsync(context, StatusCodes.Status401Unauthorized, "issuer-answer"),
        });
    }

    /// <summary>What a person can do about it; what was wrong with a token isn't told.</summary>
    private static (int Status, string Code) ReasonOf(Exception? failure) => failure switch
    {
        AuthenticationFailureException => (StatusCodes.Status400BadRequest, "issuer-begun-elsewhere"), // no state, another's, or one that was used
        HttpRequestException or IOException or OperationCanceledException or InvalidOperationException { InnerException: IOException or HttpRequestException } => (StatusCodes.Status503ServiceUnavailable, "issuer-silent"),
        _ => (StatusCodes.Status401Unauthorized, "issuer-answer"),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in with an account came to nothing ({Fault}).")]
    private static partial void Failed(ILogger logger, string? fault);
}
