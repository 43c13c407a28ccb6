using System.Collections.Concurrent;
using Ledger.Domain;
using Ledger.Domain.Coverage;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Coverage;

/// <summary>Every entry of hours watched or lost at every count.</summary>
/// <remarks>In memory: some 150 bytes an entry, and a mission writes a few a day and site.</remarks>
internal sealed class CoverageBook(NameBook names)
{
    private readonly ConcurrentDictionary<int, RowList<CoverageRow>> _byAgreement = new();
    private readonly Dictionary<Guid, CoverageRow> _latest = [];

    /// <summary>The sequencer's thread only.</summary>
    public CoverageRow Apply(CoverageId id, long sequence, Fact<CoverageEvent> fact, Segment segment)
    {
        var row = fact.Event switch
        {
            CoverageEvent.MonitoringLogged e => new CoverageRow(
                sequence, sequence, id.Value, Code(e.AgreementId.Value), Code(e.Site), Code(e.Zone?.Value), Micros.Of(e.From), Micros.Of(e.To),
                None.Name, None.Name, "", 0, Micros.Of(fact.RecordedAt)),
            CoverageEvent.GapRecorded e => new CoverageRow(
                sequence, sequence, id.Value, Code(e.AgreementId.Value), Code(e.Site), Code(e.Zone?.Value), Micros.Of(e.From), Micros.Of(e.To),
                (int)e.Cause, Code(e.ResponsibleParty?.Value), Write(e.Description), 0, Micros.Of(fact.RecordedAt)),
            CoverageEvent.Corrected e when _latest.TryGetValue(id.Value, out var before) =>
                before with { Sequence = sequence, From = Micros.Of(e.From), To = Micros.Of(e.To), Corrected = 1 },
            CoverageEvent.Corrected => throw new InvalidOperationException("A coverage stream begins with its entry."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        Load(row);
        segment.Rows(Tables.Coverage).Add(row);
        return row;

        int Code(string? name) => names.CodeOf(name, segment);
    }

    public void Load(CoverageRow row)
    {
        _latest[row.CoverageId] = row;
        _byAgreement.GetOrAdd(row.Agreement, _ => new RowList<CoverageRow>()).Add(row);
    }

    public int? AgreementOf(CoverageId id) => _latest.TryGetValue(id.Value, out var row) ? row.Agreement : null;

    /// <summary>An agreement's entries as they stood at a count, in the order in which they were recorded.</summary>
    public List<CoverageRow> At(int agreement, long count)
    {
        var standing = new List<CoverageRow>();
        if (!_byAgreement.TryGetValue(agreement, out var rows)) return standing;
        var places = new Dictionary<long, int>();
        for (int i = 0, all = rows.Count; i < all && rows[i].Sequence < count; i++)
        {
            ref readonly var row = ref rows[i];
            if (row.Corrected == 0)
            {
                places[row.Entry] = standing.Count;
                standing.Add(row);
            }
            else
            {
                standing[places[row.Entry]] = row;
            }
        }

        return standing;
    }

    public static string Write(Prose? text) => text switch
    {
        null => "",
        { Text: { } clear } => "t" + clear,
        _ => "d" + text.Digest,
    };

    public static Prose? ReadProse(string stored) => stored switch
    {
        "" => null,
        ['t', .. var clear] => Prose.InClear(clear),
        _ => Prose.Sealed(stored[1..]),
    };
}
