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

/// <summary>The median time from recorded to first ruling: the hour by sums, then ever smaller parts of it, to the microsecond.</summary>
/// <remarks>However many cases were ruled on within the same hour, or second, no more than some thousand sums a party are looked at.</remarks>
internal static class Decisions
{
    private const long Longest = 1 << 20;

    /// <summary>Into so many parts a stretch is divided, unless it holds few cases.</summary>
    private const int Parts = 1_000;

    private const long FewCases = 512;

    public const string Bucket = "least(decided // 3600000000, 1048576)::INTEGER";

    public static Dictionary<int, double> MedianHours(PostingSource source)
    {
        var hours = new Tally<(int Party, long Bucket)>();
        source.Sum(
            "party::BIGINT, bucket::BIGINT, sum(cases)::BIGINT", source.DecisionBuckets(), "party, bucket HAVING sum(cases) <> 0",
            row => hours.Add(((int)row[0], row[1]), row[2]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            if (row.Decided >= 0) hours.Add((party, Math.Min(row.Decided / Micros.PerHour, Longest)), row.Delta);
        });

        var middles = hours.Standing.GroupBy(pair => pair.Key.Party).SelectMany(party => Middle.OfAll(party.Key, party.Sum(pair => pair.Value))).ToList();
        Narrow(middles, hours, Micros.PerHour);
        for (var width = Micros.PerHour; width > 1 && middles.Count > 0;)
        {
            var part = middles.DistinctBy(middle => (middle.Party, middle.From)).Sum(middle => middle.Cases) <= FewCases ? 1 : Math.Max(1, width / Parts);
            Narrow(middles, PartsOf(source, middles, width, part), part);
            width = part;
        }

        return middles.GroupBy(middle => middle.Party).ToDictionary(party => party.Key, party => party.Sum(middle => middle.From) / 2.0 / Micros.PerHour);
    }

    /// <summary>Cases of every stretch that a middle lies in, by its parts.</summary>
    private static Tally<(int Party, long Bucket)> PartsOf(PostingSource source, List<Middle> middles, long width, long part)
    {
        var parts = new Tally<(int Party, long Bucket)>();
        var stretches = middles.Select(middle => middle.From).Distinct().Order().ToArray();
        var columns = Sql($"decided // {part} AS bucket, delta");
        var and = $" AND decided >= 0 AND ({string.Join(" OR ", stretches.Select(from => Within(from, width)))})";
        const string Sums = "party::BIGINT, bucket::BIGINT, sum(delta)::BIGINT", By = "party, bucket HAVING sum(delta) <> 0";
        // The hour of a middle is the same for long, its seconds aren't: nobody would ask for those again.
        if (width == Micros.PerHour) source.Sum(Sums, source.PostingHalves(columns, and), By, row => parts.Add(((int)row[0], row[1]), row[2]));
        else source.Read($"SELECT {Sums} FROM ({source.Postings(columns, and)}) GROUP BY {By}", row => parts.Add(((int)row[0], row[1]), row[2]));
        source.ReadTail((in PostingRow row, int party) =>
        {
            var decided = row.Decided;
            if (decided >= 0 && Array.Exists(stretches, from => decided >= from && (decided - from < width || IsLast(from, width)))) parts.Add((party, decided / part), row.Delta);
        });
        return parts;
    }

    /// <summary>Moves each middle into the part in which it lies.</summary>
    private static void Narrow(List<Middle> middles, Tally<(int Party, long Bucket)> parts, long part)
    {
        var byParty = parts.Standing.ToLookup(pair => pair.Key.Party, pair => (pair.Key.Bucket, Cases: pair.Value));
        foreach (var middle in middles)
        {
            foreach (var (bucket, cases) in byParty[middle.Party].Where(one => middle.Holds(one.Bucket * part)).OrderBy(one => one.Bucket))
            {
                if (middle.Rank < cases)
                {
                    (middle.From, middle.To, middle.Cases) = (bucket * part, IsLast(bucket * part, part) ? long.MaxValue : (bucket + 1) * part, cases);
                    break;
                }

                middle.Rank -= cases;
            }
        }
    }

    /// <summary>The last of the hours stands for all that took longer.</summary>
    private static bool IsLast(long from, long width) => width == Micros.PerHour && from == Longest * Micros.PerHour;

    private static string Within(long from, long width) => IsLast(from, width) ? Sql($"(decided >= {from})") : Sql($"(decided >= {from} AND decided < {from + width})");

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);

    /// <summary>One of the two cases in the middle of a party's (the same one, where their number is odd), and the stretch in which it is known to lie.</summary>
    private sealed class Middle
    {
        public required int Party { get; init; }

        /// <summary>How many cases of the stretch come before it.</summary>
        public required long Rank { get; set; }

        /// <summary>Cases in the stretch.</summary>
        public required long Cases { get; set; }

        public long From { get; set; }

        public long To { get; set; } = long.MaxValue;

        public bool Holds(long decided) => decided >= From && decided < To;

        public static IEnumerable<Middle> OfAll(int party, long all) =>
            [new Middle { Party = party, Rank = (all - 1) / 2, Cases = all }, new Middle { Party = party, Rank = all / 2, Cases = all }];
    }
}
