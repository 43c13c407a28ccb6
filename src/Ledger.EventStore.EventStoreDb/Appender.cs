using System.Diagnostics;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Wire;
using Polly;
using Polly.Retry;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>Appends by exact expected revision, tries again with the very same call whatever is unknown, and settles what can be settled by reading.</summary>
/// <remarks>
/// The server compares ids, never bytes, and knows them by place: ids, stream and expectation are the same in every try, so a
/// try that was stored and not answered is found by the next. "Any" is never sent: after a restart of the server its retry is stored twice.
/// </remarks>
internal sealed class Appender(ClusterConnection cluster, StreamReader reader, StoreWatch watch)
{
    // Large appends over slow lines get a second more for every so many bytes.
    private const int BytesASecond = 256 * 1024;

    private static readonly ResiliencePipeline<Try> Pipeline = new ResiliencePipelineBuilder<Try>()
        .AddRetry(new RetryStrategyOptions<Try>
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is Try.Again { Call.HasTime: true }),
            MaxRetryAttempts = int.MaxValue, // The time is the limit.
            Delay = TimeSpan.FromMilliseconds(20),
            MaxDelay = TimeSpan.FromMilliseconds(500),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    private readonly Turns _turns = new();

    /// <summary>Takes its turn among this process's appends to the stream before it first yields.</summary>
    /// <param name="wasTried">It was sent before, and may have been stored.</param>
    public Task<AppendOutcome> AppendAsync(
        StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, CancellationToken cancellation, bool wasTried = false) =>
        _turns.TakeAsync(
            stream, () => AppendInTurnAsync(new Call(stream, expected, events, watch.Head, cluster.Options) { Unsure = wasTried }, cancellation), cancellation);

    private async Task<AppendOutcome> AppendInTurnAsync(Call call, CancellationToken cancellation)
    {
        var last = await Pipeline.ExecuteAsync(
            static async (state, token) => await state.Self.TryAsync(state.Call, token), (Self: this, Call: call), cancellation);
        return last switch
        {
            Try.Done done => done.Outcome,
            Try.Again again => throw new StoreUnavailableException(
                $"The append to {call.Stream} was tried {call.Tries} times; {(call.Unsure ? "whether it was stored is unknown" : "it wasn't stored")}: {again.Why} Repeating the identical call is safe.",
                again.Cause),
            _ => throw new UnreachableException(),
        };
    }

    private async Task<Try> TryAsync(Call call, CancellationToken cancellation)
    {
        call.Tries++;
        NodeChannel? node = null;
        try
        {
            node = await cluster.LeaderAsync(cancellation);
            var answer = await SendAsync(node, call, cancellation);
            return answer.ResultCase switch
            {
                AppendResp.ResultOneofCase.Success => await AcceptedAsync(call, answer.Success, cancellation),
                AppendResp.ResultOneofCase.WrongExpectedVersion => await RejectedAsync(call, answer.WrongExpectedVersion, cancellation),
                _ => throw RpcFaults.Garbled("an append's answer that says nothing"),
            };
        }
        catch (RpcException e) when (node is not null)
        {
            cancellation.ThrowIfCancellationRequested();
            return Failed(call, node, e);
        }
        catch (StoreUnavailableException e)
        {
            return new Try.Again(call, e.Message, e);
        }
    }

    private static async Task<AppendResp> SendAsync(NodeChannel node, Call call, CancellationToken cancellation)
    {
        using var rpc = node.Streams.Append(node.Call(call.Deadline, cancellation));
        try
        {
            // Flushed when complete: a packet an event would cost more than the events.
            rpc.RequestStream.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            foreach (var message in call.Messages) await rpc.RequestStream.WriteAsync(message, cancellation);
            await rpc.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is not RpcException && !cancellation.IsCancellationRequested)
        {
            // Answered or cut before it was all sent: the answer says why.
        }

        return await rpc.ResponseAsync;
    }

    private async Task<Try> AcceptedAsync(Call call, AppendResp.Types.Success success, CancellationToken cancellation)
    {
        if (success.CurrentCase != AppendResp.Types.Success.CurrentOneofCase.CurrentRevision || success.PlaceCase == AppendResp.Types.Success.PlaceOneofCase.None)
            throw RpcFaults.Garbled("an append's answer without a revision or a place");
        if (success.PlaceCase != AppendResp.Types.Success.PlaceOneofCase.Position)
        {
            throw watch.Note(
                StoreFaults.HiddenEvents,
                $"An append to {call.Stream} is answered as stored, but without a place: its events are hidden by the stream's metadata, or gone.");
        }

        if (success.CurrentRevision != (ulong)call.Last.Value)
        {
            throw watch.Note(
                StoreFaults.StreamDeleted,
                $"An append to {call.Stream} expecting {call.Expected} was stored up to revision {success.CurrentRevision} and not {call.Last}: the stream had been deleted and has begun anew.");
        }

        var position = WireEvents.ToPosition(success.Position)!.Value;
        watch.SawUpTo(position.Commit);
        var repeated = position.Commit <= call.Known;
        if (!repeated && (call.Unsure || cluster.Options.VerifyAppends))
        {
            // One of our own tries, or an identical append of another node with other bytes: only the bytes can tell.
            var stored = await reader.ReadAsItIsAsync(call.Stream, ReadDirection.Forwards, call.First, call.Events.Count, cancellation);
            repeated = !call.IsStoredIn(stored);
        }

        return new Try.Done(new AppendOutcome.Appended(call.Last, position, repeated));
    }

    private async Task<Try> RejectedAsync(Call call, AppendResp.Types.WrongExpectedVersion wrong, CancellationToken cancellation)
    {
        StreamRevision? actual = wrong.CurrentCase switch
        {
            AppendResp.Types.WrongExpectedVersion.CurrentOneofCase.CurrentNoStream => null,
            AppendResp.Types.WrongExpectedVersion.CurrentOneofCase.CurrentRevision when wrong.CurrentRevision <= long.MaxValue => new StreamRevision((long)wrong.CurrentRevision),
            _ => throw RpcFaults.Garbled("a refused append's answer without a revision"),
        };
        if (!call.Unsure || actual is null || actual < call.Last)
            return new Try.Done(new AppendOutcome.WrongExpectedRevision(actual));

        // An earlier try may hold the place after all: only what is stored can say.
        var stored = await reader.ReadAsItIsAsync(call.Stream, ReadDirection.Forwards, call.First, call.Events.Count, cancellation);
        // The answer counts what has no quorum yet, which reads don't show.
        if (stored.Count < call.Events.Count) return new Try.Again(call, $"what lies at revision {call.First} isn't readable yet.", null);
        if (!stored.Select(e => e.Id).SequenceEqual(call.Events.Select(e => e.Id)))
            return new Try.Done(new AppendOutcome.WrongExpectedRevision(actual));
        return new Try.Done(new AppendOutcome.Appended(call.Last, stored[^1].Position, Repeated: !call.IsStoredIn(stored)));
    }

    private Try Failed(Call call, NodeChannel node, RpcException e)
    {
        cluster.Learn(node, e);
        var fault = RpcFaults.Of(e);
        call.Unsure |= RpcFaults.IsUnsure(fault);
        return fault switch
        {
            RpcFault.TooLarge => new Try.Done(new AppendOutcome.TooLarge($"The server takes less in one append: {RpcFaults.Said(e.Status.Detail)}")),
            RpcFault.StreamDeleted => throw watch.Note(StoreFaults.StreamDeleted, $"The stream {call.Stream} was deleted for ever (a tombstone).", e),
            _ when RpcFaults.MayPass(fault) => new Try.Again(call, RpcFaults.Sentence(e, node.Address, cluster.Options), e),
            _ => throw new StoreUnavailableException(
                $"The append to {call.Stream} {(call.Unsure ? "has an unknown outcome" : "wasn't stored")}: {RpcFaults.Sentence(e, node.Address, cluster.Options)}", e),
        };
    }

    /// <summary>What came of one try.</summary>
    private abstract record Try
    {
        private Try()
        {
        }

        public sealed record Done(AppendOutcome Outcome) : Try;

        public sealed record Again(Call Call, string Why, Exception? Cause) : Try;
    }

    /// <summary>One append, the same in all its tries.</summary>
    private sealed class Call(StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, ulong known, EventStoreDbOptions options)
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public StreamName Stream => stream;

        public ExpectedRevision Expected => expected;

        public IReadOnlyList<EventToAppend> Events => events;

        public AppendReq[] Messages { get; } = WireEvents.Append(stream.Value, expected, events);

        /// <summary>How far the log reached before the first try. A place at or before it was taken by an earlier append.</summary>
        public ulong Known => known;

        public StreamRevision First => expected.First;

        public StreamRevision Last { get; } = new(expected.First.Value + events.Count - 1);

        public TimeSpan Deadline { get; } = Shorter(
            options.DefaultDeadline, options.TryTakes + TimeSpan.FromSeconds(events.Sum(e => (double)e.Data.Length + e.Metadata.Length) / BytesASecond));

        public bool HasTime => Stopwatch.GetElapsedTime(_started) < options.AppendPatience;

        public int Tries { get; set; }

        /// <summary>An earlier try may have been stored.</summary>
        public bool Unsure { get; set; }

        public bool IsStoredIn(IReadOnlyList<RecordedEvent> stored) =>
            stored.Count == events.Count && stored.Zip(events).All(pair => IsSame(pair.First, pair.Second));

        private static bool IsSame(RecordedEvent stored, EventToAppend ours) =>
            stored.Id == ours.Id && stored.Type == ours.Type
            && stored.Data.Span.SequenceEqual(ours.Data.Span) && stored.Metadata.Span.SequenceEqual(ours.Metadata.Span);

        private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }
}
