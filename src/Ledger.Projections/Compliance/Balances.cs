using System.Globalization;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Sums of the postings of each block of 16,384 sequences: a sum as of any moment is those of the blocks before it, and the postings since.</summary>
/// <remarks>
/// There are no sums of several blocks: all blocks are read at once, the first time that something is asked, and remembered (<see cref="RunningTotals"/>).
/// A block holds only what its own events changed, so a mission that records day by day has small blocks.
/// Zone and time of day aren't kept: a query that filters by them goes through the postings themselves.
/// Most queries don't ask for days either, so sums over all days lie beside those by day: a fraction of the rows.
/// </remarks>
internal static class Balances
{
    public const int BlockLength = 1 << 14;

    public const string Definition = """
        CREATE TABLE day_balances (
          block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, facet UTINYINT NOT NULL, day INTEGER NOT NULL,
          cases BIGINT NOT NULL, occurrences BIGINT NOT NULL, lethal BIGINT NOT NULL);
        CREATE TABLE measure_balances (
          block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, day INTEGER NOT NULL, code UTINYINT NOT NULL, amount BIGINT NOT NULL);
        CREATE TABLE account_balances (
          block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, facet UTINYINT NOT NULL,
          cases BIGINT NOT NULL, occurrences BIGINT NOT NULL, lethal BIGINT NOT NULL);
        CREATE TABLE amount_balances (
          block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, code UTINYINT NOT NULL, amount BIGINT NOT NULL);
        CREATE TABLE confirmed_balances (
          block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          category UTINYINT NOT NULL, day INTEGER NOT NULL, cases BIGINT NOT NULL);
        CREATE TABLE decision_balances (
          block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          category UTINYINT NOT NULL, pace SMALLINT NOT NULL, cases BIGINT NOT NULL);
        CREATE TABLE open_balances (
          block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          category UTINYINT NOT NULL, day INTEGER NOT NULL, bucket INTEGER NOT NULL, cases BIGINT NOT NULL);
        """;

    /// <summary>Writes the balances of every block that this flush completes, all blocks at once.</summary>
    public static void Write(DuckFile file, long before, long after)
    {
        var (first, end) = (before / BlockLength, after / BlockLength);
        if (first == end) return;
        var posted = Text($"sequence >= {first * BlockLength} AND sequence < {end * BlockLength}");
        var balanced = Text($"block >= {first} AND block < {end}");
        foreach (var sql in OfPostings(posted).Concat(OfDays(balanced))) file.Execute(sql);
    }

    /// <summary>Up to where the balances of a query reach.</summary>
    public static long Reach(long count) => count / BlockLength * BlockLength;

    /// <summary>The block of a posting, in SQL.</summary>
    public static readonly string BlockOf = Text($"(sequence // {BlockLength})::INTEGER");

    /// <summary>Which rows of a balance table are of the first <paramref name="reach"/> sequences.</summary>
    public static string Rows(long reach) => Text($"block < {reach / BlockLength}");

    private static IEnumerable<string> OfPostings(string rows)
    {
        yield return $"""
            INSERT INTO day_balances
            SELECT {BlockOf} AS block, agreement, accountable, alleged, status, category, facet, day,
              sum(delta), sum(delta * count::BIGINT), sum(delta * lethal::INTEGER)
            FROM postings WHERE {rows} GROUP BY block, agreement, accountable, alleged, status, category, facet, day
            HAVING sum(delta) <> 0 OR sum(delta * count::BIGINT) <> 0 OR sum(delta * lethal::INTEGER) <> 0
            """;
        yield return $"""
            INSERT INTO measure_balances
            SELECT {BlockOf} AS block, agreement, accountable, alleged, status, category, day, code, sum(amount)
            FROM measures WHERE {rows} GROUP BY block, agreement, accountable, alleged, status, category, day, code HAVING sum(amount) <> 0
            """;
        yield return $"""
            INSERT INTO decision_balances
            SELECT {BlockOf} AS block, agreement, accountable, alleged, category, pace, sum(delta)
            FROM postings WHERE pace >= 0 AND {rows} GROUP BY ALL HAVING sum(delta) <> 0
            """;
        yield return $"""
            INSERT INTO open_balances
            SELECT {BlockOf} AS block, agreement, accountable, alleged, category, day, {OpenCases.Bucket} AS bucket, sum(delta)
            FROM postings WHERE status <= 1 AND {rows} GROUP BY ALL HAVING sum(delta) <> 0
            """;
    }

    /// <summary>Sums of the balances by day: over all days, and of confirmed cases alone.</summary>
    private static IEnumerable<string> OfDays(string rows)
    {
        yield return $"""
            INSERT INTO account_balances
            SELECT block, agreement, accountable, alleged, status, category, facet, sum(cases), sum(occurrences), sum(lethal)
            FROM day_balances WHERE {rows} GROUP BY block, agreement, accountable, alleged, status, category, facet
            HAVING sum(cases) <> 0 OR sum(occurrences) <> 0 OR sum(lethal) <> 0
            """;
        yield return $"""
            INSERT INTO confirmed_balances
            SELECT block, agreement, accountable, alleged, category, day, sum(cases)
            FROM day_balances WHERE {rows} AND {LatestConfirmed.IsConfirmed} GROUP BY block, agreement, accountable, alleged, category, day
            HAVING sum(cases) <> 0
            """;
        yield return $"""
            INSERT INTO amount_balances
            SELECT block, agreement, accountable, alleged, status, category, code, sum(amount)
            FROM measure_balances WHERE {rows} GROUP BY block, agreement, accountable, alleged, status, category, code HAVING sum(amount) <> 0
            """;
    }

    private static string Text(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
