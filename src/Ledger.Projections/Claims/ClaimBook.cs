using System.Collections.Concurrent;
using Ledger.Domain;
using Ledger.Domain.Claims;

namespace Ledger.Projections.Claims;

/// <summary>A published total from one of its events on.</summary>
internal sealed record ClaimVersion(long Sequence, long Recorded, ClaimState State);

/// <summary>Every published total at every count; some a day at most.</summary>
internal sealed class ClaimBook
{
    private readonly ConcurrentDictionary<AgreementId, ConcurrentDictionary<ClaimId, ClaimVersion[]>> _byAgreement = new();
    private readonly ConcurrentDictionary<ClaimId, AgreementId> _agreements = new();

    /// <summary>The sequencer's thread only.</summary>
    public void Apply(ClaimId id, long sequence, Fact<ClaimEvent> fact)
    {
        var history = _agreements.TryGetValue(id, out var known) ? _byAgreement[known][id] : [];
        var state = ClaimDecider.Evolve(history.Length == 0 ? null : history[^1].State, fact);
        var recorded = history.Length == 0 ? sequence : history[0].Recorded;
        _byAgreement.GetOrAdd(state.AgreementId, _ => new())[id] = [.. history, new ClaimVersion(sequence, recorded, state)];
        _agreements[id] = state.AgreementId;
    }

    /// <summary>An agreement's claims as they stood at a count and touch a time, newest recorded first.</summary>
    public IEnumerable<ClaimVersion> At(AgreementId agreement, long count, DateTimeOffset? from, DateTimeOffset? to)
    {
        if (!_byAgreement.TryGetValue(agreement, out var claims)) return [];
        return claims.Values
            .Select(history => Array.FindLast(history, version => version.Sequence < count))
            .OfType<ClaimVersion>()
            .Where(version => (to is null || version.State.From < to) && (from is null || version.State.To > from))
            .OrderByDescending(version => version.Recorded);
    }
}
