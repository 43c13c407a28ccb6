using System.Text.Json;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Demonstration;

/// <summary>Bodies of the HTTP contract as commands of the domain, as far as the demonstration's file uses them.</summary>
/// <remarks>The file is ours and tested, so a wrong field is a defect and throws; what comes from outside is checked by the API.</remarks>
/// <param name="case">What the file calls a case, as its id.</param>
internal sealed class Bodies(Sealer seal, Func<string, ViolationId> @case)
{
    public static AgreementCommand.Register Agreement(JsonElement body) => new(
        new AgreementId(Text(body, "agreementId")), Text(body, "title"), Text(body, "timeZone"),
        List(body, "instruments", i => new Instrument(Text(i, "instrumentId"), Text(i, "title"), DateOnly.ParseExact(Text(i, "date"), "yyyy-MM-dd"), Maybe(i, "reference"))),
        List(body, "parties", p => new Party(
            new PartyId(Text(p, "partyId")), Text(p, "name"),
            p.TryGetProperty("labels", out var labels) ? labels.EnumerateObject().Select(l => new Label(l.Name, l.Value.GetString()!)).ToValues() : Values<Label>.None,
            Code<Standing>(p, "standing"))),
        List(body, "guarantors", g => new Guarantor(Text(g, "name"))),
        List(body, "provisions", p => new Provision(
            new ProvisionId(Text(p, "provisionId")), Text(p, "text"), Codes<Category>(p, "prohibits"), Maybe(p, "instrument"), MaybeTime(p, "from"), MaybeTime(p, "until"))),
        new Term(Time(body.GetProperty("term"), "from"), MaybeTime(body.GetProperty("term"), "until")),
        body.GetProperty("exercise").GetBoolean(), Policy.Default);

    public static AgreementCommand.DefineZone Zone(JsonElement body)
    {
        var rings = body.GetProperty("polygon").GetProperty("coordinates").EnumerateArray()
            .Select(ring => new Ring(ring.EnumerateArray().Select(at => new GeoPoint(at[1].GetDouble(), at[0].GetDouble())).ToValues()));
        return new(new Zone(new ZoneId(Text(body, "zoneId")), Text(body, "name"), new Area(false, Values.Of(new Polygon(rings.ToValues())))));
    }

    public ViolationCommand Violation(string kind, ViolationId id, AgreementId agreement, DisputeId dispute, JsonElement body) => kind switch
    {
        "record" => new ViolationCommand.Record(id, agreement, ReportOf(body), Values<string>.None),
        "evidence" => new ViolationCommand.AttachEvidence(new Evidence(
            Text(body, "sha256"), body.GetProperty("size").GetInt64(), Text(body, "mediaType"), Text(body, "title"),
            Maybe(body, "acquiredFrom") is { } from ? seal.Always("acquiredFrom", from) : null, body.GetProperty("original").GetBoolean())),
        "corroborations" => new ViolationCommand.Corroborate(Text(body, "origin"), ObservationOf(body.GetProperty("observation"))),
        "replies" => new ViolationCommand.Reply(null, Code<ReplyKind>(body, "reply"), MaybeProse(body, "statement"), Maybe(body, "reference"), null, null),
        "casualties" => new ViolationCommand.ReviseCasualties(new CasualtyClaim(
            CasualtiesOf(body), Text(body, "claimedBy"), MaybeTime(body, "claimedAt"), Maybe(body, "source"))),
        "amendments" => new ViolationCommand.Amend(
            new ReportChanges { Occurred = Change<Occurred>.To(OccurredOf(body.GetProperty("changes").GetProperty("occurred"))) }, Prose(body, "reason")),
        "disputes" => new ViolationCommand.Dispute(dispute, null, Code<DisputeGrounds>(body, "grounds"), Prose(body, "statement"), Values<string>.None),
        "answer" => new ViolationCommand.AnswerDispute(dispute, Prose(body, "statement"), Values<string>.None),
        "dispute-withdrawal" => new ViolationCommand.WithdrawDispute(dispute, Prose(body, "reason")),
        "resolution" => new ViolationCommand.ResolveDispute(
            dispute, Code<DisputeOutcome>(body, "outcome"), Prose(body, "rationale"), body.TryGetProperty("remedy", out var remedy) ? RemedyOf(remedy) : null),
        "confirmation" => new ViolationCommand.Confirm(
            Code<Severity>(body, "severity"), Prose(body, "rationale"), body.TryGetProperty("attribution", out var who) ? AttributionOf(who) : null),
        "dismissal" => new ViolationCommand.Dismiss(
            Code<DismissalReason>(body, "reason"), Prose(body, "rationale"), Maybe(body, "duplicateOf") is { } original ? @case(original) : null),
        "unresolved" => new ViolationCommand.LeaveUnresolved(Code<UnresolvedReason>(body, "reason"), Prose(body, "rationale")),
        "withdrawal" => new ViolationCommand.Withdraw(Prose(body, "reason")),
        _ => throw new InvalidDataException($"The demonstration's file asks for '{kind}', which this version doesn't know."),
    };

    public CoverageCommand Coverage(string kind, CoverageId id, AgreementId agreement, JsonElement body) => kind switch
    {
        "monitoring" => new CoverageCommand.LogMonitoring(id, agreement, Text(body, "site"), null, Time(body, "from"), Time(body, "to")),
        "coverageGaps" => new CoverageCommand.RecordGap(
            id, agreement, Text(body, "site"), null, Time(body, "from"), Time(body, "to"),
            Code<GapCause>(body, "cause"), MaybeParty(body, "responsibleParty"), MaybeProse(body, "description")),
        _ => throw new InvalidDataException($"The demonstration's file asks for '{kind}', which this version doesn't know."),
    };

    public ClaimCommand Claim(ClaimId id, AgreementId agreement, JsonElement body) => new ClaimCommand.Record(
        id, agreement, new Claimant(MaybeParty(body.GetProperty("claimedBy"), "party"), Maybe(body.GetProperty("claimedBy"), "body")),
        MaybeParty(body, "against"), Time(body, "from"), Time(body, "to"),
        List(body, "figures", f => new ClaimFigure(Text(f, "of"), f.GetProperty("min").GetInt64(), f.TryGetProperty("max", out var max) ? max.GetInt64() : null)),
        new ClaimSource(Text(body.GetProperty("source"), "name"), Maybe(body.GetProperty("source"), "reference")), MaybeProse(body, "text"));

    private Report ReportOf(JsonElement body) => new(
        Code<Category>(body, "category"),
        Maybe(body, "provision") is { } provision ? new ProvisionId(provision) : null,
        List(body, "otherProvisions", p => new ProvisionId(p.GetString()!)),
        Values<Breach>.None,
        Maybe(body, "weapon") is null ? null : Code<Weapon>(body, "weapon"),
        OccurredOf(body.GetProperty("occurred")),
        body.TryGetProperty("location", out var location) ? LocationOf(location) : null,
        Values<string>.None,
        MaybeParty(body, "allegedParty"), MaybeParty(body, "allegedBy"), MaybeParty(body, "affectedParty"),
        body.TryGetProperty("count", out var count)
            ? new Count(count.GetProperty("min").GetInt32(), count.TryGetProperty("max", out var max) ? max.GetInt32() : null, Code<ObservedUnit>(count, "unit"))
            : null,
        ObservationOf(body.GetProperty("observation")),
        Text(body, "origin"), CasualtiesOf(body),
        new Source(Text(body.GetProperty("source"), "name"), Reference: Maybe(body.GetProperty("source"), "reference")),
        new ExternalReference(Text(body.GetProperty("externalReference"), "system"), Text(body.GetProperty("externalReference"), "id")),
        List(body, "relatedTo", r => @case(r.GetString()!)),
        MaybeProse(body, "narrative"));

    private static Occurred OccurredOf(JsonElement json) => new(Time(json, "from"), MaybeTime(json, "to"), Code<TimePrecision>(json, "precision"));

    private static Location LocationOf(JsonElement json) => json.TryGetProperty("latitude", out var latitude)
        ? new Location.Point(
            new GeoPoint(latitude.GetDouble(), json.GetProperty("longitude").GetDouble()),
            json.TryGetProperty("uncertaintyMetres", out var metres) ? metres.GetDouble() : null, Maybe(json, "place"))
        : new Location.Named(Text(json, "place"));

    private Observation ObservationOf(JsonElement json) => new(Code<ObservationMeans>(json, "means"), MaybeProse(json, "description"));

    private static Values<CasualtyRow> CasualtiesOf(JsonElement json) => List(json, "casualties", row => new CasualtyRow(
        Code<CasualtyKind>(row, "kind"), Code<CasualtyWho>(row, "who"), null, MaybeWhole(row, "low"), row.GetProperty("best").GetInt32(), MaybeWhole(row, "high")));

    private Attribution AttributionOf(JsonElement json) => new(MaybeParty(json, "party"), Code<Confidence>(json, "confidence"), MaybeProse(json, "basis"));

    private Remedy.Reattributed RemedyOf(JsonElement json) => Text(json, "kind") switch
    {
        "reattributed" => new Remedy.Reattributed(AttributionOf(json)),
        var kind => throw new InvalidDataException($"The demonstration's file names the remedy '{kind}', which it never needed before."),
    };

    private Prose Prose(JsonElement json, string name) => seal.Text(name, Text(json, name));

    private Prose? MaybeProse(JsonElement json, string name) => Maybe(json, name) is { } text ? seal.Text(name, text) : null;

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string? Maybe(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static int? MaybeWhole(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetInt32() : null;

    private static PartyId? MaybeParty(JsonElement json, string name) => Maybe(json, name) is { } party ? new PartyId(party) : null;

    private static DateTimeOffset Time(JsonElement json, string name) => json.GetProperty(name).GetDateTimeOffset().ToUniversalTime();

    private static DateTimeOffset? MaybeTime(JsonElement json, string name) => json.TryGetProperty(name, out _) ? Time(json, name) : null;

    private static Values<T> List<T>(JsonElement json, string name, Func<JsonElement, T> item) =>
        json.TryGetProperty(name, out var list) ? list.EnumerateArray().Select(item).ToValues() : Values<T>.None;

    private static T Code<T>(JsonElement json, string name)
        where T : struct, Enum => Parse<T>(Text(json, name));

    private static Values<T> Codes<T>(JsonElement json, string name)
        where T : struct, Enum => List(json, name, code => Parse<T>(code.GetString()!));

    private static T Parse<T>(string code)
        where T : struct, Enum => Kebab<T>.TryParse(code, out var value) ? value : throw new InvalidDataException($"'{code}' is no {typeof(T).Name}.");
}
