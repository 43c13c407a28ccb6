using System.Diagnostics;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb.Feeds;

/// <summary>Single questions to the whole order: where it ends, and whether a place in it is still what it was.</summary>
internal sealed class AllReader(ClusterConnection cluster, StoreWatch watch)
{
    // A leader that was elected a moment ago may not show its newest events yet.
    private static readonly TimeSpan EndMayLag = TimeSpan.FromSeconds(3);

    // Beside events a server says little in a read that ends.
    private const int FewWords = 16;

    private Position? _newest;

    /// <summary>The newest record of any kind, or null while there is none.</summary>
    public async Task<Position?> EndAsync(NodeChannel node, CancellationToken cancellation)
    {
        using var rpc = node.Streams.Read(ReadRequests.AllBackwards(1), node.Call(cluster.Options.DefaultDeadline, cancellation));
        while (await Watchdog.MoveAsync(rpc, cluster.Options, cancellation))
        {
            if (rpc.ResponseStream.Current is not { ContentCase: ReadResp.ContentOneofCase.Event } message) continue;
            var end = WireEvents.PositionOf(WireEvents.Recorded(message));
            watch.SawUpTo(end.Commit);
            return end;
        }

        return null;
    }

    /// <summary>The newest event that the port shows.</summary>
    public async Task<Position?> NewestAsync(NodeChannel node, CancellationToken cancellation)
    {
        var known = _newest;
        // The server's statistics may be between; they are read page by page, and never beyond what was known before.
        using var rpc = node.Streams.Read(ReadRequests.AllBackwards(long.MaxValue), node.CallWithoutDeadline(cancellation));
        Position? before = null;
        for (var silent = 0; await Watchdog.MoveAsync(rpc, cluster.Options, cancellation);)
        {
            if (rpc.ResponseStream.Current is not { ContentCase: ReadResp.ContentOneofCase.Event } message)
            {
                if (++silent > FewWords) throw RpcFaults.Garbled("messages without an event and without an end");
                continue;
            }

            var e = WireEvents.Recorded(message);
            var position = WireEvents.PositionOf(e);
            if (position >= before) throw RpcFaults.Garbled("events in no order");
            before = position;
            watch.SawUpTo(position.Commit);
            if (position <= known) return known;
            if (Sieve.Shows(e)) return _newest = position;
        }

        return null;
    }

    /// <summary>Makes sure that a feed can go on behind a position: that an event lies there, and the same one.</summary>
    /// <remarks>A subscription from the place of a scavenged record skips the next event that is left, so this is asked first, by an inclusive read.</remarks>
    /// <exception cref="StoreFaultException">It doesn't.</exception>
    public async Task CheckAsync(NodeChannel node, Position position, Guid? id, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var (found, what) = await FindAsync(node, position, cancellation);
            if (found is not null && WireEvents.PositionOf(found) == position && (id is null || WireEvents.Id(found.Id) == id)) return;
            if (found is not null) throw Gone(position, "another event lies there");
            if (Stopwatch.GetElapsedTime(started) > EndMayLag) throw Gone(position, what);
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private async Task<(ReadResp.Types.Recorded? Found, string Otherwise)> FindAsync(NodeChannel node, Position position, CancellationToken cancellation)
    {
        using var rpc = node.Streams.Read(ReadRequests.AllForwards(position, 1), node.Call(cluster.Options.DefaultDeadline, cancellation));
        try
        {
            while (await Watchdog.MoveAsync(rpc, cluster.Options, cancellation))
                if (rpc.ResponseStream.Current is { ContentCase: ReadResp.ContentOneofCase.Event } message) return (WireEvents.Recorded(message), "");
            return (null, "the log ends before it");
        }
        catch (RpcException e) when (IsAboutThePosition(e))
        {
            return (null, "no record begins there");
        }
    }

    // 23.10 says "Unexpected ReadAllResult: Error" with UNKNOWN, later ones INVALID_ARGUMENT.
    private static bool IsAboutThePosition(RpcException e) =>
        e.StatusCode == StatusCode.InvalidArgument
        || (e.StatusCode == StatusCode.Unknown && e.Status.Detail.Contains("ReadAllResult", StringComparison.Ordinal));

    private StoreFaultException Gone(Position position, string what) => watch.Note(
        StoreFaults.CheckpointGone,
        $"What was read up to position {position} can't be gone on from: {what}. An event was scavenged, an older backup restored, or this is another database.");
}
