using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.EventStore.InMemory;
using Ledger.EventStore.Sqlite;
using Ledger.Exchange.Simulation;
using Ledger.Testing.Deciders;
using Ledger.Testing.EventStores;

namespace Ledger.Projections.Tests;

/// <summary>Read models in a file: what is asked of them doesn't depend on when they were written, read back or folded anew.</summary>
public sealed class Keeping_read_models
{
    [Fact]
    public async Task Read_back_they_answer_as_they_did_live_and_so_do_those_folded_anew()
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(directory.Path, "events.db")));
        var chronicle = await Chronicle.OfMission(store, 11, 150);
        var models = Path.Combine(directory.Path, "read-models");
        IReadOnlyList<byte[]> live;
        await using (var view = await (await Chronicle.ViewOf(store, models)).CaughtUp(chronicle.Events.Count)) live = await AnswersOf(view);
        await using (var view = await (await Chronicle.ViewOf(store, models)).CaughtUp(chronicle.Events.Count))
        {
            Assert.Equal(live, await AnswersOf(view));
            await view.RebuildAsync(null, CancellationToken.None);
            Assert.Equal(live, await AnswersOf(view));
        }

        await using (var rebuilt = await (await Chronicle.ViewOf(store, models)).CaughtUp(chronicle.Events.Count)) Assert.Equal(live, await AnswersOf(rebuilt));
    }

    [Fact]
    public async Task After_a_restart_the_history_is_read_from_its_first_event()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfMission(store, 12, 40);
        await (await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count)).DisposeAsync();
        await using var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
        for (var after = -1; after < 3; after++)
        {
            var sequences = new List<long>();
            await foreach (var e in view.ReadEventsAsync(after, view.Count, CancellationToken.None)) sequences.Add(e.Sequence);
            Assert.Equal(Enumerable.Range(after + 1, chronicle.Events.Count - after - 1).Select(n => (long)n), sequences);
        }
    }

    [Fact]
    public async Task Events_that_came_while_nobody_looked_are_folded_at_the_next_start()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        await chronicle.Case(Chronicle.CaseId(1), Some.Recorded(Some.PartyA, Chronicle.CaseId(1)));
        await (await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count)).DisposeAsync();
        await chronicle.Case(Chronicle.CaseId(1), new ViolationEvent.Confirmed(Severity.Serious, Some.Text(), null), Some.Verifier);
        await chronicle.Case(Chronicle.CaseId(2), Some.Recorded(Some.PartyA, Chronicle.CaseId(2)));
        await using var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
        var counts = (await view.Of(new ComplianceQuery(Some.Agreement), Some.PartyA)).Counts;
        Assert.Equal((2, 1, 1), (counts.Recorded, counts.Alleged, counts.Confirmed));
    }

    /// <summary>Over several anchors, and a start between two of them; one clock is behind the others, and another was far ahead once.</summary>
    [Fact]
    public async Task A_moment_is_the_count_before_the_first_event_recorded_after_it_whatever_the_clocks_say()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        await RecordUntilAsync(900);
        await using (var live = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(900)) await CheckAsync(live);
        await using var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(900);
        await CheckAsync(view);
        await RecordUntilAsync(2_000);
        await CheckAsync(await view.CaughtUp(2_000));

        async Task RecordUntilAsync(int count)
        {
            for (var n = chronicle.Events.Count; n < count; n++)
            {
                var at = n switch { 880 or 1_300 => Some.Noon.AddMinutes(n + 400), _ when n % 7 == 0 => Some.Noon.AddMinutes(n - 90), _ => Some.Noon.AddMinutes(n) };
                await chronicle.Case(Chronicle.CaseId(n), Some.Recorded(Some.PartyA, Chronicle.CaseId(n)), at: at);
            }
        }

        async Task CheckAsync(LedgerView asked)
        {
            for (var minute = -100; minute < chronicle.Events.Count + 500; minute += 9)
            {
                var moment = Some.Noon.AddMinutes(minute);
                var byHand = chronicle.Events.TakeWhile(e => e.RecordedAt <= moment).Count();
                Assert.Equal(byHand, await asked.CountAsOfAsync(moment, CancellationToken.None));
            }
        }
    }

    [Fact]
    public async Task Damaged_they_are_folded_anew()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfMission(store, 13, 30);
        IReadOnlyList<byte[]> live;
        await using (var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count)) live = await AnswersOf(view);
        foreach (var file in System.IO.Directory.EnumerateFiles(directory.Path, "*.duckdb", SearchOption.AllDirectories)) await File.WriteAllTextAsync(file, "not a database");
        await using var again = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
        Assert.Equal(live, await AnswersOf(again));
    }

    [Fact]
    public async Task Of_a_store_that_lost_events_they_are_a_fault_not_a_reason_to_fold_anew()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfMission(store, 14, 20);
        await (await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count)).DisposeAsync();
        await using var older = new InMemoryEventStore();
        await Chronicle.OfAgreement(older);
        await using var view = await Chronicle.ViewOf(older, directory.Path);
        Assert.Equal(ViewStatus.Faulted, view.Health.Status);
        Assert.NotEmpty(view.Health.Problems);
    }

    [Fact]
    public async Task An_event_of_a_newer_program_is_numbered_and_stops_the_books_there()
    {
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        await chronicle.Add("violation-00000001-0001-0001-0000-000000000000", "violation-praised-v9", "{}"u8.ToArray(), new object(), Some.Monitor, Some.Noon);
        await using var view = await Chronicle.ViewOf(store);
        var position = await store.ReadHeadAsync(CancellationToken.None);
        Assert.Equal(chronicle.Events.Count - 1, await view.WaitForSequenceAsync(position!.Value, TimeSpan.FromSeconds(30), CancellationToken.None));
        Assert.Equal(chronicle.Events.Count - 1, view.Count);
        Assert.Equal(ViewStatus.ReadOnly, view.Health.Status);
        var problem = Assert.Single(view.Health.Problems);
        Assert.Equal(("newer-event", (long?)(chronicle.Events.Count - 1)), (problem.Code, problem.Sequence));
    }

    [Fact]
    public async Task What_a_key_made_is_known_after_a_restart()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfAgreement(store);
        var keyed = new Guid("6fa459ea-ee8a-5ca4-894e-db77e160355e"); // a version 5 id: made from a key
        await chronicle.Made(keyed, $"violation-{Chronicle.CaseId(1)}", Some.Recorded(Some.PartyA, Chronicle.CaseId(1)));
        await (await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count)).DisposeAsync();
        await using var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
        Assert.Equal(new StreamName($"violation-{Chronicle.CaseId(1)}"), await view.StreamMadeByAsync(keyed, CancellationToken.None));
        Assert.Null(await view.StreamMadeByAsync(new Guid("6fa459ea-ee8a-5ca4-894e-db77e160355f"), CancellationToken.None));
    }

    /// <summary>Longer than a segment of the file and a block of balances, so that an answer is a balance and a delta.</summary>
    [Fact]
    public async Task A_history_of_several_blocks_counts_as_by_hand_at_any_sequence()
    {
        const int violations = 32_000;
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfMission(store, 15, violations);
        Assert.True(chronicle.Events.Count > 70_000, $"{chronicle.Events.Count} events reach no second block.");
        var agreement = new SimulatedMission(15, violations).Agreement;
        var counts = new[] { 16_383, 16_384, 20_000, 65_535, 65_536, 65_537, chronicle.Events.Count - 1, chronicle.Events.Count };
        await (await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count)).DisposeAsync();
        var first = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
        var filtered = await FilteredAsync(first, agreement, counts);
        await first.DisposeAsync();
        await using var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
        foreach (var count in counts)
        {
            var cases = chronicle.CasesAt(count);
            foreach (var method in Enum.GetValues<CountingMethod>())
            {
                var picture = await view.Picture(new ComplianceQuery(agreement) { Method = method, Interval = SeriesInterval.Month }, count);
                var hand = new CountedByHand(cases, view.Agreement(agreement)!, method);
                foreach (var party in picture.Parties) hand.Check(party, AccountBasis.Accountable, picture.AsOf.RecordedAt!.Value);
            }
        }

        // From the beginning of a local day on, balances by day serve too.
        var zone = TimeZoneInfo.FindSystemTimeZoneById(view.Agreement(agreement)!.TimeZone);
        var from = LocalCalendar.StartOf(LocalCalendar.DayOf(view.Agreement(agreement)!.Term.From, zone).AddDays(2), zone);
        foreach (var count in counts)
        {
            var picture = await view.Picture(new ComplianceQuery(agreement) { Cases = new CaseFilter { From = from }, Interval = SeriesInterval.Month }, count);
            var hand = new CountedByHand([.. chronicle.CasesAt(count).Where(one => one.Report.Occurred.From >= from)], view.Agreement(agreement)!, CountingMethod.RecordsV1);
            foreach (var party in picture.Parties) hand.Check(party, AccountBasis.Accountable, picture.AsOf.RecordedAt!.Value);
        }

        // Asked in another order, other sums are remembered already; the answers are the same.
        Assert.Equal(filtered, (await FilteredAsync(view, agreement, [.. counts.Reverse()])).AsEnumerable().Reverse());
        Assert.Equal(filtered.Count, filtered.DistinctBy(Convert.ToHexString).Count());
    }

    /// <summary>Filters that balances keep, and such as only the postings know.</summary>
    private static async Task<List<byte[]>> FilteredAsync(LedgerView view, AgreementId agreement, int[] counts)
    {
        CaseFilter[] filters =
        [
            new CaseFilter { Categories = Values.Of(Category.ArtilleryOrMortar) },
            new CaseFilter { Zones = Values.Of(SimulatedMission.Zones.First().ZoneId) },
            new CaseFilter { From = view.Agreement(agreement)!.Term.From.AddHours(30.5) },
        ];
        var answers = new List<byte[]>();
        foreach (var count in counts)
        {
            var pictures = new List<byte>();
            foreach (var filter in filters) pictures.AddRange(Chronicle.Bytes(await view.Picture(new ComplianceQuery(agreement) { Cases = filter, Interval = SeriesInterval.Month }, count)));
            answers.Add([.. pictures]);
        }

        return answers;
    }

    /// <summary>Part of it in the file, part still in memory: both must come out in one order.</summary>
    [Fact]
    public async Task Read_as_one_stream_the_register_is_the_list_page_by_page()
    {
        using var directory = new TemporaryDirectory();
        await using var store = new InMemoryEventStore();
        var chronicle = await Chronicle.OfMission(store, 16, 800);
        await (await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count)).DisposeAsync();
        await using var view = await (await Chronicle.ViewOf(store, directory.Path)).CaughtUp(chronicle.Events.Count);
        var agreement = view.Agreements()[0];
        for (var n = 0; n < 40; n++)
            await chronicle.Case(Chronicle.CaseId(9000 + n), Some.Recorded(agreement.Parties[0].PartyId, Chronicle.CaseId(9000 + n)) with { AgreementId = agreement.AgreementId });
        await view.CaughtUp(chronicle.Events.Count);
        var of = new ViolationQuery(agreement.AgreementId);
        foreach (var query in (ViolationQuery[])[of, of with { Statuses = Values.Of(ViolationStatus.Confirmed, ViolationStatus.Disputed) }, of with { Parties = Values.Of(agreement.Parties[0].PartyId) }])
            foreach (var count in (long[])[view.Count, view.Count - 20, view.Count / 2, 3])
            {
                var listed = new List<ViolationListItem>();
                for (string? cursor = null; ;)
                {
                    var page = Assert.IsType<Page<ViolationListItem>.Listed>(await view.ViolationsAsync(query, count, new PageRequest(37, cursor, CountIsAsked: true), CancellationToken.None));
                    listed.AddRange(page.Items);
                    if ((cursor = page.NextCursor) is null) break;
                }

                var streamed = new List<ViolationListItem>();
                await foreach (var item in view.AllViolationsAsync(query, count, CancellationToken.None)) streamed.Add(item);
                Assert.Equal(listed, streamed);
                Assert.True(count < 100 || listed.Count > 10, "nothing was compared");
            }
    }

    private static async Task<IReadOnlyList<byte[]>> AnswersOf(LedgerView view)
    {
        var agreement = view.Agreements()[0].AgreementId;
        var answers = new List<byte[]>();
        for (long count = view.Count; count > view.Count / 2; count -= view.Count / 8)
        {
            foreach (var method in Enum.GetValues<CountingMethod>())
                answers.Add(Chronicle.Bytes(await view.Picture(new ComplianceQuery(agreement) { Method = method, Interval = SeriesInterval.Week }, count)));
            answers.Add(Chronicle.Bytes(await view.ViolationsAsync(new ViolationQuery(agreement), count, new PageRequest(500), CancellationToken.None)));
            answers.Add(Chronicle.Bytes(await view.CoverageAsync(new CoverageQuery(agreement), count, new PageRequest(500), CancellationToken.None)));
        }

        return answers;
    }
}
