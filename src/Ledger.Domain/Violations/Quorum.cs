using Ledger.Domain.Agreements;

namespace Ledger.Domain.Violations;

/// <summary>How many verifiers must say the same, and how many have.</summary>
public static class Quorum
{
    /// <summary>Whatever changes what a standing finding says takes that finding's quorum, so that one verifier can't undo what three delegations ruled.</summary>
    /// <remarks>A finding names a party, a time, a place: to attribute it anew or to amend it by a remedy changes it as much as to dismiss it.</remarks>
    public static int Required(Ruling ruling, ViolationState s, Policy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return ruling switch
        {
            Ruling.Confirm => policy.ConfirmationsRequired,
            Ruling.Reopen => OfFinding(s, policy) ?? policy.RulingsRequired,
            Ruling.Attribute or Ruling.Resolve { Remedy: not null } => Math.Max(policy.RulingsRequired, OfFinding(s, policy) ?? 0),
            _ => policy.RulingsRequired,
        };
    }

    /// <summary>Seats filled for a ruling once this verifier has said yes: one a subject, or, where the policy says so, one a delegation.</summary>
    /// <remarks>A verifier without a delegation fills no delegation's seat; who took part in the case after saying yes fills none either.</remarks>
    public static int Given(Ruling ruling, ViolationState s, Policy policy, Actor actor)
    {
        var yes = s.EndorsementsThatCount
            .Where(earlier => earlier.By != actor.Subject && earlier.Ruling.IsSameAs(ruling))
            .Select(earlier => (earlier.By, earlier.Delegation))
            .Append((actor.Subject, actor.Party));
        return policy.OnePerDelegation
            ? yes.Where(seat => seat.Item2 is not null).Select(seat => seat.Item2).Distinct().Count()
            : yes.Count();
    }

    private static int? OfFinding(ViolationState s, Policy policy) => s.Finding switch
    {
        null => null,
        Finding.Confirmed => policy.ConfirmationsRequired,
        _ => policy.RulingsRequired,
    };
}
