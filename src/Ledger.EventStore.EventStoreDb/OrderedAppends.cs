using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>One of many appends that go out one behind another.</summary>
public sealed record StreamAppend(StreamName Stream, ExpectedRevision Expected, IReadOnlyList<EventToAppend> Events);

/// <summary>Sends many appends on one call without waiting for each, to be stored in the order in which they were sent.</summary>
/// <remarks>
/// A leader takes the appends of one call one after another into one log, and a new leader goes on from a beginning of that
/// log. So after a break the oldest append that wasn't answered is tried by itself until its outcome is known, and those
/// behind it are sent again in the same order, with the same ids: what had been stored is answered as it was then. Only a
/// leader that refuses one append and takes the next could store them otherwise; whoever needs the order compares the
/// positions that come back, which must rise.
/// </remarks>
internal sealed class OrderedAppends(
    ClusterConnection cluster, Appender appender, StoreWatch watch, Action<StreamAppend, AppendOutcome> ended) : IDisposable
{
    // Enough that the server always has the next one; few enough to be sent again after a break.
    private const int Window = 512;
    private const int WindowBytes = 4 * 1024 * 1024;

    // As for a single append: large ones over slow lines get their time.
    private const int BytesASecond = 256 * 1024;

    // google.rpc.Code
    private const int AlreadyExists = 6;

    private readonly Queue<Sent> _sent = new();
    private readonly Dictionary<Guid, Sent> _byId = [];
    private long _bytes;
    private NodeChannel? _node;
    private AsyncDuplexStreamingCall<BatchAppendReq, BatchAppendResp>? _call;
    private Task<bool>? _next;

    /// <summary>Returns when the last one's outcome is known. Outcomes are told in the order of the appends.</summary>
    /// <exception cref="StoreUnavailableException">One couldn't be settled in its time, or was refused; those before it are stored.</exception>
    public async Task RunAsync(IAsyncEnumerable<StreamAppend> appends, CancellationToken cancellation)
    {
        var source = appends.GetAsyncEnumerator(cancellation);
        var more = Task.FromResult(false);
        try
        {
            more = source.MoveNextAsync().AsTask();
            while (await more)
            {
                var one = new Sent(source.Current, watch.Head);
                more = source.MoveNextAsync().AsTask();
                await AddAsync(one, isLastForNow: !more.IsCompleted, cancellation);
            }

            await SettleAsync(downTo: 0, cancellation);
            if (_call is not null) await _call.RequestStream.CompleteAsync();
        }
        finally
        {
            // An enumerator may not be disposed in the midst of a step.
            await ((Task)more).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await source.DisposeAsync();
        }
    }

    public void Dispose() => Close();

    private async Task AddAsync(Sent one, bool isLastForNow, CancellationToken cancellation)
    {
        _sent.Enqueue(one);
        _byId.Add(one.Id, one);
        _bytes += one.Bytes;
        var isFull = _sent.Count >= Window || _bytes >= WindowBytes;
        if (AppendLimits.Check(one.Append.Events) is { } tooLarge) Settle(one, tooLarge);
        else await TryAsync(() => WriteAsync(one, isLastForNow || isFull, cancellation), cancellation);
        // To the half, so that the next ones go out together again.
        if (isFull) await SettleAsync(_sent.Count / 2, cancellation);
    }

    private async Task SettleAsync(int downTo, CancellationToken cancellation)
    {
        while (_sent.Count > downTo) await TryAsync(() => TakeAsync(cancellation), cancellation);
    }

    /// <summary>Does a step, and after a break what leads back to where steps can be done.</summary>
    private async Task TryAsync(Func<Task> step, CancellationToken cancellation)
    {
        try
        {
            await step();
        }
        catch (Exception e) when (IsBreak(e))
        {
            await RecoverAsync(e, cancellation);
        }
    }

    private async Task RecoverAsync(Exception why, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Conclude(why);
            // What else was answered counts no more: it is sent again behind the one before it.
            foreach (var other in _sent) other.Outcome = null;
            if (!_sent.TryPeek(out var oldest)) return;
            Settle(oldest, await appender.AppendAsync(oldest.Append.Stream, oldest.Append.Expected, oldest.Append.Events, cancellation, wasTried: true));
            try
            {
                foreach (var again in _sent.ToList()) await WriteAsync(again, flush: again == _sent.Last(), cancellation);
                return;
            }
            catch (Exception e) when (IsBreak(e))
            {
                why = e;
            }
        }
    }

    private static bool IsBreak(Exception e) =>
        e is RpcException or TimeoutException or StoreUnavailableException or InvalidOperationException or OperationCanceledException or IOException;

    private void Conclude(Exception why)
    {
        var node = _node;
        Close();
        if (node is null) return;
        if (why is RpcException rpc) cluster.Learn(node, rpc);
        else if (why is TimeoutException) cluster.Suspect(node, frozen: true);
    }

    private async Task WriteAsync(Sent one, bool flush, CancellationToken cancellation)
    {
        if (_call is null)
        {
            _node = await cluster.LeaderAsync(cancellation);
            _call = _node.Streams.BatchAppend(_node.CallWithoutDeadline(cancellation));
        }

        // An append that was sent before may have been stored: an answer that contradicts it is looked into.
        one.Again = one.WasSent;
        one.WasSent = true;
        _call.RequestStream.WriteOptions = flush ? null : new WriteOptions(WriteFlags.BufferHint);
        await _call.RequestStream.WriteAsync(one.Request, cancellation).WaitAsync(Patience, cancellation);
    }

    private async Task TakeAsync(CancellationToken cancellation)
    {
        if (_call is null) throw new InvalidOperationException("Nothing was sent.");
        _next ??= _call.ResponseStream.MoveNext(CancellationToken.None);
        if (!_next.IsCompleted) await _next.WaitAsync(Patience, cancellation);
        var moved = await _next;
        _next = null;
        if (!moved) throw new InvalidOperationException("The server ended the call.");
        var answer = _call.ResponseStream.Current;
        if (OutcomeOf(answer) is not var (one, outcome)) throw new InvalidOperationException("The server's answer has to be looked into.");
        Settle(one, outcome);
    }

    /// <returns>Null where the answer isn't a plain one: then the append is tried by itself, which says what is the matter.</returns>
    private (Sent, AppendOutcome)? OutcomeOf(BatchAppendResp answer)
    {
        if (WireEvents.TryId(answer.CorrelationId) is not { } id || !_byId.TryGetValue(id, out var one)) return null;
        if (answer is { ResultCase: BatchAppendResp.ResultOneofCase.Success, Success: { CurrentCase: AppendResp.Types.Success.CurrentOneofCase.CurrentRevision, PlaceCase: AppendResp.Types.Success.PlaceOneofCase.Position } success })
        {
            if (success.CurrentRevision != (ulong)one.Last.Value) return null;
            var position = WireEvents.ToPosition(success.Position)!.Value;
            watch.SawUpTo(position.Commit);
            return (one, new AppendOutcome.Appended(one.Last, position, Repeated: position.Commit <= one.Known));
        }

        if (one.Again || answer is not { ResultCase: BatchAppendResp.ResultOneofCase.Error, Error: { Code: AlreadyExists, Details: { } detail } }) return null;
        return WireEvents.ActualIn(detail) is { } actual ? (one, new AppendOutcome.WrongExpectedRevision(actual.Revision)) : null;
    }

    private void Settle(Sent one, AppendOutcome outcome)
    {
        one.Outcome = outcome;
        while (_sent.TryPeek(out var oldest) && oldest.Outcome is { } known)
        {
            _sent.Dequeue();
            _byId.Remove(oldest.Id);
            _bytes -= oldest.Bytes;
            ended(oldest.Append, known);
        }
    }

    private TimeSpan Patience => cluster.Options.TryTakes + TimeSpan.FromSeconds((double)_bytes / BytesASecond);

    private void Close()
    {
        _call?.Dispose();
        if (_next is not null) Watchdog.Forget(_next);
        (_call, _next, _node) = (null, null, null);
    }

    /// <summary>An append on its way; the same message in all its tries.</summary>
    private sealed class Sent
    {
        public Sent(StreamAppend append, ulong known)
        {
            (Append, Known) = (append, known);
            Last = new StreamRevision(append.Expected.First.Value + append.Events.Count - 1);
            Bytes = append.Events.Sum(e => (long)e.Data.Length + e.Metadata.Length);
            Request = WireEvents.BatchAppend(Id, append);
        }

        public Guid Id { get; } = Guid.NewGuid();

        public StreamAppend Append { get; }

        /// <summary>How far the log reached before it was sent.</summary>
        public ulong Known { get; }

        public StreamRevision Last { get; }

        public long Bytes { get; }

        public BatchAppendReq Request { get; }

        public bool WasSent { get; set; }

        /// <summary>It was sent before, on a call that broke.</summary>
        public bool Again { get; set; }

        public AppendOutcome? Outcome { get; set; }
    }
}
