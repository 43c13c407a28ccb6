using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Api.Hosting;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Node;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Access.Tokens;

/// <summary>What came of a token.</summary>
internal abstract record TokenOutcome
{
    private TokenOutcome() { }

    public sealed record SignedIn(Principal Principal) : TokenOutcome;

    /// <summary>Not a token of the issuer for this ledger, or not any more. Which of it isn't told: it helps only who forges.</summary>
    public sealed record Unknown : TokenOutcome;

    /// <summary>The issuer says who it is, and nothing that this person may do here.</summary>
    public sealed record GrantsNothing(string Why) : TokenOutcome;

    /// <summary>The issuer's keys can't be had, so nobody can say.</summary>
    public sealed record IssuerSilent : TokenOutcome;
}

/// <summary>Signs in the bearer of a JWT (RFC 7519, RFC 8725) of the one issuer that the operator named.</summary>
/// <remarks>
/// Nobody's name is kept: the subject is an HMAC of issuer and <c>sub</c> under the server's secret, the same for every token of a person,
/// so that separation of duties holds, and worth nothing to whoever gets hold of the history without the secret.
/// </remarks>
internal sealed class TokenSignIn(LedgerNode node, LedgerSettings settings, TimeProvider time, ILogger<IssuerKeys> logger) : IDisposable
{
    public const int LongestToken = 8_192;

    private const int MostRemembered = 10_000;

    /// <summary>So long a verified token isn't verified again: an issuer's withdrawn key stops opening within it.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(60);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LongestToken };
    private readonly IssuerKeys? _keys = settings.Oidc is { } oidc ? new IssuerKeys(oidc, time, logger) : null;
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, TokenOutcome Outcome)> _known = new(StringComparer.Ordinal);

    /// <summary>True where a text is meant to be a token, and tokens are taken here.</summary>
    public bool IsFor(string text) => _keys is not null && text.StartsWith("eyJ", StringComparison.Ordinal) && text.AsSpan().Count('.') == 2;

    public async ValueTask<TokenOutcome> TryAsync(string text, CancellationToken cancellation)
    {
        if (text.Length > LongestToken) return new TokenOutcome.Unknown();
        var digest = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var now = time.GetUtcNow();
        if (_known.TryGetValue(digest, out var known) && now < known.Until) return known.Outcome;

        var (outcome, expires) = await VerifyAsync(text, now, cancellation);
        if (outcome is TokenOutcome.SignedIn) Remember(digest, outcome, now + Remembered < expires ? now + Remembered : expires, now);
        return outcome;
    }

    public void Dispose() => _keys?.Dispose();

    private async ValueTask<(TokenOutcome Outcome, DateTimeOffset Expires)> VerifyAsync(string text, DateTimeOffset now, CancellationToken cancellation)
    {
        var oidc = settings.Oidc!;
        var (token, no) = await VerifiedAsync(text, oidc.Audience, now, cancellation);
        return token is null ? (no!, default) : Grant(token, oidc);
    }

    /// <summary>A token that the issuer signed for this audience and that holds now, or why there is none.</summary>
    private async ValueTask<(JsonWebToken? Token, TokenOutcome? No)> VerifiedAsync(string text, string audience, DateTimeOffset now, CancellationToken cancellation)
    {
        var oidc = settings.Oidc!;
        if (!IsSigned(text, oidc)) return (null, new TokenOutcome.Unknown());

        var result = await ValidateAsync(text, audience, oidc, now, await _keys!.GetAsync(unknown: false, cancellation));
        if (result is { IsValid: false, Exception: SecurityTokenSignatureKeyNotFoundException })
        {
            var keys = await _keys.GetAsync(unknown: true, cancellation);
            if (keys.Count == 0) return (null, new TokenOutcome.IssuerSilent());
            result = await ValidateAsync(text, audience, oidc, now, keys);
        }

        return result.IsValid ? ((JsonWebToken)result.SecurityToken, null) : (null, new TokenOutcome.Unknown());
    }

    /// <summary>Looks at the header before anything is fetched or verified: one of the algorithms named, and nothing critical that isn't understood (RFC 7515 §4.1.11).</summary>
    internal static bool IsSigned(string text, OidcSettings oidc)
    {
        try
        {
            var token = new JsonWebToken(text);
            return oidc.Algorithms.Contains(token.Alg)
                && token.Typ is null or "" or "JWT" or "jwt" or "at+jwt" or "application/at+jwt" // RFC 9068; no logout tokens, no others of the same signer
                && !token.TryGetHeaderValue<object>("crit", out _);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private Task<TokenValidationResult> ValidateAsync(string text, string audience, OidcSettings oidc, DateTimeOffset now, IReadOnlyList<SecurityKey> keys) =>
        _handler.ValidateTokenAsync(text, new TokenValidationParameters
        {
            ValidIssuer = oidc.Issuer,
            ValidAudience = audience,
            ValidAlgorithms = oidc.Algorithms,
            IssuerSigningKeys = keys,
            TryAllIssuerSigningKeys = false, // the key that the header names, or none
            ValidateIssuerSigningKey = true,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (from, until, _, _) =>
                until is { } end && now < Utc(end) + oidc.ClockSkew && (from is not { } begin || now >= Utc(begin) - oidc.ClockSkew),
        });

    private (TokenOutcome Outcome, DateTimeOffset Expires) Grant(JsonWebToken token, OidcSettings oidc)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        if (payload.RootElement.ValueKind != JsonValueKind.Object || string.IsNullOrWhiteSpace(token.Subject)) return (new TokenOutcome.Unknown(), default);
        var expires = Utc(token.ValidTo) + oidc.ClockSkew;
        if (token.IssuedAt == DateTime.MinValue || token.ValidTo - token.IssuedAt > oidc.LongestLifetime)
            return (new TokenOutcome.GrantsNothing("The token lives longer than this ledger takes (Ledger:Oidc:LongestLifetimeMinutes)."), expires);

        return (Granted(token, payload.RootElement, oidc, expires), expires);
    }

    /// <summary>What an account's ID token grants: the same roles and the same pseudonym as a bearer's token.</summary>
    /// <remarks>
    /// It is verified here as a bearer's is. The code flow's handler trusts the line that it came over and takes one without a signature
    /// (OpenID Connect Core §3.1.3.7 lets it); one more look costs nothing. Issuers choose how long an ID token lives with nobody's session
    /// in mind, so a long one isn't refused; its session ends earlier.
    /// </remarks>
    public async ValueTask<TokenOutcome> OfAccountAsync(string text, CancellationToken cancellation)
    {
        var oidc = settings.Oidc!;
        var (token, no) = await VerifiedAsync(text, oidc.Client!.Id, time.GetUtcNow(), cancellation);
        if (token is null) return no!;
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        if (string.IsNullOrWhiteSpace(token.Subject) || token.IssuedAt == DateTime.MinValue) return new TokenOutcome.Unknown();
        var (end, longest) = (Utc(token.ValidTo), Utc(token.IssuedAt) + oidc.LongestLifetime);
        return Granted(token, payload.RootElement, oidc, end < longest ? end : longest);
    }

    private TokenOutcome Granted(JsonWebToken token, JsonElement payload, OidcSettings oidc, DateTimeOffset until)
    {
        var (grant, why) = Claims.Read(payload, oidc);
        if (grant is null) return new TokenOutcome.GrantsNothing(why!);
        var pseudonym = Pseudonym(oidc.Issuer, token.Subject);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(pseudonym)))[..32];
        return new TokenOutcome.SignedIn(
            new Principal(new KeyId($"oidc-{id}"), new Subject($"oidc:{pseudonym}"), grant.Roles, grant.Party, grant.Agreements) { ValidUntil = until, IssuedAt = Utc(token.IssuedAt) });
    }

    private string Pseudonym(string issuer, string subject)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(node.HashingKey, Encoding.UTF8.GetBytes($"oidc subject\n{issuer}\n{subject}"), hash);
        return Base64Url.EncodeToString(hash);
    }

    private void Remember(string digest, TokenOutcome outcome, DateTimeOffset until, DateTimeOffset now)
    {
        if (_known.Count >= MostRemembered)
            foreach (var (old, entry) in _known)
                if (now >= entry.Until) _known.TryRemove(old, out _);
        if (_known.Count < MostRemembered) _known[digest] = (until, outcome);
    }

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
