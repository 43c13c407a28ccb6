using Ledger.Testing.EventStores;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>What can befall an append on its way, each as "failed" and as "failed but persisted"; afterwards the whole log is read again.</summary>
/// <remarks>
/// | misfortune                                   | failed                        | failed but persisted                        |
/// |----------------------------------------------|-------------------------------|---------------------------------------------|
/// | connection, call, time, quorum lost; errors  | Whatever_… (false)            | Whatever_… (true)                           |
/// | not leader, not ready, too busy              | A_server_that_isn_t_ready_…   | –                                           |
/// | denied, wrong password, too large, deleted   | A_refusal_…                   | –                                           |
/// | no quorum, and perhaps later                 | Without_a_quorum_…            | Without_a_quorum_…, What_was_persisted_…    |
/// | somebody else wrote first                    | A_place_that_another_took_…   | Another_node_s_identical_append_…           |
/// | answered without a place                     | –                             | An_answer_without_a_place_…                 |
/// | leader killed, frozen, dead host named       | Clusters                      | Clusters                                    |
/// </remarks>
public sealed class Misfortunes : Bench
{
    [Theory]
    [InlineData(Trouble.ConnectionLost, false)]
    [InlineData(Trouble.ConnectionLost, true)]
    [InlineData(Trouble.CallReset, false)]
    [InlineData(Trouble.CallReset, true)]
    [InlineData(Trouble.Silence, false)]
    [InlineData(Trouble.Silence, true)]
    [InlineData(Trouble.Aborted, false)]
    [InlineData(Trouble.Aborted, true)]
    [InlineData(Trouble.Unavailable, false)]
    [InlineData(Trouble.Unavailable, true)]
    [InlineData(Trouble.Internal, false)]
    [InlineData(Trouble.Internal, true)]
    [InlineData(Trouble.Cancelled, false)]
    [InlineData(Trouble.Cancelled, true)]
    [InlineData(Trouble.Unknown, false)]
    [InlineData(Trouble.Unknown, true)]
    public async Task Whatever_leaves_the_outcome_unknown_is_tried_again_and_stored_once(Trouble what, bool persisted)
    {
        var (before, events, after) = (SomeEvents.One(), SomeEvents.Many(3), SomeEvents.One());
        await Stored(null, before);
        Node.TroubleAppends(new AppendTrouble(what, persisted), new AppendTrouble(what, persisted));

        var outcome = await Stored(0, events);

        Assert.Equal((new StreamRevision(3), false), (outcome.Revision, outcome.Repeated));
        Assert.Equal(Node.Log.Records[^1].Position, outcome.Position.Commit);
        Assert.True((await Stored(0, events)).Repeated);
        await Stored(3, after);
        await TheLogHoldsExactly([before, .. events, after]);
    }

    [Theory]
    [InlineData(Trouble.NotLeader)]
    [InlineData(Trouble.NotReady)]
    [InlineData(Trouble.TooBusy)]
    public async Task A_server_that_isn_t_ready_is_asked_again(Trouble what)
    {
        var e = SomeEvents.One();
        Node.TroubleAppends(new AppendTrouble(what, false), new AppendTrouble(what, false));

        Assert.False((await Stored(null, e)).Repeated);

        await TheLogHoldsExactly(e);
    }

    [Theory]
    [InlineData(Trouble.Denied, "denies")]
    [InlineData(Trouble.Unauthenticated, "user")]
    public async Task A_refusal_of_the_user_is_told_at_once_and_stores_nothing(Trouble what, string saying)
    {
        Node.TroubleAppends(new AppendTrouble(what, false));

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => Append(null, SomeEvents.One()));

        Assert.Contains(saying, refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, Node.Appends);
        await TheLogHoldsExactly();
    }

    [Fact]
    public async Task A_server_that_takes_less_than_the_limit_says_so_as_a_value()
    {
        Node.TroubleAppends(new AppendTrouble(Trouble.TooLarge, false));

        Assert.IsType<AppendOutcome.TooLarge>(await Append(null, SomeEvents.One()));

        await TheLogHoldsExactly();
    }

    [Fact]
    public async Task An_overload_that_lasts_ends_as_unavailable_and_can_be_repeated()
    {
        var e = SomeEvents.One();
        Node.TroubleAppends([.. Enumerable.Repeat(new AppendTrouble(Trouble.TooBusy, false), 500)]);

        // However slow the machine is, each try has its answer: a try cut off is one whose end is unknown.
        await using var patient = await EventStoreDbEventStore.ConnectAsync(Impatient(Node.ConnectionString) with { TryTakes = TimeSpan.FromSeconds(10) }, Deadline);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await patient.AppendAsync(Case, ExpectedRevision.NoStream, [e], Deadline));

        Assert.Contains("it wasn't stored", refused.Message, StringComparison.Ordinal);
        await using var newcomer = await DoubleNode.StartAsync(Node.Log);
        await using var other = await EventStoreDbEventStore.ConnectAsync(Impatient(newcomer.ConnectionString), Deadline);
        Assert.IsType<AppendOutcome.Appended>(await other.AppendAsync(Case, ExpectedRevision.NoStream, [e], Deadline));
        await TheLogHoldsExactly(e);
    }

    [Fact]
    public async Task Without_a_quorum_nothing_is_acknowledged_or_shown_and_later_it_is_there_once()
    {
        var e = SomeEvents.One();
        Node.Log.HasQuorum = false;

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => Append(null, e));

        Assert.Contains("unknown", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await ReadAll());
        Node.Log.HasQuorum = true;
        await Stored(null, e);
        await TheLogHoldsExactly(e);
    }

    [Fact]
    public async Task What_was_persisted_without_a_quorum_is_acknowledged_once_there_is_one()
    {
        var e = SomeEvents.One();
        Node.Log.HasQuorum = false;
        var append = Stored(null, e);
        while (Node.Appends < 2) await Task.Yield();

        Node.Log.HasQuorum = true;

        Assert.Equal(StreamRevision.First, (await append).Revision);
        await TheLogHoldsExactly(e);
    }

    [Fact]
    public async Task A_place_that_another_took_meanwhile_is_a_lost_race()
    {
        var (ours, theirs) = (SomeEvents.Many(2), SomeEvents.Many(2));
        Node.TroubleAppends(new AppendTrouble(Trouble.Silence, false));
        await using var other = await OpenAsync();
        var append = Append(null, ours);
        while (Node.Appends < 1) await Task.Yield();

        await other.AppendAsync(Case, ExpectedRevision.NoStream, theirs, Deadline);

        Assert.Equal(new AppendOutcome.WrongExpectedRevision(new StreamRevision(1)), await append);
        await TheLogHoldsExactly(theirs);
    }

    [Fact]
    public async Task Another_node_s_identical_append_that_came_first_is_told_as_a_repeat_by_its_bytes()
    {
        var id = Guid.NewGuid();
        var (ours, theirs) = (SomeEvents.One(id, """{"try":"ours"}"""), SomeEvents.One(id, """{"try":"theirs"}"""));
        Node.TroubleAppends(new AppendTrouble(Trouble.Silence, false));
        await using var other = await OpenAsync();
        var append = Append(null, ours);
        while (Node.Appends < 1) await Task.Yield();

        await other.AppendAsync(Case, ExpectedRevision.NoStream, [theirs], Deadline);

        Assert.True(Assert.IsType<AppendOutcome.Appended>(await append).Repeated);
        await TheLogHoldsExactly(theirs);
    }

    [Fact]
    public async Task An_identical_append_of_another_node_a_moment_ago_is_told_when_appends_are_verified()
    {
        var id = Guid.NewGuid();
        var (ours, theirs) = (SomeEvents.One(id, """{"try":"ours"}"""), SomeEvents.One(id, """{"try":"theirs"}"""));
        await using var verifying = await EventStoreDbEventStore.ConnectAsync(Impatient(Node.ConnectionString) with { VerifyAppends = true }, Deadline);
        await Stored(null, theirs);

        var outcome = await verifying.AppendAsync(Case, ExpectedRevision.NoStream, [ours], Deadline);

        Assert.True(Assert.IsType<AppendOutcome.Appended>(outcome).Repeated);
        Assert.False(Assert.IsType<AppendOutcome.Appended>(await verifying.AppendAsync(Case, ExpectedRevision.At(StreamRevision.First), [SomeEvents.One()], Deadline)).Repeated);
    }

    [Fact]
    public async Task An_answer_without_a_place_is_a_fault()
    {
        Node.TroubleAppends(new AppendTrouble(Trouble.NoPosition, true));

        var fault = await Assert.ThrowsAsync<StoreFaultException>(() => Append(null, SomeEvents.One()));

        Assert.Equal(StoreFaults.HiddenEvents, fault.Code);
        Assert.Same(fault, Store.Fault);
    }

    [Fact]
    public async Task An_append_to_a_stream_deleted_for_ever_is_a_fault()
    {
        await Stored(null, SomeEvents.One());
        Node.Log.Tombstone(Case.Value);

        Assert.Equal(StoreFaults.StreamDeleted, (await Assert.ThrowsAsync<StoreFaultException>(() => Append(0, SomeEvents.One()))).Code);
    }

    [Fact]
    public async Task An_append_that_begins_a_deleted_stream_anew_is_a_fault()
    {
        await Stored(null, SomeEvents.Many(2));
        Node.Log.SoftDelete(Case.Value);

        Assert.Equal(StoreFaults.StreamDeleted, (await Assert.ThrowsAsync<StoreFaultException>(() => Append(null, SomeEvents.One()))).Code);
    }

    [Fact]
    public async Task The_server_killed_and_restarted_under_load_holds_all_that_was_acknowledged_once()
    {
        var writing = Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            var events = SomeEvents.Many(30);
            for (var i = 0; i < events.Length; i++)
            {
                var outcome = await Store.AppendAsync(
                    new StreamName($"violation-{n}"), i == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(i - 1)), [events[i]], Deadline);
                Assert.Equal(new StreamRevision(i), Assert.IsType<AppendOutcome.Appended>(outcome).Revision);
            }

            return events;
        })).ToList();
        for (var round = 0; round < 3; round++)
        {
            var appends = Node.Appends;
            while (Node.Appends < appends + 20 && !writing.All(w => w.IsCompleted)) await Task.Yield();
            await Node.RestartAsync();
        }

        var written = (await Task.WhenAll(writing)).SelectMany(e => e).Select(e => e.Id).Order();

        Assert.Equal(written, (await ReadAll()).Select(e => e.Id).Order());
        Assert.Equal(written, Node.Log.Records.Where(r => !r.Stream.StartsWith('$')).Select(r => r.Id).Order());
    }

    [Theory]
    [InlineData(Trouble.ConnectionLost)]
    [InlineData(Trouble.Silence)]
    [InlineData(Trouble.Unavailable)]
    [InlineData(Trouble.NotReady)]
    [InlineData(Trouble.NotLeader)]
    public async Task Reads_are_tried_again(Trouble what)
    {
        var events = SomeEvents.Many(3);
        await Stored(null, events);

        Node.TroubleReads(what);
        Assert.Equal(3, (await Store.ReadStreamAsync(Case, ReadDirection.Forwards, null, 10, Deadline)).Count);
        Node.TroubleReads(what);
        Assert.NotNull(await Store.ReadHeadAsync(Deadline));
        Node.TroubleReads(what);
        Assert.Equal(events.Select(e => e.Id), (await ReadAll()).Select(e => e.Id));
    }

    [Fact]
    public async Task Fields_that_later_versions_add_change_nothing()
    {
        Node.SendsUnknownFields = true;
        var e = SomeEvents.One();

        await Stored(null, e);

        await TheLogHoldsExactly(e);
    }
}
