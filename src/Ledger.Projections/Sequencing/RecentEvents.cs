using Ledger.EventStore;

namespace Ledger.Projections.Sequencing;

/// <summary>The newest events, so that who follows the ledger needs neither the store nor the codec.</summary>
internal sealed class RecentEvents
{
    private const int Kept = 2048;

    private readonly SequencedEvent?[] _events = new SequencedEvent?[Kept];

    public void Add(SequencedEvent e) => Volatile.Write(ref _events[e.Sequence % Kept], e);

    public SequencedEvent? At(long sequence) =>
        Volatile.Read(ref _events[sequence % Kept]) is { } e && e.Sequence == sequence ? e : null;

    /// <param name="numbered">Events numbered so far.</param>
    public long? SequenceOf(Position position, long numbered)
    {
        for (var (low, high) = (Math.Max(0, numbered - Kept), numbered - 1); low <= high;)
        {
            var middle = low + ((high - low) / 2);
            // What was overtaken while we looked lies before everything that is kept.
            var order = At(middle) is { } e ? e.Stored.Position.CompareTo(position) : -1;
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return null;
    }
}
