using System.Collections.Concurrent;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.EventStore;

namespace Ledger.Projections.Directory;

/// <summary>An agreement from one of its events on.</summary>
internal sealed record AgreementVersion(long Sequence, Position Position, AgreementState State);

/// <summary>Every agreement at every count: there are few, and each has few events.</summary>
internal sealed class AgreementBook
{
    private readonly ConcurrentDictionary<AgreementId, AgreementVersion[]> _histories = new();
    private readonly ConcurrentDictionary<string, TimeZoneInfo> _zones = new(StringComparer.Ordinal);

    public IEnumerable<AgreementId> Ids => _histories.Keys.OrderBy(id => id.Value, StringComparer.Ordinal);

    /// <summary>The sequencer's thread only.</summary>
    public void Apply(AgreementId id, long sequence, Position position, Fact<AgreementEvent> fact)
    {
        var history = _histories.GetValueOrDefault(id) ?? [];
        var state = AgreementDecider.Evolve(history.Length == 0 ? null : history[^1].State, fact);
        _histories[id] = [.. history, new AgreementVersion(sequence, position, state)];
    }

    public AgreementState? At(AgreementId id, long count) =>
        _histories.TryGetValue(id, out var history) ? Array.FindLast(history, version => version.Sequence < count)?.State : null;

    public AgreementState? At(AgreementId id, Position position) =>
        _histories.TryGetValue(id, out var history) ? Array.FindLast(history, version => version.Position <= position)?.State : null;

    /// <summary>Where the agreement's clocks are. Registration refuses zones that nobody knows; one that only this machine lacks is read as UTC.</summary>
    public TimeZoneInfo ZoneOf(AgreementState? agreement) =>
        agreement is null ? TimeZoneInfo.Utc : _zones.GetOrAdd(agreement.TimeZone, Find);

    private static TimeZoneInfo Find(string id) => TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : TimeZoneInfo.Utc;
}
