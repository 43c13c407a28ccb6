using System.Runtime.InteropServices;

namespace Ledger.Projections.Compliance;

/// <summary>Signed counts that come from several places and are only true together.</summary>
internal sealed class Tally<TKey> where TKey : struct
{
    private readonly Dictionary<TKey, long> _counts = [];

    public void Add(TKey key, long count) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _) += count;

    /// <summary>What is there: counts above zero.</summary>
    public IEnumerable<KeyValuePair<TKey, long>> Standing => _counts.Where(pair => pair.Value > 0);
}

/// <summary>Where cases stand, as finely as the figures need it.</summary>
/// <param name="Day">0 where days aren't told apart.</param>
internal readonly record struct Cell(int Party, byte Status, byte Category, byte Facet, int Day);

/// <summary>What stands in a cell, by each method that adds up.</summary>
internal record struct CellSum(long Cases, long Occurrences, long Lethal)
{
    public void Add(long cases, long occurrences, long lethal)
    {
        Cases += cases;
        Occurrences += occurrences;
        Lethal += lethal;
    }
}

/// <summary>The cells of a picture, and how a method counts them.</summary>
internal sealed class Cells(CountingMethod method)
{
    private readonly Dictionary<Cell, CellSum> _cells = [];

    public void Add(Cell cell, long cases, long occurrences, long lethal) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_cells, cell, out _).Add(cases, occurrences, lethal);

    public IEnumerable<KeyValuePair<Cell, CellSum>> Standing => _cells.Where(pair => pair.Value.Cases != 0);

    /// <summary>Under the method: sums add up, distinct days don't.</summary>
    public long Count(IEnumerable<KeyValuePair<Cell, CellSum>> cells) =>
        AddsUp ? cells.Sum(cell => Of(cell.Value)) : cells.Select(cell => cell.Key.Day).Distinct().Count();

    public StatusCounts ByStatus(IEnumerable<KeyValuePair<Cell, CellSum>> cells)
    {
        Span<long> counts = stackalloc long[7];
        if (AddsUp) foreach (var (cell, sum) in cells) counts[cell.Status] += Of(sum);
        else foreach (var status in cells.GroupBy(cell => cell.Key.Status)) counts[status.Key] = Count(status);
        long recorded = 0;
        foreach (var count in counts) recorded += count;
        return new StatusCounts(recorded, counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]);
    }

    private bool AddsUp => method != CountingMethod.IncidentDaysV1;

    private long Of(CellSum sum) => method switch
    {
        CountingMethod.RecordsV1 => sum.Cases,
        CountingMethod.OccurrencesV1 => sum.Occurrences,
        CountingMethod.LethalV1 => sum.Lethal,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
