using System.Collections.Frozen;
using Ledger.Domain;

namespace Ledger.Api.Hosting;

/// <summary>An OpenID Connect issuer whose tokens open the ledger, and how its claims are read.</summary>
/// <param name="Issuer">Exactly as it stands in a token's <c>iss</c>; its discovery document lies below it.</param>
/// <param name="Audience">What a token's <c>aud</c> must name: this ledger, and no other service of the same issuer.</param>
public sealed record OidcSettings(string Issuer, string Audience)
{
    /// <summary>Every algorithm that may be named: signatures with a public key. A shared secret is nobody's signature, and none is none.</summary>
    public static readonly FrozenSet<string> Known = new[] { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512" }.ToFrozenSet(StringComparer.Ordinal);

    public IReadOnlyList<string> Algorithms { get; init; } = ["RS256", "PS256", "ES256"];

    /// <summary>How far the issuer's clock may be from ours.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A token can't be called back, so one that would live longer isn't taken.</summary>
    public TimeSpan LongestLifetime { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>The claim's name, or a path of names with dots between (<c>realm_access.roles</c>).</summary>
    public string RoleClaim { get; init; } = "roles";

    public string PartyClaim { get; init; } = "party";

    public string AgreementsClaim { get; init; } = "agreements";

    /// <summary>What the issuer calls a role → what it is here. What isn't in it is no role.</summary>
    public IReadOnlyDictionary<string, Role> Roles { get; init; } =
        Enum.GetValues<Role>().Where(role => role != Role.System).ToDictionary(role => role.Code(), role => role, StringComparer.Ordinal);

    /// <summary>What a token without the claim of agreements sees: these, <c>*</c> for all; empty = such a token isn't taken.</summary>
    public IReadOnlyList<string> Agreements { get; init; } = [];

    /// <summary>As whom the dashboard signs people in with their accounts; null = it doesn't.</summary>
    public OidcClient? Client { get; init; }

    public Uri Discovery => new(Issuer.TrimEnd('/') + "/.well-known/openid-configuration");
}

/// <summary>The dashboard as the issuer knows it.</summary>
/// <param name="Secret">Null for a client without one, which PKCE alone then guards.</param>
/// <param name="Scopes">What is asked for; <c>openid</c> among them.</param>
public sealed record OidcClient(string Id, string? Secret, IReadOnlyList<string> Scopes);

/// <summary>The settings of <c>Ledger:Oidc</c> on their way in.</summary>
internal sealed record OidcDraft
{
    public string? Issuer { get; init; }

    public string? Audience { get; init; }

    public string? ClientId { get; init; }

    public string? ClientSecret { get; init; }

    public IReadOnlyList<string>? Scopes { get; init; }

    public Func<OidcSettings, OidcSettings> Rest { get; init; } = settings => settings;

    public OidcDraft And(Func<OidcSettings, OidcSettings> more)
    {
        var before = Rest;
        return this with { Rest = settings => more(before(settings)) };
    }

    /// <exception cref="SettingsException">Issuer or audience is missing.</exception>
    public OidcSettings Finish()
    {
        if (Issuer is null || Audience is null)
            throw new SettingsException("Ledger:Oidc needs Ledger:Oidc:Issuer and Ledger:Oidc:Audience: who signs, and what a token must be meant for.");
        if (ClientId is null && (ClientSecret is not null || Scopes is not null))
            throw new SettingsException("Ledger:Oidc:ClientSecret and Ledger:Oidc:Scopes belong to Ledger:Oidc:ClientId: the client as which the dashboard signs people in.");
        return Rest(new OidcSettings(Issuer, Audience) { Client = ClientId is { } id ? new OidcClient(id, ClientSecret, Scopes ?? ["openid"]) : null });
    }

    // Keys fetched without TLS are whoever's stands in between; on the machine itself nobody does.
    public static string IssuerOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback)) && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0
            ? text
            : throw new FormatException("isn't an issuer such as https://login.example.org/realm, as it stands in a token's iss");

    public static IReadOnlyList<string> ScopesOf(string text)
    {
        string[] scopes = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return scopes.Contains("openid", StringComparer.Ordinal) ? scopes : throw new FormatException("isn't a list of scopes with openid among them");
    }

    /// <summary>A secret in a file, as an orchestrator lays it down.</summary>
    public static string SecretIn(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 } secret ? secret : throw new FormatException("names a file with nothing in it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"names a file that can't be read: {path}");
        }
    }

    public static IReadOnlyList<string> AlgorithmsOf(string text)
    {
        var names = Words(text);
        return names.Count > 0 && names.All(OidcSettings.Known.Contains)
            ? names
            : throw new FormatException($"names something else than {string.Join(", ", OidcSettings.Known.Order(StringComparer.Ordinal))}");
    }

    public static IReadOnlyDictionary<string, Role> RolesOf(string text)
    {
        var roles = new Dictionary<string, Role>(StringComparer.Ordinal);
        foreach (var pair in Words(text))
        {
            var at = pair.LastIndexOf('=');
            if (at < 1 || !Kebab<Role>.TryParse(pair[(at + 1)..], out var role) || role == Role.System || !roles.TryAdd(pair[..at], role))
                throw new FormatException("isn't a list such as mission-monitors=monitor, mission-verifiers=verifier");
        }

        return roles;
    }

    public static IReadOnlyList<string> AgreementsOf(string text)
    {
        var names = Words(text);
        return names is ["*"] || names.All(Slug.IsValid) ? names : throw new FormatException("is neither * nor a list of ids of agreements");
    }

    private static List<string> Words(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
