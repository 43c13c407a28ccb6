using System.Diagnostics;
using Ledger.Testing.EventStores;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>Three nodes with one log: who leads is asked, followed, and asked again.</summary>
public sealed class Clusters : IAsyncLifetime, IDisposable
{
    private static readonly StreamName Case = new("violation-1");

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1));
    private readonly DoubleLog _log = new();
    private DoubleNode[] _nodes = [];

    private CancellationToken Deadline => _deadline.Token;

    public async Task InitializeAsync()
    {
        _nodes = [await DoubleNode.StartAsync(_log), await DoubleNode.StartAsync(_log), await DoubleNode.StartAsync(_log)];
        Elect(0);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
    }

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task The_leader_is_found_through_any_node_that_answers()
    {
        await _nodes[1].KillAsync();

        await using var store = await OpenAsync($"esdb://{_nodes[1].Address},{_nodes[2].Address}?tls=false");

        Assert.Equal(_nodes[0].Address, store.Leader?.ToString());
    }

    [Fact]
    public async Task One_node_named_for_discovery_tells_of_the_others()
    {
        await using var store = await OpenAsync($"esdb+discover://{_nodes[2].Address}?tls=false");

        Assert.Equal(_nodes[0].Address, store.Leader?.ToString());
    }

    [Fact]
    public async Task One_node_named_alone_is_followed_to_the_leader_that_it_names()
    {
        await using var store = await OpenAsync($"esdb://{_nodes[1].Address}?tls=false");

        await Append(store, null);

        Assert.Equal(_nodes[0].Address, store.Leader?.ToString());
        Assert.Equal(1, _nodes[0].Appends);
    }

    [Fact]
    public async Task A_leader_that_is_named_and_dead_is_asked_for_again()
    {
        var dead = await DoubleNode.StartAsync(_log);
        await dead.DisposeAsync();
        _nodes[1].Leader = ("127.0.0.1", dead.Port);
        await using var store = await EventStoreDbEventStore.ConnectAsync(
            Bench.Impatient($"esdb://{_nodes[0].Address},{_nodes[1].Address}?tls=false"), Deadline);
        // The leader steps down and names a host that isn't there.
        _nodes[0].Leads = false;
        _nodes[0].Leader = ("127.0.0.1", dead.Port);
        var append = Append(store, null);
        while (_nodes[0].Gossips + _nodes[1].Gossips + _nodes[2].Gossips < 8) await Task.Yield();

        Elect(2);

        Assert.IsType<AppendOutcome.Appended>(await append);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_leader_killed_with_an_append_on_its_way_is_replaced_and_the_append_stored_once(bool persisted)
    {
        await using var store = await OpenAsync();
        await Append(store, null);
        _nodes[0].TroubleAppends(new AppendTrouble(Trouble.Silence, persisted));
        var append = Append(store, 0);
        while (_nodes[0].Appends < 2) await Task.Yield();

        await _nodes[0].KillAsync();
        Elect(1, dead: 0);

        Assert.Equal(new StreamRevision(1), Assert.IsType<AppendOutcome.Appended>(await append).Revision);
        Assert.Equal(_nodes[1].Address, store.Leader?.ToString());
        Assert.Equal(2, (await store.ReadStreamAsync(Case, ReadDirection.Forwards, null, 10, Deadline)).Count);
        Assert.Equal(2, _log.Records.Count(r => r.Stream == Case.Value));
    }

    [Fact]
    public async Task A_frozen_leader_that_the_others_still_call_alive_is_left_for_the_next()
    {
        await using var store = await OpenAsync();
        await Append(store, null);
        _nodes[0].Freeze();
        var append = Append(store, 0);
        // The others haven't missed it yet.
        var asked = _nodes[1].Gossips;
        while (_nodes[1].Gossips < asked + 3) await Task.Yield();

        Elect(1);

        Assert.IsType<AppendOutcome.Appended>(await append);
        Assert.Equal(_nodes[1].Address, store.Leader?.ToString());
        _nodes[0].Thaw();
        Assert.Equal(2, _log.Records.Count(r => r.Stream == Case.Value));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_leader_killed_or_frozen_amid_many_appends_is_replaced_and_their_order_kept(bool killed)
    {
        await using var store = await OpenAsync();
        var (appends, told) = (OrderedAppending.Streams(400, 2), new List<(StreamAppend, AppendOutcome)>());
        _nodes[0].BeforeAppends = () =>
        {
            if (_nodes[0].Appends == 300) _nodes[0].Freeze();
        };
        var sending = store.AppendInOrderAsync(appends.ToAsyncEnumerable(), (append, outcome) => told.Add((append, outcome)), Deadline);
        while (_nodes[0].Appends < 300) await Task.Yield();

        if (killed) await _nodes[0].KillAsync();
        Elect(1, dead: killed ? 0 : null);

        await sending;
        OrderedAppending.Rising(told);
        _nodes[0].Thaw();
        Assert.Equal(appends.SelectMany(a => a.Events).Select(e => e.Id), _log.Records.Where(r => !r.Stream.StartsWith('$')).Select(r => r.Id));
        Assert.Equal(_nodes[1].Address, store.Leader?.ToString());
    }

    [Fact]
    public async Task A_subscription_goes_on_at_the_next_leader()
    {
        await using var store = await OpenAsync();
        await Append(store, null);
        var subscription = store.SubscribeAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await subscription.MoveNextAsync());
        var waiting = subscription.MoveNextAsync();

        await _nodes[0].KillAsync();
        Elect(2, dead: 0);
        await Append(store, 0);

        Assert.True(await waiting);
        Assert.Equal(new StreamRevision(1), Assert.Single(subscription.Current).Revision);
        await subscription.DisposeAsync();
    }

    [Fact]
    public async Task A_cluster_of_which_nobody_answers_is_told_within_the_deadline()
    {
        foreach (var node in _nodes) await node.KillAsync();
        var started = Stopwatch.GetTimestamp();

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => OpenAsync());

        Assert.Contains("see the hosts in Ledger:EventStoreDb:ConnectionString", refused.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_cluster_without_a_leader_is_told_within_the_deadline()
    {
        foreach (var node in _nodes) node.Gossip([.. _nodes.Select(n => new Member("127.0.0.1", n.Port, "Follower"))]);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => OpenAsync());

        Assert.Contains("leads the cluster", refused.Message, StringComparison.Ordinal);
    }

    private async Task<EventStoreDbEventStore> OpenAsync(string? connectionString = null) => await EventStoreDbEventStore.ConnectAsync(
        Bench.Impatient(connectionString ?? $"esdb://{string.Join(',', _nodes.Select(n => n.Address))}?tls=false"), Deadline);

    private async Task<AppendOutcome> Append(EventStoreDbEventStore store, long? expected) => await store.AppendAsync(
        Case, expected is { } at ? ExpectedRevision.At(new StreamRevision(at)) : ExpectedRevision.NoStream, [SomeEvents.One()], Deadline);

    private void Elect(int leader, int? dead = null)
    {
        var members = _nodes.Select((n, i) => new Member("127.0.0.1", n.Port, i == leader ? "Leader" : "Follower", i != dead)).ToArray();
        for (var i = 0; i < _nodes.Length; i++)
        {
            _nodes[i].Leads = i == leader;
            _nodes[i].Leader = ("127.0.0.1", _nodes[leader].Port);
            _nodes[i].Gossip(members);
        }
    }
}
