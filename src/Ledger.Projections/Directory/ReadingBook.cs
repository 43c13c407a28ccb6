using Ledger.Domain;
using Ledger.Domain.Access;

namespace Ledger.Projections.Directory;

/// <summary>Who read which file of evidence, by sequence. In memory: one for each person, file and hour, a few hundred bytes.</summary>
internal sealed class ReadingBook
{
    private readonly Lock _gate = new();
    private readonly List<EvidenceReading> _readings = [];

    public void Apply(long sequence, Fact<ReadingEvent> fact)
    {
        var read = (ReadingEvent.EvidenceRead)fact.Event;
        var reading = new EvidenceReading(sequence, fact.RecordedAt, fact.Actor, read.AgreementId, read.Sha256, read.Violations, read.Original);
        lock (_gate) _readings.Insert(PlaceOf(sequence), reading);
    }

    /// <summary>Newest first, as they stood when this was asked.</summary>
    public IEnumerable<EvidenceReading> Before(long count)
    {
        EvidenceReading[] known;
        lock (_gate) known = [.. _readings];
        return known.Reverse().SkipWhile(reading => reading.Sequence >= count);
    }

    /// <summary>At the end, but where a start brings streams back one after the other.</summary>
    private int PlaceOf(long sequence)
    {
        if (_readings.Count == 0 || _readings[^1].Sequence < sequence) return _readings.Count;
        var (low, high) = (0, _readings.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_readings[middle].Sequence < sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
