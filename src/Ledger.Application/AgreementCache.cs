using System.Collections.Concurrent;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.EventStore;

namespace Ledger.Application;

/// <summary>An agreement as it stands, with its time zone.</summary>
public sealed record CurrentAgreement(AgreementState State, TimeZoneInfo Zone);

/// <summary>Folded agreements, kept by revision: each use asks the store only for what came after.</summary>
/// <remarks>So a policy that changed a moment ago, on whichever node, holds for the next command.</remarks>
public sealed class AgreementCache(HistoryReader reader)
{
    private readonly ConcurrentDictionary<AgreementId, CurrentAgreement> _folded = new();

    /// <summary>True where there is such an agreement. What was there once is there for ever, so one that is known takes no read.</summary>
    public async ValueTask<bool> ExistsAsync(AgreementId id, CancellationToken cancellation) =>
        _folded.ContainsKey(id) || await GetAsync(id, cancellation) is not null;

    /// <summary>The agreement as the store has it now; null where it doesn't exist.</summary>
    public async ValueTask<CurrentAgreement?> GetAsync(AgreementId id, CancellationToken cancellation)
    {
        _folded.TryGetValue(id, out var known);
        StreamRevision? from = known is null ? null : new StreamRevision(known.State.Revision + 1);
        var news = await reader.ReadAsync<AgreementEvent>(Streams.Of(id), from, cancellation);
        if (news.Count == 0) return known;

        var state = known?.State;
        foreach (var e in news) state = AgreementDecider.Evolve(state, e.Fact);
        var current = new CurrentAgreement(state!, TimeZoneInfo.FindSystemTimeZoneById(state!.TimeZone));
        _folded.AddOrUpdate(id, current, (_, other) => other.State.Revision > current.State.Revision ? other : current);
        return current;
    }
}
