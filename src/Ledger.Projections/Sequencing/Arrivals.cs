using Ledger.EventStore;

namespace Ledger.Projections.Sequencing;

/// <summary>Who waits for a position of the store's order to be read. Each is woken once, when it is: a beat for all would wake every writer at every page.</summary>
internal sealed class Arrivals
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, Position> _waiting = new();

    /// <summary>Take this first, look second, wait third.</summary>
    public Task Of(Position position)
    {
        // Waiters run on the pool, never on the sequencer's thread.
        var arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _waiting.Enqueue(arrival, position);
        return arrival.Task;
    }

    public void ReadTo(Position position)
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var arrival, out var awaited) && awaited <= position)
            {
                _waiting.Dequeue();
                arrival.TrySetResult();
            }
        }
    }
}
