using CsCheck;
using Ledger.Testing.EventStores;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>Many appends on their way at once: whatever befalls the call, all are stored once, in their order.</summary>
public sealed class OrderedAppending : Bench
{
    private static readonly Trouble[] EndsTheCall =
        [Trouble.ConnectionLost, Trouble.CallReset, Trouble.Unavailable, Trouble.Internal, Trouble.Cancelled, Trouble.NotLeader];

    private static readonly Gen<AppendTrouble?> Sometimes = Gen.Select(
        Gen.Int[0, 40], Gen.Bool, (n, persisted) => n < EndsTheCall.Length ? new AppendTrouble(EndsTheCall[n], persisted && EndsTheCall[n] != Trouble.NotLeader) : null);

    [Fact]
    public async Task They_are_stored_in_the_order_of_the_calls_and_told_in_it()
    {
        var appends = Streams(700, 3);

        var told = await Send(appends);

        Assert.Equal(appends, told.Select(t => t.Append));
        Assert.All(told, t => Assert.False(Assert.IsType<AppendOutcome.Appended>(t.Outcome).Repeated));
        Rising(told);
        await TheLogHoldsExactly([.. appends.SelectMany(a => a.Events)]);
    }

    [Fact]
    public async Task Whatever_breaks_the_call_they_are_stored_once_and_in_order() =>
        await Sometimes.List[60, 120].SampleAsync(async troubles =>
        {
            await using var node = await DoubleNode.StartAsync();
            await using var store = await EventStoreDbEventStore.ConnectAsync(Impatient(node.ConnectionString), Deadline);
            foreach (var trouble in troubles) node.TroubleAppends(trouble ?? AppendTrouble.None);
            var appends = Streams(80, 2);
            var told = new List<(StreamAppend, AppendOutcome)>();

            await store.AppendInOrderAsync(appends.ToAsyncEnumerable(), (append, outcome) => told.Add((append, outcome)), Deadline);

            Rising(told);
            Assert.Equal(appends.SelectMany(a => a.Events).Select(e => e.Id), node.Log.Records.Where(r => !r.Stream.StartsWith('$')).Select(r => r.Id));
        }, iter: 20, threads: 1);

    [Theory]
    [InlineData(Trouble.Silence, true)]
    [InlineData(Trouble.Silence, false)]
    [InlineData(Trouble.NoPosition, true)]
    public async Task A_server_that_falls_silent_or_hides_a_place_is_found_out(Trouble what, bool persisted)
    {
        var appends = Streams(20, 1);
        Node.TroubleAppends([.. Enumerable.Repeat(AppendTrouble.None, 7), new AppendTrouble(what, persisted)]);

        Rising(await Send(appends));

        await TheLogHoldsExactly([.. appends.SelectMany(a => a.Events)]);
    }

    [Theory]
    [InlineData(Trouble.NotReady)]
    [InlineData(Trouble.TooBusy)]
    [InlineData(Trouble.Aborted)]
    [InlineData(Trouble.Unknown)]
    public async Task Where_a_server_refuses_one_and_takes_the_next_the_positions_tell_it(Trouble what)
    {
        var appends = Streams(20, 1);
        Node.TroubleAppends([.. Enumerable.Repeat(AppendTrouble.None, 7), new AppendTrouble(what, false)]);

        var told = await Send(appends);

        Assert.Equal(appends, told.Select(t => t.Append));
        var positions = told.Select(t => Assert.IsType<AppendOutcome.Appended>(t.Outcome).Position).ToList();
        Assert.Equal(Node.Log.Records.Where(r => !r.Stream.StartsWith('$')).Select(r => r.Id), appends.Zip(positions).OrderBy(p => p.Second).SelectMany(p => p.First.Events).Select(e => e.Id));
        Assert.NotEqual(positions.Order(), positions);
    }

    [Fact]
    public async Task A_place_that_another_took_is_told_as_a_lost_race_and_the_others_go_on()
    {
        var appends = Streams(9, 1);
        await Store.AppendAsync(appends[4].Stream, ExpectedRevision.NoStream, SomeEvents.Many(2), Deadline);

        var told = await Send(appends);

        Assert.Equal(new StreamRevision(1), Assert.IsType<AppendOutcome.WrongExpectedRevision>(told[4].Outcome).Actual);
        Assert.Equal(8, told.Count(t => t.Outcome is AppendOutcome.Appended));
    }

    [Fact]
    public async Task One_that_was_stored_before_is_told_as_a_repeat()
    {
        var appends = Streams(9, 2);
        await Send(appends);

        Assert.All(await Send(appends), t => Assert.True(Assert.IsType<AppendOutcome.Appended>(t.Outcome).Repeated));

        await TheLogHoldsExactly([.. appends.SelectMany(a => a.Events)]);
    }

    [Fact]
    public async Task A_denial_is_told_as_of_a_single_append()
    {
        var appends = Streams(9, 1);
        Node.Denies = (_, stream, right) => right == 'w' && stream == appends[5].Stream.Value;

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => Send(appends));

        Assert.Contains("denies", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_told_an_outcome_may_end_the_whole()
    {
        var ended = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Store.AppendInOrderAsync(Streams(9, 1).ToAsyncEnumerable(), (_, _) => throw new InvalidOperationException("enough"), Deadline));

        Assert.Equal("enough", ended.Message);
    }

    [Fact]
    public async Task A_source_that_breaks_ends_the_whole_and_what_was_sent_before_it_is_there()
    {
        static async IAsyncEnumerable<StreamAppend> Breaking(List<StreamAppend> appends)
        {
            foreach (var append in appends) yield return append;
            await Task.Yield();
            throw new IOException("the source broke");
        }

        await Assert.ThrowsAsync<IOException>(() => Store.AppendInOrderAsync(Breaking(Streams(9, 1)), (_, _) => { }, Deadline));
    }

    [Fact]
    public async Task One_too_large_is_told_and_never_sent()
    {
        var large = new StreamAppend(new StreamName("violation-large"), ExpectedRevision.NoStream, [SomeEvents.OfBytes(AppendLimits.Bytes + 1)]);

        var told = await Send([.. Streams(3, 1), large]);

        Assert.IsType<AppendOutcome.TooLarge>(told[3].Outcome);
        Assert.Equal(6, Node.Log.Records.Count(r => !r.Stream.StartsWith('$')));
    }

    /// <summary>Each stream's events in appends of so many, the streams taking turns.</summary>
    internal static List<StreamAppend> Streams(int streams, int each) =>
    [
        .. Enumerable.Range(0, each).SelectMany(turn => Enumerable.Range(0, streams).Select(n => new StreamAppend(
            new StreamName($"violation-{n}"), turn == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision((2 * turn) - 1)), SomeEvents.Many(2)))),
    ];

    internal static void Rising(IEnumerable<(StreamAppend Append, AppendOutcome Outcome)> told)
    {
        var positions = told.Select(t => Assert.IsType<AppendOutcome.Appended>(t.Outcome).Position).ToList();
        Assert.Equal(positions.Distinct().Order(), positions);
    }

    private async Task<List<(StreamAppend Append, AppendOutcome Outcome)>> Send(List<StreamAppend> appends)
    {
        var told = new List<(StreamAppend, AppendOutcome)>();
        await Store.AppendInOrderAsync(appends.ToAsyncEnumerable(), (append, outcome) => told.Add((append, outcome)), Deadline);
        return told;
    }
}
