using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Exchange.Imports;

/// <summary>What an import must know of its agreement: its clocks, and who its parties are by whatever name a file calls them.</summary>
/// <param name="Parties">By id, name and label, in any case of letters.</param>
public sealed record ImportFrame(AgreementId Agreement, TimeZoneInfo Zone, IReadOnlyDictionary<string, PartyId> Parties)
{
    public static ImportFrame Of(AgreementId agreement, TimeZoneInfo zone, IEnumerable<(PartyId Id, IEnumerable<string> Names)> parties)
    {
        ArgumentNullException.ThrowIfNull(parties);
        var all = parties.ToArray();
        var names = new Dictionary<string, PartyId>(StringComparer.OrdinalIgnoreCase);
        foreach (var (id, _) in all) names[id.Value] = id;
        // An id goes before a name that looks like it.
        foreach (var (id, its) in all)
            foreach (var name in its) names.TryAdd(name, id);
        return new ImportFrame(agreement, zone, names);
    }

    public static ImportFrame Of(AgreementState agreement, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        return Of(agreement.AgreementId, zone, agreement.Parties.Select(party => (party.PartyId, party.Labels.Select(label => label.Name).Prepend(party.Name))));
    }

    /// <summary>The same with names that the caller adds; they go before the agreement's own.</summary>
    public ImportFrame With(IReadOnlyDictionary<string, PartyId> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        var names = new Dictionary<string, PartyId>(Parties, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, party) in more) names[name] = party;
        return this with { Parties = names };
    }
}
