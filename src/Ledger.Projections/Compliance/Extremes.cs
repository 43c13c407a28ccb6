using System.Globalization;
using Ledger.Domain.Violations;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>The confirmed case of each party that occurred latest: the day by sums, then the case among that day's postings.</summary>
internal static class LatestConfirmed
{
    private const int Confirmed = (int)ViolationStatus.Confirmed;

    public static Dictionary<int, (long Occurred, long RuledAt)> Of(PostingSource source)
    {
        var days = new Tally<(int Party, int Day)>();
        source.Sum(
            "party::BIGINT, day::BIGINT, sum(cases)::BIGINT", source.Days(Sql($" AND status = {Confirmed}")), "party, day HAVING sum(cases) <> 0",
            row => days.Add(((int)row[0], (int)row[1]), row[2]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            if (row.Status == Confirmed) days.Add((party, row.Day), row.Delta);
        });

        // Where clocks are put back over midnight, what happened later can have the day before.
        var latest = days.Standing.GroupBy(pair => pair.Key.Party).ToDictionary(party => party.Key, party => party.Max(pair => pair.Key.Day));
        var near = latest.Values.SelectMany(day => new[] { day, day - 1 }).ToHashSet();
        var cases = new Tally<(int Party, long Occurred, long RuledAt)>();
        if (near.Count == 0) return [];
        source.Read(
            Sql($"""
                SELECT party::BIGINT, occurred, ruled_at, sum(delta)::BIGINT
                FROM ({source.Postings("occurred, ruled_at, delta", $" AND status = {Confirmed} AND day IN ({string.Join(", ", near)})")})
                GROUP BY party, occurred, ruled_at HAVING sum(delta) <> 0
                """),
            row => cases.Add(((int)row[0], row[1], row[2]), row[3]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            if (row.Status == Confirmed && near.Contains(row.Day)) cases.Add((party, row.Occurred, row.RuledAt), row.Delta);
        });
        return cases.Standing.GroupBy(pair => pair.Key.Party).ToDictionary(
            party => party.Key, party => party.Max(pair => (pair.Key.Occurred, pair.Key.RuledAt)));
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The oldest case of each party that is alleged or disputed: cases are in the order of their records, so it is the least number that stands.</summary>
internal static class OpenCases
{
    private const int Width = 14;

    /// <summary>16,384 cases' numbers a bucket.</summary>
    public const string Bucket = "(case_sequence >> 14)::INTEGER";

    public static Dictionary<int, long> Oldest(PostingSource source)
    {
        var buckets = new Tally<(int Party, long Bucket)>();
        source.Sum(
            "party::BIGINT, bucket::BIGINT, sum(cases)::BIGINT", source.OpenBuckets(), "party, bucket HAVING sum(cases) <> 0",
            row => buckets.Add(((int)row[0], row[1]), row[2]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            if (row.Status <= (byte)ViolationStatus.Disputed) buckets.Add((party, row.Case >> Width), row.Delta);
        });

        var first = buckets.Standing.GroupBy(pair => pair.Key.Party).Select(party => party.Min(pair => pair.Key.Bucket)).ToHashSet();
        if (first.Count == 0) return [];
        var open = new Tally<(int Party, long Case)>();
        source.Sum(
            "party::BIGINT, case_sequence, sum(delta)::BIGINT",
            source.PostingHalves("case_sequence, delta", $" AND status <= 1 AND ({string.Join(" OR ", first.Order().Select(Within))})"),
            "party, case_sequence HAVING sum(delta) <> 0",
            row => open.Add(((int)row[0], row[1]), row[2]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            if (row.Status <= (byte)ViolationStatus.Disputed && first.Contains(row.Case >> Width)) open.Add((party, row.Case), row.Delta);
        });
        return open.Standing.GroupBy(pair => pair.Key.Party).ToDictionary(party => party.Key, party => party.Min(pair => pair.Key.Case));
    }

    private static string Within(long bucket) => string.Create(
        CultureInfo.InvariantCulture, $"(case_sequence >= {bucket << Width} AND case_sequence < {(bucket + 1) << Width})");
}

/// <summary>The median time from recorded to first ruling: the hour by sums, then exactly among the cases of that hour.</summary>
internal static class Decisions
{
    private const long Longest = 1 << 20;

    public const string Bucket = "least(decided // 3600000000, 1048576)::INTEGER";

    public static Dictionary<int, double> MedianHours(PostingSource source)
    {
        var buckets = new Tally<(int Party, long Bucket)>();
        source.Sum(
            "party::BIGINT, bucket::BIGINT, sum(cases)::BIGINT", source.DecisionBuckets(), "party, bucket HAVING sum(cases) <> 0",
            row => buckets.Add(((int)row[0], row[1]), row[2]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            if (row.Decided >= 0) buckets.Add((party, BucketOf(row.Decided)), row.Delta);
        });

        var middles = buckets.Standing.GroupBy(pair => pair.Key.Party)
            .ToDictionary(party => party.Key, party => Middle.Of(party.Select(pair => (pair.Key.Bucket, pair.Value))));
        var near = middles.Values.SelectMany(middle => new[] { middle.Low, middle.High }).ToHashSet();
        if (near.Count == 0) return [];
        var exact = new Tally<(int Party, long Decided)>();
        source.Sum(
            "party::BIGINT, decided, sum(delta)::BIGINT",
            source.PostingHalves("decided, delta", $" AND ({string.Join(" OR ", near.Order().Select(Within))})"),
            "party, decided HAVING sum(delta) <> 0",
            row => exact.Add(((int)row[0], row[1]), row[2]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            if (row.Decided >= 0 && near.Contains(BucketOf(row.Decided))) exact.Add((party, row.Decided), row.Delta);
        });
        return exact.Standing.GroupBy(pair => pair.Key.Party)
            .Where(party => middles.ContainsKey(party.Key))
            .ToDictionary(party => party.Key, party => Hours(middles[party.Key], party.Select(pair => (pair.Key.Decided, pair.Value))));
    }

    /// <summary>Which buckets hold the two middle ones (the same one, where the number is odd), and how many come before each bucket.</summary>
    private sealed record Middle(long Low, long LowRank, long High, long HighRank)
    {
        public static Middle Of(IEnumerable<(long Bucket, long Cases)> buckets)
        {
            var sorted = buckets.OrderBy(bucket => bucket.Bucket).ToArray();
            var all = sorted.Sum(bucket => bucket.Cases);
            var (low, lowRank) = Find(sorted, (all - 1) / 2);
            var (high, highRank) = Find(sorted, all / 2);
            return new Middle(low, lowRank, high, highRank);
        }

        private static (long Bucket, long RankInside) Find((long Bucket, long Cases)[] sorted, long rank)
        {
            foreach (var (bucket, cases) in sorted)
            {
                if (rank < cases) return (bucket, rank);
                rank -= cases;
            }

            throw new System.Diagnostics.UnreachableException();
        }
    }

    private static double Hours(Middle middle, IEnumerable<(long Decided, long Cases)> exact)
    {
        var sorted = exact.OrderBy(value => value.Decided).ToArray();
        return (At(middle.Low, middle.LowRank) + At(middle.High, middle.HighRank)) / 2.0 / Micros.PerHour;

        long At(long bucket, long rank)
        {
            foreach (var (decided, cases) in sorted.Where(value => BucketOf(value.Decided) == bucket))
            {
                if (rank < cases) return decided;
                rank -= cases;
            }

            throw new System.Diagnostics.UnreachableException();
        }
    }

    private static long BucketOf(long decided) => Math.Min(decided / Micros.PerHour, Longest);

    private static string Within(long bucket) => bucket == Longest
        ? string.Create(CultureInfo.InvariantCulture, $"(decided >= {bucket * Micros.PerHour})")
        : string.Create(CultureInfo.InvariantCulture, $"(decided >= {bucket * Micros.PerHour} AND decided < {(bucket + 1) * Micros.PerHour})");
}
