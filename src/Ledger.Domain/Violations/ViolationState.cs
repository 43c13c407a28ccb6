namespace Ledger.Domain.Violations;

/// <summary>Where a case stands; computed, never stored.</summary>
public enum ViolationStatus { Alleged, Disputed, Confirmed, Dismissed, Unresolved, Withdrawn, Duplicate }

/// <summary>What a verifier ruled, while it stands.</summary>
public abstract record Finding(Prose Rationale, DateTimeOffset At, Subject By)
{
    public sealed record Confirmed(Severity Severity, Prose Rationale, DateTimeOffset At, Subject By) : Finding(Rationale, At, By);

    public sealed record Dismissed(DismissalReason Reason, ViolationId? DuplicateOf, Prose Rationale, DateTimeOffset At, Subject By) : Finding(Rationale, At, By);

    public sealed record Unresolved(UnresolvedReason Reason, Prose Rationale, DateTimeOffset At, Subject By) : Finding(Rationale, At, By);
}

/// <summary>A verifier's yes to a ruling. Spent once a ruling took effect: it stays visible and no longer adds up.</summary>
public sealed record Endorsement(Subject By, PartyId? Delegation, Ruling Ruling, Prose Rationale, DateTimeOffset At, bool Spent);

public enum DisputeStatus { Open, Upheld, Rejected, Withdrawn }

public sealed record DisputeAnswer(Subject By, PartyId? Party, Prose Statement, Values<string> Evidence, DateTimeOffset At);

public sealed record DisputeResolution(DisputeOutcome Outcome, Prose Rationale, Remedy? Remedy, Subject By, DateTimeOffset At);

/// <summary>A challenge to the case, with what became of it.</summary>
/// <param name="RaisedAs">A liaison's dispute is its party's; a monitor's is the monitor's own, whichever party it is for.</param>
public sealed record CaseDispute(
    DisputeId DisputeId, PartyId? Party, Subject By, DisputeGrounds Grounds, Prose Statement, Values<string> Evidence, DateTimeOffset At,
    DisputeStatus Status, Values<DisputeAnswer> Answers, DisputeResolution? Resolution, Prose? WithdrawalReason, Role RaisedAs);

/// <param name="CopyOf">SHA-256 of the original, where it is a working copy that the machine made of it.</param>
public sealed record AttachedEvidence(Evidence Item, Subject By, DateTimeOffset At, string? CopyOf = null);

public sealed record Corroboration(string Origin, Observation Observation, Subject By, DateTimeOffset At);

public sealed record PartyReply(
    Guid EventId, PartyId Party, ReplyKind Kind, Prose? Statement, string? Reference, string? Sha256, Guid? ReplyTo, Subject By, DateTimeOffset At);

/// <summary>A claim of figures made after the record.</summary>
public sealed record RevisedCasualties(CasualtyClaim Claim, Subject By, DateTimeOffset At);

/// <summary>Erasure asked for by one administrator, waiting for as many as the policy asks for.</summary>
/// <param name="Digests">Of texts, or hashes of files.</param>
public sealed record ErasureApproval(Values<string> Digests, string LegalBasis, Subject By);

/// <summary>A case as its stream says it stands.</summary>
/// <param name="Report">What the recorder says, with corrections applied.</param>
/// <param name="Attribution">The latest ruling on who; null while nobody has ruled on it.</param>
/// <param name="Confirmers">Who said yes to the standing confirmation.</param>
/// <param name="FirstRuledAt">When it was first ruled on, whatever became of that ruling.</param>
/// <param name="Revision">Of the newest event folded.</param>
public sealed record ViolationState(
    ViolationId ViolationId,
    AgreementId AgreementId,
    long AgreementRevision,
    Report Report,
    bool PossiblyInside,
    bool BeforeBound,
    Values<string> Confidential,
    Subject Recorder,
    DateTimeOffset RecordedAt,
    bool IsWithdrawn,
    Finding? Finding,
    Attribution? Attribution,
    DateTimeOffset? AttributedAt,
    DateTimeOffset? FirstRuledAt,
    Values<Subject> Confirmers,
    Values<Endorsement> Endorsements,
    Values<AttachedEvidence> Evidence,
    Values<Corroboration> Corroborations,
    Values<PartyReply> Replies,
    Values<CaseDispute> Disputes,
    Values<RevisedCasualties> CasualtyClaims,
    Values<ErasureApproval> ErasureApprovals,
    Values<string> Erased,
    long Revision)
{
    /// <summary>A case takes at most this many events; rulings always fit.</summary>
    public const int MostEvents = 10_000;

    public int OpenDisputes => Disputes.Count(dispute => dispute.Status == DisputeStatus.Open);

    public bool HasOpenDispute => Disputes.Any(dispute => dispute.Status == DisputeStatus.Open);

    public bool IsDuplicate => Finding is Finding.Dismissed { Reason: DismissalReason.Duplicate };

    public ViolationStatus Status => this switch
    {
        { IsWithdrawn: true } => ViolationStatus.Withdrawn,
        { IsDuplicate: true } => ViolationStatus.Duplicate,
        { HasOpenDispute: true } => ViolationStatus.Disputed,
        { Finding: Finding.Confirmed } => ViolationStatus.Confirmed,
        { Finding: Finding.Dismissed } => ViolationStatus.Dismissed,
        { Finding: Finding.Unresolved } => ViolationStatus.Unresolved,
        _ => ViolationStatus.Alleged,
    };

    /// <summary>An original that somebody handed in; null where that somebody handed in none with this hash.</summary>
    public AttachedEvidence? OriginalBy(Subject subject, string sha256) => Evidence.FirstOrDefault(item => item.By == subject && item.Item.Sha256 == sha256 && item.Item.Original);

    /// <summary>The party that the case is counted to: by the latest ruling, or, without one, the alleged party; null = undetermined.</summary>
    public PartyId? AccountableParty => Attribution is { } ruled ? ruled.Party : Report.AllegedParty;

    /// <summary>The rows of figures that stand: the latest claim replaces all rows of each kind that it names.</summary>
    public IEnumerable<CasualtyRow> CasualtiesAsTheyStand()
    {
        var rows = Report.Casualties.AsEnumerable();
        foreach (var (claim, _, _) in CasualtyClaims)
        {
            var named = claim.Rows.Select(row => row.Kind).ToHashSet();
            rows = rows.Where(row => !named.Contains(row.Kind)).Concat(claim.Rows).ToArray();
        }

        return rows;
    }

    public bool Names(PartyId party) =>
        Report.AllegedParty == party || AccountableParty == party || Report.AffectedParty == party || Report.AllegedBy == party;

    /// <summary>Whoever recorded, disputed, corroborated or replied, and so doesn't rule on the case.</summary>
    public bool HasTakenPart(Subject subject) =>
        Recorder == subject
        || Disputes.Any(dispute => dispute.By == subject)
        || Corroborations.Any(corroboration => corroboration.By == subject)
        || Replies.Any(reply => reply.By == subject);

    /// <summary>The yeses that still add up: not spent, and not of somebody who has taken part since.</summary>
    public IEnumerable<Endorsement> EndorsementsThatCount => Endorsements.Where(yes => !yes.Spent && !HasTakenPart(yes.By));

    public CaseDispute? DisputeOf(DisputeId id) => Disputes.FirstOrDefault(dispute => dispute.DisputeId == id);
}
