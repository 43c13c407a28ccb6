using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>The sums that a picture is made of, and each party's picture from them.</summary>
internal sealed class Accounts
{
    private ILookup<int, KeyValuePair<Cell, CellSum>>? _byParty;
    private ILookup<int, KeyValuePair<Cell, CellSum>>? _daysByParty;

    public required Cells Cells { get; init; }

    /// <summary>Null where neither a series nor distinct days are asked for.</summary>
    public required Cells? Days { get; init; }

    public required Periods? Periods { get; init; }

    public required long[] HoursPerPeriod { get; init; }

    public required Dictionary<(int Party, byte Code), long> Measures { get; init; }

    public required Dictionary<int, (long Occurred, long RuledAt)> Latest { get; init; }

    /// <summary>The sequence of the record of the oldest.</summary>
    public required Dictionary<int, long> OldestOpen { get; init; }

    public required Dictionary<int, double> Medians { get; init; }

    /// <summary>The accounts in which anything stands.</summary>
    public IEnumerable<int> Codes => ByParty.Select(party => party.Key);

    private ILookup<int, KeyValuePair<Cell, CellSum>> ByParty => _byParty ??= Cells.Standing.ToLookup(pair => pair.Key.Party);

    public PartyPicture Picture(PartyId id, Standing? standing, int party, Covered asOf, Dictionary<long, FactRow> open)
    {
        var cells = ByParty[party].ToArray();
        var confirmed = cells.Where(cell => cell.Key.Status == (byte)ViolationStatus.Confirmed).ToArray();
        var disputed = cells.Where(cell => cell.Key.Status == (byte)ViolationStatus.Disputed).ToArray();
        LastConfirmed? last = Latest.TryGetValue(party, out var latest) ? new(Micros.ToTime(latest.Occurred), Micros.ToTime(latest.RuledAt)) : null;
        return new PartyPicture(
            id,
            standing,
            Cells.ByStatus(cells),
            new SeverityCounts(Severe(Severity.Minor), Severe(Severity.Serious), Severe(Severity.Ungraded)),
            Cells.Count(confirmed.Where(cell => !Facet.IsRuledOn(cell.Key.Facet))),
            new FindingCounts(Behind(0), Behind(1), Behind(2), Behind(3)),
            [.. cells.GroupBy(cell => cell.Key.Category).OrderBy(category => category.Key)
                .Select(category => new CategoryCounts((Category)category.Key, Cells.ByStatus(category)))],
            [.. Casualties(party)],
            Amount(party, Measure.AsPrinted),
            new DisputeCounts(
                Amount(party, Measure.DisputesRaised), Amount(party, Measure.DisputesOpen), Amount(party, Measure.DisputesUpheld),
                Amount(party, Measure.DisputesRejected), Amount(party, Measure.DisputesWithdrawn)),
            last,
            last is null ? null : (int)Math.Max(0, Math.Floor((asOf.RecordedAt!.Value - last.OccurredAt).TotalDays)),
            Medians.TryGetValue(party, out var median) ? median : null,
            OldestOpen.TryGetValue(party, out var oldest) ? Micros.ToTime(open[oldest].RecordedAt) : null,
            Periods is null ? null : [.. Series(party, Periods)]);

        long Severe(Severity severity) => Cells.Count(confirmed.Where(cell => Facet.SeverityOf(cell.Key.Facet) == severity));

        long Behind(int finding) => Cells.Count(disputed.Where(cell => Facet.FindingOf(cell.Key.Facet) == finding));
    }

    private IEnumerable<CasualtyFigure> Casualties(int party)
    {
        foreach (var kind in Enum.GetValues<CasualtyKind>())
        {
            foreach (var who in CasualtyFigures.Parts.Prepend(CasualtyWho.Total))
            {
                if (Amount(party, Measure.Claims(kind, who)) == 0) continue;
                yield return new CasualtyFigure(
                    kind, who, Amount(party, Measure.Low(kind, who)), Amount(party, Measure.Best(kind, who)), Amount(party, Measure.High(kind, who)));
            }
        }
    }

    private IEnumerable<PeriodFigures> Series(int party, Periods periods)
    {
        _daysByParty ??= Days!.Standing.ToLookup(pair => pair.Key.Party);
        var byPeriod = _daysByParty[party].ToLookup(pair => Periods.FirstOf(DateOnly.FromDayNumber(pair.Key.Day), periods.Interval));
        for (var i = 0; i < periods.Firsts.Count; i++)
        {
            var first = periods.Firsts[i];
            var counts = byPeriod.Contains(first) ? Days!.ByStatus(byPeriod[first]) : StatusCounts.Zero;
            yield return new PeriodFigures(periods.Names[i], counts, (double)HoursPerPeriod[i] / Micros.PerHour);
        }
    }

    private long Amount(int party, byte code) => Measures.GetValueOrDefault((party, code));
}
