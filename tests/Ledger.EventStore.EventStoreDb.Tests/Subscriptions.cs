using CsCheck;
using Ledger.Testing.EventStores;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>However a subscription ends, repeats itself or falls silent: every event once, in order.</summary>
public sealed class Subscriptions : Bench
{
    private static readonly Gen<SubscriptionTrouble> SomeTrouble = Gen.Select(
        Gen.Int[0, 12], Gen.Enum<SubscriptionEnding>(), Gen.Bool, Gen.Bool,
        (after, ending, repeats, twice) => new SubscriptionTrouble { AfterEvents = after, Ending = ending, Repeats = repeats, CatchesUpTwice = twice });

    [Fact]
    public async Task Whatever_happens_to_it_a_subscription_has_no_gap_and_no_double() =>
        await SomeTrouble.List[1, 6].SampleAsync(async troubles =>
        {
            await using var node = await DoubleNode.StartAsync();
            await using var store = await EventStoreDbEventStore.ConnectAsync(Impatient(node.ConnectionString), Deadline);
            node.TroubleSubscriptions([.. troubles]);
            var taking = Task.Run(() => Take(store, null, 40));

            var written = new List<Guid>();
            for (var n = 0; n < 20; n++)
            {
                var events = SomeEvents.Many(2);
                written.AddRange(events.Select(e => e.Id));
                node.Log.Write("$stats-127.0.0.1:2113", "$statsCollected", "{}");
                await store.AppendAsync(new StreamName($"violation-{n}"), ExpectedRevision.NoStream, events, Deadline);
            }

            Assert.Equal(written, await taking);
        }, iter: 25, threads: 1);

    [Fact]
    public async Task A_killed_server_s_subscription_goes_on_when_it_is_back()
    {
        var first = SomeEvents.One();
        var second = SomeEvents.One();
        var subscription = Store.SubscribeAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        await Stored(null, first);
        Assert.True(await subscription.MoveNextAsync());
        var waiting = subscription.MoveNextAsync();

        await Node.KillAsync();
        await Node.RestartAsync();
        await Stored(0, second);

        Assert.True(await waiting);
        Assert.Equal(second.Id, Assert.Single(subscription.Current).Id);
        await subscription.DisposeAsync();
    }

    [Fact]
    public async Task A_quiet_subscription_is_left_alone()
    {
        var taking = Take(Store, null, 1);
        while (Node.Subscriptions < 1) await Task.Yield();
        // Each read is the watchdog's question whether there is anything new.
        var reads = Node.Reads;
        while (Node.Reads < reads + 3) await Task.Yield();

        await Stored(null, SomeEvents.One());

        Assert.Single(await taking);
        Assert.Equal(1, Node.Subscriptions);
    }

    [Fact]
    public async Task More_subscriptions_than_a_connection_carries_all_get_their_events()
    {
        var e = SomeEvents.One();
        await Stored(null, SomeEvents.Many(130));
        // Each begins before the one before it, so that none can share.
        var places = (await ReadAll()).Select(stored => stored.Position).Reverse().ToList();
        var subscriptions = places.Select((place, behind) => Take(Store, place, behind + 1)).ToList();
        while (Node.Subscriptions < 130) await Task.Yield();

        await Stored(129, e);

        Assert.All(await Task.WhenAll(subscriptions), seen => Assert.Equal(e.Id, seen[^1]));
    }

    [Fact]
    public async Task Neither_the_server_s_own_events_nor_the_vault_s_are_shown()
    {
        Node.Log.Write("vault-x", "disclosure-sealed-v1", "{}");
        Node.Log.Write("vaultkey-x", "disclosure-keys-v1", "{}");
        Node.Log.Write("links-1", "$>", "0@violation-1");
        var e = SomeEvents.One();
        await Stored(null, e);
        Node.Log.Write("$stats-127.0.0.1:2113", "$statsCollected", "{}");

        Assert.Equal(e.Id, Assert.Single(await ReadAll()).Id);
        Assert.Equal(e.Id, Assert.Single(await Take(Store, null, 1)));
        Assert.Equal((await ReadAll())[0].Position, await Store.ReadHeadAsync(Deadline));
    }

    [Fact]
    public async Task A_subscription_of_someone_who_may_not_read_says_so()
    {
        Node.Denies = (_, stream, right) => stream == "$all" && right == 'r';

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => Take(Store, null, 1));

        Assert.Contains("denies", refused.Message, StringComparison.Ordinal);
    }

    private async Task<List<Guid>> Take(EventStoreDbEventStore store, Position? after, int count)
    {
        var seen = new List<Guid>();
        await foreach (var page in store.SubscribeAsync(after, Deadline))
        {
            seen.AddRange(page.Select(e => e.Id));
            if (seen.Count >= count) break;
        }

        return seen;
    }
}
