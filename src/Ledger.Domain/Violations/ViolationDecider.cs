using System.Diagnostics;
using Ledger.Domain.Agreements;

namespace Ledger.Domain.Violations;

using static ViolationCommand;

/// <summary>What a rule of a case may look at beside the case itself.</summary>
/// <param name="Agreement">The agreement that the case belongs to; null where it doesn't exist.</param>
/// <param name="Zone">The agreement's time zone.</param>
/// <param name="Others">Agreements that the command names beside its own, as far as they exist.</param>
/// <param name="Target">The case that the command calls the original of a duplicate; null where it doesn't exist.</param>
public sealed record ViolationContext(
    AgreementState? Agreement, TimeZoneInfo Zone, IReadOnlyDictionary<AgreementId, AgreementState> Others, ViolationState? Target);

/// <summary>What may be said of a case, by whom and when (domain.md, "Status and what may follow what" and "Rules").</summary>
/// <remarks>Rules about who come first, then rules about the state of things; within each, rows are read from above.</remarks>
public static class ViolationDecider
{
    /// <summary>As far as a clock in the field may run ahead of ours.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public static Decision<ViolationEvent> Decide(
        ViolationCommand command, ViolationState? state, ViolationContext context, DateTimeOffset now, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Agreement is not { } agreement) return new Refusal(Codes.UnknownAgreement, "There is no such agreement.");
        if (command is Record record)
            return state is null ? Record(record, agreement, context, now) : new Refusal(Codes.ViolationExists, "A violation with this id exists and says something else.");

        var s = state ?? throw new InvalidOperationException("A command other than recording is asked of a case that exists.");
        var refusal = AboutWho(command, s, agreement.Policy, actor)
            ?? AboutStatus(command, s)
            // Whoever fills a case up with replies stops neither a ruling nor an erasure that the law asks for.
            ?? (command.IsRuling || command is Erase || s.Revision + 1 < ViolationState.MostEvents ? null : Full())
            ?? AboutContent(command, s, agreement, context, now, actor);
        if (refusal is not null) return refusal;
        return command.IsRuling ? Rule(command, s, agreement, context.Zone, actor) : Accept(command, s, agreement, context.Zone, actor);
    }

    /// <inheritdoc cref="ViolationEvolution.Evolve"/>
    public static ViolationState Evolve(ViolationState? state, Fact<ViolationEvent> fact) => ViolationEvolution.Evolve(state, fact);

    private static Refusal? AboutWho(ViolationCommand command, ViolationState s, Policy policy, Actor actor) => command switch
    {
        _ when command.IsRuling && actor.Role == Role.Liaison =>
            new(Codes.PartyCannotRule, "A party replies and disputes; verifiers rule."),
        _ when command.IsRuling && s.HasTakenPart(actor.Subject) =>
            new(Codes.SeparationOfDuties, "Who recorded, disputed, corroborated or replied in a case doesn't rule on it."),
        ResolveDispute when !policy.ConfirmersMayResolve && s.Confirmers.Contains(actor.Subject) =>
            new(Codes.SeparationOfDuties, "By this agreement's policy, who confirmed a case doesn't resolve a dispute about it."),
        Reply { Party: { } p } when actor.Role == Role.Liaison && p != actor.Party => ForeignParty(),
        Dispute { Party: { } p } when actor.Role == Role.Liaison && p != actor.Party => ForeignParty(),
        _ when actor.Role == Role.Liaison && s.AccountableParty is not null && !(actor.Party is { } own && s.Names(own)) =>
            new(Codes.NotYourParty, "A liaison acts in cases that name its party, or that name nobody as accountable."),
        Amend or Withdraw when s.Recorder != actor.Subject =>
            new(Codes.NotTheRecorder, "Only who recorded a case amends or withdraws it."),
        StripEvidence c when s.OriginalBy(actor.Subject, c.CopyOf) is null =>
            new(Codes.NotTheRecorder, "Only who handed a file in has a copy made of it."),
        WithdrawDispute c when s.DisputeOf(c.DisputeId)!.By != actor.Subject =>
            new(Codes.NotYourDispute, "Only who raised a dispute withdraws it."),
        _ => null,
    };

    private static Refusal? AboutStatus(ViolationCommand command, ViolationState s) => (command, s) switch
    {
        (Erase, _) => null,
        (Reopen or AttachEvidence or StripEvidence, { Status: ViolationStatus.Withdrawn or ViolationStatus.Duplicate }) => null,
        (_, { Status: ViolationStatus.Withdrawn }) => new(Codes.CaseClosed, "The case is withdrawn; it takes evidence or a reopening, nothing else."),
        (_, { Status: ViolationStatus.Duplicate }) => new(Codes.CaseClosed, "The case is a duplicate; it takes evidence or a reopening, nothing else."),

        (ResolveDispute or WithdrawDispute or AnswerDispute, _) => s.DisputeOf(DisputeIn(command))!.Status == DisputeStatus.Open
            ? null : new(Codes.DisputeClosed, "The dispute isn't open any more."),
        (Confirm or Dismiss or LeaveUnresolved or Attribute or Reopen or Withdraw, { HasOpenDispute: true }) =>
            new(Codes.DisputeOpen, "A dispute is open; it is resolved or withdrawn first."),

        (Reopen, { Finding: null }) => new(Codes.NothingToReopen, "There is no finding to reopen."),
        (Confirm or Dismiss, { Finding: Finding.Unresolved or null }) => null,
        (LeaveUnresolved, { Finding: null }) => null,
        (Confirm or Dismiss or LeaveUnresolved, _) => new(Codes.AlreadyRuled, "A finding stands; reopen the case first."),
        (Withdraw, { Finding: not null }) => new(Codes.FindingStands, "A finding stands; the record can't be withdrawn."),
        (Amend { Changes.OnlyNarrativeAndSource: false }, { Finding: not null }) =>
            new(Codes.FindingStands, "A finding stands; only the narrative and the source may be amended."),
        _ => null,
    };

    private static Refusal? AboutContent(
        ViolationCommand command, ViolationState s, AgreementState agreement, ViolationContext context, DateTimeOffset now, Actor actor) => command switch
    {
        Corroborate c when c.Origin == s.Report.Origin || Corroborates(s, c.Origin) =>
            new(Codes.SameOrigin, "A corroboration comes from another origin than the record and earlier corroborations."),
        // An origin is free text: another name for oneself makes no independent account. One monitor may bring the accounts of two organisations.
        Corroborate when s.Recorder == actor.Subject => new(Codes.SameOrigin, "A corroboration comes from somebody else than the record."),
        StripEvidence c when s.Erased.Contains(c.CopyOf) || s.Erased.Contains(c.Copy.Sha256) => new(Codes.EvidenceErased, "This file was erased from the agreement's evidence."),
        StripEvidence c when s.Evidence.Any(item => item.CopyOf == c.CopyOf) => new(Codes.AlreadyStripped, "A copy without metadata is kept of this file already."),
        Reply c => UnknownParty(agreement, c.Party),
        Dispute c => UnknownParty(agreement, c.Party) ?? AboutDisputing(c, s, agreement.Policy, actor),
        Confirm c => (c.Attribution is { } a ? UnknownParty(agreement, a.Party) : null) ?? ReplyWindow(s, agreement.Policy, now),
        Attribute c => UnknownParty(agreement, c.Attribution.Party),
        Dismiss { DuplicateOf: { } original } => AboutOriginal(original, s, context.Target),
        ResolveDispute { Remedy: { } remedy } => AboutRemedy(remedy, s, agreement, context, now),
        ReviseCasualties c => UnknownParty(agreement, [.. c.Claim.Rows.Select(row => row.Of)]),
        Amend c => AboutChanges(c.Changes, s, agreement, context, now),
        Erase c => AboutErasure(c, s, actor),
        _ => null,
    };

    private static Decision<ViolationEvent> Record(Record c, AgreementState agreement, ViolationContext context, DateTimeOffset now)
    {
        if (AboutReport(c.Report, agreement, context, now, timeMoves: true) is { } refusal) return refusal;
        return new ViolationEvent.Recorded(
            c.ViolationId, c.AgreementId, agreement.Revision, c.Report,
            IsPossiblyInside(c.Report, agreement, context.Zone), IsBeforeBound(c.Report, agreement), c.Confidential);
    }

    private static Decision<ViolationEvent> Accept(ViolationCommand command, ViolationState s, AgreementState agreement, TimeZoneInfo zone, Actor actor) => command switch
    {
        AttachEvidence { Copy: { } copy, Evidence: var original } => new ViolationEvent[]
        {
            new ViolationEvent.EvidenceAttached(original),
            Stripped(original, copy),
        },
        StripEvidence c => Stripped(s.OriginalBy(actor.Subject, c.CopyOf)!.Item, c.Copy),
        AttachEvidence c => new ViolationEvent.EvidenceAttached(c.Evidence),
        Corroborate c => new ViolationEvent.Corroborated(c.Origin, c.Observation),
        Reply c => new ViolationEvent.PartyReplied((c.Party ?? actor.Party)!.Value, c.Kind, c.Statement, c.Reference, c.Sha256, c.ReplyTo),
        Dispute c => new ViolationEvent.Disputed(c.DisputeId, PartyFor(c, actor), c.Grounds, c.Statement, c.Evidence),
        AnswerDispute c => new ViolationEvent.DisputeAnswered(c.DisputeId, c.Statement, c.Evidence),
        WithdrawDispute c => new ViolationEvent.DisputeWithdrawn(c.DisputeId, c.Reason),
        Amend c => Amended(c.Changes, c.Reason, s, agreement, zone),
        ReviseCasualties c => new ViolationEvent.CasualtiesRevised(c.Claim),
        Withdraw c => new ViolationEvent.Withdrawn(c.Reason),
        Erase { Evidence.Count: > 0 } c => EvidenceErased(c, s, agreement.Policy),
        Erase c => Erased(c, s, agreement.Policy),
        _ => throw new UnreachableException(),
    };

    private static ViolationEvent.EvidenceStripped Stripped(Evidence original, StrippedCopy copy) => new(
        original.Sha256, original with { Sha256 = copy.Sha256, Size = copy.Size, AcquiredFrom = null, Original = false }, copy.Removed);

    /// <summary>One verifier's yes; with the last one that the policy asks for, the ruling takes effect in the same append.</summary>
    private static Decision<ViolationEvent> Rule(ViolationCommand command, ViolationState s, AgreementState agreement, TimeZoneInfo zone, Actor actor)
    {
        var (ruling, rationale) = RulingOf(command);
        var required = Quorum.Required(ruling, s, agreement.Policy);
        var given = Quorum.Given(ruling, s, agreement.Policy, actor);
        var endorsed = new ViolationEvent.RulingEndorsed(ruling, rationale, given, required);
        if (given < required) return endorsed;

        var effects = Effects(ruling, rationale, command, s, agreement, zone);
        return required == 1 ? effects : [endorsed, .. effects];
    }

    private static (Ruling Ruling, Prose Rationale) RulingOf(ViolationCommand command) => command switch
    {
        Confirm c => (new Ruling.Confirm(c.Severity, c.Attribution), c.Rationale),
        Dismiss c => (new Ruling.Dismiss(c.Reason, c.DuplicateOf), c.Rationale),
        LeaveUnresolved c => (new Ruling.LeaveUnresolved(c.Reason), c.Rationale),
        Attribute c => (new Ruling.Attribute(c.Attribution), c.Attribution.Basis ?? Prose.InClear("")),
        ResolveDispute c => (new Ruling.Resolve(c.DisputeId, c.Outcome, c.Remedy), c.Rationale),
        Reopen c => (new Ruling.Reopen(), c.Reason),
        _ => throw new UnreachableException(),
    };

    private static ViolationEvent[] Effects(
        Ruling ruling, Prose rationale, ViolationCommand command, ViolationState s, AgreementState agreement, TimeZoneInfo zone) => ruling switch
    {
        Ruling.Confirm r => [new ViolationEvent.Confirmed(r.Severity, rationale, r.Attribution)],
        Ruling.Dismiss r => [new ViolationEvent.Dismissed(r.Reason, rationale, r.DuplicateOf)],
        Ruling.LeaveUnresolved r => [new ViolationEvent.LeftUnresolved(r.Reason, rationale)],
        Ruling.Attribute r => [new ViolationEvent.Attributed(r.Attribution)],
        Ruling.Reopen => [new ViolationEvent.Reopened(rationale)],
        Ruling.Resolve { Remedy: null } r => [new ViolationEvent.DisputeResolved(r.DisputeId, r.Outcome, rationale, null)],
        Ruling.Resolve { Remedy: { } remedy } r =>
            [new ViolationEvent.DisputeResolved(r.DisputeId, r.Outcome, rationale, remedy), RemedyEvent(remedy, rationale, s, agreement, zone)],
        _ => throw new UnreachableException(command.ToString()),
    };

    private static ViolationEvent RemedyEvent(Remedy remedy, Prose rationale, ViolationState s, AgreementState agreement, TimeZoneInfo zone) => remedy switch
    {
        Remedy.Dismissed r => new ViolationEvent.Dismissed(r.Reason, rationale, null),
        Remedy.Reattributed r => new ViolationEvent.Attributed(r.Attribution),
        Remedy.Reopened => new ViolationEvent.Reopened(rationale),
        Remedy.Amended r => Amended(r.Changes, rationale, s, agreement, zone),
        _ => throw new UnreachableException(),
    };

    private static ViolationEvent.Amended Amended(ReportChanges changes, Prose reason, ViolationState s, AgreementState agreement, TimeZoneInfo zone)
    {
        if (!changes.Occurred.IsSet) return new(changes, reason, s.PossiblyInside, s.BeforeBound);
        var report = changes.ApplyTo(s.Report);
        return new(changes, reason, IsPossiblyInside(report, agreement, zone), IsBeforeBound(report, agreement));
    }

    private static bool IsPossiblyInside(Report report, AgreementState agreement, TimeZoneInfo zone) =>
        agreement.Fit(report.Occurred, zone) == TermFit.PartlyInside;

    private static bool IsBeforeBound(Report report, AgreementState agreement) =>
        report.AllegedParty is { } alleged && agreement.PartyOf(alleged)?.BoundFrom > report.Occurred.From;

    private static DisputeId DisputeIn(ViolationCommand command) => command switch
    {
        ResolveDispute c => c.DisputeId,
        WithdrawDispute c => c.DisputeId,
        AnswerDispute c => c.DisputeId,
        _ => throw new UnreachableException(),
    };

    private static PartyId? PartyFor(Dispute c, Actor actor) => actor.Role == Role.Liaison ? actor.Party : c.Party;

    private static Refusal? AboutDisputing(Dispute c, ViolationState s, Policy policy, Actor actor)
    {
        if (s.DisputeOf(c.DisputeId) is not null) return new(Codes.DisputeExists, "The case has a dispute with this id already.");

        var mine = s.Disputes.Where(earlier => IsOfTheSame(earlier, actor)).ToArray();
        if (mine.Any(earlier => earlier.Status == DisputeStatus.Open))
            return new(Codes.DisputeAlreadyOpen, actor.Role == Role.Liaison ? "The party has an open dispute on this case." : "You have an open dispute on this case.");
        if (policy.RedisputeNeedsEvidence && mine.Length > 0 && c.Evidence.Count == 0)
            return new(Codes.EvidenceNeeded, "By this agreement's policy, who disputes a case again brings evidence.");
        return null;
    }

    /// <summary>A party's disputes are those that its liaisons raised: a monitor who names it takes nothing from it.</summary>
    private static bool IsOfTheSame(CaseDispute earlier, Actor actor) => actor.Role == Role.Liaison
        ? earlier.RaisedAs == Role.Liaison && earlier.Party == actor.Party
        : earlier.RaisedAs != Role.Liaison && earlier.By == actor.Subject;

    private static Refusal? ReplyWindow(ViolationState s, Policy policy, DateTimeOffset now)
    {
        var opens = s.RecordedAt.AddHours(policy.ReplyWindowHours);
        return now < opens ? new(Codes.ReplyWindowOpen, $"The party may reply until {opens:u}; a confirmation waits until then.") : null;
    }

    private static Refusal? AboutOriginal(ViolationId original, ViolationState s, ViolationState? target) => target switch
    {
        _ when original == s.ViolationId => new(Codes.DuplicateOfClosed, "A case can't be the duplicate of itself."),
        null => new(Codes.UnknownViolation, $"There is no violation '{original}'."),
        { } t when t.AgreementId != s.AgreementId => new(Codes.UnknownViolation, $"The agreement has no violation '{original}'."),
        { Status: ViolationStatus.Withdrawn or ViolationStatus.Duplicate } =>
            new(Codes.DuplicateOfClosed, $"The violation '{original}' is itself a duplicate or withdrawn."),
        _ => null,
    };

    private static Refusal? AboutRemedy(Remedy remedy, ViolationState s, AgreementState agreement, ViolationContext context, DateTimeOffset now) => remedy switch
    {
        Remedy.Dismissed when s.Finding is Finding.Dismissed => new(Codes.AlreadyRuled, "The case is dismissed already."),
        Remedy.Reattributed r => UnknownParty(agreement, r.Attribution.Party),
        Remedy.Reopened when s.Finding is null => new(Codes.NothingToReopen, "There is no finding to reopen."),
        Remedy.Amended r => AboutChanges(r.Changes, s, agreement, context, now),
        _ => null,
    };

    private static Refusal? AboutChanges(ReportChanges changes, ViolationState s, AgreementState agreement, ViolationContext context, DateTimeOffset now)
    {
        var report = changes.ApplyTo(s.Report);
        if (changes.Origin.IsSet && report.Origin != s.Report.Origin && Corroborates(s, report.Origin))
            return new(Codes.SameOrigin, "A corroboration comes from this origin; the record can't come from it too.");
        return AboutReport(report, agreement, context, now, timeMoves: changes.Occurred.IsSet);
    }

    private static bool Corroborates(ViolationState s, string origin) => s.Corroborations.Any(earlier => earlier.Origin == origin);

    private static Refusal? AboutReport(Report report, AgreementState agreement, ViolationContext context, DateTimeOffset now, bool timeMoves)
    {
        if (report.AllegedParty?.Value == PartyId.Undetermined)
            return new(Codes.ReservedParty, $"'{PartyId.Undetermined}' isn't a party's id; null says that nobody is alleged.");
        return UnknownParty(agreement, report.AllegedParty, report.AllegedBy, report.AffectedParty)
            ?? UnknownParty(agreement, [.. report.Casualties.Select(row => row.Of)])
            ?? UnknownProvision(agreement, report)
            ?? UnknownBreach(report, context)
            ?? UnknownZone(report.Location?.StatedZone, agreement)
            ?? (timeMoves ? AboutTime(report.Occurred, agreement, context.Zone, now) : null);
    }

    private static Refusal? AboutTime(Occurred occurred, AgreementState agreement, TimeZoneInfo zone, DateTimeOffset now)
    {
        if (occurred.From > now + ClockTolerance) return new(Codes.OccurredInFuture, "The time lies ahead; check the date and the offset.");
        return agreement.Fit(occurred, zone) == TermFit.Outside
            ? new(Codes.OutsideTerm, "The agreement wasn't in force at that time.")
            : null;
    }

    private static Refusal? UnknownParty(AgreementState agreement, params PartyId?[] parties)
    {
        foreach (var party in parties)
            if (party is { } p && agreement.PartyOf(p) is null) return new(Codes.UnknownParty, $"The agreement has no party '{p}'.");
        return null;
    }

    private static Refusal? UnknownZone(ZoneId? zone, AgreementState agreement) =>
        zone is { } z && agreement.ZoneOf(z) is null ? new Refusal(Codes.UnknownZone, $"The agreement has no zone '{z}'.") : null;

    private static Refusal? UnknownProvision(AgreementState agreement, Report report)
    {
        foreach (var provision in report.OtherProvisions.Cast<ProvisionId?>().Prepend(report.Provision))
            if (provision is { } p && agreement.ProvisionOf(p) is null) return new(Codes.UnknownProvision, $"The agreement has no provision '{p}'.");
        return null;
    }

    private static Refusal? UnknownBreach(Report report, ViolationContext context)
    {
        foreach (var (id, provision) in report.AlsoBreaches)
        {
            if (!context.Others.TryGetValue(id, out var other)) return new(Codes.UnknownAgreement, $"There is no agreement '{id}'.");
            if (other.ProvisionOf(provision) is null) return new(Codes.UnknownProvision, $"The agreement '{id}' has no provision '{provision}'.");
        }

        return null;
    }

    private static Refusal? AboutErasure(Erase c, ViolationState s, Actor actor)
    {
        if (c.Evidence.Count > 0) return AboutErasingFiles(c, s, actor);
        if (c.Digests.Count == 0 || c.Digests.All(digest => s.Erased.Contains(digest)))
            return new(Codes.NothingToErase, $"The case holds nothing of that kind that lies in the vault; texts of up to {Prose.Longest} characters stand in the event itself.");
        return s.ErasureApprovals.Any(earlier => earlier.By == actor.Subject && earlier.Digests.Equals(c.Digests) && earlier.LegalBasis == c.LegalBasis)
            ? new(Codes.SeparationOfDuties, "Another administrator approves an erasure that you asked for.")
            : null;
    }

    private static ViolationEvent Erased(Erase c, ViolationState s, Policy policy)
    {
        var approvals = 1 + s.ErasureApprovals.Count(earlier => earlier.Digests.Equals(c.Digests) && earlier.LegalBasis == c.LegalBasis);
        return approvals < policy.ErasureApprovals
            ? new ViolationEvent.ErasureApproved(c.Digests, c.LegalBasis, c.Rationale)
            : new ViolationEvent.PersonalDataErased(c.Digests, c.LegalBasis, c.Rationale);
    }

    private static Refusal? AboutErasingFiles(Erase c, ViolationState s, Actor actor)
    {
        var files = FilesIn(c, s);
        if (files.Count == 0) return new(Codes.NothingToErase, "The case has no such file of evidence, or it is erased already.");
        return s.ErasureApprovals.Any(earlier => earlier.By == actor.Subject && earlier.Digests.Equals(files) && earlier.LegalBasis == c.LegalBasis)
            ? new(Codes.SeparationOfDuties, "Another administrator approves an erasure that you asked for.")
            : null;
    }

    private static ViolationEvent EvidenceErased(Erase c, ViolationState s, Policy policy)
    {
        var files = FilesIn(c, s);
        var approvals = 1 + s.ErasureApprovals.Count(earlier => earlier.Digests.Equals(files) && earlier.LegalBasis == c.LegalBasis);
        return approvals < policy.ErasureApprovals
            ? new ViolationEvent.EvidenceErasureApproved(s.AgreementId, files, c.LegalBasis, c.Rationale)
            : new ViolationEvent.EvidenceErased(s.AgreementId, files, c.LegalBasis, c.Rationale);
    }

    /// <summary>The files that are asked for and there, with the working copies that were made of them.</summary>
    private static Values<string> FilesIn(Erase c, ViolationState s) => s.Evidence
        .Where(attached => c.Evidence.Contains(attached.Item.Sha256) || (attached.CopyOf is { } original && c.Evidence.Contains(original)))
        .Select(attached => attached.Item.Sha256).Except(s.Erased).Order(StringComparer.Ordinal).ToValues();

    private static Refusal ForeignParty() => new(Codes.NotYourParty, "A liaison speaks for its own party only.");

    private static Refusal Full() => new(Codes.CaseFull, $"The case has {ViolationState.MostEvents} events; it takes rulings, nothing else.");
}
