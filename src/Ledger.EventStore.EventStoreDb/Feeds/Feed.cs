using System.Diagnostics;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb.Feeds;

/// <summary>The whole order from a place on, page by page, whatever happens to the connections underneath.</summary>
/// <remarks>
/// A feed that breaks goes on behind the last event that it handed on, never from the place of anything else: after the
/// place of a scavenged record the server would skip an event. What comes twice is dropped by its position.
/// </remarks>
/// <param name="follow">True to wait for what is appended later; false to end at the head at the time of asking.</param>
internal sealed class Feed(ClusterConnection cluster, AllReader all, StoreWatch watch, Position? after, bool follow) : IDisposable
{
    private const int PageLength = 512;
    private const int FewWords = 1000;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Sieve _sieve = new(watch, after);
    private NodeChannel? _node;
    private AsyncServerStreamingCall<ReadResp>? _call;
    private Task<bool>? _next;
    private Position? _end;
    private bool _ended;
    private RpcException? _unreadable;
    private int _words;
    private TimeSpan _pause = ShortestPause;
    private long _progress = Stopwatch.GetTimestamp();

    /// <summary>The next events, or null at the head where the feed doesn't follow.</summary>
    /// <exception cref="StoreFaultException">Something is gone.</exception>
    /// <exception cref="StoreUnavailableException">Denied; or, where the feed doesn't follow, nothing could be read within the deadline.</exception>
    public async Task<IReadOnlyList<RecordedEvent>?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if (_ended || (_call is null && !await OpenAsync(cancellation))) return End([]);
                var page = await ReadPageAsync(cancellation);
                if (page is { Count: 0 }) continue;
                _pause = ShortestPause;
                _progress = Stopwatch.GetTimestamp();
                return page;
            }
            catch (Exception e) when (e is RpcException or TimeoutException or StoreUnavailableException or OperationCanceledException)
            {
                cancellation.ThrowIfCancellationRequested();
                GoOnAfter(e);
            }

            await Task.Delay(_pause, cancellation);
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }
    }

    public void Dispose() => Close();

    /// <returns>False where there is nothing to read.</returns>
    private async Task<bool> OpenAsync(CancellationToken cancellation)
    {
        _node = await cluster.LeaderAsync(cancellation);
        if (!follow && _end is null)
        {
            _end = await all.EndAsync(_node, cancellation);
            if (_end is null) return false;
        }

        if (_sieve.Last is { } last)
        {
            await all.CheckAsync(_node, last, _sieve.LastId, cancellation);
            if (last >= _end) return false;
        }

        _call = _node.Streams.Read(
            ReadRequests.AllForwards(_sieve.Last, follow ? null : long.MaxValue), _node.CallWithoutDeadline(cancellation));
        return true;
    }

    /// <returns>What came without waiting; empty where it was nothing of the port's; null at the end.</returns>
    private async Task<List<RecordedEvent>?> ReadPageAsync(CancellationToken cancellation)
    {
        List<RecordedEvent> page = [];
        if (_unreadable is { } before) throw before;
        while (await MoveAsync(cancellation))
        {
            try
            {
                if (Take(_call!.ResponseStream.Current, page)) return End(page);
            }
            catch (RpcException e) when (page.Count > 0)
            {
                // Told when this page has been handed on: what has been taken must not be lost with it.
                _unreadable = e;
                return page;
            }

            _next = _call.ResponseStream.MoveNext(CancellationToken.None);
            // Handed on before waiting, and before an error that is there already: what has been taken must not be lost with it.
            if (page.Count >= PageLength || (page.Count > 0 && !_next.IsCompletedSuccessfully)) return page;
        }

        // The server ended a subscription without an error; a read has come to its end, or was cut before it.
        if (!follow && page.Count == 0 && (_sieve.Seen is not { } seen || seen < _end)) throw new TimeoutException("The server ended a read before the end.");
        Close();
        return follow || _sieve.Seen < _end ? page : End(page);
    }

    /// <returns>True where the head at the time of asking has been passed.</returns>
    private bool Take(ReadResp message, List<RecordedEvent> page)
    {
        if (message.ContentCase == ReadResp.ContentOneofCase.CaughtUp) _sieve.CaughtUp();
        if (message.ContentCase != ReadResp.ContentOneofCase.Event)
        {
            // A subscription has words between its events for as long as it lives; a read that ends has few.
            if (!follow && ++_words > FewWords) throw RpcFaults.Garbled("messages without an event and without an end");
            return false;
        }

        var recorded = WireEvents.Recorded(message);
        var position = WireEvents.PositionOf(recorded);
        if (position > _end) return true;
        if (_sieve.Take(recorded) is { } e) page.Add(e);
        return position == _end;
    }

    private List<RecordedEvent>? End(List<RecordedEvent> page)
    {
        Close();
        _ended = true;
        if (page.Count > 0) return page;
        _sieve.CaughtUp();
        return null;
    }

    private async Task<bool> MoveAsync(CancellationToken cancellation)
    {
        _next ??= _call!.ResponseStream.MoveNext(CancellationToken.None);
        if (!_next.IsCompleted) await WaitAsync(_next, cancellation);
        var moved = await _next;
        _next = null;
        return moved;
    }

    // A read that is silent is broken. A subscription may be silent for hours, so somebody else is asked whether it should be.
    private async Task WaitAsync(Task<bool> next, CancellationToken cancellation)
    {
        if (!follow)
        {
            if (!await IsDoneAsync(next, cluster.Options.TryTakes, cancellation)) throw new TimeoutException("The server is silent in the midst of a read.");
            return;
        }

        while (!await IsDoneAsync(next, cluster.Options.SilenceLimit, cancellation))
        {
            var node = await cluster.LeaderAsync(cancellation);
            if (await all.EndAsync(node, cancellation) is not { } end || end <= _sieve.Seen) continue;
            if (!await IsDoneAsync(next, cluster.Options.SilenceLimit, cancellation)) throw new TimeoutException("The subscription is silent, but there is something new.");
        }
    }

    private static async Task<bool> IsDoneAsync(Task next, TimeSpan within, CancellationToken cancellation)
    {
        try
        {
            await next.WaitAsync(within, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }

        return true;
    }

    private void GoOnAfter(Exception e)
    {
        var node = _node;
        Close();
        if (e is RpcException rpc && node is not null)
        {
            cluster.Learn(node, rpc);
            if (!RpcFaults.MayPass(RpcFaults.Of(rpc)))
                throw new StoreUnavailableException($"The events can't be read: {RpcFaults.Sentence(rpc, node.Address, cluster.Options)}", e);
        }
        else if (e is TimeoutException && node is not null)
        {
            cluster.Suspect(node, frozen: true);
        }

        // Who follows waits until it is well again, but not behind an event that nobody can read; who reads to the head gets an answer in time.
        var isWaiting = follow && !(e is RpcException failed && RpcFaults.Of(failed) == RpcFault.Garbled);
        if (!isWaiting && Stopwatch.GetElapsedTime(_progress) > cluster.Options.DefaultDeadline)
            throw new StoreUnavailableException($"The events can't be read now: {Said(e, node)}", e);
    }

    private string Said(Exception e, NodeChannel? node) =>
        e is RpcException rpc && node is not null ? RpcFaults.Sentence(rpc, node.Address, cluster.Options) : e.Message;

    private void Close()
    {
        _call?.Dispose();
        if (_next is not null) Watchdog.Forget(_next);
        (_call, _next, _node, _unreadable) = (null, null, null, null);
    }
}
