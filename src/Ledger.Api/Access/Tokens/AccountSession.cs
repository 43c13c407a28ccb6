using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Api.Hosting;
using Ledger.Application;
using Ledger.Domain;

namespace Ledger.Api.Access.Tokens;

/// <summary>What an account's token granted, as its session carries it: sealed in the cookie, kept nowhere else, and without anybody's name.</summary>
/// <param name="Until">Seconds since 1970.</param>
/// <param name="Terms">Under which settings it was granted: an operator who changes what the issuer's roles are here ends every session from before.</param>
/// <param name="Endings">How often all that the account held had been ended before: the next time ends this session too.</param>
internal sealed record AccountSession(
    string Key, string Subject, IReadOnlyList<Role> Roles, string? Party, IReadOnlyList<string> Agreements, long Until, string Terms, int Endings)
{
    public static string Keep(Principal principal, OidcSettings oidc) => JsonSerializer.Serialize(
        new AccountSession(
            principal.KeyId.Value, principal.Subject.Value, [.. principal.Roles], principal.PartyId?.Value,
            [.. principal.Agreements.Select(agreement => agreement.Value)], principal.ValidUntil!.Value.ToUnixTimeSeconds(), TermsOf(oidc), principal.EndingsBefore ?? 0),
        AccountSessionJson.Default.AccountSession);

    /// <summary>Whoever it is of; null once it is over, and where it was granted under other settings.</summary>
    public static Principal? HolderOf(string kept, OidcSettings? oidc, DateTimeOffset now)
    {
        if (oidc?.Client is null || JsonSerializer.Deserialize(kept, AccountSessionJson.Default.AccountSession) is not { } session) return null;
        var until = DateTimeOffset.FromUnixTimeSeconds(session.Until);
        if (now >= until || session.Terms != TermsOf(oidc)) return null;
        return new Principal(
            new KeyId(session.Key), new Subject(session.Subject), session.Roles.ToFrozenSet(), session.Party is { } party ? new PartyId(party) : null,
            session.Agreements.Select(agreement => new AgreementId(agreement)).ToValues()) { ValidUntil = until, EndingsBefore = session.Endings };
    }

    private static string TermsOf(OidcSettings oidc)
    {
        var roles = oidc.Roles.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}");
        string[] terms = [oidc.Issuer, oidc.Client!.Id, oidc.RoleClaim, oidc.PartyClaim, oidc.AgreementsClaim, .. roles, .. oidc.Agreements];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', terms))))[..16];
    }
}

[JsonSerializable(typeof(AccountSession))]
internal sealed partial class AccountSessionJson : JsonSerializerContext;
