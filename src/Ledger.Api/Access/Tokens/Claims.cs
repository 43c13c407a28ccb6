using System.Collections.Frozen;
using System.Text.Json;
using Ledger.Api.Hosting;
using Ledger.Domain;

namespace Ledger.Api.Access.Tokens;

/// <summary>What a token says that its bearer may do.</summary>
internal sealed record Grant(FrozenSet<Role> Roles, PartyId? Party, Values<AgreementId> Agreements);

/// <summary>Reads the claims that the operator mapped. What is unclear grants nothing.</summary>
internal static class Claims
{
    private const int MostValues = 200;

    /// <summary>The grant, or why there is none, in words that quote nothing of the token.</summary>
    public static (Grant? Grant, string? Why) Read(JsonElement payload, OidcSettings settings)
    {
        try
        {
            return ReadTexts(payload, settings);
        }
        catch (InvalidOperationException)
        {
            return (null, "The token's claims hold what is no text."); // half a surrogate pair
        }
    }

    private static (Grant? Grant, string? Why) ReadTexts(JsonElement payload, OidcSettings settings)
    {
        var roles = Texts(payload, settings.RoleClaim).Select(name => settings.Roles.TryGetValue(name, out var role) ? role : (Role?)null).OfType<Role>().ToFrozenSet();
        if (roles.Count == 0) return (null, "The token carries no role of this ledger.");
        if (roles.Contains(Role.Liaison) && roles.Any(role => role is not (Role.Liaison or Role.Reader)))
            return (null, "A liaison speaks for a party and has no other role but reader.");

        var party = Texts(payload, settings.PartyClaim) is [var one] && Slug.IsValid(one) && one != PartyId.Undetermined ? new PartyId(one) : (PartyId?)null;
        if (roles.Contains(Role.Liaison) && party is null) return (null, "The token names no party for its liaison.");
        if (!roles.Contains(Role.Liaison) && !roles.Contains(Role.Verifier)) party = null;

        return AgreementsIn(payload, settings) is { } agreements
            ? (new Grant(roles, party, agreements), null)
            : (null, "The token names no agreements.");
    }

    /// <summary>The agreements that it sees, none = all; null where it says nothing of them, or nothing that can be read.</summary>
    private static Values<AgreementId>? AgreementsIn(JsonElement payload, OidcSettings settings)
    {
        IReadOnlyList<string> names = Find(payload, settings.AgreementsClaim) is null ? settings.Agreements : Texts(payload, settings.AgreementsClaim);
        if (names is ["*"]) return Values<AgreementId>.None;
        return names.Count > 0 && names.All(Slug.IsValid) ? names.Distinct(StringComparer.Ordinal).Select(name => new AgreementId(name)).ToValues() : null;
    }

    /// <summary>A claim's texts: one text, several with spaces between (as in <c>scope</c>), or an array of texts.</summary>
    private static string[] Texts(JsonElement payload, string claim) => Find(payload, claim) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() <= MostValues && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(item => item.GetString()!)],
        _ => [],
    };

    /// <summary>A claim by its whole name (which may be an address with dots in it), else by a path of names.</summary>
    private static JsonElement? Find(JsonElement payload, string claim)
    {
        if (payload.TryGetProperty(claim, out var whole)) return whole;
        var place = payload;
        foreach (var name in claim.Split('.'))
            if (place.ValueKind != JsonValueKind.Object || !place.TryGetProperty(name, out place)) return null;
        return place;
    }
}
