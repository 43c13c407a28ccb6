using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Coverage;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Coverage;

/// <summary>Lists entries of the coverage book as they stood at a count, newest beginning first.</summary>
internal sealed class CoverageReader(ReadModel model)
{
    /// <param name="start">Its key: microseconds of from, sequence of the entry's first event.</param>
    public Page<CoverageItem> List(CoverageQuery query, PageStart start)
    {
        if (KeyOf(start.After) is not var (from, entry)) return new Page<CoverageItem>.BadCursor();
        var rows = model.Names.Find(query.Agreement.Value) is { } code ? model.Coverage.At(code, start.Count) : [];
        var found = rows
            .Where(row => Holds(query, row) && (row.From < from || (row.From == from && row.Entry > entry)))
            .OrderByDescending(row => row.From).ThenBy(row => row.Entry)
            .Take(start.Limit + 1).ToList();
        var keys = found.Select(row => (IReadOnlyList<string>)[Text(row.From), Text(row.Entry)]).ToList();
        var items = found.Select(ItemOf).ToList();
        return start.Page(items, item => keys[items.IndexOf(item)], new FactReader(model).Covered(start.Count));
    }

    private bool Holds(CoverageQuery query, CoverageRow row) =>
        (query.To is not { } to || Micros.ToTime(row.From) < to)
        && (query.From is not { } from || Micros.ToTime(row.To) > from)
        && (query.Kinds.Count == 0 || query.Kinds.Contains(KindOf(row)))
        && (query.Zones.Count == 0 || (model.Names.NameOrNull(row.Zone) is { } zone && query.Zones.Contains(new ZoneId(zone))))
        && (query.Sites.Count == 0 || query.Sites.Contains(model.Names.Name(row.Site)));

    private CoverageItem ItemOf(CoverageRow row) => new(
        new CoverageId(row.CoverageId), KindOf(row), model.Names.Name(row.Site),
        model.Names.NameOrNull(row.Zone) is { } zone ? new ZoneId(zone) : null,
        Micros.ToTime(row.From), Micros.ToTime(row.To),
        row.Cause == None.Name ? null : (GapCause)row.Cause,
        model.Names.NameOrNull(row.Party) is { } party ? new PartyId(party) : null,
        CoverageBook.ReadProse(row.Description), row.Corrected != 0, Micros.ToTime(row.RecordedAt), row.Sequence);

    private static CoverageKind KindOf(CoverageRow row) => row.Cause == None.Name ? CoverageKind.Monitoring : CoverageKind.Gap;

    private static (long From, long Entry)? KeyOf(IReadOnlyList<string>? key) => key switch
    {
        null => (long.MaxValue, -1),
        [var from, var entry] when long.TryParse(from, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var f)
            && long.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out var e) => (f, e),
        _ => null,
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
