using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.EventStore.InMemory;
using Ledger.Exchange.Simulation;
using Ledger.Testing.Deciders;
using Ledger.Testing.EventStores;

namespace Ledger.Projections.Tests;

public sealed class Counting_cases
{
    private static readonly PartyId Undetermined = new(PartyId.Undetermined);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_figure_is_what_a_plain_fold_of_the_history_says(int seed)
    {
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfMission(store, seed, 120);
        await using var view = await (await Chronicle.ViewOf(store)).CaughtUp(chronicle.Events.Count);
        var agreement = new SimulatedMission(seed, 120).Agreement;
        for (long count = 5; count <= view.Count; count += Math.Max(1, view.Count / 15))
            foreach (var basis in Enum.GetValues<AccountBasis>())
                foreach (var method in Enum.GetValues<CountingMethod>())
                {
                    var picture = await view.Picture(new ComplianceQuery(agreement) { Basis = basis, Method = method, Interval = SeriesInterval.Month }, count);
                    var hand = new CountedByHand(chronicle.CasesAt(count), view.Agreement(agreement)!, method);
                    foreach (var party in picture.Parties) hand.Check(party, basis, picture.AsOf.RecordedAt!.Value);
                    Assert.Equal(Undetermined, picture.Parties[^1].Party);
                    Assert.Equal(picture.Parties.SkipLast(1).Select(p => p.Party.Value).Order(StringComparer.Ordinal), picture.Parties.SkipLast(1).Select(p => p.Party.Value));
                }
    }

    [Fact]
    public async Task Accounts_sum_to_what_was_recorded_at_every_sequence_and_postings_to_each_figure()
    {
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfMission(store, 3, 25);
        await using var view = await (await Chronicle.ViewOf(store)).CaughtUp(chronicle.Events.Count);
        var query = new ComplianceQuery(new SimulatedMission(3, 25).Agreement);
        for (long count = 1; count <= view.Count; count++)
        {
            var picture = await view.Picture(query, count);
            Assert.Equal(chronicle.Events.Take((int)count).Count(e => e.Event is ViolationEvent.Recorded), picture.Parties.Sum(p => p.Counts.Recorded));
        }

        foreach (var method in Enum.GetValues<CountingMethod>())
        {
            var now = await view.Picture(query with { Method = method }, view.Count);
            foreach (var party in now.Parties)
            {
                var postings = await view.Postings(new PostingsQuery(query with { Method = method }) { Party = party.Party }, view.Count);
                Assert.Equal(party.Counts.Recorded, postings.Sum(posting => posting.Delta));
            }
        }
    }

    /// <summary>More than are looked at one by one in the hour, the second and the millisecond of the median; as they come, and out of the file.</summary>
    [Fact]
    public async Task A_median_is_exact_however_many_cases_were_ruled_on_as_quickly()
    {
        const int Cases = 1_300;
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        for (var n = 0; n < Cases; n++)
        {
            var (id, at) = (Chronicle.CaseId(n), Some.Noon.AddMinutes(n));
            await chronicle.Case(id, Some.Recorded(n % 3 == 0 ? Some.PartyB : Some.PartyA, id), at: at);
            // From one party's cases a third took an hour more, or less.
            var took = TimeSpan.FromHours(n % 5 == 1 ? 1 : n % 7 == 1 ? 3 : 2) + TimeSpan.FromMicroseconds(n * 7919 % 2_000);
            await chronicle.Case(id, new ViolationEvent.Confirmed(Severity.Minor, Some.Text(), null), Some.Verifier, at + took);
        }

        var agreement = Some.AgreementState().AgreementId;
        foreach (var opened in new[] { "live", "read back" })
        {
            await using var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
            foreach (var count in new[] { 20, 1_001, chronicle.Events.Count - 1, chronicle.Events.Count })
            {
                var cases = chronicle.CasesAt(count);
                var picture = await view.Picture(new ComplianceQuery(agreement) { Interval = SeriesInterval.Month }, count);
                foreach (var party in picture.Parties) new CountedByHand(cases, view.Agreement(agreement)!, CountingMethod.RecordsV1).Check(party, AccountBasis.Accountable, picture.AsOf.RecordedAt!.Value);
                Assert.True(count < 30 || picture.Parties.Any(party => party.MedianHoursToDecision % 1 > 0), opened);
            }
        }
    }

    [Fact]
    public async Task An_answer_as_of_a_count_never_changes_as_events_are_added()
    {
        await using var store = new InMemoryEventStore();
        var chronicle = new Chronicle(store);
        await using var view = await Chronicle.ViewOf(store);
        var mission = new SimulatedMission(4, 30);
        var query = new ComplianceQuery(mission.Agreement) { Interval = SeriesInterval.Week };
        var answers = new Dictionary<long, byte[]>();
        foreach (var e in mission.Events())
        {
            await chronicle.Add(e.Stream, e.Event, e.Actor, e.RecordedAt);
            if (chronicle.Events.Count % 20 != 0) continue;
            await view.CaughtUp(chronicle.Events.Count);
            answers[chronicle.Events.Count] = Chronicle.Bytes(await view.Picture(query, chronicle.Events.Count));
        }

        await using var later = await (await Chronicle.ViewOf(store)).CaughtUp(chronicle.Events.Count);
        foreach (var (count, bytes) in answers) Assert.Equal(bytes, Chronicle.Bytes(await later.Picture(query, count)));
    }

    [Fact]
    public async Task Where_a_total_stands_it_alone_is_added_and_parts_are_shown()
    {
        var party = await FiguresOf(Row(CasualtyKind.Killed, CasualtyWho.Total, 5), Row(CasualtyKind.Killed, CasualtyWho.Civilian, 3), Row(CasualtyKind.Injured, CasualtyWho.Civilian, 2));
        Assert.Equal(
            [
                new(CasualtyKind.Killed, CasualtyWho.Total, 5, 5, 5), new(CasualtyKind.Killed, CasualtyWho.Civilian, 3, 3, 3),
                new(CasualtyKind.Injured, CasualtyWho.Total, 2, 2, 2), new CasualtyFigure(CasualtyKind.Injured, CasualtyWho.Civilian, 2, 2, 2),
            ],
            party.Casualties);
    }

    [Fact]
    public async Task The_latest_claim_replaces_the_kinds_that_it_names_and_no_claim_is_no_row()
    {
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        var report = Some.Report(Some.PartyA) with { Casualties = Values.Of(Row(CasualtyKind.Killed, CasualtyWho.Total, 5), Row(CasualtyKind.Injured, CasualtyWho.Total, 9)) };
        await chronicle.Case(Some.Violation, Some.Recorded(Some.PartyA, Some.Violation, report));
        await chronicle.Case(Some.Violation, new ViolationEvent.CasualtiesRevised(new CasualtyClaim(Values.Of(Row(CasualtyKind.Killed, CasualtyWho.Civilian, 10)), "Ministry")));
        await using var view = await (await Chronicle.ViewOf(store)).CaughtUp(chronicle.Events.Count);
        var casualties = (await view.Of(new ComplianceQuery(Some.Agreement), Some.PartyA)).Casualties;
        Assert.Equal(10, casualties.Single(row => row is { Kind: CasualtyKind.Killed, Who: CasualtyWho.Total }).Best);
        Assert.Equal(9, casualties.Single(row => row.Kind == CasualtyKind.Injured).Best);
        Assert.Empty((await view.Of(new ComplianceQuery(Some.Agreement), Some.PartyB)).Casualties);
    }

    [Fact]
    public async Task A_series_lists_empty_periods()
    {
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        await chronicle.Case(Some.Violation, Some.Recorded(Some.PartyA));
        await using var view = await (await Chronicle.ViewOf(store)).CaughtUp(chronicle.Events.Count);
        var query = new ComplianceQuery(Some.Agreement) { Interval = SeriesInterval.Day };
        var series = (await view.Of(query, Some.PartyA)).Series!;
        Assert.Equal(("2020-10-10", "2020-10-20", 11), (series[0].Period, series[^1].Period, series.Count));
        Assert.Equal(1, series[^1].Counts.Recorded);
        Assert.All(series.SkipLast(1), period => Assert.Equal(0, period.Counts.Recorded));
        Assert.Equal(11, (await view.Of(query with { MostPeriods = 11 }, Some.PartyA)).Series!.Count);
        Assert.Equal(new ComplianceAnswer.TooManyPeriods(11), await view.ComplianceAsync(query with { MostPeriods = 10 }, view.Count, CancellationToken.None));
        var weeks = (await view.Of(query with { Interval = SeriesInterval.Week }, Some.PartyB)).Series!;
        Assert.Equal(["2020-W41", "2020-W42", "2020-W43"], weeks.Select(week => week.Period));
    }

    private static CasualtyRow Row(CasualtyKind kind, CasualtyWho who, int best) => new(kind, who, null, null, best, null);

    private static async Task<PartyPicture> FiguresOf(params CasualtyRow[] rows)
    {
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        await chronicle.Case(Some.Violation, Some.Recorded(Some.PartyA, Some.Violation, Some.Report(Some.PartyA) with { Casualties = rows.ToValues() }));
        await using var view = await (await Chronicle.ViewOf(store)).CaughtUp(chronicle.Events.Count);
        return await view.Of(new ComplianceQuery(Some.Agreement), Some.PartyA);
    }
}

/// <summary>The figures once more, by going over all cases each time: slow, and plain enough to be read against domain.md.</summary>
internal sealed class CountedByHand(IReadOnlyList<ViolationState> cases, AgreementState agreement, CountingMethod method)
{
    private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(agreement.TimeZone);

    public void Check(PartyPicture party, AccountBasis basis, DateTimeOffset asOf)
    {
        PartyId? id = party.Party.Value == PartyId.Undetermined ? null : party.Party;
        var own = cases.Where(c => (basis == AccountBasis.Alleged ? c.Report.AllegedParty : c.AccountableParty) == id).ToArray();
        var confirmed = own.Where(c => c.Status == ViolationStatus.Confirmed).ToArray();
        var disputed = own.Where(c => c.Status == ViolationStatus.Disputed).ToArray();
        Assert.Equal(CountsOf(own), party.Counts);
        Assert.Equal(new SeverityCounts(Severe(Severity.Minor), Severe(Severity.Serious), Severe(Severity.Ungraded)), party.ConfirmedBySeverity);
        Assert.Equal(Count(confirmed.Where(c => c.Attribution is null)), party.ConfirmedOnAllegation);
        Assert.Equal(
            new FindingCounts(
                Count(disputed.Where(c => c.Finding is null)), Count(disputed.Where(c => c.Finding is Finding.Confirmed)),
                Count(disputed.Where(c => c.Finding is Finding.Dismissed)), Count(disputed.Where(c => c.Finding is Finding.Unresolved))),
            party.DisputedByFinding);
        Assert.Equal(
            own.GroupBy(c => c.Report.Category).OrderBy(g => g.Key).Select(g => new CategoryCounts(g.Key, CountsOf(g))), party.ByCategory);
        var disputes = own.SelectMany(c => c.Disputes).ToLookup(d => d.Status);
        Assert.Equal(
            new DisputeCounts(
                disputes.Sum(g => g.Count()), disputes[DisputeStatus.Open].Count(), disputes[DisputeStatus.Upheld].Count(),
                disputes[DisputeStatus.Rejected].Count(), disputes[DisputeStatus.Withdrawn].Count()),
            party.Disputes);
        var last = confirmed.OrderBy(c => c.Report.Occurred.From).LastOrDefault();
        Assert.Equal(last?.Report.Occurred.From, party.LastConfirmed?.OccurredAt);
        Assert.Equal(last is null ? null : (int?)Math.Floor((asOf - last.Report.Occurred.From).TotalDays), party.DaysSinceLastConfirmed);
        Assert.Equal(Median(own), party.MedianHoursToDecision);
        Assert.Equal(
            own.Where(c => c.Status is ViolationStatus.Alleged or ViolationStatus.Disputed).Min(c => (DateTimeOffset?)c.RecordedAt), party.OldestOpenAt);
        foreach (var kind in Enum.GetValues<CasualtyKind>())
        {
            var claimed = own
                .Where(c => c.Status is not (ViolationStatus.Dismissed or ViolationStatus.Withdrawn or ViolationStatus.Duplicate))
                .Select(c => c.CasualtiesAsTheyStand().Where(row => row.Kind == kind).ToArray()).Where(rows => rows.Length > 0).ToArray();
            Assert.Equal(
                claimed.Length == 0 ? null : (long?)claimed.Sum(Best),
                party.Casualties.SingleOrDefault(row => row.Kind == kind && row.Who == CasualtyWho.Total)?.Best);
        }

        var months = own.ToLookup(c => LocalCalendar.DayOf(c.Report.Occurred.From, _zone).ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture));
        foreach (var period in party.Series!) Assert.Equal(CountsOf(months[period.Period]), period.Counts);
        Assert.Subset(party.Series.Select(p => p.Period).ToHashSet(), months.Select(m => m.Key).ToHashSet());

        long Severe(Severity severity) => Count(confirmed.Where(c => ((Finding.Confirmed)c.Finding!).Severity == severity));
    }

    private long Count(IEnumerable<ViolationState> some) => method switch
    {
        CountingMethod.OccurrencesV1 => some.Sum(c => (long)(c.Report.Count?.Min ?? 1)),
        CountingMethod.LethalV1 => some.Count(c => Best([.. c.CasualtiesAsTheyStand().Where(row => row.Kind == CasualtyKind.Killed)]) > 0),
        CountingMethod.IncidentDaysV1 => some.Select(c => LocalCalendar.DayOf(c.Report.Occurred.From, _zone)).Distinct().Count(),
        _ => some.Count(),
    };

    private StatusCounts CountsOf(IEnumerable<ViolationState> some)
    {
        var n = Enum.GetValues<ViolationStatus>().Select(status => Count(some.Where(c => c.Status == status))).ToArray();
        return new StatusCounts(n.Sum(), n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
    }

    private static long Best(CasualtyRow[] rows) =>
        rows.Any(row => row.Who == CasualtyWho.Total) ? rows.Where(row => row.Who == CasualtyWho.Total).Sum(row => row.Best) : rows.Sum(row => row.Best);

    private static double? Median(ViolationState[] own)
    {
        var hours = own.Where(c => c.FirstRuledAt is not null).Select(c => (c.FirstRuledAt!.Value - c.RecordedAt).TotalMicroseconds).Order().ToArray();
        return hours.Length == 0 ? null : (hours[(hours.Length - 1) / 2] + hours[hours.Length / 2]) / 2.0 / 3_600_000_000;
    }
}
