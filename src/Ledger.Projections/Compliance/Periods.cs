using System.Globalization;
using Ledger.Domain;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Consecutive local days, ISO weeks or months.</summary>
/// <param name="Firsts">The first day of each.</param>
/// <param name="Bounds">The moments at which they begin, and at which the last one ends.</param>
internal sealed record Periods(SeriesInterval Interval, IReadOnlyList<DateOnly> Firsts, long[] Bounds)
{
    /// <summary>2020-10-18, 2020-W42 or 2020-10; every party's series shares them.</summary>
    public IReadOnlyList<string> Names { get; } = [.. Firsts.Select(first => NameOf(first, Interval))];

    public static DateOnly FirstOf(DateOnly day, SeriesInterval interval) => interval switch
    {
        SeriesInterval.Day => day,
        SeriesInterval.Week => LocalCalendar.MondayOf(day),
        SeriesInterval.Month => new DateOnly(day.Year, day.Month, 1),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>How many periods touch the days from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static int Count(DateOnly first, DateOnly last, SeriesInterval interval)
    {
        if (last < first) return 0;
        var (from, to) = (FirstOf(first, interval), FirstOf(last, interval));
        return 1 + interval switch
        {
            SeriesInterval.Day => to.DayNumber - from.DayNumber,
            SeriesInterval.Week => (to.DayNumber - from.DayNumber) / 7,
            _ => ((to.Year - from.Year) * 12) + to.Month - from.Month,
        };
    }

    public static Periods Between(DateOnly first, DateOnly last, SeriesInterval interval, TimeZoneInfo zone)
    {
        var firsts = new List<DateOnly>();
        var next = FirstOf(first, interval);
        for (var left = Count(first, last, interval); left > 0; left--)
        {
            firsts.Add(next);
            next = After(next, interval);
        }

        var bounds = firsts.Append(next).Select(day => Micros.Of(LocalCalendar.StartOf(day, zone))).ToArray();
        return new Periods(interval, firsts, firsts.Count == 0 ? [] : bounds);
    }

    private static string NameOf(DateOnly first, SeriesInterval interval) => interval switch
    {
        SeriesInterval.Day => first.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        SeriesInterval.Week => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(first):0000}-W{ISOWeek.GetWeekOfYear(first):00}"),
        _ => first.ToString("yyyy-MM", CultureInfo.InvariantCulture),
    };

    private static DateOnly After(DateOnly first, SeriesInterval interval) => interval switch
    {
        SeriesInterval.Day => first.AddDays(1),
        SeriesInterval.Week => first.AddDays(7),
        _ => first.AddMonths(1),
    };
}
