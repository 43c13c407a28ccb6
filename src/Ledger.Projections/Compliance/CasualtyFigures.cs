using Ledger.Domain.Violations;

namespace Ledger.Projections.Compliance;

/// <summary>What one case adds to the casualty figures (domain.md, "How figures are counted").</summary>
internal static class CasualtyFigures
{
    public static readonly CasualtyWho[] Parts = [CasualtyWho.Civilian, CasualtyWho.Combatant, CasualtyWho.Unknown];

    /// <summary>The best figure of those killed; null where nobody claimed any.</summary>
    public static long? Killed(ViolationState state) =>
        HasNone(state) ? null : Total([.. state.CasualtiesAsTheyStand().Where(row => row.Kind == CasualtyKind.Killed)])?.Best;

    public static void Add(ViolationState state, List<(byte Code, long Amount)> amounts)
    {
        if (HasNone(state)) return;
        foreach (var rows in state.CasualtiesAsTheyStand().GroupBy(row => row.Kind))
        {
            CasualtyRow[] ofKind = [.. rows];
            AddFigure(rows.Key, CasualtyWho.Total, Total(ofKind), amounts);
            foreach (var part in Parts) AddFigure(rows.Key, part, Sum(ofKind.Where(row => row.Who == part)), amounts);
        }

        var printed = state.CasualtiesAsTheyStand().Count(row => row.AsPrinted);
        if (printed > 0) amounts.Add((Measure.AsPrinted, printed));
    }

    /// <summary>Where a total stands it alone is added; others break it down.</summary>
    private static (long Low, long Best, long High)? Total(CasualtyRow[] ofKind) =>
        Sum(ofKind.Where(row => row.Who == CasualtyWho.Total)) ?? Sum(ofKind);

    private static (long Low, long Best, long High)? Sum(IEnumerable<CasualtyRow> rows)
    {
        (long Low, long Best, long High)? sum = null;
        foreach (var row in rows)
        {
            var (low, best, high) = sum ?? (0, 0, 0);
            sum = (low + (row.Low ?? row.Best), best + row.Best, high + (row.High ?? row.Best));
        }

        return sum;
    }

    private static void AddFigure(
        CasualtyKind kind, CasualtyWho who, (long Low, long Best, long High)? figure, List<(byte Code, long Amount)> amounts)
    {
        if (figure is not { } f) return;
        amounts.Add((Measure.Claims(kind, who), 1));
        amounts.Add((Measure.Low(kind, who), f.Low));
        amounts.Add((Measure.Best(kind, who), f.Best));
        amounts.Add((Measure.High(kind, who), f.High));
    }

    private static bool HasNone(ViolationState state) => state.Report.Casualties.Count == 0 && state.CasualtyClaims.Count == 0;
}
