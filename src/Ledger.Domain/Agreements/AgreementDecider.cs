using System.Diagnostics;

namespace Ledger.Domain.Agreements;

using static AgreementCommand;

/// <summary>What may be done with an agreement, and what follows.</summary>
public static class AgreementDecider
{
    public static Decision<AgreementEvent> Decide(AgreementCommand command, AgreementState? state, Actor actor) => (command, state) switch
    {
        (Register c, null) when c.Parties.Any(party => party.PartyId.Value == PartyId.Undetermined) => Reserved(),
        (Register c, null) => c.Safeguards == Safeguards.None ? Registered(c) : new AgreementEvent[] { Registered(c), new AgreementEvent.SafeguardsChanged(c.Safeguards) },
        (Register, not null) => new Refusal(Codes.AgreementExists, "An agreement with this id exists and says something else."),
        (_, null) => new Refusal(Codes.UnknownAgreement, "There is no such agreement."),

        (AddParty c, _) when c.Party.PartyId.Value == PartyId.Undetermined => Reserved(),
        (AddParty c, { } s) when s.PartyOf(c.Party.PartyId) is not null => new Refusal(Codes.PartyExists, $"The agreement has a party '{c.Party.PartyId}' already."),
        (AddParty c, _) => new AgreementEvent.PartyAdded(c.Party),

        (AddProvision c, { } s) when s.ProvisionOf(c.Provision.ProvisionId) is not null => new Refusal(Codes.ProvisionExists, $"The agreement has a provision '{c.Provision.ProvisionId}' already."),
        (AddProvision c, _) => new AgreementEvent.ProvisionAdded(c.Provision),

        (DefineZone c, { } s) when s.ZoneOf(c.Zone.ZoneId) is not null => new Refusal(Codes.ZoneExists, $"The agreement has a zone '{c.Zone.ZoneId}' already."),
        (DefineZone c, _) => new AgreementEvent.ZoneDefined(c.Zone),

        (ChangePolicy c, { } s) => Change(Apply(c, s.Policy), Apply(c, s.Safeguards), s, actor),

        (Suspend or Resume or End, { EndedAt: not null }) => new Refusal(Codes.AgreementEnded, "The agreement has ended."),
        (Suspend, { IsSuspended: true }) => new Refusal(Codes.AlreadySuspended, "The agreement is suspended already."),
        (Suspend c, { } s) when c.At < LastTurn(s) => TooEarly(LastTurn(s)),
        (Suspend c, _) => new AgreementEvent.Suspended(c.At, c.Reason),
        (Resume, { IsSuspended: false }) => new Refusal(Codes.NotSuspended, "The agreement isn't suspended."),
        (Resume c, { } s) when c.At < LastTurn(s) => TooEarly(LastTurn(s)),
        (Resume c, _) => new AgreementEvent.Resumed(c.At, c.Reason),
        (End c, { } s) when c.At < LastTurn(s) => TooEarly(LastTurn(s)),
        (End c, _) => new AgreementEvent.Ended(c.At, c.Reason),

        _ => throw new UnreachableException(),
    };

    public static AgreementState Evolve(AgreementState? state, Fact<AgreementEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        if (fact.Event is AgreementEvent.Registered first) return Begin(first, fact);

        var s = state ?? throw new InvalidOperationException("An agreement's stream begins with its registration.");
        return (fact.Event switch
        {
            AgreementEvent.PartyAdded e => s with { Parties = s.Parties.Append(e.Party).ToValues() },
            AgreementEvent.ProvisionAdded e => s with { Provisions = s.Provisions.Append(e.Provision).ToValues() },
            AgreementEvent.ZoneDefined e => s with { Zones = s.Zones.Append(e.Zone).ToValues() },
            AgreementEvent.PolicyChanged e => s with { Policy = e.Policy, PolicyApprovals = Values<PolicyApproval>.None },
            AgreementEvent.SafeguardsChanged e => s with { Safeguards = e.Safeguards, PolicyApprovals = Values<PolicyApproval>.None },
            AgreementEvent.PolicyChangeApproved e => s with { PolicyApprovals = s.PolicyApprovals.Append(new PolicyApproval(fact.Actor.Subject, e.Policy, e.Safeguards)).ToValues() },
            AgreementEvent.Suspended e => s with { Suspensions = s.Suspensions.Append(new Suspension(e.At, null)).ToValues() },
            AgreementEvent.Resumed e => s with { Suspensions = s.Suspensions.SkipLast(1).Append(s.Suspensions[^1] with { To = e.At }).ToValues() },
            AgreementEvent.Ended e => s with { EndedAt = e.At },
            _ => throw new UnreachableException(),
        }) with { Revision = fact.Revision };
    }

    private static AgreementState Begin(AgreementEvent.Registered e, Fact<AgreementEvent> fact) => new(
        e.AgreementId, e.Title, e.TimeZone, e.Instruments, e.Parties, e.Guarantors, e.Provisions, Values<Zone>.None,
        e.Term, Values<Suspension>.None, null, e.Exercise, e.Policy, fact.RecordedAt, fact.Revision);

    private static AgreementEvent.Registered Registered(Register c) => new(
        c.AgreementId, c.Title, c.TimeZone, c.Instruments, c.Parties, c.Guarantors, c.Provisions, c.Term, c.Exercise, c.Policy);

    private static Policy Apply(ChangePolicy c, Policy p) => new(
        c.ConfirmationsRequired.Or(p.ConfirmationsRequired),
        c.RulingsRequired.Or(p.RulingsRequired),
        c.OnePerDelegation.Or(p.OnePerDelegation),
        c.RedisputeNeedsEvidence.Or(p.RedisputeNeedsEvidence),
        c.ConfirmersMayResolve.Or(p.ConfirmersMayResolve),
        c.ReplyWindowHours.Or(p.ReplyWindowHours),
        c.ErasureApprovals.Or(p.ErasureApprovals));

    private static Safeguards Apply(ChangePolicy c, Safeguards p) => new(
        c.PlacePrecisionMetres.Or(p.PlacePrecisionMetres),
        c.TimePrecision.Or(p.TimePrecision),
        c.PolicyApprovals.Or(p.PolicyApprovals));

    /// <summary>The change, or one administrator's yes to it where the policy as it stands asks for more: nobody lowers the number alone.</summary>
    private static Decision<AgreementEvent> Change(Policy policy, Safeguards safeguards, AgreementState s, Actor actor)
    {
        var earlier = s.PolicyApprovals.Where(yes => yes.Policy == policy && yes.Safeguards == safeguards).ToArray();
        if (earlier.Any(yes => yes.By == actor.Subject))
            return new Refusal(Codes.SeparationOfDuties, "Another administrator approves a change of the policy that you asked for.");
        if (earlier.Length + 1 < s.Safeguards.PolicyApprovals) return new AgreementEvent.PolicyChangeApproved(policy, safeguards);
        var guarded = new AgreementEvent.SafeguardsChanged(safeguards);
        if (safeguards == s.Safeguards) return new AgreementEvent.PolicyChanged(policy);
        return policy == s.Policy ? guarded : new AgreementEvent[] { new AgreementEvent.PolicyChanged(policy), guarded };
    }

    /// <summary>The moment of the newest turn: suspensions, resumptions and the ending come one after the other.</summary>
    private static DateTimeOffset LastTurn(AgreementState s) =>
        s.Suspensions.Count == 0 ? s.Term.From : s.Suspensions[^1].To ?? s.Suspensions[^1].From;

    private static Refusal Reserved() => new(Codes.ReservedParty, $"'{PartyId.Undetermined}' stands for nobody and can't be a party's id.");

    private static Refusal TooEarly(DateTimeOffset last) => new(
        Codes.OutsideTerm, $"The moment lies before {last:u}, the newest turn of the agreement that is known.");
}
