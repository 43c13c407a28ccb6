using System.Diagnostics;

namespace Ledger.Domain.Agreements;

using static AgreementCommand;

/// <summary>What may be done with an agreement, and what follows.</summary>
public static class AgreementDecider
{
    public static Decision<AgreementEvent> Decide(AgreementCommand command, AgreementState? state) => (command, state) switch
    {
        (Register c, null) when c.Parties.Any(party => party.PartyId.Value == PartyId.Undetermined) => Reserved(),
        (Register c, null) => Registered(c),
        (Register, not null) => new Refusal(Codes.AgreementExists, "An agreement with this id exists and says something else."),
        (_, null) => new Refusal(Codes.UnknownAgreement, "There is no such agreement."),

        (AddParty c, _) when c.Party.PartyId.Value == PartyId.Undetermined => Reserved(),
        (AddParty c, { } s) when s.PartyOf(c.Party.PartyId) is not null => new Refusal(Codes.PartyExists, $"The agreement has a party '{c.Party.PartyId}' already."),
        (AddParty c, _) => new AgreementEvent.PartyAdded(c.Party),

        (AddProvision c, { } s) when s.ProvisionOf(c.Provision.ProvisionId) is not null => new Refusal(Codes.ProvisionExists, $"The agreement has a provision '{c.Provision.ProvisionId}' already."),
        (AddProvision c, _) => new AgreementEvent.ProvisionAdded(c.Provision),

        (DefineZone c, { } s) when s.ZoneOf(c.Zone.ZoneId) is not null => new Refusal(Codes.ZoneExists, $"The agreement has a zone '{c.Zone.ZoneId}' already."),
        (DefineZone c, _) => new AgreementEvent.ZoneDefined(c.Zone),

        (ChangePolicy c, { } s) => new AgreementEvent.PolicyChanged(Apply(c, s.Policy)),

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
            AgreementEvent.PolicyChanged e => s with { Policy = e.Policy },
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

    /// <summary>The moment of the newest turn: suspensions, resumptions and the ending come one after the other.</summary>
    private static DateTimeOffset LastTurn(AgreementState s) =>
        s.Suspensions.Count == 0 ? s.Term.From : s.Suspensions[^1].To ?? s.Suspensions[^1].From;

    private static Refusal Reserved() => new(Codes.ReservedParty, $"'{PartyId.Undetermined}' stands for nobody and can't be a party's id.");

    private static Refusal TooEarly(DateTimeOffset last) => new(
        Codes.OutsideTerm, $"The moment lies before {last:u}, the newest turn of the agreement that is known.");
}
