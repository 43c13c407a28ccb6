using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Log.Tree;
using Ledger.Transparency;

namespace Ledger.Log.Checking;

/// <summary>Grows the log's tree from stored events, and holds the seals that are among them against it: for whoever has the events and no node.</summary>
/// <remarks>First every event is shown to <see cref="Expect(RecordedEvent)"/>, then every event to <see cref="Take"/>, then <see cref="Finish"/>. Seals count only with the log's own signature.</remarks>
/// <param name="origin">The log's name, part of what every event is committed to.</param>
public sealed class HistoryProof(Origin origin)
{
    private readonly SortedDictionary<long, Hash> _sealed = [];
    private LogChain? _chain;

    /// <summary>The tree over the events of the ledger that were taken.</summary>
    public CompactRange Tree { get; } = new();

    /// <summary>Seals that were held against the tree and agreed.</summary>
    public long SealsAgreed { get; private set; }

    /// <summary>The key that the log began with; null while its first event hasn't been seen.</summary>
    public VerifierKey? FirstKey => _chain?.Keys.First;

    /// <summary>The newest seal that was seen.</summary>
    public SignedCheckpoint? NewestSeal => _chain?.Sealed;

    /// <summary>True where a stream's events are leaves.</summary>
    public static bool IsLeaf(RecordedEvent e) => LeafStreams.Contains((e ?? throw new ArgumentNullException(nameof(e))).Stream.Value);

    /// <summary>The name that a log's first event gives it; null where the event is another.</summary>
    public static Origin? OriginIn(RecordedEvent e) => IsOfLog(e) && LogEvents.Read(e) is LogEvent.Created created ? created.Origin : null;

    /// <summary>Follows the log's own stream, and remembers what each seal says.</summary>
    /// <exception cref="HistoryProofException">Something in it isn't signed by the log's key, or is out of order.</exception>
    public void Expect(RecordedEvent e)
    {
        if (!IsOfLog(e)) return;
        if (e.Revision == StreamRevision.First)
        {
            if (LogEvents.Read(e) is LogEvent.Created created && created.Origin == origin) _chain = LogChain.Begin(e.Stream, created);
            return;
        }

        if (_chain is null || _chain.Stream != e.Stream) return;
        _chain = Faulty(() => _chain.Then(e));
        if (LogEvents.Read(e) is LogEvent.Sealed { Head.Checkpoint: { } head }) _sealed[head.Size.Value] = head.Root;
    }

    /// <summary>Remembers what a head says that somebody brought, once the log's stream has been followed.</summary>
    /// <exception cref="HistoryProofException">It isn't signed by this log's key.</exception>
    public void Expect(SignedCheckpoint head)
    {
        CheckSignature(head);
        var size = head.Checkpoint.Size.Value;
        if (_sealed.TryGetValue(size, out var other) && other != head.Checkpoint.Root) throw Differs(size);
        _sealed[size] = head.Checkpoint.Root;
    }

    /// <exception cref="HistoryProofException">The head isn't signed by this log's key.</exception>
    public void CheckSignature(SignedCheckpoint head)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (_chain is null || head.Checkpoint.Origin != origin || head.Note.Verify(_chain.Keys.At(head.Checkpoint.Size)) is not NoteVerdict.Verified)
            throw new HistoryProofException("The head that was brought isn't signed by the key of the log that is here: one of the two isn't what it says.");
    }

    /// <summary>Takes the next event; what is no leaf is passed over.</summary>
    /// <exception cref="HistoryProofException">A seal or head says another root at this size: an event was changed, lost, or moved.</exception>
    public void Take(RecordedEvent e)
    {
        if (!IsLeaf(e)) return;
        Tree.Append(Faulty(() => Leaf.Of(origin, Tree.Size.Value, e)).LeafHash);
        if (!_sealed.TryGetValue(Tree.Size.Value, out var root)) return;
        if (root != Tree.Root) throw Differs(Tree.Size.Value);
        SealsAgreed++;
    }

    /// <summary>Says that everything was taken.</summary>
    /// <exception cref="HistoryProofException">A seal covers more than there was, or no log of this name begins here.</exception>
    public void Finish()
    {
        if (_chain is null) throw new HistoryProofException($"No log of the name '{origin}' begins here.");
        if (_sealed.Count > 0 && _sealed.Keys.Max() is var size && size > Tree.Size.Value)
            throw new HistoryProofException($"A head that was signed covers {size} events, and there are {Tree.Size.Value}: some are missing.");
    }

    private static bool IsOfLog(RecordedEvent e) => (e ?? throw new ArgumentNullException(nameof(e))).Stream.Value.StartsWith("log-checkpoints", StringComparison.Ordinal);

    private static T Faulty<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (LogFaultException fault)
        {
            throw new HistoryProofException(fault.Message);
        }
    }

    private static HistoryProofException Differs(long size) =>
        new($"The first {size} events have another root than the head that was signed over them: one of them was changed, lost or moved.");
}

/// <summary>A history isn't the one that was signed. The message is for people.</summary>
public sealed class HistoryProofException(string message) : Exception(message);
