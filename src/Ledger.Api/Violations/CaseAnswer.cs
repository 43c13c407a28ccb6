using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Answers;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Api.Violations;

/// <summary>A case as its stream says it stands.</summary>
/// <param name="Casualties">The rows that stand: the latest claim replaces all rows of each kind that it names.</param>
/// <param name="AccountableParty">Null = undetermined.</param>
/// <param name="PossiblyInside">The time given lies partly outside the time in force.</param>
/// <param name="BeforeBound">It happened before the alleged party was bound.</param>
/// <param name="Erased">Digests of texts that were erased.</param>
internal sealed record CaseAnswer(
    Guid ViolationId, string AgreementId, long AgreementRevision, long Revision, string Status,
    string Category, string? Provision, IReadOnlyList<string> OtherProvisions, IReadOnlyList<BreachAnswer> AlsoBreaches, string? Weapon,
    OccurredAnswer Occurred, LocationAnswer? Location, IReadOnlyList<string> OtherPlaces,
    [property: JsonIgnore(Condition = Never)] string? AllegedParty,
    [property: JsonIgnore(Condition = Never)] string? AllegedBy,
    string? AffectedParty, CountAnswer? Count, ObservationAnswer? Observation, string Origin,
    IReadOnlyList<CasualtyAnswer> Casualties, SourceAnswer? Source, ExternalReferenceAnswer? ExternalReference, IReadOnlyList<Guid> RelatedTo,
    string? Narrative, IReadOnlyDictionary<string, JsonElement>? Confidential,
    [property: JsonIgnore(Condition = Never)] FindingAnswer? Finding,
    [property: JsonIgnore(Condition = Never)] AttributionAnswer? Attribution,
    [property: JsonIgnore(Condition = Never)] string? AccountableParty,
    bool PossiblyInside, bool BeforeBound,
    IReadOnlyList<EndorsementAnswer> Endorsements, IReadOnlyList<EvidenceAnswer> Evidence, IReadOnlyList<CorroborationAnswer> Corroborations,
    IReadOnlyList<ReplyAnswer> Replies, IReadOnlyList<DisputeAnswerBody> Disputes, IReadOnlyList<CasualtyClaimAnswer> CasualtyClaims,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset RecordedAt, string RecordedBy, IReadOnlyList<string>? Erased)
{
    public static CaseAnswer Of(CaseView view)
    {
        var (s, r, texts) = (view.State, view.State.Report, view.Texts);
        return new(
            s.ViolationId.Value, s.AgreementId.Value, s.AgreementRevision, s.Revision, s.Status.Code(),
            r.Category.Code(), r.Provision?.Value, [.. r.OtherProvisions.Select(id => id.Value)],
            [.. r.AlsoBreaches.Select(BreachAnswer.Of)], r.Weapon?.Code(),
            OccurredAnswer.Of(r.Occurred), LocationAnswer.Of(r.Location), r.OtherPlaces,
            r.AllegedParty?.Value, r.AllegedBy?.Value, r.AffectedParty?.Value, CountAnswer.Of(r.Count), ObservationAnswer.Of(r.Observation, texts), r.Origin,
            [.. s.CasualtiesAsTheyStand().Select(CasualtyAnswer.From)], SourceAnswer.Of(r.Source), ExternalReferenceAnswer.Of(r.ExternalReference),
            [.. r.RelatedTo.Select(id => id.Value)], texts.TextOf(r.Narrative), ConfidentialOf(view),
            FindingAnswer.Of(s.Finding, texts), AttributionAnswer.Of(s, texts), s.AccountableParty?.Value, s.PossiblyInside, s.BeforeBound,
            [.. s.Endorsements.Select(yes => EndorsementAnswer.Of(yes, texts))], [.. s.Evidence.Select(item => EvidenceAnswer.Of(item, texts, s.Erased.Contains(item.Item.Sha256)))],
            [.. s.Corroborations.Select(account => CorroborationAnswer.Of(account, texts))], [.. s.Replies.Select(reply => ReplyAnswer.Of(reply, texts))],
            [.. s.Disputes.Select(dispute => DisputeAnswerBody.Of(dispute, texts))], [.. s.CasualtyClaims.Select(CasualtyClaimAnswer.Of)],
            s.RecordedAt, s.Recorder.Value, view.Erased is { Count: > 0 } erased ? erased : null);
    }

    private static Dictionary<string, JsonElement>? ConfidentialOf(CaseView view) =>
        view.Confidential?.ToDictionary(part => part.Name, part => JsonElement.Parse(part.ValueJson));
}

internal sealed record BreachAnswer(string AgreementId, string ProvisionId)
{
    public static BreachAnswer Of(Breach breach) => new(breach.AgreementId.Value, breach.ProvisionId.Value);
}

internal sealed record OccurredAnswer(DateTimeOffset From, DateTimeOffset? To, string Precision)
{
    public static OccurredAnswer Of(Occurred occurred) => new(occurred.From, occurred.To, occurred.Precision.Code());
}

/// <summary>A point, or a place seen from an observer's position, or a named place: which fields are there says which.</summary>
internal sealed record LocationAnswer(
    double? Latitude, double? Longitude, double? UncertaintyMetres, ObserverAnswer? Observer, SpanAnswer? BearingDegrees, SpanAnswer? DistanceMetres,
    string? Place, string? PlaceId, string? Zone)
{
    public static LocationAnswer? Of(Location? location) => location switch
    {
        null => null,
        Location.Point p => new(p.At.Latitude, p.At.Longitude, p.UncertaintyMetres, null, null, null, p.Place, p.PlaceId, p.Zone?.Value),
        Location.FromObserver o => new(
            null, null, null, new ObserverAnswer(o.Observer.Latitude, o.Observer.Longitude, o.ObserverName),
            SpanAnswer.Of(o.BearingDegrees), SpanAnswer.Of(o.DistanceMetres), o.Place, null, o.Zone?.Value),
        Location.Named n => new(null, null, null, null, null, null, n.Place, n.PlaceId, n.Zone?.Value),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

internal sealed record ObserverAnswer(double Latitude, double Longitude, string? Name);

internal sealed record SpanAnswer(double From, double To)
{
    public static SpanAnswer? Of(Span? span) => span is null ? null : new(span.From, span.To);
}

internal sealed record CountAnswer(int Min, int? Max, string Unit)
{
    public static CountAnswer? Of(Count? count) => count is null ? null : new(count.Min, count.Max, count.Unit.Code());
}

internal sealed record ObservationAnswer(string Means, string? Description, string? DirectionOfFire)
{
    public static ObservationAnswer? Of(Observation? observation, Disclosed texts) =>
        observation is null ? null : new(observation.Means.Code(), texts.TextOf(observation.Description), observation.DirectionOfFire);
}

internal sealed record CasualtyAnswer(string Kind, string Who, string? Of, int? Low, int Best, int? High, bool? AsPrinted)
{
    public static CasualtyAnswer From(CasualtyRow row) => new(
        row.Kind.Code(), row.Who.Code(), row.Of?.Value, row.Low, row.Best, row.High, row.AsPrinted ? true : null);
}

internal sealed record SourceAnswer(string Name, string? Reliability, int? Credibility, string? Reference)
{
    public static SourceAnswer? Of(Source? source) =>
        source is null ? null : new(source.Name, source.Reliability?.Code(), source.Credibility, source.Reference);
}

internal sealed record ExternalReferenceAnswer(string System, string Id, string? Version)
{
    public static ExternalReferenceAnswer? Of(ExternalReference? reference) =>
        reference is null ? null : new(reference.System, reference.Id, reference.Version);
}

/// <param name="Severity">Of a confirmation.</param>
/// <param name="Reason">Of a dismissal, or of what was left unresolved.</param>
/// <param name="Rationale">Null where it was erased.</param>
internal sealed record FindingAnswer(
    string Kind, string? Severity, string? Reason, Guid? DuplicateOf, [property: JsonIgnore(Condition = Never)] string? Rationale,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At, string By)
{
    public static FindingAnswer? Of(Finding? finding, Disclosed texts) => finding switch
    {
        null => null,
        Finding.Confirmed c => new("confirmed", c.Severity.Code(), null, null, texts.TextOf(c.Rationale), c.At, c.By.Value),
        Finding.Dismissed d => new("dismissed", null, d.Reason.Code(), d.DuplicateOf?.Value, texts.TextOf(d.Rationale), d.At, d.By.Value),
        Finding.Unresolved u => new("unresolved", null, u.Reason.Code(), null, texts.TextOf(u.Rationale), u.At, u.By.Value),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <param name="Party">Null = undetermined.</param>
/// <param name="At">Left out where it is part of a ruling that has its own time.</param>
internal sealed record AttributionAnswer(
    [property: JsonIgnore(Condition = Never)] string? Party, [property: JsonIgnore(Condition = Never)] string? Confidence,
    [property: JsonIgnore(Condition = Never)] string? Basis, [property: JsonConverter(typeof(Recorded))] DateTimeOffset? At)
{
    public static AttributionAnswer? Of(ViolationState s, Disclosed texts) => Of(s.Attribution, s.AttributedAt, texts);

    public static AttributionAnswer? Of(Attribution? attribution, DateTimeOffset? at, Disclosed texts) =>
        attribution is null ? null : new(attribution.Party?.Value, attribution.Confidence?.Code(), texts.TextOf(attribution.Basis), at);
}

/// <param name="Spent">True once a ruling took effect: it stays visible and no longer adds up.</param>
internal sealed record EndorsementAnswer(
    string By, [property: JsonIgnore(Condition = Never)] string? PartyId, RulingAnswer Ruling, string? Rationale,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At, bool Spent)
{
    public static EndorsementAnswer Of(Endorsement yes, Disclosed texts) => new(
        yes.By.Value, yes.Delegation?.Value, RulingAnswer.Of(yes.Ruling, texts), texts.TextOf(yes.Rationale), yes.At, yes.Spent);
}

/// <summary>What a verifier said yes to.</summary>
/// <param name="Kind">confirmed, dismissed, unresolved, attributed, dispute-resolved or reopened.</param>
internal sealed record RulingAnswer(
    string Kind, string? Severity = null, string? Reason = null, Guid? DuplicateOf = null, AttributionAnswer? Attribution = null,
    Guid? DisputeId = null, string? Outcome = null, RemedyAnswer? Remedy = null)
{
    public static RulingAnswer Of(Ruling ruling, Disclosed texts) => ruling switch
    {
        Ruling.Confirm c => new("confirmed", c.Severity.Code(), Attribution: AttributionAnswer.Of(c.Attribution, null, texts)),
        Ruling.Dismiss d => new("dismissed", Reason: d.Reason.Code(), DuplicateOf: d.DuplicateOf?.Value),
        Ruling.LeaveUnresolved u => new("unresolved", Reason: u.Reason.Code()),
        Ruling.Attribute a => new("attributed", Attribution: AttributionAnswer.Of(a.Attribution, null, texts)),
        Ruling.Resolve r => new("dispute-resolved", DisputeId: r.DisputeId.Value, Outcome: r.Outcome.Code(), Remedy: RemedyAnswer.Of(r.Remedy, texts)),
        Ruling.Reopen => new("reopened"),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <param name="Kind">dismissed, reattributed, reopened or amended.</param>
/// <param name="Changes">The names of the fields that were amended; their values stand in the case and in its history.</param>
internal sealed record RemedyAnswer(string Kind, string? Reason = null, AttributionAnswer? Attribution = null, IReadOnlyList<string>? Changes = null)
{
    public static RemedyAnswer? Of(Remedy? remedy, Disclosed texts) => remedy switch
    {
        null => null,
        Remedy.Dismissed d => new("dismissed", d.Reason.Code()),
        Remedy.Reattributed r => new("reattributed", Attribution: AttributionAnswer.Of(r.Attribution, null, texts)),
        Remedy.Reopened => new("reopened"),
        Remedy.Amended a => new("amended", Changes: ChangedFields.Of(a.Changes)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <summary>Which fields a correction sets.</summary>
internal static class ChangedFields
{
    public static IReadOnlyList<string> Of(ReportChanges c)
    {
        (string Name, bool IsSet)[] fields =
        [
            ("category", c.Category.IsSet), ("provision", c.Provision.IsSet), ("otherProvisions", c.OtherProvisions.IsSet),
            ("alsoBreaches", c.AlsoBreaches.IsSet), ("weapon", c.Weapon.IsSet), ("occurred", c.Occurred.IsSet), ("location", c.Location.IsSet),
            ("otherPlaces", c.OtherPlaces.IsSet), ("allegedBy", c.AllegedBy.IsSet), ("affectedParty", c.AffectedParty.IsSet), ("count", c.Count.IsSet),
            ("observation", c.Observation.IsSet), ("origin", c.Origin.IsSet), ("casualties", c.Casualties.IsSet), ("source", c.Source.IsSet),
            ("externalReference", c.ExternalReference.IsSet), ("relatedTo", c.RelatedTo.IsSet), ("narrative", c.Narrative.IsSet),
        ];
        return [.. fields.Where(field => field.IsSet).Select(field => field.Name)];
    }
}

/// <param name="Erased">True where its bytes were destroyed; left out where they weren't.</param>
/// <param name="CopyOf">SHA-256 of the original, where it is a working copy that the machine made of it.</param>
internal sealed record EvidenceAnswer(
    string Sha256, long Size, string MediaType, string Title, string? AcquiredFrom, bool Original, string? CopyOf, bool? Erased, string By,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At)
{
    public static EvidenceAnswer Of(AttachedEvidence attached, Disclosed texts, bool isErased)
    {
        var item = attached.Item;
        return new(item.Sha256, item.Size, item.MediaType, item.Title, texts.TextOf(item.AcquiredFrom), item.Original, attached.CopyOf, isErased ? true : null, attached.By.Value, attached.At);
    }
}

internal sealed record CorroborationAnswer(
    string Origin, ObservationAnswer Observation, string By, [property: JsonConverter(typeof(Recorded))] DateTimeOffset At)
{
    public static CorroborationAnswer Of(Corroboration account, Disclosed texts) =>
        new(account.Origin, ObservationAnswer.Of(account.Observation, texts)!, account.By.Value, account.At);
}

internal sealed record ReplyAnswer(
    Guid EventId, string Party, string Reply, string? Statement, string? Reference, string? Sha256, Guid? ReplyTo, string By,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At)
{
    public static ReplyAnswer Of(PartyReply reply, Disclosed texts) => new(
        reply.EventId, reply.Party.Value, reply.Kind.Code(), texts.TextOf(reply.Statement), reply.Reference, reply.Sha256, reply.ReplyTo,
        reply.By.Value, reply.At);
}

/// <param name="Party">For whom; null where a monitor disputes for nobody.</param>
/// <param name="Status">open, upheld, rejected or withdrawn.</param>
internal sealed record DisputeAnswerBody(
    Guid DisputeId, [property: JsonIgnore(Condition = Never)] string? Party, string By, string Grounds,
    [property: JsonIgnore(Condition = Never)] string? Statement, IReadOnlyList<string> Evidence,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At, string Status, IReadOnlyList<DisputeReplyAnswer> Answers,
    ResolutionAnswer? Resolution, string? WithdrawalReason)
{
    public static DisputeAnswerBody Of(CaseDispute dispute, Disclosed texts) => new(
        dispute.DisputeId.Value, dispute.Party?.Value, dispute.By.Value, dispute.Grounds.Code(), texts.TextOf(dispute.Statement), dispute.Evidence,
        dispute.At, dispute.Status.Code(), [.. dispute.Answers.Select(answer => DisputeReplyAnswer.Of(answer, texts))],
        ResolutionAnswer.Of(dispute.Resolution, texts), texts.TextOf(dispute.WithdrawalReason));
}

internal sealed record DisputeReplyAnswer(
    string By, [property: JsonIgnore(Condition = Never)] string? PartyId, [property: JsonIgnore(Condition = Never)] string? Statement,
    IReadOnlyList<string> Evidence, [property: JsonConverter(typeof(Recorded))] DateTimeOffset At)
{
    public static DisputeReplyAnswer Of(DisputeAnswer answer, Disclosed texts) =>
        new(answer.By.Value, answer.Party?.Value, texts.TextOf(answer.Statement), answer.Evidence, answer.At);
}

internal sealed record ResolutionAnswer(
    string Outcome, [property: JsonIgnore(Condition = Never)] string? Rationale, RemedyAnswer? Remedy, string By,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At)
{
    public static ResolutionAnswer? Of(DisputeResolution? resolution, Disclosed texts) => resolution is null
        ? null
        : new(resolution.Outcome.Code(), texts.TextOf(resolution.Rationale), RemedyAnswer.Of(resolution.Remedy, texts), resolution.By.Value, resolution.At);
}

internal sealed record CasualtyClaimAnswer(
    IReadOnlyList<CasualtyAnswer> Casualties, string ClaimedBy, DateTimeOffset? ClaimedAt, string? Source, string By,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At)
{
    public static CasualtyClaimAnswer Of(RevisedCasualties revised) => new(
        [.. revised.Claim.Rows.Select(CasualtyAnswer.From)], revised.Claim.ClaimedBy, revised.Claim.ClaimedAt, revised.Claim.Source,
        revised.By.Value, revised.At);
}
