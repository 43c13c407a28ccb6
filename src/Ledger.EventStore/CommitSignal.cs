namespace Ledger.EventStore;

/// <summary>Wakes everybody who waits for the next commit, without polling.</summary>
/// <remarks>
/// Take <see cref="Next"/> first, read second, wait third: a commit between the reading and the waiting
/// then finds the taken task already completed, so nothing is missed.
/// </remarks>
public sealed class CommitSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = Fresh();
    private bool _closed;

    /// <summary>Completes at the first commit after this was read; fails with <see cref="ObjectDisposedException"/> once closed.</summary>
    public Task Next
    {
        get
        {
            lock (_gate) return _next.Task;
        }
    }

    /// <summary>Says that something was committed.</summary>
    public void Pulse()
    {
        TaskCompletionSource woken;
        lock (_gate)
        {
            if (_closed) return;
            woken = _next;
            _next = Fresh();
        }

        woken.SetResult();
    }

    /// <summary>Says that nothing will ever be committed again.</summary>
    public void Close(string storeName)
    {
        TaskCompletionSource last;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            last = _next;
        }

        last.SetException(new ObjectDisposedException(storeName));
        _ = last.Task.Exception; // Nobody may be waiting, and that is no fault.
    }

    // Waiters run on the pool, never on the writer's thread.
    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
