namespace Ledger.Projections.Sequencing;

/// <summary>Wakes everybody who waits for the picture to move on. Take <see cref="Next"/> first, look second, wait third.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = Fresh();

    public Task Next => Volatile.Read(ref _next).Task;

    public void Beat() => Interlocked.Exchange(ref _next, Fresh()).TrySetResult();

    /// <summary>Waits until <paramref name="isSo"/>; false where the time runs out first.</summary>
    public async Task<bool> UntilAsync(Func<bool> isSo, TimeSpan timeout, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (timeout != Timeout.InfiniteTimeSpan) limit.CancelAfter(timeout);
        while (true)
        {
            var next = Next;
            if (isSo()) return true;
            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return isSo();
            }
        }
    }

    // Waiters run on the pool, never on the sequencer's thread.
    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
