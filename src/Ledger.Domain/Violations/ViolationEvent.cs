namespace Ledger.Domain.Violations;

/// <summary>A fact recorded about one violation. Who and when stand in its metadata.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record ViolationEvent
{
    private ViolationEvent() { }

    /// <param name="AgreementRevision">The revision of the agreement that the rules were applied on.</param>
    /// <param name="PossiblyInside">The time given lies partly outside the time in force.</param>
    /// <param name="BeforeBound">It happened before the alleged party was bound.</param>
    /// <param name="Confidential">Digests of the confidential part; names and values lie in the vault.</param>
    public sealed record Recorded(
        ViolationId ViolationId,
        AgreementId AgreementId,
        long AgreementRevision,
        Report Report,
        bool PossiblyInside,
        bool BeforeBound,
        Values<string> Confidential) : ViolationEvent;

    public sealed record EvidenceAttached(Evidence Evidence) : ViolationEvent;

    /// <summary>Beside an original, the machine made a working copy of it that lacks what its metadata tells.</summary>
    /// <param name="CopyOf">SHA-256 of the original, 64 lower-case hexadecimal digits.</param>
    /// <param name="Removed">Which kinds of metadata the copy lacks (place, time, device, person, text, other), in alphabetical order; never what they said.</param>
    public sealed record EvidenceStripped(string CopyOf, Evidence Copy, Values<string> Removed) : ViolationEvent;

    public sealed record Corroborated(string Origin, Observation Observation) : ViolationEvent;

    /// <param name="Sha256">Of the referenced document.</param>
    /// <param name="ReplyTo">The event that it answers.</param>
    public sealed record PartyReplied(
        PartyId Party, ReplyKind Reply, Prose? Statement, string? Reference, string? Sha256, Guid? ReplyTo) : ViolationEvent;

    /// <param name="Party">For whom; null where a monitor disputes for nobody.</param>
    /// <param name="Evidence">SHA-256 of items, 64 lower-case hexadecimal digits each.</param>
    public sealed record Disputed(
        DisputeId DisputeId, PartyId? Party, DisputeGrounds Grounds, Prose Statement, Values<string> Evidence) : ViolationEvent;

    public sealed record DisputeAnswered(DisputeId DisputeId, Prose Statement, Values<string> Evidence) : ViolationEvent;

    public sealed record DisputeWithdrawn(DisputeId DisputeId, Prose Reason) : ViolationEvent;

    /// <summary>If upheld, the remedy's own event follows in the same append.</summary>
    public sealed record DisputeResolved(DisputeId DisputeId, DisputeOutcome Outcome, Prose Rationale, Remedy? Remedy) : ViolationEvent;

    /// <param name="Given">Seats filled for this ruling, with this one.</param>
    /// <param name="Required">Seats that the policy asks for.</param>
    public sealed record RulingEndorsed(Ruling Ruling, Prose Rationale, int Given, int Required) : ViolationEvent;

    /// <param name="Attribution">Null = not ruled on here.</param>
    public sealed record Confirmed(Severity Severity, Prose Rationale, Attribution? Attribution) : ViolationEvent;

    public sealed record Attributed(Attribution Attribution) : ViolationEvent;

    public sealed record Dismissed(DismissalReason Reason, Prose Rationale, ViolationId? DuplicateOf) : ViolationEvent;

    public sealed record LeftUnresolved(UnresolvedReason Reason, Prose Rationale) : ViolationEvent;

    public sealed record Amended(ReportChanges Changes, Prose Reason, bool PossiblyInside, bool BeforeBound) : ViolationEvent;

    public sealed record CasualtiesRevised(CasualtyClaim Claim) : ViolationEvent;

    public sealed record Reopened(Prose Reason) : ViolationEvent;

    public sealed record Withdrawn(Prose Reason) : ViolationEvent;

    public sealed record ErasureApproved(Values<string> Digests, string LegalBasis, Prose Rationale) : ViolationEvent;

    public sealed record PersonalDataErased(Values<string> Digests, string LegalBasis, Prose Rationale) : ViolationEvent;

    /// <summary>One administrator's yes to erasing files; with the last one that the policy asks for comes <see cref="EvidenceErased"/>.</summary>
    /// <param name="Files">SHA-256 of each, in alphabetical order.</param>
    public sealed record EvidenceErasureApproved(AgreementId AgreementId, Values<string> Files, string LegalBasis, Prose Rationale) : ViolationEvent;

    /// <summary>The bytes of files of evidence are destroyed as far as the agreement's cases held them; their hashes stay.</summary>
    /// <param name="AgreementId">The case's: another agreement in which the same file was handed in decides for itself.</param>
    /// <param name="Files">SHA-256 of each, working copies that were made of them included, in alphabetical order.</param>
    public sealed record EvidenceErased(AgreementId AgreementId, Values<string> Files, string LegalBasis, Prose Rationale) : ViolationEvent;
}
