using System.Globalization;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Sums of the postings of each block of 65,536 sequences, and of sixteen such blocks: an as-of sum is a few of them and the postings behind.</summary>
/// <remarks>
/// A block holds only what its own events changed, so a mission that records day by day has small blocks.
/// Zone and time of day aren't kept: a query that filters by them goes through the postings themselves.
/// Most queries don't ask for days either, so sums over all days lie beside those by day: a fraction of the rows.
/// </remarks>
internal static class Balances
{
    public const int BlockLength = 1 << 16;

    private const int BlocksInRun = 16;

    public const string Definition = """
        CREATE TABLE day_balances (
          level UTINYINT NOT NULL, block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, facet UTINYINT NOT NULL, day INTEGER NOT NULL,
          cases BIGINT NOT NULL, occurrences BIGINT NOT NULL, lethal BIGINT NOT NULL);
        CREATE TABLE measure_balances (
          level UTINYINT NOT NULL, block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, day INTEGER NOT NULL, code UTINYINT NOT NULL, amount BIGINT NOT NULL);
        CREATE TABLE account_balances (
          level UTINYINT NOT NULL, block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, facet UTINYINT NOT NULL,
          cases BIGINT NOT NULL, occurrences BIGINT NOT NULL, lethal BIGINT NOT NULL);
        CREATE TABLE amount_balances (
          level UTINYINT NOT NULL, block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          status UTINYINT NOT NULL, category UTINYINT NOT NULL, code UTINYINT NOT NULL, amount BIGINT NOT NULL);
        CREATE TABLE confirmed_balances (
          level UTINYINT NOT NULL, block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          category UTINYINT NOT NULL, day INTEGER NOT NULL, cases BIGINT NOT NULL);
        CREATE TABLE decision_balances (
          level UTINYINT NOT NULL, block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          category UTINYINT NOT NULL, pace SMALLINT NOT NULL, cases BIGINT NOT NULL);
        CREATE TABLE open_balances (
          level UTINYINT NOT NULL, block INTEGER NOT NULL, agreement INTEGER NOT NULL, accountable INTEGER NOT NULL, alleged INTEGER NOT NULL,
          category UTINYINT NOT NULL, day INTEGER NOT NULL, bucket INTEGER NOT NULL, cases BIGINT NOT NULL);
        """;

    /// <summary>Writes the balances of every block that this flush completes.</summary>
    public static void Write(DuckFile file, long before, long after)
    {
        for (var block = before / BlockLength; block < after / BlockLength; block++)
        {
            foreach (var sql in OfBlock(block)) file.Execute(sql);
            foreach (var sql in OfDays(0, block)) file.Execute(sql);
            if ((block + 1) % BlocksInRun != 0) continue;
            foreach (var sql in OfRun(block / BlocksInRun)) file.Execute(sql);
            foreach (var sql in OfDays(1, block / BlocksInRun)) file.Execute(sql);
        }
    }

    /// <summary>Up to where the balances of a query reach.</summary>
    public static long Reach(long count) => count / BlockLength * BlockLength;

    /// <summary>The block of a posting, in SQL.</summary>
    public static readonly string BlockOf = Text($"(sequence // {BlockLength})");

    /// <summary>Which rows of a balance table add up to the first <paramref name="reach"/> sequences.</summary>
    public static string Rows(long reach)
    {
        var blocks = reach / BlockLength;
        var runs = blocks / BlocksInRun;
        return Text($"((level = 1 AND block < {runs}) OR (level = 0 AND block >= {runs * BlocksInRun} AND block < {blocks}))");
    }

    private static IEnumerable<string> OfBlock(long block)
    {
        var rows = Text($"sequence >= {block * BlockLength} AND sequence < {(block + 1) * BlockLength}");
        yield return Text($"""
            INSERT INTO day_balances
            SELECT 0, {block}, agreement, accountable, alleged, status, category, facet, day,
              sum(delta), sum(delta * count::BIGINT), sum(delta * lethal::INTEGER)
            FROM postings WHERE {rows} GROUP BY agreement, accountable, alleged, status, category, facet, day
            HAVING sum(delta) <> 0 OR sum(delta * count::BIGINT) <> 0 OR sum(delta * lethal::INTEGER) <> 0
            """);
        yield return Text($"""
            INSERT INTO measure_balances
            SELECT 0, {block}, agreement, accountable, alleged, status, category, day, code, sum(amount)
            FROM measures WHERE {rows} GROUP BY agreement, accountable, alleged, status, category, day, code HAVING sum(amount) <> 0
            """);
        yield return Text($"""
            INSERT INTO decision_balances
            SELECT 0, {block}, agreement, accountable, alleged, category, pace, sum(delta)
            FROM postings WHERE pace >= 0 AND {rows} GROUP BY ALL HAVING sum(delta) <> 0
            """);
        yield return Text($"""
            INSERT INTO open_balances
            SELECT 0, {block}, agreement, accountable, alleged, category, day, {OpenCases.Bucket}, sum(delta)
            FROM postings WHERE status <= 1 AND {rows} GROUP BY ALL HAVING sum(delta) <> 0
            """);
    }

    private static IEnumerable<string> OfRun(long run)
    {
        var rows = Text($"level = 0 AND block >= {run * BlocksInRun} AND block < {(run + 1) * BlocksInRun}");
        yield return Text($"""
            INSERT INTO day_balances
            SELECT 1, {run}, agreement, accountable, alleged, status, category, facet, day, sum(cases), sum(occurrences), sum(lethal)
            FROM day_balances WHERE {rows} GROUP BY agreement, accountable, alleged, status, category, facet, day
            HAVING sum(cases) <> 0 OR sum(occurrences) <> 0 OR sum(lethal) <> 0
            """);
        yield return Text($"""
            INSERT INTO measure_balances
            SELECT 1, {run}, agreement, accountable, alleged, status, category, day, code, sum(amount)
            FROM measure_balances WHERE {rows} GROUP BY agreement, accountable, alleged, status, category, day, code HAVING sum(amount) <> 0
            """);
        yield return Text($"""
            INSERT INTO decision_balances
            SELECT 1, {run}, agreement, accountable, alleged, category, pace, sum(cases)
            FROM decision_balances WHERE {rows} GROUP BY agreement, accountable, alleged, category, pace HAVING sum(cases) <> 0
            """);
        yield return Text($"""
            INSERT INTO open_balances
            SELECT 1, {run}, agreement, accountable, alleged, category, day, bucket, sum(cases)
            FROM open_balances WHERE {rows} GROUP BY agreement, accountable, alleged, category, day, bucket HAVING sum(cases) <> 0
            """);
    }

    /// <summary>Sums of a block's or a run's balances by day: over all days, and of confirmed cases alone.</summary>
    private static IEnumerable<string> OfDays(int level, long block)
    {
        var rows = Text($"level = {level} AND block = {block}");
        yield return Text($"""
            INSERT INTO account_balances
            SELECT level, block, agreement, accountable, alleged, status, category, facet, sum(cases), sum(occurrences), sum(lethal)
            FROM day_balances WHERE {rows} GROUP BY level, block, agreement, accountable, alleged, status, category, facet
            HAVING sum(cases) <> 0 OR sum(occurrences) <> 0 OR sum(lethal) <> 0
            """);
        yield return Text($"""
            INSERT INTO confirmed_balances
            SELECT level, block, agreement, accountable, alleged, category, day, sum(cases)
            FROM day_balances WHERE {rows} AND {LatestConfirmed.IsConfirmed} GROUP BY level, block, agreement, accountable, alleged, category, day
            HAVING sum(cases) <> 0
            """);
        yield return Text($"""
            INSERT INTO amount_balances
            SELECT level, block, agreement, accountable, alleged, status, category, code, sum(amount)
            FROM measure_balances WHERE {rows} GROUP BY level, block, agreement, accountable, alleged, status, category, code HAVING sum(amount) <> 0
            """);
    }

    private static string Text(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
