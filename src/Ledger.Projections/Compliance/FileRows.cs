using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Rows of the file as they were before they were written.</summary>
internal static class FileRows
{
    public static RowList<PostingRow> Postings(string where, DuckFile duck, CancellationToken cancellation)
    {
        var rows = new RowList<PostingRow>();
        duck.Read(
            $"""
            SELECT sequence, case_sequence, delta::BIGINT, agreement::BIGINT, accountable::BIGINT, alleged::BIGINT, status::BIGINT, category::BIGINT,
              facet::BIGINT, lethal::BIGINT, occurred, day::BIGINT, zone::BIGINT, count::BIGINT, decided, ruled_at
            FROM postings WHERE {where}
            """,
            row => rows.Add(new PostingRow(
                row[0], row[1], (int)row[2], (int)row[3], (int)row[4], (int)row[5], (byte)row[6], (byte)row[7], (byte)row[8], (byte)row[9],
                row[10], (int)row[11], (int)row[12], (int)row[13], row[14], row[15])),
            cancellation);
        return rows;
    }

    public static RowList<MeasureRow> Measures(string where, DuckFile duck, CancellationToken cancellation)
    {
        var rows = new RowList<MeasureRow>();
        duck.Read(
            $"""
            SELECT sequence, agreement::BIGINT, accountable::BIGINT, alleged::BIGINT, status::BIGINT, category::BIGINT, occurred, day::BIGINT,
              zone::BIGINT, code::BIGINT, amount
            FROM measures WHERE {where}
            """,
            row => rows.Add(new MeasureRow(
                row[0], (int)row[1], (int)row[2], (int)row[3], (byte)row[4], (byte)row[5], row[6], (int)row[7], (int)row[8], (byte)row[9], row[10])),
            cancellation);
        return rows;
    }
}
