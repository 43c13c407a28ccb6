using Ledger.EventStore;

namespace Ledger.Testing.EventStores;

/// <summary>What every store must do. An adapter's test inherits this and says how to make one.</summary>
/// <remarks>
/// A store may be shared and hold other events already (a real server), so each test looks at its own streams only.
/// Nothing here waits for time to pass; <see cref="Deadline"/> only ends a run that hangs.
/// </remarks>
/// <param name="open">Opens a store in a directory that is empty and this test's own; given the same directory again, after closing, it opens the same store.</param>
public abstract class EventStoreContract(Func<string, ValueTask<IEventStore>> open) : IAsyncLifetime, IDisposable
{
    private const int Races = 50;

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));
    private readonly string _prefix = $"t{Guid.NewGuid():N}";
    private int _streams;

    protected EventStoreContract(Func<string, IEventStore> open)
        : this(directory => ValueTask.FromResult(open(directory)))
    {
    }

    protected IEventStore Store { get; private set; } = null!;

    protected CancellationToken Deadline => _deadline.Token;

    /// <summary>False for a server that answers a repeated append exactly like the first.</summary>
    protected virtual bool TellsRepeats => true;

    /// <summary>False for a server across a network, where calls for different streams may overtake each other.</summary>
    protected virtual bool KeepsTheOrderOfCalls => true;

    public async Task InitializeAsync() => Store = await open(_directory.Path);

    public async Task DisposeAsync() => await Store.DisposeAsync();

    public void Dispose()
    {
        _directory.Dispose();
        _deadline.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_new_stream_begins_at_revision_0()
    {
        var outcome = await Append(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(3));

        Assert.Equal(new StreamRevision(2), Assert.IsType<AppendOutcome.Appended>(outcome).Revision);
    }

    [Fact]
    public async Task A_stream_goes_on_from_its_newest_revision()
    {
        var stream = NewStream();
        var first = SomeEvents.Many(2);
        var second = SomeEvents.Many(3);
        await Stored(stream, ExpectedRevision.NoStream, first);

        var appended = await Stored(stream, At(1), second);

        Assert.Equal(new StreamRevision(4), appended.Revision);
        Assert.False(appended.Repeated);
        var read = await ReadStream(stream);
        Assert.Equal(Ids([.. first, .. second]), read.Select(e => e.Id));
        Assert.Equal([0, 1, 2, 3, 4], read.Select(e => e.Revision.Value));
    }

    [Fact]
    public async Task The_outcome_names_the_last_events_position()
    {
        var stream = NewStream();

        var appended = await Stored(stream, ExpectedRevision.NoStream, SomeEvents.Many(3));

        Assert.Equal((await ReadStream(stream))[^1].Position, appended.Position);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_wrong_expectation_is_a_value_and_stores_nothing(long expected)
    {
        var stream = NewStream();
        await Stored(stream, ExpectedRevision.NoStream, SomeEvents.Many(3));

        var outcome = await Append(stream, expected < 0 ? ExpectedRevision.NoStream : At(expected), SomeEvents.Many(2));

        Assert.Equal(new AppendOutcome.WrongExpectedRevision(new StreamRevision(2)), outcome);
        Assert.Equal(3, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task Expecting_a_revision_of_a_stream_that_is_not_there_is_wrong()
    {
        var stream = NewStream();

        var outcome = await Append(stream, At(0), SomeEvents.Many(1));

        Assert.Equal(new AppendOutcome.WrongExpectedRevision(null), outcome);
        Assert.Empty(await ReadStream(stream));
    }

    [Fact]
    public async Task The_same_append_again_gives_the_first_outcome_and_stores_nothing()
    {
        var stream = NewStream();
        var events = SomeEvents.Many(3);
        var first = await Stored(stream, ExpectedRevision.NoStream, events);

        await IsRepeat(first, stream, ExpectedRevision.NoStream, events);

        Assert.Equal(3, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task The_same_append_again_is_known_also_after_later_events()
    {
        var stream = NewStream();
        var events = SomeEvents.Many(2);
        await Stored(stream, ExpectedRevision.NoStream, SomeEvents.Many(1));
        var first = await Stored(stream, At(0), events);
        await Stored(stream, At(2), SomeEvents.Many(4));

        await IsRepeat(first, stream, At(0), events);

        Assert.Equal(7, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task Ids_are_compared_and_not_bytes()
    {
        var stream = NewStream();
        var id = Guid.NewGuid();
        var first = await Stored(stream, ExpectedRevision.NoStream, SomeEvents.One(id, """{"said":"first"}"""));

        await IsRepeat(first, stream, ExpectedRevision.NoStream, SomeEvents.One(id, """{"said":"otherwise"}"""));

        Assert.Equal("""{"said":"first"}"""u8.ToArray(), (await ReadStream(stream))[0].Data.ToArray());
    }

    [Fact]
    public async Task The_beginning_of_an_old_append_is_known_as_well()
    {
        var stream = NewStream();
        var events = SomeEvents.Many(3);
        await Stored(stream, ExpectedRevision.NoStream, events);

        var outcome = await Stored(stream, ExpectedRevision.NoStream, events[..2]);

        Assert.Equal(new StreamRevision(1), outcome.Revision);
        Assert.Equal(3, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task Old_ids_followed_by_new_ones_are_another_append_and_too_late()
    {
        var stream = NewStream();
        var old = SomeEvents.Many(2);
        await Stored(stream, ExpectedRevision.NoStream, old);

        var outcome = await Append(stream, ExpectedRevision.NoStream, [.. old, SomeEvents.One()]);

        Assert.Equal(new AppendOutcome.WrongExpectedRevision(new StreamRevision(1)), outcome);
        Assert.Equal(2, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task New_ids_before_old_ones_are_another_append_and_too_late()
    {
        var stream = NewStream();
        var old = SomeEvents.Many(2);
        await Stored(stream, ExpectedRevision.NoStream, old);

        var outcome = await Append(stream, ExpectedRevision.NoStream, [SomeEvents.One(), old[1]]);

        Assert.Equal(new AppendOutcome.WrongExpectedRevision(new StreamRevision(1)), outcome);
    }

    [Fact]
    public async Task The_same_id_at_a_new_revision_is_stored_again()
    {
        var stream = NewStream();
        var e = SomeEvents.One();
        await Stored(stream, ExpectedRevision.NoStream, e);

        var outcome = await Stored(stream, At(0), e);

        Assert.False(outcome.Repeated);
        Assert.Equal([e.Id, e.Id], (await ReadStream(stream)).Select(r => r.Id));
    }

    [Fact]
    public async Task The_same_id_in_another_stream_is_another_event()
    {
        var e = SomeEvents.One();
        var (one, other) = (NewStream(), NewStream());
        await Stored(one, ExpectedRevision.NoStream, e);

        await Stored(other, ExpectedRevision.NoStream, e);

        Assert.Equal(e.Id, Assert.Single(await ReadStream(other)).Id);
    }

    [Fact]
    public async Task Bytes_type_and_id_come_back_exactly()
    {
        var stream = NewStream();
        byte[] everyByte = [.. Enumerable.Range(0, 256).Select(n => (byte)n)];
        EventToAppend[] events =
        [
            new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), "bytes-v1", everyByte, everyByte.Reverse().ToArray()),
            new(Guid.NewGuid(), "text-v1", "{\"name\":\"Möbius\\u0000\", \"x\" : 1.0}"u8.ToArray(), "{}"u8.ToArray()),
            new(Guid.NewGuid(), "empty-v1", SomeEvents.NoBytes, SomeEvents.NoBytes),
        ];
        await Stored(stream, ExpectedRevision.NoStream, events);

        var all = (await ReadMine()).ToList();

        foreach (var read in new[] { await ReadStream(stream), all })
        {
            Assert.Equal(events.Length, read.Count);
            Assert.All(read.Zip(events), pair =>
            {
                Assert.Equal(pair.Second.Id, pair.First.Id);
                Assert.Equal(pair.Second.Type, pair.First.Type);
                Assert.Equal(pair.Second.Data.ToArray(), pair.First.Data.ToArray());
                Assert.Equal(pair.Second.Metadata.ToArray(), pair.First.Metadata.ToArray());
                Assert.Equal(stream, pair.First.Stream);
            });
        }
    }

    [Fact]
    public async Task A_callers_buffer_is_its_own_again_after_the_append()
    {
        var stream = NewStream();
        var buffer = "{\"a\":1}"u8.ToArray();
        await Stored(stream, ExpectedRevision.NoStream, new EventToAppend(Guid.NewGuid(), "buffer-v1", buffer, SomeEvents.NoBytes));

        buffer.AsSpan().Clear();

        Assert.Equal("{\"a\":1}"u8.ToArray(), (await ReadStream(stream))[0].Data.ToArray());
    }

    [Theory]
    [InlineData(ReadDirection.Forwards, null, 100, new long[] { 0, 1, 2, 3, 4 })]
    [InlineData(ReadDirection.Forwards, null, 2, new long[] { 0, 1 })]
    [InlineData(ReadDirection.Forwards, 3L, 100, new long[] { 3, 4 })]
    [InlineData(ReadDirection.Forwards, 1L, 2, new long[] { 1, 2 })]
    [InlineData(ReadDirection.Forwards, 5L, 100, new long[0])]
    [InlineData(ReadDirection.Backwards, null, 100, new long[] { 4, 3, 2, 1, 0 })]
    [InlineData(ReadDirection.Backwards, null, 1, new long[] { 4 })]
    [InlineData(ReadDirection.Backwards, 3L, 2, new long[] { 3, 2 })]
    [InlineData(ReadDirection.Backwards, 0L, 100, new long[] { 0 })]
    public async Task A_stream_is_read_from_a_revision_in_a_direction_up_to_a_limit(
        ReadDirection direction, long? from, int limit, long[] expected)
    {
        var stream = NewStream();
        await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(3));
        await Stored(stream, ExpectedRevision.NoStream, SomeEvents.Many(5));
        await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(3));

        var read = await Store.ReadStreamAsync(stream, direction, from is { } r ? new StreamRevision(r) : null, limit, Deadline);

        Assert.Equal(expected, read.Select(e => e.Revision.Value));
    }

    [Fact]
    public async Task Whoever_reads_on_behind_the_end_sees_what_was_answered_in_between()
    {
        var stream = NewStream();
        await Stored(stream, ExpectedRevision.NoStream, SomeEvents.Many(1));
        using var others = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        var answered = 0L;
        // Others ask all the time, so that whatever a store remembers of the end is old the moment that an append is stored.
        var asking = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!others.IsCancellationRequested) await ReadOn(Volatile.Read(ref answered) + 1);
        })).ToArray();

        for (var revision = 1; revision <= Races; revision++)
        {
            await Stored(stream, At(revision - 1), SomeEvents.Many(1));
            Assert.Equal(revision, Assert.Single(await ReadOn(revision)).Revision.Value);
            Volatile.Write(ref answered, revision);
            Assert.Empty(await ReadOn(revision + 1));
            Assert.Empty(await ReadOn(revision + 1));
        }

        await others.CancelAsync();
        await Task.WhenAll(asking);

        async Task<IReadOnlyList<RecordedEvent>> ReadOn(long from) =>
            await Store.ReadStreamAsync(stream, ReadDirection.Forwards, new StreamRevision(from), 10, Deadline);
    }

    [Fact]
    public async Task A_stream_longer_than_any_page_is_read_whole()
    {
        var stream = NewStream();
        for (var n = 0; n < 4; n++) await Stored(stream, n == 0 ? ExpectedRevision.NoStream : At((n * 700) - 1), SomeEvents.Many(700));

        Assert.Equal(Enumerable.Range(0, 2800).Select(n => (long)n), (await ReadStream(stream)).Select(e => e.Revision.Value));
    }

    [Theory]
    [InlineData(ReadDirection.Forwards)]
    [InlineData(ReadDirection.Backwards)]
    public async Task A_stream_that_is_not_there_is_read_as_empty(ReadDirection direction)
    {
        Assert.Empty(await Store.ReadStreamAsync(NewStream(), direction, null, 10, Deadline));
        Assert.Empty(await Store.ReadStreamAsync(NewStream(), direction, new StreamRevision(3), 10, Deadline));
    }

    [Fact]
    public async Task All_events_are_read_in_the_order_in_which_they_were_stored()
    {
        var ids = new List<Guid>();
        for (var n = 0; n < 20; n++)
        {
            var events = SomeEvents.Many(1 + (n % 3));
            ids.AddRange(Ids(events));
            await Stored(NewStream(), ExpectedRevision.NoStream, events);
        }

        var all = await ReadMine();

        Assert.Equal(ids, all.Select(e => e.Id));
        Assert.All(all.Zip(all.Skip(1)), pair => Assert.True(pair.First.Position < pair.Second.Position));
    }

    [Fact]
    public async Task Reading_goes_on_behind_any_events_position()
    {
        for (var n = 0; n < 5; n++) await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(2));
        var all = await ReadMine();

        for (var n = 0; n < all.Count; n++)
        {
            Assert.True(Position.TryParse(all[n].Position.ToString(), out var from));
            Assert.Equal(all.Skip(n + 1).Select(e => e.Id), (await ReadMine(from)).Select(e => e.Id));
        }
    }

    [Fact]
    public async Task Reading_all_ends_at_the_head_at_the_time_of_asking()
    {
        await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(2));
        var late = SomeEvents.One();
        var seen = new List<Guid>();

        await foreach (var page in Store.ReadAllAsync(null, Deadline))
        {
            if (seen.Count == 0) await Stored(NewStream(), ExpectedRevision.NoStream, late);
            seen.AddRange(page.Select(e => e.Id));
        }

        Assert.DoesNotContain(late.Id, seen);
        Assert.Equal(late.Id, (await ReadMine())[^1].Id);
    }

    [Fact]
    public async Task The_head_is_the_newest_events_position()
    {
        await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(2));
        var appended = await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(3));

        var head = await Store.ReadHeadAsync(Deadline);

        Assert.True(head >= appended.Position);
        Assert.Empty(await ReadMine(head));
    }

    [Fact]
    public async Task A_subscription_goes_on_with_what_is_appended_later()
    {
        var before = await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(2));
        var subscription = SubscribeToMine(before.Position).GetAsyncEnumerator(Deadline);

        for (var n = 0; n < 10; n++)
        {
            var waiting = subscription.MoveNextAsync();
            var e = SomeEvents.One();
            await Stored(NewStream(), ExpectedRevision.NoStream, e);

            Assert.True(await waiting);
            Assert.Equal(e.Id, subscription.Current.Id);
        }

        await subscription.DisposeAsync();
    }

    [Fact]
    public async Task Subscriptions_see_every_event_once_while_writers_race()
    {
        const int Writers = 8;
        const int Appends = 60;
        var start = await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(1));
        // One from the beginning of the test, one that begins in the midst of it.
        var early = Task.Run(() => TakeMine(start.Position, Writers * Appends * 2));
        var writing = Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteStream(Appends))).ToList();
        var middle = Task.Run(() => TakeMine(start.Position, Writers * Appends * 2));
        await Task.WhenAll(writing);

        var expected = (await ReadMine(start.Position)).Select(e => e.Id).ToList();

        Assert.Equal(Writers * Appends * 2, expected.Count);
        Assert.Equal(expected, await early);
        Assert.Equal(expected, await middle);

        async Task WriteStream(int appends)
        {
            var stream = NewStream();
            for (var n = 0; n < appends; n++) await Stored(stream, n == 0 ? ExpectedRevision.NoStream : At((n * 2) - 1), SomeEvents.Many(2));
        }
    }

    [Fact]
    public async Task All_readers_see_the_same_order_while_it_grows()
    {
        var start = await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(1));
        var writing = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var n = 0; n < 25; n++) await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(2));
        })).ToList();
        var reading = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var views = new List<List<Guid>>();
            do views.Add([.. (await ReadMine(start.Position)).Select(e => e.Id)]);
            while (views[^1].Count < 8 * 25 * 2);
            return views;
        })).ToList();
        await Task.WhenAll(writing);

        var order = (await ReadMine(start.Position)).Select(e => e.Id).ToList();

        Assert.All((await Task.WhenAll(reading)).SelectMany(views => views), view => Assert.Equal(order.Take(view.Count), view));
    }

    [Fact]
    public async Task A_subscription_ends_when_it_is_cancelled()
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        var start = await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(1));
        var subscription = SubscribeToMine(start.Position, ending.Token).GetAsyncEnumerator(ending.Token);
        var waiting = subscription.MoveNextAsync();

        await ending.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        Assert.False(Deadline.IsCancellationRequested);
    }

    [Fact]
    public async Task A_cancelled_append_stores_nothing()
    {
        var stream = NewStream();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.AppendAsync(stream, ExpectedRevision.NoStream, SomeEvents.Many(1), cancelled.Token));

        Assert.Empty(await ReadStream(stream));
    }

    [Fact]
    public async Task An_append_cancelled_on_its_way_is_stored_whole_or_not_at_all_and_can_be_repeated()
    {
        for (var race = 0; race < Races; race++)
        {
            var stream = NewStream();
            var events = SomeEvents.Many(3);
            using var cancelling = new CancellationTokenSource();
            // Others before it in the queue give the cancellation something to win against.
            var others = Enumerable.Range(0, 4).Select(_ => Append(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(1)).AsTask()).ToList();
            var append = Store.AppendAsync(stream, ExpectedRevision.NoStream, events, cancelling.Token).AsTask();
            await cancelling.CancelAsync();
            await ((Task)append).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await Task.WhenAll(others);

            if (append.IsCompletedSuccessfully) Assert.Equal(3, (await ReadStream(stream)).Count);
            var repeated = await Stored(stream, ExpectedRevision.NoStream, events);

            Assert.Equal(new StreamRevision(2), repeated.Revision);
            Assert.Equal(Ids(events), (await ReadStream(stream)).Select(e => e.Id));
        }
    }

    [Fact]
    public async Task An_append_takes_a_thousand_events_and_no_more()
    {
        var stream = NewStream();

        Assert.IsType<AppendOutcome.TooLarge>(await Append(stream, ExpectedRevision.NoStream, SomeEvents.Many(AppendLimits.Events + 1)));
        Assert.Empty(await ReadStream(stream));
        await Stored(stream, ExpectedRevision.NoStream, SomeEvents.Many(AppendLimits.Events));
        Assert.Equal(AppendLimits.Events, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task An_append_takes_900_KiB_and_no_more()
    {
        var stream = NewStream();

        Assert.IsType<AppendOutcome.TooLarge>(await Append(stream, ExpectedRevision.NoStream, SomeEvents.OfBytes(AppendLimits.Bytes + 1)));
        Assert.IsType<AppendOutcome.TooLarge>(await Append(
            stream, ExpectedRevision.NoStream, SomeEvents.OfBytes(AppendLimits.Bytes / 2), SomeEvents.OfBytes((AppendLimits.Bytes / 2) + 1)));
        Assert.Empty(await ReadStream(stream));
        await Stored(stream, ExpectedRevision.NoStream, SomeEvents.OfBytes(AppendLimits.Bytes));
        Assert.Single(await ReadStream(stream));
    }

    [Fact]
    public async Task An_append_of_nothing_is_a_callers_defect() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Append(NewStream(), ExpectedRevision.NoStream));

    [Fact]
    public async Task A_stream_without_a_name_or_an_event_without_an_id_or_a_type_is_a_callers_defect()
    {
        var e = SomeEvents.One();

        await Assert.ThrowsAsync<ArgumentException>(async () => await Append(new StreamName(""), ExpectedRevision.NoStream, e));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Append(NewStream(), ExpectedRevision.NoStream, e with { Id = Guid.Empty }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Append(NewStream(), ExpectedRevision.NoStream, e with { Type = "" }));
    }

    [Fact]
    public async Task Of_writers_who_race_for_a_revision_exactly_one_wins()
    {
        var stream = NewStream();
        for (var race = 0; race < Races; race++)
        {
            var expected = race == 0 ? ExpectedRevision.NoStream : At(race - 1);

            var outcomes = await AtOnce(8, () => Append(stream, expected, SomeEvents.One()));

            var winner = Assert.Single(outcomes.OfType<AppendOutcome.Appended>());
            Assert.Equal(new StreamRevision(race), winner.Revision);
            Assert.All(outcomes.OfType<AppendOutcome.WrongExpectedRevision>(), lost => Assert.Equal(winner.Revision, lost.Actual));
            Assert.Equal(7, outcomes.OfType<AppendOutcome.WrongExpectedRevision>().Count());
        }

        Assert.Equal(Races, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task The_same_append_from_many_sides_at_once_is_stored_once()
    {
        var stream = NewStream();
        for (var race = 0; race < Races; race++)
        {
            var expected = race == 0 ? ExpectedRevision.NoStream : At((race * 2) - 1);
            var events = SomeEvents.Many(2);

            var outcomes = await AtOnce(8, () => Append(stream, expected, events));

            var appended = outcomes.Select(o => Assert.IsType<AppendOutcome.Appended>(o)).ToList();
            Assert.All(appended, o => Assert.Equal(new StreamRevision((race * 2) + 1), o.Revision));
            if (TellsRepeats) Assert.Single(appended, o => !o.Repeated);
        }

        Assert.Equal(Races * 2, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task Appends_are_stored_in_the_order_of_their_calls()
    {
        var start = await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.One());
        var gate = new Lock();
        var called = new List<Guid>();

        await AtOnce(16, async () =>
        {
            for (var n = 0; n < 20; n++)
            {
                ValueTask<AppendOutcome> append;
                var e = SomeEvents.One();
                lock (gate)
                {
                    called.Add(e.Id);
                    append = Append(NewStream(), ExpectedRevision.NoStream, e);
                }

                Assert.IsType<AppendOutcome.Appended>(await append);
            }

            return 0;
        });

        var stored = (await ReadMine(start.Position)).Select(e => e.Id);
        if (KeepsTheOrderOfCalls) Assert.Equal(called, stored);
        else Assert.Equal(called.Order(), stored.Order());
    }

    [Fact]
    public async Task Appends_to_one_stream_are_stored_in_the_order_of_their_calls()
    {
        var stream = NewStream();
        var events = SomeEvents.Many(200);

        // Nobody waits for an answer before the next call.
        var appends = events.Select((e, n) => Append(stream, n == 0 ? ExpectedRevision.NoStream : At(n - 1), e).AsTask()).ToList();

        Assert.All(await Task.WhenAll(appends), outcome => Assert.IsType<AppendOutcome.Appended>(outcome));
        Assert.Equal(Ids(events), (await ReadStream(stream)).Select(e => e.Id));
    }

    protected StreamName NewStream() => new($"{_prefix}-{Interlocked.Increment(ref _streams)}");

    protected static ExpectedRevision At(long revision) => ExpectedRevision.At(new StreamRevision(revision));

    protected ValueTask<AppendOutcome> Append(StreamName stream, ExpectedRevision expected, params EventToAppend[] events) =>
        Store.AppendAsync(stream, expected, events, Deadline);

    protected async Task<AppendOutcome.Appended> Stored(StreamName stream, ExpectedRevision expected, params EventToAppend[] events) =>
        Assert.IsType<AppendOutcome.Appended>(await Append(stream, expected, events));

    protected async Task<IReadOnlyList<RecordedEvent>> ReadStream(StreamName stream) =>
        await Store.ReadStreamAsync(stream, ReadDirection.Forwards, null, int.MaxValue, Deadline);

    protected async Task IsRepeat(
        AppendOutcome.Appended first, StreamName stream, ExpectedRevision expected, params EventToAppend[] events)
    {
        var again = await Stored(stream, expected, events);
        Assert.Equal(first with { Repeated = again.Repeated }, again);
        if (TellsRepeats) Assert.True(again.Repeated);
    }

    /// <summary>Closes the store and opens it again.</summary>
    protected async Task Reopen()
    {
        await Store.DisposeAsync();
        Store = await open(_directory.Path);
    }

    /// <summary>This test's events, in the store's order.</summary>
    protected async Task<List<RecordedEvent>> ReadMine(Position? after = null)
    {
        var mine = new List<RecordedEvent>();
        await foreach (var page in Store.ReadAllAsync(after, Deadline)) mine.AddRange(page.Where(IsMine));
        return mine;
    }

    private async Task<List<Guid>> TakeMine(Position after, int count) =>
        await SubscribeToMine(after, Deadline).Take(count).Select(e => e.Id).ToListAsync(Deadline);

    private async IAsyncEnumerable<RecordedEvent> SubscribeToMine(
        Position? after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var page in Store.SubscribeAsync(after, cancellation))
            foreach (var e in page.Where(IsMine))
                yield return e;
    }

    private bool IsMine(RecordedEvent e) => e.Stream.Value.StartsWith(_prefix, StringComparison.Ordinal);

    private static IEnumerable<Guid> Ids(IEnumerable<EventToAppend> events) => events.Select(e => e.Id);

    // All wait at the gate before any goes through it: a race, and not a queue.
    private static async Task<TResult[]> AtOnce<TResult>(int callers, Func<ValueTask<TResult>> call)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, callers).Select(async _ =>
        {
            await gate.Task;
            return await call();
        }).ToList();
        gate.SetResult();
        return await Task.WhenAll(calls);
    }
}

/// <summary>What a store must do that outlives its process.</summary>
public abstract class DurableEventStoreContract : EventStoreContract
{
    protected DurableEventStoreContract(Func<string, ValueTask<IEventStore>> open)
        : base(open)
    {
    }

    protected DurableEventStoreContract(Func<string, IEventStore> open)
        : base(open)
    {
    }

    [Fact]
    public async Task What_was_stored_is_there_after_reopening()
    {
        var stream = NewStream();
        var events = SomeEvents.Many(3);
        await Stored(stream, ExpectedRevision.NoStream, events);
        var before = await ReadMine();

        await Reopen();

        var after = await ReadMine();
        Assert.Equal(before.Select(e => (e.Id, e.Position, e.Revision, e.Stream)), after.Select(e => (e.Id, e.Position, e.Revision, e.Stream)));
        Assert.Equal(events.Select(e => e.Data.ToArray()), after.Select(e => e.Data.ToArray()));
        await Stored(stream, At(2), SomeEvents.One());
    }

    [Fact]
    public async Task The_same_append_again_is_known_also_after_reopening()
    {
        var stream = NewStream();
        var events = SomeEvents.Many(3);
        var first = await Stored(stream, ExpectedRevision.NoStream, events);
        await Stored(stream, At(2), SomeEvents.One());

        await Reopen();

        await IsRepeat(first, stream, ExpectedRevision.NoStream, events);
        Assert.Equal(4, (await ReadStream(stream)).Count);
    }

    [Fact]
    public async Task A_subscription_goes_on_from_a_position_after_reopening()
    {
        var start = await Stored(NewStream(), ExpectedRevision.NoStream, SomeEvents.Many(1));
        var missed = SomeEvents.One();
        await Stored(NewStream(), ExpectedRevision.NoStream, missed);

        await Reopen();

        await foreach (var page in Store.SubscribeAsync(start.Position, Deadline))
        {
            Assert.Equal(missed.Id, page[0].Id);
            break;
        }
    }
}
