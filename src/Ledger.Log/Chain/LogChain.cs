using System.Collections.Immutable;
using Ledger.EventStore;
using Ledger.Transparency;

namespace Ledger.Log.Chain;

/// <summary>What the stream of seals says so far: one log, its keys, its newest seal and its newest published head.</summary>
/// <param name="Stream">One per log: <c>log-checkpoints</c>, and after a loss <c>log-checkpoints-1</c>, -2 …</param>
/// <param name="Revision">Of the newest event of the stream that this knows.</param>
/// <param name="Rotations">The notes that moved the key, oldest first.</param>
internal sealed record LogChain(
    StreamName Stream,
    Origin Origin,
    KeyHistory Keys,
    StreamRevision Revision,
    ImmutableArray<SignedNote> Rotations,
    SignedCheckpoint? Sealed,
    DateTimeOffset SealedAt,
    SignedCheckpoint? Published)
{
    /// <summary>Where a log before this one lost events: the last head that it had signed.</summary>
    public SignedNote? Lost { get; init; }

    public static LogChain Begin(StreamName stream, LogEvent.Created created) =>
        new(stream, created.Origin, new KeyHistory(created.Key, []), StreamRevision.First, [], null, default, null) { Lost = created.Lost };

    /// <summary>The chain after the next event of its stream.</summary>
    /// <exception cref="LogFaultException">The event isn't one that an honest node of this log writes.</exception>
    public LogChain Then(RecordedEvent stored)
    {
        if (stored.Revision != Revision.Next)
            throw new LogFaultException(LogProblems.MissingEvent, $"The stream {Stream} jumps from revision {Revision} to {stored.Revision}.");
        var next = LogEvents.Read(stored) switch
        {
            LogEvent.Sealed e => WithSeal(e.Head, LogEvents.RecordedAt(stored) ?? SealedAt),
            LogEvent.Published e => WithPublished(e.Head),
            LogEvent.KeyRotated e => WithKey(e.Note),
            LogEvent.Created => throw Foreign(stored, "names a log again"),
            null => throw Foreign(stored, "isn't an event that this program writes there"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return next with { Revision = stored.Revision };
    }

    private LogChain WithSeal(SignedCheckpoint head, DateTimeOffset at)
    {
        Check(head);
        if (Sealed is { } last && last.Checkpoint.Size.Value >= head.Checkpoint.Size.Value)
            throw new LogFaultException(LogProblems.Fork, $"A head of {head.Checkpoint.Size} events was sealed after one of {last.Checkpoint.Size}.");
        return this with { Sealed = head, SealedAt = at };
    }

    private LogChain WithPublished(SignedCheckpoint head)
    {
        Check(head);
        return Published is { } last && last.Checkpoint.Size.Value > head.Checkpoint.Size.Value
            ? throw new LogFaultException(LogProblems.Fork, $"A head of {head.Checkpoint.Size} events was published after one of {last.Checkpoint.Size}.")
            : this with { Published = head };
    }

    private LogChain WithKey(SignedNote note)
    {
        if (!KeyHistory.TryFollow(Keys.First, [.. Rotations, note], out var keys, out var refusal))
            throw new LogFaultException(LogProblems.ForeignSeal, $"A change of the log's key isn't valid: {refusal.Message}");
        return this with { Keys = keys, Rotations = Rotations.Add(note) };
    }

    private void Check(SignedCheckpoint head)
    {
        if (head.Checkpoint.Origin != Origin || head.Note.Verify(Keys.At(head.Checkpoint.Size)) is not NoteVerdict.Verified)
            throw new LogFaultException(LogProblems.ForeignSeal, $"A seal over {head.Checkpoint.Size} events isn't signed by the log's key.");
    }

    private LogFaultException Foreign(RecordedEvent stored, string what) =>
        new(LogProblems.ForeignSeal, $"Revision {stored.Revision} of {Stream} ({stored.Type}) {what}.");
}
