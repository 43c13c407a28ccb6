using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Projections.Storage;
using Ledger.Serialization;

namespace Ledger.Projections.Sequencing;

/// <summary>A stored event decoded, before it has a number.</summary>
/// <param name="Failure">Why it can't be read.</param>
/// <param name="Digests">First bytes of every digest that it refers to.</param>
internal sealed record DecodedRecord(RecordedEvent Stored, EventMetadata? Metadata, object? Event, Exception? Failure, long[] Digests);

/// <summary>What projections are given: an event that is known, numbered, and that follows from what stands before it.</summary>
/// <param name="First">The sequence of its stream's first event.</param>
/// <param name="Agreement">A code of names.</param>
/// <param name="Case">What it did to a case, where it belongs to one.</param>
internal sealed record NumberedEvent(
    long Sequence, RecordedEvent Stored, EventMetadata Metadata, object Event, long First, int Agreement, long[] Digests, CaseChange? Case)
{
    public Fact<T> Fact<T>() => new((T)Event, Stored.Id, Metadata.Actor, Metadata.RecordedAt, Stored.Revision.Value);
}

/// <summary>A fold of the ledger into rows. It must be a pure function of the events and their order.</summary>
internal interface IProjection
{
    void Apply(NumberedEvent e, Segment rows);
}
