using System.Diagnostics;
using Ledger.Domain.Agreements;

namespace Ledger.Domain.Claims;

using static ClaimCommand;

/// <summary>A published total as its stream says it stands.</summary>
public sealed record ClaimState(
    ClaimId ClaimId, AgreementId AgreementId, Claimant ClaimedBy, PartyId? Against, DateTimeOffset From, DateTimeOffset To,
    Values<ClaimFigure> Figures, ClaimSource Source, Prose? Text, Subject Recorder, DateTimeOffset RecordedAt, bool Withdrawn, long Revision);

/// <summary>What may be done with an aggregate claim.</summary>
public static class ClaimDecider
{
    public static Decision<ClaimEvent> Decide(ClaimCommand command, ClaimState? state, AgreementState? agreement, Actor actor) => (command, state) switch
    {
        (Record, not null) => new Refusal(Codes.ClaimExists, "An aggregate claim with this id exists and says something else."),
        (Record c, null) when Unknown(agreement, c) is { } no => no,
        (Record c, null) =>
            new ClaimEvent.AggregateClaimRecorded(c.ClaimId, c.AgreementId, c.ClaimedBy, c.Against, c.From, c.To, c.Figures, c.Source, c.Text),
        (Withdraw, null) => throw new InvalidOperationException("A withdrawal is asked of a claim that exists."),
        (Withdraw, { } s) when actor.Role != Role.Administrator && s.Recorder != actor.Subject =>
            new Refusal(Codes.NotTheRecorder, "Only who recorded an aggregate claim, or an administrator, withdraws it."),
        (Withdraw, { Withdrawn: true }) => new Refusal(Codes.AlreadyWithdrawn, "The aggregate claim is withdrawn already."),
        (Withdraw c, _) => new ClaimEvent.AggregateClaimWithdrawn(c.Reason),
        _ => throw new UnreachableException(),
    };

    public static ClaimState Evolve(ClaimState? state, Fact<ClaimEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return fact.Event switch
        {
            ClaimEvent.AggregateClaimRecorded e => new(
                e.ClaimId, e.AgreementId, e.ClaimedBy, e.Against, e.From, e.To, e.Figures, e.Source, e.Text,
                fact.Actor.Subject, fact.RecordedAt, false, fact.Revision),
            ClaimEvent.AggregateClaimWithdrawn when state is not null => state with { Withdrawn = true, Revision = fact.Revision },
            ClaimEvent.AggregateClaimWithdrawn => throw new InvalidOperationException("A claim's stream begins with its record."),
            _ => throw new UnreachableException(),
        };
    }

    private static Refusal? Unknown(AgreementState? agreement, Record c)
    {
        if (agreement is null) return new(Codes.UnknownAgreement, "There is no such agreement.");
        foreach (var party in new[] { c.ClaimedBy.Party, c.Against })
            if (party is { } p && agreement.PartyOf(p) is null) return new(Codes.UnknownParty, $"The agreement has no party '{p}'.");
        return null;
    }
}
