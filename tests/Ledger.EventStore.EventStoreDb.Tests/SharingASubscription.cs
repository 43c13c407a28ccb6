using Ledger.EventStore.EventStoreDb.Feeds;
using Ledger.EventStore.InMemory;
using Ledger.Testing.EventStores;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>Several who follow the order here: one subscription at the server, and each has every event once and in order, whatever the others do.</summary>
public sealed class SharingASubscription : Bench
{
    private static readonly SharedFeed.Limits Roomy = new(1_000, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

    private readonly InMemoryEventStore _order = new();
    private int _opened;

    [Fact]
    public async Task A_log_and_read_models_read_the_server_once()
    {
        await Stored(null, SomeEvents.Many(3));
        await using var log = Store.SubscribeAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await log.MoveNextAsync());
        await using var models = Store.SubscribeAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await models.MoveNextAsync());

        Assert.Equal(log.Current.Select(e => e.Id), models.Current.Select(e => e.Id));
        Assert.Equal(1, Node.Subscriptions);
    }

    [Fact]
    public async Task Who_comes_later_joins_at_its_own_place_within_a_page()
    {
        var written = await Written(5);
        var shared = new SharedFeed(Open, Roomy);
        await using var first = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await first.MoveNextAsync());

        for (var n = 0; n < written.Count - 1; n++)
        {
            await using var later = shared.FollowAsync(written[n].Position, Deadline).GetAsyncEnumerator(Deadline);
            Assert.True(await later.MoveNextAsync());
            Assert.Equal(written[n + 1].Id, later.Current[0].Id);
        }

        Assert.Equal(1, _opened);
    }

    [Fact]
    public async Task Who_begins_before_what_is_kept_reads_for_itself()
    {
        var written = await Written(5);
        var shared = new SharedFeed(Open, Roomy);
        await using var first = shared.FollowAsync(written[2].Position, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await first.MoveNextAsync());

        await using var other = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);

        Assert.Equal(written.Select(e => e.Id), await Taken(other, 5));
        Assert.Equal(2, _opened);
    }

    [Fact]
    public async Task Who_is_far_behind_holds_up_nobody_and_misses_nothing()
    {
        var shared = new SharedFeed(Open, Roomy with { Kept = 10, Patience = TimeSpan.Zero });
        await Written(1);
        await using var slow = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        await using var fast = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await slow.MoveNextAsync());
        var seen = await Taken(fast, 1);
        for (var n = 0; n < 100; n++)
        {
            await Written(1);
            seen.AddRange(await Taken(fast, 1));
        }

        var slowly = slow.Current.Select(e => e.Id).ToList();
        slowly.AddRange(await Taken(slow, 100));

        Assert.Equal((await _order.ReadAllAsync(null, Deadline).FirstAsync(Deadline)).Select(e => e.Id).Take(101), seen);
        Assert.Equal(seen, slowly);
        Assert.Equal(2, _opened);
    }

    [Fact]
    public async Task One_who_leaves_ends_nothing_for_the_others_and_the_last_one_ends_it()
    {
        await Written(1);
        var shared = new SharedFeed(Open, Roomy);
        await using var stays = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await stays.MoveNextAsync());
        using (var leaves = new CancellationTokenSource())
        {
            await using var other = shared.FollowAsync(null, leaves.Token).GetAsyncEnumerator(leaves.Token);
            Assert.True(await other.MoveNextAsync());
            var waiting = other.MoveNextAsync();
            await leaves.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        }

        var e = Assert.Single(await Written(1));
        Assert.Equal(e.Id, Assert.Single(await Taken(stays, 1)));
        await stays.DisposeAsync();
        await using var again = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);

        Assert.Equal(2, (await Taken(again, 2)).Count);
        Assert.Equal(2, _opened);
    }

    [Fact]
    public async Task A_fault_is_told_to_all_behind_what_came_before_it_and_the_next_one_begins_anew()
    {
        await Written(2);
        var shared = new SharedFeed(Breaking, Roomy);
        await using var first = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        await using var second = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);

        Assert.True(await first.MoveNextAsync());
        Assert.True(await second.MoveNextAsync());
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await first.MoveNextAsync());
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await second.MoveNextAsync());
        await using var third = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);

        Assert.True(await third.MoveNextAsync());
        Assert.Equal(2, _opened);
    }

    [Fact]
    public async Task Ending_it_ends_whoever_still_waits_and_ending_it_again_is_nothing()
    {
        await Written(1);
        var shared = new SharedFeed(Open, Roomy);
        await using var reader = shared.FollowAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await reader.MoveNextAsync());
        var waiting = reader.MoveNextAsync().AsTask();

        await shared.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await shared.DisposeAsync();
    }

    private IAsyncEnumerable<IReadOnlyList<RecordedEvent>> Open(Position? after, CancellationToken cancellation)
    {
        _opened++;
        return _order.SubscribeAsync(after, cancellation);
    }

    private async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> Breaking(Position? after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var page in Open(after, cancellation))
        {
            yield return page;
            throw new StoreUnavailableException("Gone.");
        }
    }

    private async Task<List<RecordedEvent>> Written(int count)
    {
        var after = await _order.ReadHeadAsync(Deadline);
        await _order.AppendAsync(new StreamName($"violation-{Guid.NewGuid():D}"), ExpectedRevision.NoStream, SomeEvents.Many(count), Deadline);
        return [.. await _order.ReadAllAsync(after, Deadline).FirstAsync(Deadline)];
    }

    private static async Task<List<Guid>> Taken(IAsyncEnumerator<IReadOnlyList<RecordedEvent>> feed, int count)
    {
        var seen = new List<Guid>();
        while (seen.Count < count && await feed.MoveNextAsync()) seen.AddRange(feed.Current.Select(e => e.Id));
        return seen;
    }
}
