using System.Runtime.CompilerServices;

namespace Ledger.Projections.Storage;

/// <summary>The rows of consecutive events, in memory until they are written to the file.</summary>
/// <param name="first">The sequence of its first event.</param>
internal sealed class Segment(long first)
{
    private readonly object[] _rows = [.. Tables.All.Select(table => table.NewRows())];

    public long First => first;

    public RowList<T> Rows<T>(Table<T> table) where T : struct => Unsafe.As<RowList<T>>(_rows[table.Ordinal]);
}

/// <summary>What a query looks at: the file up to a count, and the segments behind it. It never changes; another one takes its place.</summary>
/// <param name="Flushed">The file holds sequences 0 to Flushed - 1.</param>
internal sealed record Cut(long Flushed, Segment[] Tail)
{
    /// <summary>The first tail row of a table that isn't in the file, up to a count.</summary>
    public IEnumerable<RowList<T>> Lists<T>(Table<T> table) where T : struct => Tail.Select(segment => segment.Rows(table));
}
