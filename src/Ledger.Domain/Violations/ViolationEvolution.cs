using System.Diagnostics;

namespace Ledger.Domain.Violations;

using static ViolationEvent;

/// <summary>How each event changes a case. It never says no: what is stored has happened.</summary>
public static class ViolationEvolution
{
    public static ViolationState Evolve(ViolationState? state, Fact<ViolationEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        if (fact.Event is Recorded first) return Begin(first, fact);

        var s = state ?? throw new InvalidOperationException("A case's stream begins with its record.");
        var (by, at) = (fact.Actor.Subject, fact.RecordedAt);
        return (fact.Event switch
        {
            EvidenceAttached e => s with { Evidence = Add(s.Evidence, new AttachedEvidence(e.Evidence, by, at)) },
            EvidenceStripped e => s with { Evidence = Add(s.Evidence, new AttachedEvidence(e.Copy, by, at, e.CopyOf)) },
            Corroborated e => s with { Corroborations = Add(s.Corroborations, new Corroboration(e.Origin, e.Observation, by, at)) },
            PartyReplied e => s with
            {
                Replies = Add(s.Replies, new PartyReply(fact.EventId, e.Party, e.Reply, e.Statement, e.Reference, e.Sha256, e.ReplyTo, by, at)),
            },
            Disputed e => s with { Disputes = Add(s.Disputes, Raised(e, fact.Actor, at)), Endorsements = Values<Endorsement>.None },
            DisputeAnswered e => OnDispute(s, e.DisputeId, d => d with
            {
                Answers = Add(d.Answers, new DisputeAnswer(by, fact.Actor.Party, e.Statement, e.Evidence, at)),
            }),
            DisputeWithdrawn e => OnDispute(s, e.DisputeId, d => d with { Status = DisputeStatus.Withdrawn, WithdrawalReason = e.Reason }),
            DisputeResolved e => Spend(OnDispute(s, e.DisputeId, d => d with
            {
                Status = e.Outcome == DisputeOutcome.Upheld ? DisputeStatus.Upheld : DisputeStatus.Rejected,
                Resolution = new DisputeResolution(e.Outcome, e.Rationale, e.Remedy, by, at),
            })),
            RulingEndorsed e => s with { Endorsements = Endorse(s.Endorsements, new Endorsement(by, fact.Actor.Party, e.Ruling, e.Rationale, at, false)) },
            Confirmed e => Spend(s with
            {
                Confirmers = WhoConfirmed(s, e, by),
                Finding = new Finding.Confirmed(e.Severity, e.Rationale, at, by),
                Attribution = e.Attribution ?? s.Attribution,
                AttributedAt = e.Attribution is null ? s.AttributedAt : at,
                FirstRuledAt = s.FirstRuledAt ?? at,
            }),
            Attributed e => Spend(s with { Attribution = e.Attribution, AttributedAt = at }),
            Dismissed e => Spend(s with
            {
                Finding = new Finding.Dismissed(e.Reason, e.DuplicateOf, e.Rationale, at, by),
                FirstRuledAt = s.FirstRuledAt ?? at,
            }),
            LeftUnresolved e => Spend(s with
            {
                Finding = new Finding.Unresolved(e.Reason, e.Rationale, at, by),
                FirstRuledAt = s.FirstRuledAt ?? at,
            }),
            Amended e => s with
            {
                Report = e.Changes.ApplyTo(s.Report),
                PossiblyInside = e.PossiblyInside,
                BeforeBound = e.BeforeBound,
                Endorsements = Values<Endorsement>.None,
            },
            CasualtiesRevised e => s with { CasualtyClaims = Add(s.CasualtyClaims, new RevisedCasualties(e.Claim, by, at)) },
            Reopened => s with
            {
                IsWithdrawn = false, Finding = null, Confirmers = Values<Subject>.None, Endorsements = Values<Endorsement>.None,
            },
            Withdrawn => s with { IsWithdrawn = true },
            ErasureApproved e => s with { ErasureApprovals = Add(s.ErasureApprovals, new ErasureApproval(e.Digests, e.LegalBasis, by)) },
            PersonalDataErased e => s with
            {
                Erased = s.Erased.Concat(e.Digests).Distinct().ToValues(), ErasureApprovals = Values<ErasureApproval>.None,
            },
            EvidenceErasureApproved e => s with { ErasureApprovals = Add(s.ErasureApprovals, new ErasureApproval(e.Files, e.LegalBasis, by)) },
            EvidenceErased e => s with
            {
                Erased = s.Erased.Concat(e.Files).Distinct().ToValues(), ErasureApprovals = Values<ErasureApproval>.None,
            },
            _ => throw new UnreachableException(),
        }) with { Revision = fact.Revision };
    }

    private static ViolationState Begin(Recorded e, Fact<ViolationEvent> fact) => new(
        e.ViolationId, e.AgreementId, e.AgreementRevision, e.Report, e.PossiblyInside, e.BeforeBound, e.Confidential,
        fact.Actor.Subject, fact.RecordedAt, false, null, null, null, null,
        Values<Subject>.None, Values<Endorsement>.None, Values<AttachedEvidence>.None, Values<Corroboration>.None,
        Values<PartyReply>.None, Values<CaseDispute>.None, Values<RevisedCasualties>.None, Values<ErasureApproval>.None,
        Values<string>.None, fact.Revision);

    private static CaseDispute Raised(Disputed e, Actor by, DateTimeOffset at) => new(
        e.DisputeId, e.Party, by.Subject, e.Grounds, e.Statement, e.Evidence, at, DisputeStatus.Open, Values<DisputeAnswer>.None, null, null, by.Role);

    private static ViolationState OnDispute(ViolationState s, DisputeId id, Func<CaseDispute, CaseDispute> change) =>
        s with { Disputes = s.Disputes.Select(dispute => dispute.DisputeId == id ? change(dispute) : dispute).ToValues() };

    /// <summary>One yes a subject: a later one replaces the earlier.</summary>
    private static Values<Endorsement> Endorse(Values<Endorsement> endorsements, Endorsement yes) =>
        endorsements.Where(earlier => earlier.Spent || earlier.By != yes.By).Append(yes).ToValues();

    private static ViolationState Spend(ViolationState s) => s.Endorsements.Count == 0
        ? s
        : s with { Endorsements = s.Endorsements.Select(yes => yes with { Spent = true }).ToValues() };

    private static Values<Subject> WhoConfirmed(ViolationState s, Confirmed e, Subject by)
    {
        var ruling = new Ruling.Confirm(e.Severity, e.Attribution);
        return s.Endorsements.Where(yes => !yes.Spent && yes.Ruling.IsSameAs(ruling)).Select(yes => yes.By).Append(by).Distinct().ToValues();
    }

    private static Values<T> Add<T>(Values<T> items, T item) => items.Append(item).ToValues();
}
