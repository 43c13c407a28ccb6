using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;
using static Ledger.Serialization.ReportForms;

namespace Ledger.Serialization;

/// <summary>The stored forms of a case's events.</summary>
internal static class ViolationForms
{
    // SD-JWT without names: even what the confidential part is about stays in the vault.
    private static readonly Form<Values<string>> ConfidentialForm = ObjectForm.Of<Values<string>>(of =>
    {
        var digests = of.List(Sealed.Digest, Text, x => x);
        return row => row.Get(digests);
    });

    public static readonly Form<ViolationEvent.Recorded> Recorded = ObjectForm.Of<ViolationEvent.Recorded>(of =>
    {
        var violationId = of.Field("violationId", Ids.Violation, x => x.ViolationId);
        var agreementId = of.Field("agreementId", Ids.Agreement, x => x.AgreementId);
        var agreementRevision = of.Field("agreementRevision", Long, x => x.AgreementRevision);
        var category = of.Field("category", Code<Category>(), x => x.Report.Category);
        var provision = of.Optional("provision", Ids.Provision, x => x.Report.Provision);
        var otherProvisions = of.List("otherProvisions", Ids.Provision, x => x.Report.OtherProvisions);
        var alsoBreaches = of.List("alsoBreaches", BreachForm, x => x.Report.AlsoBreaches);
        var weapon = of.Optional("weapon", Code<Weapon>(), x => x.Report.Weapon);
        var occurred = of.Field("occurred", OccurredForm, x => x.Report.Occurred);
        var location = of.Optional("location", LocationForm, x => x.Report.Location);
        var otherPlaces = of.List("otherPlaces", Text, x => x.Report.OtherPlaces);
        var allegedParty = of.Field("allegedParty", Ids.Party.OrNull(), x => x.Report.AllegedParty);
        var allegedBy = of.Optional("allegedBy", Ids.Party, x => x.Report.AllegedBy);
        var affectedParty = of.Optional("affectedParty", Ids.Party, x => x.Report.AffectedParty);
        var count = of.Optional("count", CountForm, x => x.Report.Count);
        var observation = of.Optional("observation", ObservationForm, x => x.Report.Observation);
        var origin = of.Field("origin", Text, x => x.Report.Origin);
        var casualties = of.List("casualties", CasualtyRowForm, x => x.Report.Casualties);
        var source = of.Optional("source", SourceForm, x => x.Report.Source);
        var externalReference = of.Optional("externalReference", ExternalReferenceForm, x => x.Report.ExternalReference);
        var relatedTo = of.List("relatedTo", Ids.Violation, x => x.Report.RelatedTo);
        var narrative = of.OptionalProse("narrative", x => x.Report.Narrative);
        var possiblyInside = of.Field("possiblyInside", YesNo, x => x.PossiblyInside);
        var beforeBound = of.Field("beforeBound", YesNo, x => x.BeforeBound);
        var confidential = of.ListAs("confidential", ConfidentialForm, x => x.Confidential);
        return row => new ViolationEvent.Recorded(
            row.Get(violationId), row.Get(agreementId), row.Get(agreementRevision),
            new Report(
                row.Get(category), row.Get(provision), row.Get(otherProvisions), row.Get(alsoBreaches), row.Get(weapon), row.Get(occurred),
                row.Get(location), row.Get(otherPlaces), row.Get(allegedParty), row.Get(allegedBy), row.Get(affectedParty), row.Get(count),
                row.Get(observation), row.Get(origin), row.Get(casualties), row.Get(source), row.Get(externalReference), row.Get(relatedTo),
                row.Get(narrative)),
            row.Get(possiblyInside), row.Get(beforeBound), row.Get(confidential));
    });

    public static readonly Form<ViolationEvent.EvidenceAttached> EvidenceAttached =
        EvidenceForm.As(x => new ViolationEvent.EvidenceAttached(x), x => x.Evidence);

    public static readonly Form<ViolationEvent.EvidenceStripped> EvidenceStripped = ObjectForm.Of<ViolationEvent.EvidenceStripped>(of =>
    {
        var copyOf = of.Field("copyOf", Text, x => x.CopyOf);
        var copy = of.Field("copy", EvidenceForm, x => x.Copy);
        var removed = of.List("removed", Text, x => x.Removed);
        return row => new ViolationEvent.EvidenceStripped(row.Get(copyOf), row.Get(copy), row.Get(removed));
    });

    public static readonly Form<ViolationEvent.Corroborated> Corroborated = ObjectForm.Of<ViolationEvent.Corroborated>(of =>
    {
        var origin = of.Field("origin", Text, x => x.Origin);
        var observation = of.Field("observation", ObservationForm, x => x.Observation);
        return row => new ViolationEvent.Corroborated(row.Get(origin), row.Get(observation));
    });

    public static readonly Form<ViolationEvent.PartyReplied> PartyReplied = ObjectForm.Of<ViolationEvent.PartyReplied>(of =>
    {
        var party = of.Field("party", Ids.Party, x => x.Party);
        var reply = of.Field("reply", Code<ReplyKind>(), x => x.Reply);
        var statement = of.OptionalProse("statement", x => x.Statement);
        var reference = of.Optional("reference", Text, x => x.Reference);
        var sha256 = of.Optional("sha256", Text, x => x.Sha256);
        var replyTo = of.Optional("replyTo", Uuid, x => x.ReplyTo);
        return row => new ViolationEvent.PartyReplied(
            row.Get(party), row.Get(reply), row.Get(statement), row.Get(reference), row.Get(sha256), row.Get(replyTo));
    });

    public static readonly Form<ViolationEvent.Disputed> Disputed = ObjectForm.Of<ViolationEvent.Disputed>(of =>
    {
        var disputeId = of.Field("disputeId", Ids.Dispute, x => x.DisputeId);
        var party = of.Optional("party", Ids.Party, x => x.Party);
        var grounds = of.Field("grounds", Code<DisputeGrounds>(), x => x.Grounds);
        var statement = of.Prose("statement", x => x.Statement);
        var evidence = of.List("evidence", Text, x => x.Evidence);
        return row => new ViolationEvent.Disputed(row.Get(disputeId), row.Get(party), row.Get(grounds), row.Get(statement), row.Get(evidence));
    });

    public static readonly Form<ViolationEvent.DisputeAnswered> DisputeAnswered = ObjectForm.Of<ViolationEvent.DisputeAnswered>(of =>
    {
        var disputeId = of.Field("disputeId", Ids.Dispute, x => x.DisputeId);
        var statement = of.Prose("statement", x => x.Statement);
        var evidence = of.List("evidence", Text, x => x.Evidence);
        return row => new ViolationEvent.DisputeAnswered(row.Get(disputeId), row.Get(statement), row.Get(evidence));
    });

    public static readonly Form<ViolationEvent.DisputeWithdrawn> DisputeWithdrawn = ObjectForm.Of<ViolationEvent.DisputeWithdrawn>(of =>
    {
        var disputeId = of.Field("disputeId", Ids.Dispute, x => x.DisputeId);
        var reason = of.Prose("reason", x => x.Reason);
        return row => new ViolationEvent.DisputeWithdrawn(row.Get(disputeId), row.Get(reason));
    });

    private static readonly Form<Remedy> RemedyForm = new Union<Remedy>(
        "kind",
        Case<Remedy>.Of("dismissed", ObjectForm.Of<Remedy.Dismissed>(of =>
        {
            var reason = of.Field("reason", Code<DismissalReason>(), x => x.Reason);
            return row => new Remedy.Dismissed(row.Get(reason));
        })),
        Case<Remedy>.Of("reattributed", AttributionForm, x => new Remedy.Reattributed(x), (Remedy.Reattributed x) => x.Attribution),
        Case<Remedy>.Of("reopened", ObjectForm.Empty<Remedy.Reopened>()),
        Case<Remedy>.Of("amended", ObjectForm.Of<Remedy.Amended>(of =>
        {
            var changes = of.Field("changes", ChangesForm, x => x.Changes);
            return row => new Remedy.Amended(row.Get(changes));
        })));

    private static readonly Form<Ruling> RulingForm = new Union<Ruling>(
        "kind",
        Case<Ruling>.Of("confirmed", ObjectForm.Of<Ruling.Confirm>(of =>
        {
            var severity = of.Field("severity", Code<Severity>(), x => x.Severity);
            var attribution = of.Optional("attribution", AttributionForm, x => x.Attribution);
            return row => new Ruling.Confirm(row.Get(severity), row.Get(attribution));
        })),
        Case<Ruling>.Of("dismissed", ObjectForm.Of<Ruling.Dismiss>(of =>
        {
            var reason = of.Field("reason", Code<DismissalReason>(), x => x.Reason);
            var duplicateOf = of.Optional("duplicateOf", Ids.Violation, x => x.DuplicateOf);
            return row => new Ruling.Dismiss(row.Get(reason), row.Get(duplicateOf));
        })),
        Case<Ruling>.Of("unresolved", ObjectForm.Of<Ruling.LeaveUnresolved>(of =>
        {
            var reason = of.Field("reason", Code<UnresolvedReason>(), x => x.Reason);
            return row => new Ruling.LeaveUnresolved(row.Get(reason));
        })),
        Case<Ruling>.Of("attributed", AttributionForm, x => new Ruling.Attribute(x), (Ruling.Attribute x) => x.Attribution),
        Case<Ruling>.Of("dispute-resolved", ObjectForm.Of<Ruling.Resolve>(of =>
        {
            var disputeId = of.Field("disputeId", Ids.Dispute, x => x.DisputeId);
            var outcome = of.Field("outcome", Code<DisputeOutcome>(), x => x.Outcome);
            var remedy = of.Optional("remedy", RemedyForm, x => x.Remedy);
            return row => new Ruling.Resolve(row.Get(disputeId), row.Get(outcome), row.Get(remedy));
        })),
        Case<Ruling>.Of("reopened", ObjectForm.Empty<Ruling.Reopen>()));

    public static readonly Form<ViolationEvent.DisputeResolved> DisputeResolved = ObjectForm.Of<ViolationEvent.DisputeResolved>(of =>
    {
        var disputeId = of.Field("disputeId", Ids.Dispute, x => x.DisputeId);
        var outcome = of.Field("outcome", Code<DisputeOutcome>(), x => x.Outcome);
        var rationale = of.Prose("rationale", x => x.Rationale);
        var remedy = of.Optional("remedy", RemedyForm, x => x.Remedy);
        return row => new ViolationEvent.DisputeResolved(row.Get(disputeId), row.Get(outcome), row.Get(rationale), row.Get(remedy));
    });

    public static readonly Form<ViolationEvent.RulingEndorsed> RulingEndorsed = ObjectForm.Of<ViolationEvent.RulingEndorsed>(of =>
    {
        var ruling = of.Field("ruling", RulingForm, x => x.Ruling);
        var rationale = of.Prose("rationale", x => x.Rationale);
        var given = of.Field("given", Whole, x => x.Given);
        var required = of.Field("required", Whole, x => x.Required);
        return row => new ViolationEvent.RulingEndorsed(row.Get(ruling), row.Get(rationale), row.Get(given), row.Get(required));
    });

    public static readonly Form<ViolationEvent.Confirmed> Confirmed = ObjectForm.Of<ViolationEvent.Confirmed>(of =>
    {
        var severity = of.Field("severity", Code<Severity>(), x => x.Severity);
        var rationale = of.Prose("rationale", x => x.Rationale);
        var attribution = of.Optional("attribution", AttributionForm, x => x.Attribution);
        return row => new ViolationEvent.Confirmed(row.Get(severity), row.Get(rationale), row.Get(attribution));
    });

    public static readonly Form<ViolationEvent.Attributed> Attributed =
        AttributionForm.As(x => new ViolationEvent.Attributed(x), x => x.Attribution);

    public static readonly Form<ViolationEvent.Dismissed> Dismissed = ObjectForm.Of<ViolationEvent.Dismissed>(of =>
    {
        var reason = of.Field("reason", Code<DismissalReason>(), x => x.Reason);
        var rationale = of.Prose("rationale", x => x.Rationale);
        var duplicateOf = of.Optional("duplicateOf", Ids.Violation, x => x.DuplicateOf);
        return row => new ViolationEvent.Dismissed(row.Get(reason), row.Get(rationale), row.Get(duplicateOf));
    });

    public static readonly Form<ViolationEvent.LeftUnresolved> LeftUnresolved = ObjectForm.Of<ViolationEvent.LeftUnresolved>(of =>
    {
        var reason = of.Field("reason", Code<UnresolvedReason>(), x => x.Reason);
        var rationale = of.Prose("rationale", x => x.Rationale);
        return row => new ViolationEvent.LeftUnresolved(row.Get(reason), row.Get(rationale));
    });

    public static readonly Form<ViolationEvent.Amended> Amended = ObjectForm.Of<ViolationEvent.Amended>(of =>
    {
        var changes = of.Field("changes", ChangesForm, x => x.Changes);
        var reason = of.Prose("reason", x => x.Reason);
        var possiblyInside = of.Field("possiblyInside", YesNo, x => x.PossiblyInside);
        var beforeBound = of.Field("beforeBound", YesNo, x => x.BeforeBound);
        return row => new ViolationEvent.Amended(row.Get(changes), row.Get(reason), row.Get(possiblyInside), row.Get(beforeBound));
    });

    public static readonly Form<ViolationEvent.CasualtiesRevised> CasualtiesRevised =
        CasualtyClaimForm.As(x => new ViolationEvent.CasualtiesRevised(x), x => x.Claim);

    public static readonly Form<ViolationEvent.Reopened> Reopened = ForAReason(x => new ViolationEvent.Reopened(x), x => x.Reason);

    public static readonly Form<ViolationEvent.Withdrawn> Withdrawn = ForAReason(x => new ViolationEvent.Withdrawn(x), x => x.Reason);

    public static readonly Form<ViolationEvent.ErasureApproved> ErasureApproved =
        Erasure((digests, basis, why) => new ViolationEvent.ErasureApproved(digests, basis, why),
            x => x.Digests, x => x.LegalBasis, x => x.Rationale);

    public static readonly Form<ViolationEvent.PersonalDataErased> PersonalDataErased =
        Erasure((digests, basis, why) => new ViolationEvent.PersonalDataErased(digests, basis, why),
            x => x.Digests, x => x.LegalBasis, x => x.Rationale);

    public static readonly Form<ViolationEvent.EvidenceErasureApproved> EvidenceErasureApproved =
        ErasureOfFiles((agreement, files, basis, why) => new ViolationEvent.EvidenceErasureApproved(agreement, files, basis, why),
            x => x.AgreementId, x => x.Files, x => x.LegalBasis, x => x.Rationale);

    public static readonly Form<ViolationEvent.EvidenceErased> EvidenceErased =
        ErasureOfFiles((agreement, files, basis, why) => new ViolationEvent.EvidenceErased(agreement, files, basis, why),
            x => x.AgreementId, x => x.Files, x => x.LegalBasis, x => x.Rationale);

    private static ObjectForm<T> ForAReason<T>(Func<Prose, T> make, Func<T, Prose> reasonOf) => ObjectForm.Of<T>(of =>
    {
        var reason = of.Prose("reason", reasonOf);
        return row => make(row.Get(reason));
    });

    private static ObjectForm<T> Erasure<T>(
        Func<Values<string>, string, Prose, T> make, Func<T, Values<string>> digestsOf, Func<T, string> basisOf, Func<T, Prose> rationaleOf) =>
        ObjectForm.Of<T>(of =>
        {
            var digests = of.List("digests", Text, digestsOf);
            var legalBasis = of.Field("legalBasis", Text, basisOf);
            var rationale = of.Prose("rationale", rationaleOf);
            return row => make(row.Get(digests), row.Get(legalBasis), row.Get(rationale));
        });

    private static ObjectForm<T> ErasureOfFiles<T>(
        Func<AgreementId, Values<string>, string, Prose, T> make,
        Func<T, AgreementId> agreementOf, Func<T, Values<string>> filesOf, Func<T, string> basisOf, Func<T, Prose> rationaleOf) =>
        ObjectForm.Of<T>(of =>
        {
            var agreementId = of.Field("agreementId", Ids.Agreement, agreementOf);
            var files = of.List("files", Text, filesOf);
            var legalBasis = of.Field("legalBasis", Text, basisOf);
            var rationale = of.Prose("rationale", rationaleOf);
            return row => make(row.Get(agreementId), row.Get(files), row.Get(legalBasis), row.Get(rationale));
        });
}
