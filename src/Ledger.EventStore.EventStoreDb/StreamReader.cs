using System.Diagnostics;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Wire;
using Polly;
using Polly.Retry;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>Reads single streams at the leader, and tells a stream that isn't whole.</summary>
internal sealed class StreamReader(ClusterConnection cluster, StoreWatch watch)
{
    private static readonly ResiliencePipeline Pipeline = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is TransientFault { HasTime: true }),
            MaxRetryAttempts = int.MaxValue, // The time is the limit.
            Delay = TimeSpan.FromMilliseconds(20),
            MaxDelay = TimeSpan.FromMilliseconds(500),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    /// <summary>As the port has it: a hole in what is read is a fault.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> ReadAsync(
        StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation)
    {
        var (events, newest) = await ReadRetryingAsync(stream, direction, from, limit, cancellation);
        if (Hole(events, newest, direction, from, limit) is { } hole) throw watch.Note(hole.Code, $"The stream {stream} isn't whole: {hole.What}");
        return events;
    }

    /// <summary>Whatever is there, for streams that may be truncated and for comparing.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> ReadAsItIsAsync(
        StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation) =>
        (await ReadRetryingAsync(stream, direction, from, limit, cancellation)).Events;

    // Revisions are dense from 0, so a page tells by itself whether something before or within it is gone.
    private static (string Code, string What)? Hole(
        List<RecordedEvent> events, StreamRevision? newest, ReadDirection direction, StreamRevision? from, int limit)
    {
        var step = direction == ReadDirection.Forwards ? 1 : -1;
        for (var i = 1; i < events.Count; i++)
        {
            if (events[i].Revision.Value != events[i - 1].Revision.Value + step)
                return (StoreFaults.EventsMissing, $"after revision {events[i - 1].Revision} comes {events[i].Revision}.");
        }

        if (direction == ReadDirection.Forwards)
        {
            var first = from?.Value ?? 0;
            if (events.Count > 0 && events[0].Revision.Value != first) return (StoreFaults.StreamTruncated, $"it begins at revision {events[0].Revision}, not at {first}.");
            if (events.Count == 0 && newest?.Value >= first) return (StoreFaults.StreamTruncated, $"its events {first} to {newest} are hidden.");
        }
        else
        {
            if (events.Count > 0 && events.Count < limit && events[^1].Revision.Value != 0) return (StoreFaults.StreamTruncated, $"nothing lies before revision {events[^1].Revision}.");
            if (events.Count == 0 && newest is not null) return (StoreFaults.StreamTruncated, $"its events up to {newest} are hidden.");
        }

        return null;
    }

    private async Task<(List<RecordedEvent> Events, StreamRevision? Newest)> ReadRetryingAsync(
        StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            return await Pipeline.ExecuteAsync(async token => await ReadOnceAsync(stream, Request(stream, direction, from, limit), started, token), cancellation);
        }
        catch (TransientFault e)
        {
            throw new StoreUnavailableException($"The stream {stream} can't be read now: {e.Message}", e.InnerException);
        }
    }

    private async Task<(List<RecordedEvent> Events, StreamRevision? Newest)> ReadOnceAsync(
        StreamName stream, ReadReq request, long started, CancellationToken cancellation)
    {
        NodeChannel? node = null;
        try
        {
            node = await cluster.LeaderAsync(cancellation);
            return await ReadAtAsync(node, stream, request, cancellation);
        }
        catch (StoreUnavailableException e)
        {
            throw new TransientFault(e.Message, HasTime(started), e);
        }
        catch (TimeoutException e) when (node is not null)
        {
            cluster.Suspect(node, frozen: true);
            throw new TransientFault(e.Message, HasTime(started), e);
        }
        catch (RpcException e) when (node is not null)
        {
            cancellation.ThrowIfCancellationRequested();
            cluster.Learn(node, e);
            var fault = RpcFaults.Of(e);
            if (fault == RpcFault.StreamDeleted) throw watch.Note(StoreFaults.StreamDeleted, $"The stream {stream} was deleted for ever (a tombstone).", e);
            var sentence = RpcFaults.Sentence(e, node.Address, cluster.Options);
            throw RpcFaults.MayPass(fault) ? new TransientFault(sentence, HasTime(started), e) : new StoreUnavailableException(sentence, e);
        }
    }

    private async Task<(List<RecordedEvent> Events, StreamRevision? Newest)> ReadAtAsync(
        NodeChannel node, StreamName stream, ReadReq request, CancellationToken cancellation)
    {
        var events = new List<RecordedEvent>();
        StreamRevision? newest = null;
        using var rpc = node.Streams.Read(request, node.CallWithoutDeadline(cancellation));
        while (await Watchdog.MoveAsync(rpc, cluster.Options, cancellation))
        {
            var message = rpc.ResponseStream.Current;
            if (message.ContentCase == ReadResp.ContentOneofCase.Event) events.Add(WireEvents.Read(message.Event.Event, stream.Value));
            else if (message.ContentCase == ReadResp.ContentOneofCase.LastStreamPosition) newest = new StreamRevision((long)message.LastStreamPosition);
        }

        foreach (var e in events) watch.SawUpTo(e.Position.Commit);
        return (events, newest);
    }

    private bool HasTime(long started) => Stopwatch.GetElapsedTime(started) < cluster.Options.DefaultDeadline;

    private static ReadReq Request(StreamName stream, ReadDirection direction, StreamRevision? from, int limit)
    {
        var forwards = direction == ReadDirection.Forwards;
        var place = new ReadReq.Types.Stream { StreamIdentifier = WireEvents.Identifier(stream.Value) };
        if (from is { } revision) place.Revision = (ulong)revision.Value;
        else if (forwards) place.Start = WireEvents.Nothing;
        else place.End = WireEvents.Nothing;
        var options = ReadRequests.Options(forwards);
        options.Stream = place;
        options.Count = (ulong)limit;
        return new ReadReq { Options = options };
    }
}

/// <summary>A failure that may pass, on its way to the pipeline that tries again.</summary>
internal sealed class TransientFault(string message, bool hasTime, Exception? inner) : Exception(message, inner)
{
    /// <summary>False once the caller's patience is used up.</summary>
    public bool HasTime => hasTime;
}

/// <summary>What all reads have in common.</summary>
internal static class ReadRequests
{
    public static ReadReq.Types.Options Options(bool forwards) => new()
    {
        ReadDirection = forwards ? ReadReq.Types.Direction.Forwards : ReadReq.Types.Direction.Backwards,
        ResolveLinks = false,
        // Never a filter of the server's: one of its versions jumps over an event at a checkpoint.
        NoFilter = WireEvents.Nothing,
        // Without it a 23.10 server hangs at the first event.
        UuidOption = new ReadReq.Types.UuidOption { String = WireEvents.Nothing },
        // Asks for the newest revision beside the events.
        ControlOption = new ReadReq.Types.ControlOption { Compatibility = 1 },
    };

    public static ReadReq AllForwards(Position? from, ulong? count)
    {
        var options = Options(forwards: true);
        options.All = from is { } position
            ? new ReadReq.Types.All { Position = WireEvents.FromPosition(position) }
            : new ReadReq.Types.All { Start = WireEvents.Nothing };
        if (count is { } c) options.Count = c;
        else options.Subscription = new ReadReq.Types.Subscription();
        return new ReadReq { Options = options };
    }

    public static ReadReq AllBackwards(ulong count)
    {
        var options = Options(forwards: false);
        options.All = new ReadReq.Types.All { End = WireEvents.Nothing };
        options.Count = count;
        return new ReadReq { Options = options };
    }
}
