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
            return await ReadAtAsync(node, request, cancellation);
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

    private async Task<(List<RecordedEvent> Events, StreamRevision? Newest)> ReadAtAsync(NodeChannel node, ReadReq request, CancellationToken cancellation)
    {
        var answer = new StreamAnswer(request.Options);
        using var rpc = node.Streams.Read(request, node.CallWithoutDeadline(cancellation));
        while (await Watchdog.MoveAsync(rpc, cluster.Options, cancellation)) answer.Take(rpc.ResponseStream.Current);
        answer.CheckEnd();
        foreach (var e in answer.Events) watch.SawUpTo(e.Position.Commit);
        return (answer.Events, answer.Newest);
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

/// <summary>What a server answers to the reading of one stream, held against what was asked.</summary>
internal sealed class StreamAnswer(ReadReq.Types.Options asked)
{
    // Beside events a server says where the stream begins and ends.
    private const int FewWords = 16;

    private readonly string _name = asked.Stream.StreamIdentifier.StreamName.ToStringUtf8();
    private readonly bool _forwards = asked.ReadDirection == ReadReq.Types.Direction.Forwards;
    private bool _isNoStream;
    private int _words;

    public List<RecordedEvent> Events { get; } = [];

    /// <summary>The stream's newest revision, also of one whose events are hidden.</summary>
    public StreamRevision? Newest { get; private set; }

    /// <exception cref="RpcException">It belongs to no answer to this question.</exception>
    public void Take(ReadResp message)
    {
        if (message.ContentCase == ReadResp.ContentOneofCase.Event)
        {
            TakeEvent(WireEvents.Recorded(message));
            return;
        }

        if (++_words > FewWords) throw RpcFaults.Garbled("messages without an event and without an end");
        if (message.ContentCase == ReadResp.ContentOneofCase.StreamNotFound) _isNoStream = true;
        if (message.ContentCase != ReadResp.ContentOneofCase.LastStreamPosition) return;
        if (message.LastStreamPosition > long.MaxValue) throw RpcFaults.Garbled("a newest revision that can't be");
        Newest = new StreamRevision((long)message.LastStreamPosition);
    }

    /// <summary>Every answer says at its end where the stream ends, or that there is none: one that doesn't was cut.</summary>
    /// <exception cref="RpcException">It was, or its end isn't that of the stream.</exception>
    public void CheckEnd()
    {
        if (Newest is null && !(_isNoStream && Events.Count == 0)) throw RpcFaults.Garbled("a stream's events without its end");
        if (Events.Count == 0) return;
        var (first, last) = (Events[0].Revision, Events[^1].Revision);
        if ((_forwards ? last : first) > Newest) throw RpcFaults.Garbled("events beyond a stream's end");
        if (_forwards && (ulong)Events.Count < asked.Count && last != Newest) throw RpcFaults.Garbled("a stream's events without the last ones");
        if (!_forwards && asked.Stream.FromCase == ReadReq.Types.Stream.FromOneofCase.End && first != Newest) throw RpcFaults.Garbled("a stream's events without the newest ones");
    }

    private void TakeEvent(ReadResp.Types.Recorded e)
    {
        if (!e.StreamIdentifier.StreamName.Span.SequenceEqual(asked.Stream.StreamIdentifier.StreamName.Span)) throw RpcFaults.Garbled("an event of another stream");
        if ((ulong)Events.Count == asked.Count) throw RpcFaults.Garbled("more events than were asked for");
        if (asked.Stream.FromCase == ReadReq.Types.Stream.FromOneofCase.Revision && (_forwards ? e.StreamRevision < asked.Stream.Revision : e.StreamRevision > asked.Stream.Revision))
            throw RpcFaults.Garbled("an event from before where was asked for");
        Events.Add(WireEvents.Read(e, _name));
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
