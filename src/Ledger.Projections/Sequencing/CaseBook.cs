using System.Runtime.CompilerServices;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Projections.Compliance;
using Ledger.Projections.Directory;
using Ledger.Projections.Storage;
using Ledger.Serialization;

namespace Ledger.Projections.Sequencing;

/// <summary>What an event did to a case.</summary>
/// <param name="Case">The sequence of the case's record.</param>
/// <param name="Previous">The sequence of its event before this one; -1 for the record.</param>
/// <param name="Before">Null for the record.</param>
internal sealed record CaseChange(long Case, long Previous, CaseFold Fold, CaseAccount? Before, CaseAccount After);

/// <summary>The cases as they stand: the lately touched ones in memory, the others folded again from their streams when an event comes.</summary>
internal sealed class CaseBook(IEventStore store, AgreementBook agreements, NameBook names)
{
    /// <summary>Cases kept in memory: from half of this to this many.</summary>
    public const int Kept = 65_536;

    private const int PageLength = 512;

    private Dictionary<Guid, Entry> _young = [];
    private Dictionary<Guid, Entry> _old = [];

    private sealed record Entry(CaseFold Fold, CaseAccount Account);

    public CaseIndex Index { get; } = new();

    /// <exception cref="LedgerFaultException">The event doesn't follow from what stands before it.</exception>
    public CaseChange Apply(Guid id, long sequence, RecordedEvent stored, ViolationEvent e, EventMetadata metadata, Segment segment)
    {
        var revision = (int)stored.Revision.Value;
        ref var slot = ref Index.Find(id);
        var isNew = Unsafe.IsNullRef(ref slot);
        RevisionGuard.Check(stored, isNew ? -1 : slot.Revision, sequence);

        var before = isNew ? null : Recall(id) ?? Refold(id, revision, sequence, segment);
        var fold = Next(before?.Fold, stored, e, metadata);
        var entry = new Entry(fold, AccountOf(fold, segment));
        Keep(id, entry);
        if (isNew)
        {
            Index.Add(id, sequence, sequence, revision);
            return new CaseChange(sequence, None.Sequence, fold, null, entry.Account);
        }

        var change = new CaseChange(slot.First, slot.Last, fold, before!.Account, entry.Account);
        slot.Advance(sequence, revision);
        return change;
    }

    private Entry? Recall(Guid id)
    {
        if (_young.TryGetValue(id, out var young)) return young;
        return _old.Remove(id, out var old) ? old : null;
    }

    private void Keep(Guid id, Entry entry)
    {
        _young[id] = entry;
        if (_young.Count < Kept / 2) return;
        (_old, _young) = (_young, _old);
        _young.Clear();
    }

    private Entry Refold(Guid id, int upTo, long sequence, Segment segment)
    {
        CaseFold? fold = null;
        for (var next = 0; next < upTo;)
        {
            // The sequencer's own thread waits here: nothing can be numbered before this is known.
            var page = store.ReadStreamAsync(
                LeafStreams.OfCase(id), ReadDirection.Forwards, new StreamRevision(next), Math.Min(PageLength, upTo - next), CancellationToken.None)
                .AsTask().GetAwaiter().GetResult();
            if (page.Count == 0 || page[0].Revision.Value != next)
                throw new LedgerFaultException(ViewProblems.MissingEvent, $"Stream {LeafStreams.OfCase(id)} lacks revision {next}.", sequence);
            foreach (var stored in page)
                fold = Next(fold, stored, (ViolationEvent)EventCodec.Decode(stored.Type, stored.Data).Event!, EventCodec.DecodeMetadata(stored.Metadata));
            next += page.Count;
        }

        return new Entry(fold!, AccountOf(fold!, segment));
    }

    private CaseFold Next(CaseFold? before, RecordedEvent stored, ViolationEvent e, EventMetadata metadata) => CaseFold.Next(
        before,
        new Fact<ViolationEvent>(e, stored.Id, metadata.Actor, metadata.RecordedAt, stored.Revision.Value),
        agreement => agreements.At(agreement, stored.Position));

    private CaseAccount AccountOf(CaseFold fold, Segment segment) =>
        CaseAccount.Of(fold, agreements.ZoneOf(agreements.At(fold.State.AgreementId, long.MaxValue)), names, segment);
}

/// <summary>Each stream's revisions come one after the other in the store's order.</summary>
internal static class RevisionGuard
{
    public static void Check(RecordedEvent stored, long newest, long sequence)
    {
        if (stored.Revision.Value == newest + 1) return;
        throw new LedgerFaultException(
            ViewProblems.MissingEvent,
            $"Stream {stored.Stream} goes from revision {newest} to {stored.Revision} at sequence {sequence}: the store's order lacks events.",
            sequence);
    }
}
