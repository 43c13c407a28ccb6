using Ledger.Projections.Storage;

namespace Ledger.Projections.Coverage;

/// <summary>A stretch of time in microseconds since 1970, from inclusive to exclusive.</summary>
internal readonly record struct Stretch(long From, long To);

/// <summary>Hours watched and lost: united per site, added over sites; a gap is taken off the watched hours of its own site.</summary>
/// <param name="PerPeriod">Watched microseconds of each period, in the order of the bounds given.</param>
internal sealed record WatchedTime(long Watched, long Lost, IReadOnlyList<(int Party, long Lost)> LostByParty, long[] PerPeriod)
{
    /// <param name="bounds">Where periods begin, and where the last one ends; empty where none are asked for.</param>
    public static WatchedTime Of(IEnumerable<CoverageRow> entries, Stretch cut, long[] bounds)
    {
        long watched = 0, lost = 0;
        var byParty = new SortedDictionary<int, long>();
        var perPeriod = new long[Math.Max(0, bounds.Length - 1)];
        foreach (var site in entries.GroupBy(entry => entry.Site))
        {
            var gaps = Unite(Stretches(site.Where(entry => entry.Cause != None.Name), cut));
            var seen = Without(Unite(Stretches(site.Where(entry => entry.Cause == None.Name), cut)), gaps);
            watched += Length(seen);
            lost += Length(gaps);
            Spread(seen, bounds, perPeriod);
            foreach (var party in site.Where(entry => entry.Cause != None.Name).GroupBy(entry => entry.Party))
                byParty[party.Key] = byParty.GetValueOrDefault(party.Key) + Length(Unite(Stretches(party, cut)));
        }

        return new WatchedTime(watched, lost, [.. byParty.Select(pair => (pair.Key, pair.Value))], perPeriod);
    }

    /// <summary>Sorted stretches that don't touch, with the same moments.</summary>
    public static List<Stretch> Unite(IEnumerable<Stretch> stretches)
    {
        var united = new List<Stretch>();
        foreach (var next in stretches.Where(s => s.From < s.To).OrderBy(s => s.From).ThenBy(s => s.To))
        {
            if (united.Count > 0 && next.From <= united[^1].To)
                united[^1] = united[^1] with { To = Math.Max(united[^1].To, next.To) };
            else
                united.Add(next);
        }

        return united;
    }

    /// <summary>What of some united stretches lies outside others.</summary>
    public static List<Stretch> Without(List<Stretch> stretches, List<Stretch> taken)
    {
        var left = new List<Stretch>();
        var t = 0;
        foreach (var stretch in stretches)
        {
            var from = stretch.From;
            while (t < taken.Count && taken[t].To <= from) t++;
            for (var i = t; i < taken.Count && taken[i].From < stretch.To; i++)
            {
                if (taken[i].From > from) left.Add(new Stretch(from, taken[i].From));
                from = Math.Max(from, taken[i].To);
            }

            if (from < stretch.To) left.Add(new Stretch(from, stretch.To));
        }

        return left;
    }

    private static IEnumerable<Stretch> Stretches(IEnumerable<CoverageRow> entries, Stretch cut) =>
        entries.Select(entry => new Stretch(Math.Max(entry.From, cut.From), Math.Min(entry.To, cut.To)));

    private static long Length(List<Stretch> stretches) => stretches.Sum(stretch => stretch.To - stretch.From);

    private static void Spread(List<Stretch> stretches, long[] bounds, long[] perPeriod)
    {
        var p = 0;
        foreach (var (from, to) in stretches)
        {
            while (p < perPeriod.Length && bounds[p + 1] <= from) p++;
            for (var i = p; i < perPeriod.Length && bounds[i] < to; i++)
                perPeriod[i] += Math.Max(0, Math.Min(to, bounds[i + 1]) - Math.Max(from, bounds[i]));
        }
    }
}
