using System.Diagnostics;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Feeds;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>The store on an EventStoreDB (23.10 or later) or KurrentDB, one node or a cluster, over its public gRPC protocol.</summary>
/// <remarks>
/// Appends and reads go to the leader, and an acknowledged append has its quorum.
/// <para>
/// Of the port's promise that a caller takes its place in the store's order before <see cref="AppendAsync"/> first yields, a
/// network keeps less: appends of this process to the <em>same</em> stream are sent in the order of the calls, one after another.
/// Appends to different streams, or of several nodes, may be ordered otherwise by the server, within the time that they are on their way.
/// </para>
/// <para>
/// <see cref="AppendOutcome.Appended.Repeated"/> is exact for whatever this process has written or read before the call. An identical append of
/// another node in the milliseconds before is told only with <see cref="EventStoreDbOptions.VerifyAppends"/>.
/// </para>
/// What is gone or hidden throws <see cref="StoreFaultException"/> where it is noticed, and stays in <see cref="Fault"/>.
/// </remarks>
public sealed class EventStoreDbEventStore : IEventStore
{
    private readonly ClusterConnection _cluster;
    private readonly StoreWatch _watch = new();
    private readonly StreamReader _streams;
    private readonly AllReader _all;
    private readonly Appender _appender;
    private readonly SharedFeed _following;
    private bool _disposed;

    private EventStoreDbEventStore(ClusterConnection cluster)
    {
        _cluster = cluster;
        _streams = new StreamReader(cluster, _watch);
        _all = new AllReader(cluster, _watch);
        _appender = new Appender(cluster, _streams, _watch);
        _following = new SharedFeed((after, cancellation) => FeedAsync(after, follow: true, cancellation), SharedFeed.Limits.Usual);
    }

    /// <summary>As the server says it: "23.10.8".</summary>
    public string ServerVersion { get; private set; } = "";

    /// <summary>The node that appends go to now; null while it is looked for.</summary>
    public NodeAddress? Leader => _cluster.Leader;

    /// <summary>What the operator should know: protections that this user may not set up, options that don't apply.</summary>
    public IReadOnlyList<string> Notices { get; private set; } = [];

    /// <summary>The first loss that was noticed, or null. It stays until the process has been started anew.</summary>
    public StoreFaultException? Fault => _watch.Fault;

    /// <summary>When a scavenge last left a trace in what was read. It destroys what is hidden; a re-read of the leaves tells whether any of it was ours.</summary>
    public DateTimeOffset? LastScavenge => _watch.LastScavenge;

    /// <summary>Connects, checks the user, and sets up what keeps the ledger's streams from being deleted.</summary>
    /// <exception cref="StoreUnavailableException">Not within the deadline, or never; one sentence names what and the setting to look at.</exception>
    public static async Task<EventStoreDbEventStore> ConnectAsync(EventStoreDbOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var store = new EventStoreDbEventStore(new ClusterConnection(options));
        try
        {
            store.ServerVersion = await Opening.OpenAsync(store._cluster, store._all, cancellation);
            store.Notices = await StreamGuard.SetUpAsync(options, store._streams, store._appender, cancellation);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes sure that a user comes in and may read, without setting anything up.</summary>
    /// <exception cref="StoreUnavailableException">As for <see cref="ConnectAsync"/>.</exception>
    internal static async Task ComesInAsync(EventStoreDbOptions options, CancellationToken cancellation)
    {
        await using var store = new EventStoreDbEventStore(new ClusterConnection(options));
        await Opening.OpenAsync(store._cluster, store._all, cancellation);
    }

    public ValueTask<AppendOutcome> AppendAsync(
        StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream.Value);
        if (AppendLimits.Check(events) is { } tooLarge) return ValueTask.FromResult<AppendOutcome>(tooLarge);
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<AppendOutcome>(cancellation);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new ValueTask<AppendOutcome>(_appender.AppendAsync(stream, expected, events, cancellation));
    }

    /// <summary>Many appends to any streams, on their way at the same time and stored in the order in which they come: for moving a ledger.</summary>
    /// <remarks>
    /// Nobody else may write to these streams meanwhile. In one case a server could store them in another order, where it refuses an
    /// append in the midst of them and takes the next; then the positions don't rise, which <paramref name="ended"/> is to look at.
    /// </remarks>
    /// <param name="ended">Told each outcome, in the order of the appends; what it throws ends the whole.</param>
    /// <exception cref="StoreUnavailableException">As for a single append; those before it are stored, and some behind it may be.</exception>
    public async Task AppendInOrderAsync(IAsyncEnumerable<StreamAppend> appends, Action<StreamAppend, AppendOutcome> ended, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(appends);
        ArgumentNullException.ThrowIfNull(ended);
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var sending = new OrderedAppends(_cluster, _appender, _watch, ended);
        await sending.RunAsync(appends, cancellation);
    }

    public async ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await _streams.ReadAsync(stream, direction, from, limit, cancellation);
    }

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAllAsync(Position? after, CancellationToken cancellation) =>
        FeedAsync(after, follow: false, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(Position? after, CancellationToken cancellation) =>
        _following.FollowAsync(after, cancellation);

    public async ValueTask<Position?> ReadHeadAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            NodeChannel? node = null;
            try
            {
                node = await _cluster.LeaderAsync(cancellation);
                return await _all.NewestAsync(node, cancellation);
            }
            catch (Exception e) when (e is RpcException or TimeoutException or StoreUnavailableException)
            {
                cancellation.ThrowIfCancellationRequested();
                if (e is RpcException rpc && node is not null) _cluster.Learn(node, rpc);
                else if (e is TimeoutException && node is not null) _cluster.Suspect(node, frozen: true);
                var passes = e is not RpcException r || RpcFaults.MayPass(RpcFaults.Of(r));
                if (!passes || Stopwatch.GetElapsedTime(started) > _cluster.Options.DefaultDeadline)
                    throw new StoreUnavailableException($"The newest event can't be read: {(e is RpcException failed && node is not null ? RpcFaults.Sentence(failed, node.Address, _cluster.Options) : e.Message)}", e);
            }

            await Task.Delay(_cluster.Options.DiscoveryInterval, cancellation);
        }
    }

    /// <summary>Ends the calls under way and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _following.DisposeAsync();
        _cluster.Dispose();
    }

    private async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> FeedAsync(
        Position? after, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var feed = new Feed(_cluster, _all, _watch, after, follow);
        while (await feed.NextAsync(cancellation) is { } page) yield return page;
    }
}
