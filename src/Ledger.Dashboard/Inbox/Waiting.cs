using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Dashboard.Inbox;

/// <summary>A case that waits for a ruling, as one verifier sees it.</summary>
/// <param name="Task">Word: what is asked for.</param>
/// <param name="Bars">Words: why this verifier may not rule on it; empty where it may.</param>
/// <param name="Given">The ruling with the most yeses so far; null where nobody has said yes.</param>
internal sealed record Waiting(ViolationState Case, string Task, IReadOnlyList<string> Bars, (string Ruling, int Given, int Required)? Given, bool HasSaidYes)
{
    public bool IsMine => Bars.Count == 0 && !HasSaidYes;

    public static Waiting Of(ViolationState state, AgreementState agreement, Principal verifier, DateTimeOffset now)
    {
        var open = state.EndorsementsThatCount.ToList();
        return new Waiting(
            state, state.HasOpenDispute ? "TaskResolve" : "TaskRule", [.. BarsOf(state, agreement, verifier, now)],
            open.GroupBy(yes => KindOf(yes.Ruling))
                .Select(group => ((string, int, int)?)(group.Key, Seats(group, agreement.Policy), Quorum.Required(group.First().Ruling, state, agreement.Policy)))
                .MaxBy(one => one!.Value.Item2),
            open.Exists(yes => yes.By == verifier.Subject));
    }

    private static int Seats(IEnumerable<Endorsement> yes, Policy policy) => policy.OnePerDelegation
        ? yes.Select(one => one.Delegation).OfType<PartyId>().Distinct().Count()
        : yes.Select(one => one.By).Distinct().Count();

    /// <summary>Separation of duties, and what a policy adds. The rules themselves decide in the end; this spares a form that they would refuse.</summary>
    private static IEnumerable<string> BarsOf(ViolationState s, AgreementState agreement, Principal verifier, DateTimeOffset now)
    {
        if (s.Recorder == verifier.Subject) yield return "BarRecorded";
        if (s.Disputes.Any(dispute => dispute.By == verifier.Subject)) yield return "BarDisputed";
        if (s.Corroborations.Any(account => account.By == verifier.Subject)) yield return "BarCorroborated";
        if (s.Replies.Any(reply => reply.By == verifier.Subject)) yield return "BarReplied";
        if (agreement.Policy.OnePerDelegation && verifier.PartyId is null) yield return "BarNoDelegation";
        if (s.HasOpenDispute && !agreement.Policy.ConfirmersMayResolve && s.Confirmers.Contains(verifier.Subject)) yield return "BarConfirmed";
        if (!s.HasOpenDispute && s.Finding is null && now < s.RecordedAt.AddHours(agreement.Policy.ReplyWindowHours)) yield return "BarReplyWindow";
    }

    public static string KindOf(Ruling ruling) => ruling switch
    {
        Ruling.Confirm => "RulingConfirm",
        Ruling.Dismiss => "RulingDismiss",
        Ruling.LeaveUnresolved => "RulingUnresolved",
        Ruling.Attribute => "RulingAttribute",
        Ruling.Resolve => "RulingResolve",
        Ruling.Reopen => "RulingReopen",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
