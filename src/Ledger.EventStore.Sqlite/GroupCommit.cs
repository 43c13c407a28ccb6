using System.Threading.Channels;
using Ledger.EventStore.Sqlite.Sql;

namespace Ledger.EventStore.Sqlite;

/// <summary>What a writer keeps open between transactions: a connection and its prepared statements.</summary>
internal interface IWriteSession : IDisposable
{
    Database Database { get; }

    /// <summary>Begins a transaction.</summary>
    void Begin();
}

/// <summary>One thread writes. All who wait share its next commit, and so its fsync.</summary>
/// <remarks>
/// Work is done in the order in which <see cref="RunAsync"/> was called. Where a transaction fails, everyone in it gets
/// <see cref="StoreUnavailableException"/>, nothing of it is half stored, and the next one starts on a fresh connection:
/// so the writer is well again as soon as the disk is.
/// </remarks>
internal sealed class GroupCommit<TSession> : IAsyncDisposable
    where TSession : class, IWriteSession
{
    // A thousand callers may wait; the next ones wait for a place, in order.
    private const int QueueLength = 1024;

    // A commit's size, in bytes of work: enough that fsync is shared by many, little enough that nobody waits long for the others.
    private const int CommitBytes = 1024 * 1024;

    private readonly string _noun;
    private readonly Func<TSession> _open;
    private readonly Action _committed;
    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(
        // Synchronous: waking the writer is a signal to its thread, not worth a detour through the pool.
        new BoundedChannelOptions(QueueLength) { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly List<Work> _batch = [];
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TSession? _session;
    private string? _refusing;

    /// <param name="noun">What is written, for messages: "event file".</param>
    /// <param name="first">The session to begin with.</param>
    /// <param name="open">Opens another after a fault.</param>
    /// <param name="committed">Called on the writer's thread after each commit, before the answers.</param>
    public GroupCommit(string noun, TSession first, Func<TSession> open, Action committed)
    {
        _noun = noun;
        _session = first;
        _open = open;
        _committed = committed;
        StoreTelemetry.Opened(noun);
        _thread = new Thread(Write) { IsBackground = true, Name = $"{noun} writer" };
        _thread.Start();
    }

    /// <summary>Why the last transaction failed; null once another has succeeded.</summary>
    public string? Refusing => Volatile.Read(ref _refusing);

    /// <summary>Called between a commit and its answers; tests put faults here.</summary>
    internal Action? AfterCommit { get; set; }

    /// <summary>Does work in the next shared transaction; completes when that is durable.</summary>
    /// <param name="bytes">About how much the work writes.</param>
    /// <param name="cancellation">Drops the work while it waits; work that was begun is completed.</param>
    /// <exception cref="StoreUnavailableException">The transaction failed.</exception>
    public ValueTask<TResult> RunAsync<TResult>(Func<TSession, TResult> work, int bytes, CancellationToken cancellation) =>
        EnqueueAsync(new Work<TResult>(work, bytes, alone: false), cancellation);

    /// <summary>Does work outside any transaction, in its turn: VACUUM and checkpoints can't be shared.</summary>
    /// <exception cref="StoreUnavailableException">The work failed.</exception>
    public ValueTask<TResult> RunAloneAsync<TResult>(Func<TSession, TResult> work, CancellationToken cancellation) =>
        EnqueueAsync(new Work<TResult>(work, bytes: 0, alone: true), cancellation);

    /// <summary>Finishes what waits, then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopped.Task;
    }

    // Not async before the queue has been entered: callers take their places in the order of their calls.
    private ValueTask<TResult> EnqueueAsync<TResult>(Work<TResult> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<TResult>(cancellation);
        work.DropOn(cancellation); // Before it is queued, or its settling could come first and leave the registration behind.
        var entering = _queue.Writer.WriteAsync(work, cancellation);
        return entering.IsCompletedSuccessfully ? new ValueTask<TResult>(work.Answer) : WaitForPlaceAsync(entering, work);
    }

    private async ValueTask<TResult> WaitForPlaceAsync<TResult>(ValueTask entering, Work<TResult> work)
    {
        try
        {
            await entering;
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(_noun);
        }

        return await work.Answer;
    }

    private void Write()
    {
        while (WaitForWork())
        {
            var alone = TakeBatch();
            if (_batch.Count > 0) Settle(_batch, CommitBatch);
            _batch.Clear();
            if (alone is not null) Settle([alone], session => alone.Do(session));
        }

        _session?.Dispose();
        _stopped.SetResult();
    }

    private bool WaitForWork()
    {
        var waiting = _queue.Reader.WaitToReadAsync();
        return waiting.IsCompleted ? waiting.Result : waiting.AsTask().GetAwaiter().GetResult();
    }

    /// <returns>Work that must be done alone, after the batch.</returns>
    private Work? TakeBatch()
    {
        for (var bytes = 0; bytes < CommitBytes && _queue.Reader.TryRead(out var work);)
        {
            if (!work.Take()) continue;
            if (work.Alone) return work;
            _batch.Add(work);
            bytes += work.Bytes;
        }

        return null;
    }

    private void Settle(List<Work> works, Action<TSession> act)
    {
        Exception? fault = null;
        var started = StoreTelemetry.Now;
        try
        {
            act(_session ??= _open());
            StoreTelemetry.Committed(_noun, works.Count, started);
            AfterCommit?.Invoke();
            Volatile.Write(ref _refusing, null);
        }
        catch (Exception e) // Whatever it was: it is handed to those who wait, and this thread must go on.
        {
            fault = Unavailable(e);
            Volatile.Write(ref _refusing, $"The {_noun} takes no writes: {(e is StoreUnavailableException { InnerException: { } inner } ? inner : e).Message.TrimEnd('.')}.");
            Abandon();
            StoreTelemetry.Failed(_noun);
        }

        _committed(); // After a fault too: what failed between commit and answer may have been stored.
        foreach (var work in works)
        {
            work.Settle(fault);
            StoreTelemetry.Answered(_noun, work.Since);
        }
    }

    private void CommitBatch(TSession session)
    {
        using (StoreTelemetry.Step("write", _noun))
        {
            session.Begin();
            foreach (var work in _batch) work.Do(session);
        }

        using (StoreTelemetry.Step("commit", _noun)) session.Database.Commit();
    }

    // Closing rolls back what was open.
    private void Abandon()
    {
        _session?.Dispose();
        _session = null;
    }

    private Exception Unavailable(Exception e) => e as StoreUnavailableException ?? new StoreUnavailableException(
        $"The {_noun} takes no writes now, or it isn't known whether this one was stored: {e.Message}. Repeating the identical call is safe.", e);

    private abstract class Work(int bytes, bool alone)
    {
        public int Bytes { get; } = bytes;

        public bool Alone { get; } = alone;

        public long Since { get; } = StoreTelemetry.Now;

        /// <summary>False where its caller has given up.</summary>
        public abstract bool Take();

        public abstract void Do(TSession session);

        public abstract void Settle(Exception? fault);
    }

    private sealed class Work<TResult>(Func<TSession, TResult> work, int bytes, bool alone) : Work(bytes, alone)
    {
        private const int Waiting = 0;
        private const int Taken = 1;
        private const int Dropped = 2;

        private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TResult? _result;
        private int _state;
        private CancellationTokenRegistration _dropping;

        public Task<TResult> Answer => _answer.Task;

        public void DropOn(CancellationToken cancellation)
        {
            if (cancellation.CanBeCanceled) _dropping = cancellation.Register(Drop, this);
        }

        public override bool Take() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

        public override void Do(TSession session) => _result = work(session);

        public override void Settle(Exception? fault)
        {
            _dropping.Unregister();
            if (fault is null)
            {
                _answer.SetResult(_result!);
            }
            else
            {
                _answer.SetException(fault);
                _ = _answer.Task.Exception; // A caller who has walked away makes no unobserved exception.
            }
        }

        private static void Drop(object? state, CancellationToken cancellation)
        {
            var self = (Work<TResult>)state!;
            if (Interlocked.CompareExchange(ref self._state, Dropped, Waiting) == Waiting) self._answer.SetCanceled(cancellation);
        }
    }
}
