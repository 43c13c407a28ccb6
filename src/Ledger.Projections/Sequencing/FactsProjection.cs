using Ledger.Domain.Violations;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Sequencing;

/// <summary>What must be known of every event to find it again: its id, when, whose, and the digests that it refers to.</summary>
internal sealed class FactsProjection(KeyedCommands commands) : IProjection
{
    public void Apply(NumberedEvent e, Segment rows)
    {
        rows.Rows(Tables.Facts).Add(new FactRow(
            e.Sequence, e.Stored.Id, Micros.Of(e.Metadata.RecordedAt), e.Agreement, e.First, (int)e.Stored.Revision.Value));
        if (e.Case is null && e.First == e.Sequence) rows.Rows(Tables.Streams).Add(new StreamRow(e.First, e.Stored.Stream.Value));
        if (KeyedCommands.Holds(e.Stored.Revision, e.Metadata.CommandId))
        {
            var prefix = KeyedCommands.PrefixOf(e.Metadata.CommandId);
            commands.Add(prefix, e.Sequence);
            rows.Rows(Tables.Commands).Add(new CommandRow(e.Sequence, prefix));
        }

        if (e.Event is ViolationEvent.PersonalDataErased erased)
            foreach (var digest in erased.Digests) rows.Rows(Tables.Erased).Add(new ErasedRow(e.Sequence, digest));
        if (e.Event is ViolationEvent.EvidenceErased files)
            foreach (var file in files.Files) rows.Rows(Tables.Erased).Add(new ErasedRow(e.Sequence, ErasedRow.OfFile(files.AgreementId, file)));
        foreach (var prefix in e.Digests) rows.Rows(Tables.Digests).Add(new DigestRow(e.Sequence, prefix));
    }
}
