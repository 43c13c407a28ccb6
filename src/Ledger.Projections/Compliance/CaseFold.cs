using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Projections.Compliance;

/// <summary>A case, and what its place meant when it was set.</summary>
/// <param name="Zone">Fixed when the location was recorded or amended, by the zones that were known then: a zone defined later moves no case.</param>
/// <param name="Place">The revision of the event that set the location; -1 where there is none.</param>
internal sealed record CaseFold(ViolationState State, ZoneId? Zone, int Place)
{
    /// <param name="agreement">As it was known at this event.</param>
    public static CaseFold Next(CaseFold? before, Fact<ViolationEvent> fact, Func<AgreementId, AgreementState?> agreement)
    {
        var state = Slim(ViolationEvolution.Evolve(before?.State, fact));
        if (before is not null && !SetsPlace(fact.Event)) return before with { State = state };
        var location = state.Report.Location;
        return location is null
            ? new CaseFold(state, null, -1)
            : new CaseFold(state, agreement(state.AgreementId)?.ZoneAt(location) ?? location.StatedZone, (int)fact.Revision);
    }

    private static bool SetsPlace(ViolationEvent e) =>
        e is ViolationEvent.Recorded || (e is ViolationEvent.Amended amended && amended.Changes.Location.IsSet);

    /// <summary>No figure looks at these lists, and a cache of many cases would be full of them.</summary>
    private static ViolationState Slim(ViolationState state) =>
        state.Evidence.Count == 0 && state.Corroborations.Count == 0 && state.Replies.Count == 0
            ? state
            : state with
            {
                Evidence = Values<AttachedEvidence>.None,
                Corroborations = Values<Corroboration>.None,
                Replies = Values<PartyReply>.None,
            };
}
