namespace Ledger.Domain.Violations;

/// <summary>What people may ask of a case.</summary>
public abstract record ViolationCommand
{
    private ViolationCommand() { }

    /// <summary>Decisions name the revision that they were taken on.</summary>
    public bool IsDecision => this is Confirm or Dismiss or LeaveUnresolved or Attribute or ResolveDispute or Reopen or Withdraw or Amend or Erase;

    /// <summary>What only a verifier may say.</summary>
    public bool IsRuling => this is Confirm or Dismiss or LeaveUnresolved or Attribute or ResolveDispute or Reopen;

    /// <param name="Confidential">Digests of the confidential part.</param>
    public sealed record Record(ViolationId ViolationId, AgreementId AgreementId, Report Report, Values<string> Confidential) : ViolationCommand;

    public sealed record AttachEvidence(Evidence Evidence) : ViolationCommand
    {
        /// <summary>A working copy without metadata that was made of the file; null where none was.</summary>
        public StrippedCopy? Copy { get; init; }
    }

    /// <summary>Keeps a working copy without metadata beside an original that was handed in before: whoever handed it in has seen what it tells.</summary>
    /// <param name="CopyOf">SHA-256 of the original.</param>
    public sealed record StripEvidence(string CopyOf, StrippedCopy Copy) : ViolationCommand;

    public sealed record Corroborate(string Origin, Observation Observation) : ViolationCommand;

    /// <param name="Party">Null = the liaison's own.</param>
    public sealed record Reply(
        PartyId? Party, ReplyKind Kind, Prose? Statement, string? Reference, string? Sha256, Guid? ReplyTo) : ViolationCommand;

    /// <param name="Party">A liaison's is its own; a monitor may dispute for nobody.</param>
    public sealed record Dispute(
        DisputeId DisputeId, PartyId? Party, DisputeGrounds Grounds, Prose Statement, Values<string> Evidence) : ViolationCommand;

    public sealed record AnswerDispute(DisputeId DisputeId, Prose Statement, Values<string> Evidence) : ViolationCommand;

    public sealed record WithdrawDispute(DisputeId DisputeId, Prose Reason) : ViolationCommand;

    public sealed record ResolveDispute(DisputeId DisputeId, DisputeOutcome Outcome, Prose Rationale, Remedy? Remedy) : ViolationCommand;

    /// <param name="Attribution">Null = unchanged; its party null = undetermined.</param>
    public sealed record Confirm(Severity Severity, Prose Rationale, Attribution? Attribution) : ViolationCommand;

    public sealed record Dismiss(DismissalReason Reason, Prose Rationale, ViolationId? DuplicateOf) : ViolationCommand;

    public sealed record LeaveUnresolved(UnresolvedReason Reason, Prose Rationale) : ViolationCommand;

    public sealed record Attribute(Attribution Attribution) : ViolationCommand;

    public sealed record Amend(ReportChanges Changes, Prose Reason) : ViolationCommand;

    public sealed record ReviseCasualties(CasualtyClaim Claim) : ViolationCommand;

    public sealed record Reopen(Prose Reason) : ViolationCommand;

    public sealed record Withdraw(Prose Reason) : ViolationCommand;

    /// <param name="Names">What is to be erased, as its parts are named; the whole confidential part where empty.</param>
    public sealed record Erase(Values<string> Names, string LegalBasis, Prose Rationale) : ViolationCommand
    {
        /// <summary>What the names stand for in this case; whoever may open the vault says it before the decision.</summary>
        public Values<string> Digests { get; init; } = Values<string>.None;

        /// <summary>Files of evidence by their hashes; where there are any, they alone are erased, and with them the working copies that were made of them.</summary>
        public Values<string> Evidence { get; init; } = Values<string>.None;
    }
}
