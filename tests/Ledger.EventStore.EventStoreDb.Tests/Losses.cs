using Ledger.Testing.EventStores;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>What makes an acknowledged event vanish from a server, and that it is noticed.</summary>
public sealed class Losses : Bench
{
    [Theory]
    [InlineData("""{"$maxCount":1}""")]
    [InlineData("""{"$tb":2}""")]
    public async Task A_stream_whose_metadata_hides_events_is_a_fault_to_whoever_reads_it(string metadata)
    {
        await Stored(null, SomeEvents.Many(3));
        Node.Log.SetMetadata(Case.Value, metadata);

        Assert.Equal(StoreFaults.StreamTruncated, (await Faulted(ReadStream)).Code);
        Assert.Equal(StoreFaults.StreamTruncated, (await Faulted(() => ReadAll())).Code);
        Assert.Equal(StoreFaults.StreamTruncated, Store.Fault?.Code);
    }

    [Theory]
    [InlineData("""{"$maxAge":1000}""")]
    [InlineData("""{"$maxCount":1000}""")]
    public async Task A_limit_is_a_fault_before_it_hides_anything(string metadata)
    {
        var appended = await Stored(null, SomeEvents.Many(3));
        var subscription = Store.SubscribeAsync(appended.Position, Deadline).GetAsyncEnumerator(Deadline);
        var waiting = subscription.MoveNextAsync();

        Node.Log.SetMetadata(Case.Value, metadata);

        Assert.Equal(StoreFaults.StreamTruncated, (await Faulted(async () => await waiting)).Code);
        await subscription.DisposeAsync();
    }

    [Fact]
    public async Task A_limit_that_was_taken_back_is_no_fault_any_more()
    {
        var events = SomeEvents.Many(3);
        await Stored(null, events);
        Node.Log.SetMetadata(Case.Value, """{"$maxCount":2}""");
        Node.Log.SetMetadata(Case.Value, """{"$acl":{"$d":[]}}""");

        Assert.Equal(events.Select(e => e.Id), (await ReadAll()).Select(e => e.Id));
        Assert.Equal(3, (await Store.ReadStreamAsync(Case, ReadDirection.Forwards, null, 10, Deadline)).Count);
        Assert.Null(Store.Fault);
    }

    [Fact]
    public async Task Other_people_s_streams_may_be_limited_and_deleted()
    {
        await Stored(null, SomeEvents.One());
        Node.Log.Write("theirs-1", "thing", "{}");
        Node.Log.SetMetadata("theirs-1", """{"$maxCount":1}""");
        Node.Log.Write("theirs-1", "thing", "{}");
        Node.Log.Scavenge();
        Node.Log.Tombstone("theirs-2");

        Assert.Equal(2, (await ReadAll()).Count);
        Assert.Null(Store.Fault);
    }

    [Fact]
    public async Task A_deleted_stream_is_a_fault()
    {
        await Stored(null, SomeEvents.Many(3));
        Node.Log.SoftDelete(Case.Value);

        Assert.Equal(StoreFaults.StreamTruncated, (await Faulted(() => ReadAll())).Code);
    }

    [Fact]
    public async Task A_stream_deleted_for_ever_is_a_fault()
    {
        await Stored(null, SomeEvents.Many(3));
        Node.Log.Tombstone(Case.Value);

        Assert.Equal(StoreFaults.StreamDeleted, (await Faulted(ReadStream)).Code);
        Assert.Equal(StoreFaults.StreamDeleted, (await Faulted(() => ReadAll())).Code);
    }

    [Fact]
    public async Task What_a_scavenge_took_is_missed()
    {
        await Stored(null, SomeEvents.Many(3));
        Node.Log.SetMetadata(Case.Value, """{"$maxCount":1}""");
        Node.Log.Scavenge();
        Node.Log.SetMetadata(Case.Value, "{}");

        Assert.Equal(StoreFaults.EventsMissing, (await Faulted(() => ReadAll())).Code);
        Assert.Equal(StoreFaults.StreamTruncated, (await Faulted(ReadStream)).Code);
    }

    [Fact]
    public async Task A_revision_lost_in_the_midst_of_a_stream_is_missed()
    {
        await Stored(null, SomeEvents.Many(5));
        Node.Log.Lose(r => r.Stream == Case.Value && r.Revision == 2);

        Assert.Equal(StoreFaults.EventsMissing, (await Faulted(() => ReadAll())).Code);
        Assert.Equal(StoreFaults.EventsMissing, (await Faulted(ReadStream)).Code);
        Assert.Equal(StoreFaults.EventsMissing, (await Faulted(async () => await Store.ReadStreamAsync(Case, ReadDirection.Backwards, null, 4, Deadline))).Code);
    }

    [Fact]
    public async Task A_checkpoint_whose_event_was_scavenged_is_a_fault_and_not_a_skipped_event()
    {
        var first = await Stored(null, SomeEvents.One());
        await Stored(0, SomeEvents.One());
        Node.Log.SetMetadata(Case.Value, """{"$maxCount":1}""");
        Node.Log.Scavenge();
        Node.Log.SetMetadata(Case.Value, "{}");

        Assert.Equal(StoreFaults.CheckpointGone, (await Faulted(() => ReadAll(first.Position))).Code);
        Assert.Equal(StoreFaults.CheckpointGone, (await Faulted(async () => await Store.SubscribeAsync(first.Position, Deadline).FirstAsync(Deadline))).Code);
    }

    [Fact]
    public async Task A_checkpoint_beyond_the_end_is_an_older_backup_or_another_database()
    {
        await Stored(null, SomeEvents.One());
        var lost = await Stored(0, SomeEvents.One());
        Node.Log.Lose(r => r.Position >= lost.Position.Commit);

        Assert.Equal(StoreFaults.CheckpointGone, (await FaultedBehind(lost.Position)).Code);
    }

    [Fact]
    public async Task A_checkpoint_between_two_records_is_another_database()
    {
        var appended = await Stored(null, SomeEvents.Many(2));
        var between = appended.Position with { Commit = appended.Position.Commit - 1, Prepare = appended.Position.Commit - 1 };

        Assert.Equal(StoreFaults.CheckpointGone, (await FaultedBehind(between)).Code);
    }

    [Fact]
    public async Task A_scavenge_is_seen_and_is_no_fault_by_itself()
    {
        await Stored(null, SomeEvents.Many(2));
        Assert.Null(Store.LastScavenge);

        Node.Log.Scavenge();

        Assert.Equal(2, (await ReadAll()).Count);
        Assert.NotNull(Store.LastScavenge);
        Assert.Null(Store.Fault);
    }

    /// <summary>By a store of usual patience: a place where nothing lies is looked at for seconds, in which an impatient one may take a busy machine for a silent server.</summary>
    private async Task<StoreFaultException> FaultedBehind(Position position)
    {
        await using var patient = await EventStoreDbEventStore.ConnectAsync(EventStoreDbOptions.Parse(Node.ConnectionString), Deadline);
        return await Faulted(async () => await patient.ReadAllAsync(position, Deadline).CountAsync(Deadline));
    }

    private static Task<StoreFaultException> Faulted(Func<Task> read) => Assert.ThrowsAsync<StoreFaultException>(read);

    private async Task ReadStream() => await Store.ReadStreamAsync(Case, ReadDirection.Forwards, null, 10, Deadline);
}
