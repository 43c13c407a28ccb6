using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Log.Tree;
using Ledger.Transparency;

namespace Ledger.Log.Checking;

/// <summary>Grows the log's tree from stored events, and holds the seals that are among them against it: for whoever has the events and no node.</summary>
/// <param name="origin">The log's name, part of what every event is committed to.</param>
public sealed class HistoryProof(Origin origin, CompactRange tree)
{
    private readonly SortedDictionary<long, Hash> _sealed = [];

    /// <summary>How many events of the ledger were taken, and the root over them.</summary>
    public CompactRange Tree => tree;

    /// <summary>Seals that were held against the tree and agreed.</summary>
    public long SealsAgreed { get; private set; }

    /// <summary>True where a stream's events are leaves.</summary>
    public static bool IsLeaf(RecordedEvent e) => LeafStreams.Contains((e ?? throw new ArgumentNullException(nameof(e))).Stream.Value);

    /// <summary>The name that a log's first event gives it; null where the event is another.</summary>
    public static Origin? OriginIn(RecordedEvent e) => IsOfLog(e) && LogEvents.Read(e) is LogEvent.Created created ? created.Origin : null;

    /// <summary>Remembers what a seal says, before the events that it covers are taken.</summary>
    public void Expect(RecordedEvent e)
    {
        if (IsOfLog(e) && LogEvents.Read(e) is LogEvent.Sealed { Head.Checkpoint: { } head } && head.Origin == origin) Expect(head);
    }

    /// <summary>Remembers what a head says that somebody brought.</summary>
    public void Expect(Checkpoint head)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (head.Size.Value < tree.Size.Value) return;
        if (_sealed.TryGetValue(head.Size.Value, out var other) && other != head.Root) throw Differs(head.Size.Value);
        _sealed[head.Size.Value] = head.Root;
        if (head.Size == tree.Size) Agree(head.Size.Value);
    }

    /// <summary>Takes the next event; what is no leaf is passed over.</summary>
    /// <exception cref="HistoryProofException">A seal or head says another root at this size: an event was changed, lost, or moved.</exception>
    public void Take(RecordedEvent e)
    {
        if (!IsLeaf(e)) return;
        try
        {
            tree.Append(Leaf.Of(origin, tree.Size.Value, e).LeafHash);
        }
        catch (LogFaultException fault)
        {
            throw new HistoryProofException(fault.Message);
        }

        if (_sealed.ContainsKey(tree.Size.Value)) Agree(tree.Size.Value);
    }

    /// <summary>Says that everything was taken.</summary>
    /// <exception cref="HistoryProofException">A seal covers more than there was: events were taken out.</exception>
    public void Finish()
    {
        if (_sealed.Count > 0 && _sealed.Keys.Max() is var size && size > tree.Size.Value)
            throw new HistoryProofException($"A head that was signed covers {size} events, and there are {tree.Size.Value}: some are missing.");
    }

    private static bool IsOfLog(RecordedEvent e) => (e ?? throw new ArgumentNullException(nameof(e))).Stream.Value.StartsWith("log-checkpoints", StringComparison.Ordinal);

    private void Agree(long size)
    {
        if (_sealed[size] != tree.Root) throw Differs(size);
        SealsAgreed++;
    }

    private static HistoryProofException Differs(long size) =>
        new($"The first {size} events have another root than the head that was signed over them: one of them was changed, lost or moved.");
}

/// <summary>A history isn't the one that was signed. The message is for people.</summary>
public sealed class HistoryProofException(string message) : Exception(message);
