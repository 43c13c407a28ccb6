using System.Globalization;
using Ledger.Domain.Violations;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>The confirmed case of each party that occurred latest: the day by sums, then the case among that day's postings.</summary>
internal static class LatestConfirmed
{
    private const int Confirmed = (int)ViolationStatus.Confirmed;

    /// <summary>The cases of so many neighbouring days are fetched together: the next moment asked for may lie near.</summary>
    private const int AtOnce = 4;

    /// <summary>The condition on postings, and on the sums that balances keep of them.</summary>
    public static readonly string IsConfirmed = Sql($"status = {Confirmed}");

    public static Dictionary<int, (long Occurred, long RuledAt)> Of(PostingSource source)
    {
        var days = new Tally<(int Party, int Day)>();
        source.Sum(
            source.ConfirmedDays(), ["party", "day"], ["cases"],
            row => days.Add(((int)row[0], (int)row[1]), row[2]));
        source.ReadBehind((in PostingRow row, int party) =>
        {
            if (row.Status == Confirmed) days.Add((party, row.Day), row.Delta);
        });

        // Where clocks are put back over midnight, what happened later can have the day before.
        var latest = days.Standing.GroupBy(pair => pair.Key.Party).ToDictionary(party => party.Key, party => party.Max(pair => pair.Key.Day));
        var near = latest.Values.SelectMany(day => new[] { day, day - 1 }).ToHashSet();
        var cases = new Tally<(int Party, long Occurred, long RuledAt)>();
        foreach (var first in near.Select(day => day / AtOnce * AtOnce).ToHashSet())
        {
            source.Sum(
                source.Balanced("day, occurred, ruled_at, delta", Sql($" AND {IsConfirmed} AND day >= {first} AND day < {first + AtOnce}")),
                ["party", "day", "occurred", "ruled_at"], ["delta"],
                row =>
                {
                    if (near.Contains((int)row[1])) cases.Add(((int)row[0], row[2], row[3]), row[4]);
                });
        }

        source.ReadBehind((in PostingRow row, int party) =>
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
            source.OpenBuckets(), ["party", "bucket"], ["cases"],
            row => buckets.Add(((int)row[0], row[1]), row[2]));
        source.ReadBehind((in PostingRow row, int party) =>
        {
            if (row.Status <= (byte)ViolationStatus.Disputed) buckets.Add((party, row.Case >> Width), row.Delta);
        });

        var first = buckets.Standing.GroupBy(pair => pair.Key.Party).Select(party => party.Min(pair => pair.Key.Bucket)).ToHashSet();
        if (first.Count == 0) return [];
        var open = new Tally<(int Party, long Case)>();
        foreach (var bucket in first)
        {
            source.Sum(
                source.Balanced("case_sequence, delta", $" AND status <= 1 AND {Within(bucket)}"), ["party", "case_sequence"], ["delta"],
                row => open.Add(((int)row[0], row[1]), row[2]));
        }

        source.ReadBehind((in PostingRow row, int party) =>
        {
            if (row.Status <= (byte)ViolationStatus.Disputed && first.Contains(row.Case >> Width)) open.Add((party, row.Case), row.Delta);
        });
        return open.Standing.GroupBy(pair => pair.Key.Party).ToDictionary(party => party.Key, party => party.Min(pair => pair.Key.Case));
    }

    private static string Within(long bucket) => string.Create(
        CultureInfo.InvariantCulture, $"(case_sequence >= {bucket << Width} AND case_sequence < {(bucket + 1) << Width})");
}

/// <summary>The median time from recorded to first ruling: its pace by sums, then the time itself among the cases of that pace, to the microsecond.</summary>
internal static class Decisions
{
    /// <summary>The cases of so many neighbouring paces are fetched together: a median moves little from one moment to the next.</summary>
    private const int AtOnce = 4;

    public static Dictionary<int, double> MedianHours(PostingSource source)
    {
        var paces = new Tally<(int Party, long Pace)>();
        source.Sum(
            source.Paces(), ["party", "pace"], ["cases"],
            row => paces.Add(((int)row[0], row[1]), row[2]));
        source.ReadBehind((in PostingRow row, int party) =>
        {
            if (row.Decided >= 0) paces.Add((party, row.Pace), row.Delta);
        });

        var middles = paces.Standing.GroupBy(pair => pair.Key.Party).SelectMany(MiddlesOf).ToList();
        var times = TimesAt([.. middles.Select(middle => middle.Pace).Where(pace => !Pace.IsExact(pace))], source);
        var byParty = times.Standing.ToLookup(pair => (pair.Key.Party, Pace.Of(pair.Key.Decided)), pair => (pair.Key.Decided, Cases: pair.Value));
        return middles.GroupBy(middle => middle.Party).ToDictionary(
            party => party.Key,
            party => party.Sum(middle => Pace.IsExact(middle.Pace) ? middle.Pace : At(middle.Rank, byParty[(middle.Party, middle.Pace)]).Value) / 2.0 / Micros.PerHour);
    }

    /// <summary>One of the two cases in the middle of a party's (the same one, where their number is odd).</summary>
    /// <param name="Rank">How many cases of its pace come before it.</param>
    private readonly record struct Middle(int Party, short Pace, long Rank);

    private static IEnumerable<Middle> MiddlesOf(IGrouping<int, KeyValuePair<(int Party, long Pace), long>> party)
    {
        var all = party.Sum(pair => pair.Value);
        foreach (var rank in new[] { (all - 1) / 2, all / 2 })
        {
            var (pace, before) = At(rank, party.Select(pair => (pair.Key.Pace, pair.Value)));
            yield return new Middle(party.Key, (short)pace, rank - before);
        }
    }

    /// <summary>The times of all cases of some paces, to the microsecond.</summary>
    private static Tally<(int Party, long Decided)> TimesAt(HashSet<short> paces, PostingSource source)
    {
        var times = new Tally<(int Party, long Decided)>();
        foreach (var first in paces.Select(pace => pace / AtOnce * AtOnce).ToHashSet())
        {
            source.Sum(
                source.Balanced("decided, delta", string.Create(CultureInfo.InvariantCulture, $" AND pace >= {first} AND pace < {first + AtOnce}")),
                ["party", "decided"], ["delta"],
                row =>
                {
                    if (paces.Contains(Pace.Of(row[1]))) times.Add(((int)row[0], row[1]), row[2]);
                });
        }

        source.ReadBehind((in PostingRow row, int party) =>
        {
            if (row.Decided >= 0 && paces.Contains(row.Pace)) times.Add((party, row.Decided), row.Delta);
        });
        return times;
    }

    /// <summary>Where a case stands by its rank, and how many stand before that.</summary>
    private static (long Value, long Before) At(long rank, IEnumerable<(long Value, long Cases)> counts)
    {
        var before = 0L;
        foreach (var (value, cases) in counts.OrderBy(one => one.Value))
        {
            if (rank - before < cases) return (value, before);
            before += cases;
        }

        throw new System.Diagnostics.UnreachableException();
    }
}
