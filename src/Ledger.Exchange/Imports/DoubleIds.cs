using System.Globalization;

namespace Ledger.Exchange.Imports;

/// <summary>Two rows of one file that say different things under one id are two incidents, or a slip: the second is refused, and stands in for no revision.</summary>
/// <remarks>Revisions come with the next release of a file. A row that says the same again is a repeat, as in any other import. Of each case its id and eight bytes of what it says are kept.</remarks>
internal sealed class DoubleIds(string column)
{
    private readonly Dictionary<Guid, (long Line, long Said)> _seen = [];

    public IEnumerable<ImportRow> Refuse(IEnumerable<ImportRow> rows) => rows.Select(Look);

    private ImportRow Look(ImportRow row)
    {
        if (row.Command is not { } command) return row;
        var said = Print(CanonicalReport.Encode(command));
        if (_seen.TryAdd(command.ViolationId.Value, (row.Line, said))) return row;
        var first = _seen[command.ViolationId.Value];
        return first.Said == said ? row : ImportRow.Bad(row.Line, row.Id, [new RowError(column, Shown(row.Id), Fix(first.Line))]);
    }

    private static string Fix(long line) => string.Create(
        CultureInfo.InvariantCulture, $"The id is there twice: line {line} has it too and says something else. Give one of the two another id, or leave out the one that is out of date.");

    private static string Shown(string? id) => id is null ? "" : Tables.RowReader.Cut(id, 60);

    private static long Print(ReadOnlySpan<byte> bytes)
    {
        var hash = default(HashCode);
        hash.AddBytes(bytes);
        return ((long)bytes.Length << 32) | (uint)hash.ToHashCode();
    }
}
