using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Ledger.Api.Http.Binding;
using Ledger.Domain;

namespace Ledger.Api.Access;

/// <summary>Issues a key.</summary>
internal sealed record KeyRequest : IChecked
{
    private const string OurOwn = "machine:";

    /// <summary>A pseudonym: it stands in every event that the key brings.</summary>
    [Name] public required string Subject { get; init; }

    /// <summary>For people; kept apart from the events, and erasable.</summary>
    [Name] public required string DisplayName { get; init; }

    [NotEmpty, Distinct, OneOf("administrator", "monitor", "liaison", "verifier", "auditor", "reader")]
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>A liaison's party, or a verifier's delegation.</summary>
    [Slug] public string? PartyId { get; init; }

    /// <summary>The only agreements that it sees; all where left out.</summary>
    [Slug, Distinct] public IReadOnlyList<string>? Agreements { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public IEnumerable<Role> RolesRead() => Roles.Select(code => Kebab<Role>.TryParse(code, out var role) ? role : throw new FormatException(code));

    public void Check(JsonElement json, Faults faults)
    {
        if (Subject.StartsWith(OurOwn, StringComparison.OrdinalIgnoreCase)) faults.Add("subject", $"Must not begin with {OurOwn}: those are the program's own.");
        if (PartyId is null && Roles.Contains("liaison")) faults.Add("partyId", "Must be there: a liaison speaks for a party.");
        if (PartyId is not null && !Roles.Contains("liaison") && !Roles.Contains("verifier"))
            faults.Add("partyId", "Belongs to a liaison, or to a verifier as its delegation.");
        if (PartyId == Ledger.Domain.PartyId.Undetermined) faults.Add("partyId", "Must be a party; undetermined stands for nobody.");
    }
}

/// <summary>Replaces a key's secret.</summary>
internal sealed record RotationRequest
{
    /// <summary>So long the old secret goes on opening beside the new one; a day where left out, 0 for a secret that others have seen.</summary>
    [NeverNull, Range(0, 720)] public int? OverlapHours { get; init; }
}
