using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Postings of the file as they were before they were written.</summary>
internal static class FilePostings
{
    public static RowList<PostingRow> Read(string where, DuckFile duck, CancellationToken cancellation)
    {
        var rows = new RowList<PostingRow>();
        duck.Read(
            $"""
            SELECT sequence, case_sequence, occurred, decided, ruled_at, delta, agreement, accountable, alleged, day, zone, count, status, category, facet, lethal
            FROM postings WHERE {where}
            """,
            row => rows.Add(new PostingRow(
                row[0], row[1], row.Int(5), row.Int(6), row.Int(7), row.Int(8), row.Byte(12), row.Byte(13), row.Byte(14), row.Byte(15),
                row[2], row.Int(9), row.Int(10), row.Int(11), row[3], row[4])),
            cancellation);
        return rows;
    }
}
