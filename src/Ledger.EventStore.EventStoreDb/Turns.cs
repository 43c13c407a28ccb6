namespace Ledger.EventStore.EventStoreDb;

/// <summary>Lets calls for the same stream through one after another, in the order in which they came.</summary>
/// <remarks>On a network two calls may overtake each other; a writer who sends the next append before the last is answered must not lose against himself.</remarks>
internal sealed class Turns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StreamName, Task> _last = [];

    /// <summary>Takes a place before it first yields.</summary>
    public async Task<T> TakeAsync<T>(StreamName stream, Func<Task<T>> call, CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Enter(stream, ended.Task);
        try
        {
            await before.WaitAsync(cancellation);
            return await call();
        }
        finally
        {
            // Whoever gives up while he waits leaves the queue, and those behind him still wait for those before him.
            if (before.IsCompleted) Leave(stream, ended);
            else _ = before.ContinueWith(_ => Leave(stream, ended), TaskScheduler.Default);
        }
    }

    private Task Enter(StreamName stream, Task ended)
    {
        lock (_gate)
        {
            var before = _last.GetValueOrDefault(stream) ?? Task.CompletedTask;
            _last[stream] = ended;
            return before;
        }
    }

    private void Leave(StreamName stream, TaskCompletionSource ended)
    {
        lock (_gate)
        {
            if (_last[stream] == ended.Task) _last.Remove(stream);
        }

        ended.SetResult();
    }
}
