using System.Diagnostics;
using System.Text.Json;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Api.Violations;

/// <summary>From what a request says to what the domain is asked, its texts sealed on the way.</summary>
internal static class ViolationMapping
{
    public static Report ToReport(this ViolationRequest request, Sealer seal, Subject recorder) => new(
        request.Category,
        ToProvision(request.Provision),
        ToProvisions(request.OtherProvisions),
        ToBreaches(request.AlsoBreaches),
        request.Weapon,
        request.Occurred.ToOccurred(),
        request.Location?.ToLocation(),
        ToValues(request.OtherPlaces),
        ToParty(request.AllegedParty),
        ToParty(request.AllegedBy),
        ToParty(request.AffectedParty),
        request.Count?.ToCount(),
        request.Observation?.ToObservation(seal),
        request.Origin is { Length: > 0 } origin ? origin : recorder.Value,
        ToRows(request.Casualties),
        request.Source?.ToSource(),
        request.ExternalReference?.ToReference(),
        ToRelated(request.RelatedTo),
        request.Narrative is { } narrative ? seal.Text("narrative", narrative) : null);

    public static Values<string> ToDigests(this JsonElement? confidential, Sealer seal) =>
        confidential is { ValueKind: JsonValueKind.Object } names
            ? names.EnumerateObject().Select(name => seal.Confidential(name.Name, name.Value.GetRawText())).ToValues()
            : Values<string>.None;

    /// <param name="json">The same as it came: a field that is there changes, also where it is null.</param>
    public static ReportChanges ToChanges(this ChangesRequest request, JsonElement json, Sealer seal)
    {
        return new ReportChanges
        {
            Category = If("category", request.Category.GetValueOrDefault()),
            Provision = If("provision", ToProvision(request.Provision)),
            OtherProvisions = If("otherProvisions", ToProvisions(request.OtherProvisions)),
            AlsoBreaches = If("alsoBreaches", ToBreaches(request.AlsoBreaches)),
            Weapon = If("weapon", request.Weapon),
            Occurred = request.Occurred is { } occurred ? Change<Occurred>.To(occurred.ToOccurred()) : default,
            Location = If("location", request.Location?.ToLocation()),
            OtherPlaces = If("otherPlaces", ToValues(request.OtherPlaces)),
            AllegedBy = If("allegedBy", ToParty(request.AllegedBy)),
            AffectedParty = If("affectedParty", ToParty(request.AffectedParty)),
            Count = If("count", request.Count?.ToCount()),
            Observation = If("observation", request.Observation?.ToObservation(seal)),
            Origin = request.Origin is { } origin ? Change<string>.To(origin) : default,
            Casualties = If("casualties", ToRows(request.Casualties)),
            Source = If("source", request.Source?.ToSource()),
            ExternalReference = If("externalReference", request.ExternalReference?.ToReference()),
            RelatedTo = If("relatedTo", ToRelated(request.RelatedTo)),
            Narrative = If("narrative", request.Narrative is { } narrative ? seal.Text("narrative", narrative) : null),
        };

        Change<T> If<T>(string field, T value) => json.TryGetProperty(field, out _) ? Change<T>.To(value) : default;
    }

    public static Attribution ToAttribution(this AttributionRequest request, Sealer seal) =>
        new(ToParty(request.Party), request.Confidence, seal.Text("basis", request.Basis));

    public static Observation ToObservation(this ObservationRequest request, Sealer seal) =>
        new(request.Means, request.Description is { } text ? seal.Text("description", text) : null, request.DirectionOfFire);

    public static Remedy ToRemedy(this RemedyRequest request, JsonElement json, Sealer seal) => request.Kind switch
    {
        "dismissed" => new Remedy.Dismissed(request.Reason!.Value),
        "reattributed" => new Remedy.Reattributed(new Attribution(ToParty(request.Party), request.Confidence!.Value, seal.Text("basis", request.Basis!))),
        "reopened" => new Remedy.Reopened(),
        "amended" => new Remedy.Amended(request.Changes!.ToChanges(json.GetProperty("changes"), seal)),
        _ => throw new UnreachableException(),
    };

    public static Values<CasualtyRow> ToRows(IReadOnlyList<CasualtyRowRequest>? rows) =>
        Map(rows, row => new CasualtyRow(row.Kind, row.Who, ToParty(row.Of), row.Low, row.Best, row.High, row.AsPrinted == true));

    public static Domain.Violations.Evidence ToEvidence(this EvidenceRequest request, Sealer seal) => new(
        request.Sha256, request.Size, request.MediaType, request.Title,
        request.AcquiredFrom is { } whom ? seal.Always("acquiredFrom", whom) : null, request.Original);

    public static PartyId? ToParty(string? id) => id is null ? null : new PartyId(id);

    public static Values<string> ToValues(IReadOnlyList<string>? texts) => Map(texts, text => text);

    private static Occurred ToOccurred(this OccurredRequest request) => new(request.From, request.To, request.Precision);

    private static Location ToLocation(this LocationRequest request)
    {
        var zone = request.Zone is { } id ? new ZoneId(id) : (ZoneId?)null;
        if (request.Observer is { } observer)
            return new Location.FromObserver(
                new GeoPoint(observer.Latitude, observer.Longitude), observer.Name, ToSpan(request.BearingDegrees), ToSpan(request.DistanceMetres), request.Place, zone);
        return request is { Latitude: { } latitude, Longitude: { } longitude }
            ? new Location.Point(new GeoPoint(latitude, longitude), request.UncertaintyMetres, request.Place, request.PlaceId, zone)
            : new Location.Named(request.Place!, request.PlaceId, zone);
    }

    private static Span? ToSpan(BearingRequest? range) => range is null ? null : new Span(range.From, range.To);

    private static Span? ToSpan(DistanceRequest? range) => range is null ? null : new Span(range.From, range.To);

    private static Count ToCount(this CountRequest request) => new(request.Min, request.Max, request.Unit);

    private static Source ToSource(this SourceRequest request) => new(request.Name, request.Reliability, request.Credibility, request.Reference);

    private static ExternalReference ToReference(this ExternalReferenceRequest request) => new(request.System, request.Id, request.Version);

    private static ProvisionId? ToProvision(string? id) => id is null ? null : new ProvisionId(id);

    private static Values<ProvisionId> ToProvisions(IReadOnlyList<string>? ids) => Map(ids, id => new ProvisionId(id));

    private static Values<Breach> ToBreaches(IReadOnlyList<BreachRequest>? breaches) =>
        Map(breaches, breach => new Breach(new AgreementId(breach.AgreementId), new ProvisionId(breach.ProvisionId)));

    private static Values<ViolationId> ToRelated(IReadOnlyList<Guid>? ids) => Map(ids, id => new ViolationId(id));

    private static Values<TItem> Map<TFrom, TItem>(IReadOnlyList<TFrom>? items, Func<TFrom, TItem> map) =>
        items is null or { Count: 0 } ? Values<TItem>.None : items.Select(map).ToValues();
}
