using Ledger.Domain.Violations;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

/// <summary>One of every command, right in every way that the test doesn't speak of.</summary>
internal static class Saying
{
    public static ViolationCommand.Record Record(PartyId? alleged = null, Report? report = null) =>
        new(Some.Violation, Some.Agreement, report ?? Some.Report(alleged), Values<string>.None);

    public static ViolationCommand.AttachEvidence Evidence => new(Some.Evidence());

    public static ViolationCommand.Corroborate Corroboration(string origin = "team-2") => new(origin, new Observation(ObservationMeans.Saw));

    public static ViolationCommand.Reply Reply(PartyId? party = null) => new(party, ReplyKind.Denied, Some.Text(), null, null, null);

    public static ViolationCommand.Dispute Dispute(PartyId? party = null, DisputeId? id = null, params string[] evidence) =>
        new(id ?? Some.Dispute, party, DisputeGrounds.Misattribution, Some.Text(), evidence.ToValues());

    public static ViolationCommand.AnswerDispute Answer => new(Some.Dispute, Some.Text(), Values<string>.None);

    public static ViolationCommand.WithdrawDispute WithdrawDispute => new(Some.Dispute, Some.Text());

    public static ViolationCommand.ResolveDispute Reject => new(Some.Dispute, DisputeOutcome.Rejected, Some.Text(), null);

    public static ViolationCommand.ResolveDispute Uphold(Remedy remedy) => new(Some.Dispute, DisputeOutcome.Upheld, Some.Text(), remedy);

    public static ViolationCommand.Confirm Confirm(Attribution? attribution = null, Severity severity = Severity.Serious, string why = "Seen.") =>
        new(severity, Prose.InClear(why), attribution);

    public static ViolationCommand.Dismiss Dismiss(DismissalReason reason = DismissalReason.NotSubstantiated, ViolationId? of = null) =>
        new(reason, Some.Text(), of);

    public static ViolationCommand.LeaveUnresolved Unresolved => new(UnresolvedReason.Unverifiable, Some.Text());

    public static ViolationCommand.Attribute Attribute(PartyId? party) => new(Some.AttributedTo(party));

    public static ViolationCommand.Amend Amend(ReportChanges? changes = null) =>
        new(changes ?? new ReportChanges { Category = Change<Category>.To(Category.MissileStrike) }, Some.Text());

    public static ViolationCommand.Amend AmendNarrative => Amend(new ReportChanges { Narrative = Change<Prose?>.To(Some.Text("Corrected.")) });

    public static ViolationCommand.ReviseCasualties Casualties(CasualtyKind kind = CasualtyKind.Killed, int best = 5, PartyId? of = null) =>
        new(new CasualtyClaim(Values.Of(new CasualtyRow(kind, CasualtyWho.Total, of, null, best, null)), "Prosecutor's office"));

    public static ViolationCommand.Reopen Reopen => new(Some.Text());

    public static ViolationCommand.Withdraw Withdraw => new(Some.Text());
}
