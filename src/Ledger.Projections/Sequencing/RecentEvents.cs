using Ledger.EventStore;

namespace Ledger.Projections.Sequencing;

/// <summary>The newest events, so that who follows the ledger needs neither the store nor the codec.</summary>
internal sealed class RecentEvents
{
    private const int Kept = 2048;

    private const int KeptPositions = 1 << 16;

    private readonly SequencedEvent?[] _events = new SequencedEvent?[Kept];
    private readonly Lock _gate = new();
    private readonly Position[] _positions = new Position[KeptPositions];
    private long _first;
    private long _next;

    /// <summary>Takes the next event; they come in order.</summary>
    public void Add(SequencedEvent e)
    {
        Volatile.Write(ref _events[e.Sequence % Kept], e);
        lock (_gate)
        {
            if (e.Sequence != _next) _first = e.Sequence; // The first after a start.
            _positions[e.Sequence % KeptPositions] = e.Stored.Position;
            _next = e.Sequence + 1;
        }
    }

    public SequencedEvent? At(long sequence) =>
        Volatile.Read(ref _events[sequence % Kept]) is { } e && e.Sequence == sequence ? e : null;

    /// <summary>The sequence of the event at a position; null where it isn't among the newest.</summary>
    /// <remarks>Positions are kept for longer than events: who waits for a number may wake when thousands have passed.</remarks>
    public long? SequenceOf(Position position)
    {
        lock (_gate)
        {
            for (var (low, high) = (Math.Max(_first, _next - KeptPositions), _next - 1); low <= high;)
            {
                var middle = low + ((high - low) / 2);
                var order = _positions[middle % KeptPositions].CompareTo(position);
                if (order == 0) return middle;
                if (order < 0) low = middle + 1;
                else high = middle - 1;
            }
        }

        return null;
    }
}
