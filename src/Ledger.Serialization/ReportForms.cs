using System.Diagnostics;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization;

/// <summary>The stored forms of what a report is made of.</summary>
internal static class ReportForms
{
    public static readonly Form<Occurred> OccurredForm = ObjectForm.Of<Occurred>(of =>
    {
        var from = of.Field("from", Time, x => x.From);
        var to = of.Optional("to", Time, x => x.To);
        var precision = of.Field("precision", Code<TimePrecision>(), x => x.Precision);
        return row => new Occurred(row.Get(from), row.Get(to), row.Get(precision));
    });

    private static readonly Form<Span> SpanForm = ObjectForm.Of<Span>(of =>
    {
        var from = of.Field("from", Number, x => x.From);
        var to = of.Field("to", Number, x => x.To);
        return row => new Span(row.Get(from), row.Get(to));
    });

    private static readonly Form<Observer> ObserverForm = ObjectForm.Of<Observer>(of =>
    {
        var latitude = of.Field("latitude", Number, x => x.At.Latitude);
        var longitude = of.Field("longitude", Number, x => x.At.Longitude);
        var name = of.Optional("name", Text, x => x.Name);
        return row => new Observer(new GeoPoint(row.Get(latitude), row.Get(longitude)), row.Get(name));
    });

    /// <summary>Three shapes in one table: which fields are there tells which shape it is, and none may be there that it doesn't have.</summary>
    public static readonly Form<Location> LocationForm = ObjectForm.Of<Location>(of =>
    {
        var latitude = of.Optional("latitude", Number, x => (x as Location.Point)?.At.Latitude);
        var longitude = of.Optional("longitude", Number, x => (x as Location.Point)?.At.Longitude);
        var uncertainty = of.Optional("uncertaintyMetres", Number, x => (x as Location.Point)?.UncertaintyMetres);
        var observer = of.Optional("observer", ObserverForm, x => x is Location.FromObserver o ? new Observer(o.Observer, o.ObserverName) : null);
        var bearing = of.Optional("bearingDegrees", SpanForm, x => (x as Location.FromObserver)?.BearingDegrees);
        var distance = of.Optional("distanceMetres", SpanForm, x => (x as Location.FromObserver)?.DistanceMetres);
        var place = of.Optional("place", Text, PlaceOf);
        var placeId = of.Optional("placeId", Text, PlaceIdOf);
        var zone = of.Optional("zone", Ids.Zone, x => x.StatedZone);
        return row => (row.Get(latitude), row.Get(longitude), row.Get(observer), row.Get(place)) switch
        {
            ({ } lat, { } lon, null, var name) =>
                new Location.Point(new GeoPoint(lat, lon), row.Get(uncertainty), name, row.Get(placeId), row.Get(zone)),
            (null, null, { } from, var name) =>
                new Location.FromObserver(from.At, from.Name, row.Get(bearing), row.Get(distance), name, row.Get(zone)),
            (null, null, null, { } name) => new Location.Named(name, row.Get(placeId), row.Get(zone)),
            _ => row.Refuse<Location>("it is neither a point, nor seen from an observer, nor a named place."),
        };
    });

    public static readonly Form<Breach> BreachForm = ObjectForm.Of<Breach>(of =>
    {
        var agreementId = of.Field("agreementId", Ids.Agreement, x => x.AgreementId);
        var provisionId = of.Field("provisionId", Ids.Provision, x => x.ProvisionId);
        return row => new Breach(row.Get(agreementId), row.Get(provisionId));
    });

    public static readonly Form<Count> CountForm = ObjectForm.Of<Count>(of =>
    {
        var min = of.Field("min", Whole, x => x.Min);
        var max = of.Optional("max", Whole, x => x.Max);
        var unit = of.Field("unit", Code<ObservedUnit>(), x => x.Unit);
        return row => new Count(row.Get(min), row.Get(max), row.Get(unit));
    });

    public static readonly Form<Observation> ObservationForm = ObjectForm.Of<Observation>(of =>
    {
        var means = of.Field("means", Code<ObservationMeans>(), x => x.Means);
        var description = of.OptionalProse("description", x => x.Description);
        var directionOfFire = of.Optional("directionOfFire", Text, x => x.DirectionOfFire);
        return row => new Observation(row.Get(means), row.Get(description), row.Get(directionOfFire));
    });

    public static readonly Form<CasualtyRow> CasualtyRowForm = ObjectForm.Of<CasualtyRow>(of =>
    {
        var kind = of.Field("kind", Code<CasualtyKind>(), x => x.Kind);
        var who = of.Field("who", Code<CasualtyWho>(), x => x.Who);
        var whose = of.Optional("of", Ids.Party, x => x.Of);
        var low = of.Optional("low", Whole, x => x.Low);
        var best = of.Field("best", Whole, x => x.Best);
        var high = of.Optional("high", Whole, x => x.High);
        var asPrinted = of.Flag("asPrinted", x => x.AsPrinted);
        return row => new CasualtyRow(
            row.Get(kind), row.Get(who), row.Get(whose), row.Get(low), row.Get(best), row.Get(high), row.Get(asPrinted));
    });

    public static readonly Form<Source> SourceForm = ObjectForm.Of<Source>(of =>
    {
        var name = of.Field("name", Text, x => x.Name);
        var reliability = of.Optional("reliability", Code<Reliability>(), x => x.Reliability);
        var credibility = of.Optional("credibility", Whole, x => x.Credibility);
        var reference = of.Optional("reference", Text, x => x.Reference);
        return row => new Source(row.Get(name), row.Get(reliability), row.Get(credibility), row.Get(reference));
    });

    public static readonly Form<ExternalReference> ExternalReferenceForm = ObjectForm.Of<ExternalReference>(of =>
    {
        var system = of.Field("system", Text, x => x.System);
        var id = of.Field("id", Text, x => x.Id);
        var version = of.Optional("version", Text, x => x.Version);
        return row => new ExternalReference(row.Get(system), row.Get(id), row.Get(version));
    });

    public static readonly ObjectForm<Evidence> EvidenceForm = ObjectForm.Of<Evidence>(of =>
    {
        var sha256 = of.Field("sha256", Text, x => x.Sha256);
        var size = of.Field("size", Long, x => x.Size);
        var mediaType = of.Field("mediaType", Text, x => x.MediaType);
        var title = of.Field("title", Text, x => x.Title);
        var acquiredFrom = of.OptionalProse("acquiredFrom", x => x.AcquiredFrom);
        var original = of.Field("original", YesNo, x => x.Original);
        return row => new Evidence(
            row.Get(sha256), row.Get(size), row.Get(mediaType), row.Get(title), row.Get(acquiredFrom), row.Get(original));
    });

    /// <summary>The party is always there: null says undetermined, which isn't the same as silence.</summary>
    public static readonly ObjectForm<Attribution> AttributionForm = ObjectForm.Of<Attribution>(of =>
    {
        var party = of.Field("party", Ids.Party.OrNull(), x => x.Party);
        var confidence = of.Optional("confidence", Code<Confidence>(), x => x.Confidence);
        var basis = of.OptionalProse("basis", x => x.Basis);
        return row => new Attribution(row.Get(party), row.Get(confidence), row.Get(basis));
    });

    public static readonly ObjectForm<CasualtyClaim> CasualtyClaimForm = ObjectForm.Of<CasualtyClaim>(of =>
    {
        var casualties = of.List("casualties", CasualtyRowForm, x => x.Rows);
        var claimedBy = of.Field("claimedBy", Text, x => x.ClaimedBy);
        var claimedAt = of.Optional("claimedAt", Time, x => x.ClaimedAt);
        var source = of.Optional("source", Text, x => x.Source);
        return row => new CasualtyClaim(row.Get(casualties), row.Get(claimedBy), row.Get(claimedAt), row.Get(source));
    });

    /// <summary>Only what changes is there; null clears a field, an empty array a list.</summary>
    public static readonly Form<ReportChanges> ChangesForm = ObjectForm.Of<ReportChanges>(of =>
    {
        var category = of.Change("category", Code<Category>(), x => x.Category);
        var provision = of.Change("provision", Ids.Provision.OrNull(), x => x.Provision);
        var otherProvisions = of.Change("otherProvisions", ListOf(Ids.Provision), x => x.OtherProvisions);
        var alsoBreaches = of.Change("alsoBreaches", ListOf(BreachForm), x => x.AlsoBreaches);
        var weapon = of.Change("weapon", Code<Weapon>().OrNull(), x => x.Weapon);
        var occurred = of.Change("occurred", OccurredForm, x => x.Occurred);
        var location = of.Change("location", LocationForm.OrNull(), x => x.Location);
        var otherPlaces = of.Change("otherPlaces", ListOf(Text), x => x.OtherPlaces);
        var allegedBy = of.Change("allegedBy", Ids.Party.OrNull(), x => x.AllegedBy);
        var affectedParty = of.Change("affectedParty", Ids.Party.OrNull(), x => x.AffectedParty);
        var count = of.Change("count", CountForm.OrNull(), x => x.Count);
        var observation = of.Change("observation", ObservationForm.OrNull(), x => x.Observation);
        var origin = of.Change("origin", Text, x => x.Origin);
        var casualties = of.Change("casualties", ListOf(CasualtyRowForm), x => x.Casualties);
        var source = of.Change("source", SourceForm.OrNull(), x => x.Source);
        var externalReference = of.Change("externalReference", ExternalReferenceForm.OrNull(), x => x.ExternalReference);
        var relatedTo = of.Change("relatedTo", ListOf(Ids.Violation), x => x.RelatedTo);
        var narrative = of.ChangedProse("narrative", x => x.Narrative);
        return row => new ReportChanges
        {
            Category = row.Get(category),
            Provision = row.Get(provision),
            OtherProvisions = row.Get(otherProvisions),
            AlsoBreaches = row.Get(alsoBreaches),
            Weapon = row.Get(weapon),
            Occurred = row.Get(occurred),
            Location = row.Get(location),
            OtherPlaces = row.Get(otherPlaces),
            AllegedBy = row.Get(allegedBy),
            AffectedParty = row.Get(affectedParty),
            Count = row.Get(count),
            Observation = row.Get(observation),
            Origin = row.Get(origin),
            Casualties = row.Get(casualties),
            Source = row.Get(source),
            ExternalReference = row.Get(externalReference),
            RelatedTo = row.Get(relatedTo),
            Narrative = row.Get(narrative),
        };
    });

    private static string? PlaceOf(Location location) => location switch
    {
        Location.Point point => point.Place,
        Location.FromObserver seen => seen.Place,
        Location.Named named => named.Place,
        _ => throw new UnreachableException(),
    };

    private static string? PlaceIdOf(Location location) => location switch
    {
        Location.Point point => point.PlaceId,
        Location.FromObserver => null,
        Location.Named named => named.PlaceId,
        _ => throw new UnreachableException(),
    };

    private static ListForm<T> ListOf<T>(Form<T> item) => new(item);

    /// <summary>An observer's position with its name: one object in JSON, two fields in the domain.</summary>
    private sealed record Observer(GeoPoint At, string? Name);
}
