using Ledger.Domain.Coverage;
using Ledger.Projections;

namespace Ledger.Dashboard.Coverage;

/// <summary>A day of a site: how long somebody watched, and how long they couldn't.</summary>
/// <param name="Causes">Of the hours lost, in the order of the day.</param>
internal sealed record WatchedDay(DateOnly Day, double Watched, double Lost, double Length, IReadOnlyList<GapCause> Causes)
{
    /// <summary>none, lost, some or all: nothing watched is never a zero, it is no coverage.</summary>
    public string Kind => Watched <= 0 ? (Lost > 0 ? "lost" : "none") : Watched >= Length - 0.01 ? "all" : "some";
}

/// <summary>Hours per site and local day, out of entries that may overlap.</summary>
internal static class WatchCalendar
{
    public static IReadOnlyList<(string Site, IReadOnlyList<WatchedDay> Days)> Of(
        IEnumerable<CoverageItem> items, DateOnly first, int days, Func<DateOnly, DateTimeOffset> begin)
    {
        var calendar = Enumerable.Range(0, days).Select(first.AddDays).Select(day => (Day: day, From: begin(day), To: begin(day.AddDays(1)))).ToList();
        return
        [
            .. items.GroupBy(item => item.Site).OrderBy(site => site.Key, StringComparer.CurrentCulture)
                .Select(site => (site.Key, (IReadOnlyList<WatchedDay>)[.. calendar.Select(day => On(site, day.Day, day.From, day.To))])),
        ];
    }

    private static WatchedDay On(IEnumerable<CoverageItem> site, DateOnly day, DateTimeOffset from, DateTimeOffset to)
    {
        var within = site.Where(item => item.From < to && item.To > from)
            .Select(item => (Item: item, From: item.From > from ? item.From : from, To: item.To < to ? item.To : to)).OrderBy(part => part.From).ToList();
        var gaps = Union(within.Where(part => part.Item.Kind == CoverageKind.Gap).Select(part => (part.From, part.To)));
        var watched = Union(within.Where(part => part.Item.Kind == CoverageKind.Monitoring).Select(part => (part.From, part.To)));
        // A gap is taken off the watched hours of the same site.
        var both = watched.Sum(span => gaps.Sum(gap => Math.Max(0, (Min(span.To, gap.To) - Max(span.From, gap.From)).TotalHours)));
        return new WatchedDay(
            day, Hours(watched) - both, Hours(gaps), (to - from).TotalHours, [.. within.Select(part => part.Item.Cause).OfType<GapCause>().Distinct()]);
    }

    private static List<(DateTimeOffset From, DateTimeOffset To)> Union(IEnumerable<(DateTimeOffset From, DateTimeOffset To)> spans)
    {
        var union = new List<(DateTimeOffset From, DateTimeOffset To)>();
        foreach (var span in spans)
        {
            if (union.Count > 0 && span.From <= union[^1].To) union[^1] = (union[^1].From, Max(union[^1].To, span.To));
            else union.Add(span);
        }

        return union;
    }

    private static double Hours(List<(DateTimeOffset From, DateTimeOffset To)> spans) => spans.Sum(span => (span.To - span.From).TotalHours);

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
