using System.Runtime.CompilerServices;
using Ledger.EventStore;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Sequencing;

/// <summary>The ledger's events again, with their numbers: the newest from memory, the others from the store.</summary>
internal sealed class History(Follower follower, IEventStore store)
{
    /// <summary>Events with after &lt; sequence &lt; upTo, in order.</summary>
    public async IAsyncEnumerable<SequencedEvent> ReadAsync(long after, long upTo, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var next = Math.Max(0, after + 1);
        upTo = Math.Min(upTo, follower.Numbered);
        while (next < upTo)
        {
            if (follower.Recent.At(next) is { } recent)
            {
                yield return recent;
                next++;
                continue;
            }

            await foreach (var e in ReadStoreAsync(next, upTo, cancellation))
            {
                yield return e;
                next = e.Sequence + 1;
                if (next < upTo && follower.Recent.At(next) is not null) break;
            }
        }
    }

    /// <summary>The number of the event at a position; null where it isn't one of the ledger's.</summary>
    public async Task<long?> SequenceAtAsync(Position position, CancellationToken cancellation)
    {
        if (follower.Recent.SequenceOf(position) is { } recent) return recent;
        var anchor = follower.Model.AnchorBefore(position);
        if (anchor is { } a && ReadModel.PositionOf(a) == position) return a.Sequence;
        var next = anchor is { } found ? found.Sequence + 1 : 0;
        await foreach (var page in store.ReadAllAsync(anchor is { } from ? ReadModel.PositionOf(from) : null, cancellation))
        {
            foreach (var stored in page)
            {
                if (stored.Position > position) return null;
                if (!LeafStreams.Holds(stored.Stream)) continue;
                if (stored.Position == position) return next;
                next++;
            }
        }

        return null;
    }

    private async IAsyncEnumerable<SequencedEvent> ReadStoreAsync(
        long first, long upTo, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var model = follower.Model;
        var anchor = model.AnchorBefore(first - 1);
        var next = anchor is { } a ? a.Sequence + 1 : 0;
        await foreach (var page in store.ReadAllAsync(anchor is { } from ? ReadModel.PositionOf(from) : null, cancellation))
        {
            var leaves = page.Where(stored => LeafStreams.Holds(stored.Stream)).ToArray();
            var agreements = AgreementsOf(next, leaves.Length);
            for (var i = 0; i < leaves.Length && next < upTo; i++, next++)
            {
                if (next < first) continue;
                var record = LedgerReader.Decode(leaves[i]);
                if (record.Failure is { } failure)
                    throw new LedgerFaultException(ViewProblems.UnreadableEvent, $"The event at sequence {next} can't be read: {failure.Message}", next, failure);
                yield return new SequencedEvent(
                    next, record.Stored, record.Metadata!, record.Event,
                    next < model.Applied ? model.AgreementOf(agreements[i]) : model.AgreementOf(record.Stored.Stream),
                    ReadModel.CaseIdOf(record.Stored.Stream));
            }

            if (next >= upTo) yield break;
        }
    }

    private int[] AgreementsOf(long first, int length)
    {
        var model = follower.UseModel();
        try
        {
            return length == 0 ? [] : new FactReader(model).AgreementsOf(first, length);
        }
        finally
        {
            // Nobody waits for the closing of a generation that has been replaced meanwhile.
            _ = model.ReleaseAsync();
        }
    }
}
