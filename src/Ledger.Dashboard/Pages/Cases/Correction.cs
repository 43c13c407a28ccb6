using System.Text.Json.Nodes;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Microsoft.Extensions.Primitives;
using static Ledger.Dashboard.Pages.Cases.FormJson;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>The questions of an amendment, each with what stands, and the changes that the answers make.</summary>
/// <param name="IsWhole">False where a finding leaves only the account and its source to be corrected.</param>
internal sealed record Correction(ViolationState State, AgreementState Agreement, CaseText Text, TimeZoneInfo Zone, bool IsWhole)
{
    private static readonly string[] PlaceKinds = ["point", "observer", "name"];

    private Report R => State.Report;

    /// <param name="under">Where the changes stand in the API's body.</param>
    /// <param name="when">Of the form around it; null where it stands alone.</param>
    public IEnumerable<ActField> Fields(string under, string? when)
    {
        IEnumerable<ActField> fields = IsWhole ? [.. What(), .. When(), .. Where(), .. Perceived(), .. Account()] : Account();
        return fields.Select(field => field with { Place = under + field.Place, When = when, Corrects = true });
    }

    /// <summary>Only what differs from what stands: an amendment names the fields that it changes.</summary>
    /// <remarks>Both sides go through the form, which is coarser than the record (no seconds), so that what nobody touched is never a change.</remarks>
    public JsonObject Changes(ActValues typed)
    {
        var stands = Said(new ActValues(Fields("", null).ToDictionary(field => field.Name, field => new StringValues(field.Standing))));
        var changes = new JsonObject();
        foreach (var (name, value) in Said(typed))
            if (!JsonNode.DeepEquals(value, stands[name])) changes[name] = value?.DeepClone();
        return changes;
    }

    private IEnumerable<ActField> What()
    {
        const string part = "PartCorrection";
        yield return new("c-category", "/category", "Field_category", Asks.Select) { Options = Codes<Category>("categories"), Standing = R.Category.Code(), Part = part, IsRequired = true };
        yield return new("c-provision", "/provision", "Field_provision", Asks.Select) { Options = [.. Agreement.Provisions.Select(p => (p.ProvisionId.Value, $"{p.ProvisionId}: {Short(p.Text)}"))], Standing = R.Provision?.Value, Part = part };
        yield return new("c-weapon", "/weapon", "Field_weapon", Asks.Select) { Options = Codes<Weapon>("weapons"), Standing = R.Weapon?.Code(), Part = part };
        yield return new("c-affected", "/affectedParty", "Field_affectedParty", Asks.Select) { Options = Parties(Agreement, withUndetermined: false), Standing = R.AffectedParty?.Value, Part = part };
        yield return new("c-allegedBy", "/allegedBy", "Field_allegedBy", Asks.Select) { Options = Parties(Agreement, withUndetermined: false), Standing = R.AllegedBy?.Value, Part = part };
    }

    private IEnumerable<ActField> When()
    {
        const string part = "StepWhen";
        yield return new("c-from", "/occurred/from", "OccurredFrom", Asks.Moment) { Standing = Local(R.Occurred.From, Zone), Part = part, Hint = "Hint_zone", IsRequired = true };
        yield return new("c-to", "/occurred/to", "OccurredTo", Asks.Moment) { Standing = R.Occurred.To is { } to ? Local(to, Zone) : null, Part = part };
        yield return new("c-precision", "/occurred/precision", "Field_precision", Asks.Select) { Options = Codes<TimePrecision>("precisions"), Standing = R.Occurred.Precision.Code(), Part = part, IsRequired = true };
    }

    private IEnumerable<ActField> Where()
    {
        var (point, seen, named) = (R.Location as Location.Point, R.Location as Location.FromObserver, R.Location as Location.Named);
        ActField Ask(string name, string place, string label, Asks asks, string? stands, string? within = null) =>
            new("c-" + name, "/location" + place, label, asks) { Standing = stands, Part = "StepWhere", Within = within };

        yield return Ask("where", "", "WhereKind", Asks.Select, R.Location switch { Location.Point => "point", Location.FromObserver => "observer", Location.Named => "name", _ => null })
            with { Options = [.. PlaceKinds.Select(kind => (kind, Languages.Text.Field["Where_" + kind]))] };
        yield return Ask("place", "/place", "PlaceName", Asks.Line, point?.Place ?? seen?.Place ?? named?.Place, "c-where=point|observer|name");
        yield return Ask("placeId", "/placeId", "Field_placeId", Asks.Line, point?.PlaceId ?? named?.PlaceId, "c-where=point|name");
        yield return Ask("zone", "/zone", "Field_zone", Asks.Select, R.Location?.StatedZone?.Value, "c-where=point|observer|name") with { Options = [.. Agreement.Zones.Select(zone => (zone.ZoneId.Value, zone.Name))] };
        yield return Ask("latitude", "/latitude", "Latitude", Asks.Fraction, Written(point?.At.Latitude), "c-where=point");
        yield return Ask("longitude", "/longitude", "Longitude", Asks.Fraction, Written(point?.At.Longitude), "c-where=point");
        yield return Ask("uncertainty", "/uncertaintyMetres", "Uncertainty", Asks.Fraction, Written(point?.UncertaintyMetres), "c-where=point");
        yield return Ask("observer", "/observer/name", "ObserverName", Asks.Line, seen?.ObserverName, "c-where=observer");
        yield return Ask("observerLatitude", "/observer/latitude", "ObserverLatitude", Asks.Fraction, Written(seen?.Observer.Latitude), "c-where=observer");
        yield return Ask("observerLongitude", "/observer/longitude", "ObserverLongitude", Asks.Fraction, Written(seen?.Observer.Longitude), "c-where=observer");
        yield return Ask("bearingFrom", "/bearingDegrees/from", "BearingFrom", Asks.Fraction, Written(seen?.BearingDegrees?.From), "c-where=observer");
        yield return Ask("bearingTo", "/bearingDegrees/to", "BearingTo", Asks.Fraction, Written(seen?.BearingDegrees?.To), "c-where=observer");
        yield return Ask("distanceFrom", "/distanceMetres/from", "DistanceFrom", Asks.Fraction, Written(seen?.DistanceMetres?.From), "c-where=observer");
        yield return Ask("distanceTo", "/distanceMetres/to", "DistanceTo", Asks.Fraction, Written(seen?.DistanceMetres?.To), "c-where=observer");
        yield return new("c-otherPlaces", "/otherPlaces", "Field_otherPlaces", Asks.Prose) { Standing = R.OtherPlaces.Count == 0 ? null : string.Join("\n", R.OtherPlaces), Part = "StepWhere", Hint = "Hint_lines" };
    }

    private IEnumerable<ActField> Perceived()
    {
        const string part = "Field_observation";
        const string count = "Field_count";
        yield return new("c-min", "/count/min", "CountMin", Asks.Number) { Standing = Written(R.Count?.Min), Part = count };
        yield return new("c-max", "/count/max", "CountMax", Asks.Number) { Standing = Written(R.Count?.Max), Part = count };
        yield return new("c-unit", "/count/unit", "Unit", Asks.Select) { Options = Codes<ObservedUnit>("units"), Standing = R.Count?.Unit.Code(), Part = count };
        yield return new("c-means", "/observation/means", "Field_means", Asks.Select) { Options = Codes<ObservationMeans>("means"), Standing = R.Observation?.Means.Code(), Part = part };
        yield return new("c-description", "/observation/description", "Field_description", Asks.Prose) { Standing = Text(R.Observation?.Description), Part = part };
        yield return new("c-direction", "/observation/directionOfFire", "Field_directionOfFire", Asks.Line) { Standing = R.Observation?.DirectionOfFire, Part = part };
        yield return new("c-origin", "/origin", "Field_origin", Asks.Line) { Standing = R.Origin, Part = part, IsRequired = true };
    }

    private IEnumerable<ActField> Account()
    {
        const string part = "PartAccount";
        yield return new("c-narrative", "/narrative", "Field_narrative", Asks.Prose) { Standing = Text(R.Narrative), Part = part };
        yield return new("c-source", "/source/name", "Field_source", Asks.Line) { Standing = R.Source?.Name, Part = part };
        yield return new("c-reference", "/source/reference", "Field_reference", Asks.Line) { Standing = R.Source?.Reference, Part = part };
    }

    /// <summary>Every field as the API's body has it; null takes it away.</summary>
    private JsonObject Said(ActValues v)
    {
        JsonNode? Of(string name) => v.Of("c-" + name) is { } text ? JsonValue.Create(Lines(text)) : null;
        var said = new JsonObject
        {
            ["narrative"] = Of("narrative"),
            ["source"] = v.Of("c-source") is null ? null : Body(
                ("name", Of("source")), ("reference", Of("reference")), ("reliability", R.Source?.Reliability?.Code()), ("credibility", R.Source?.Credibility is { } grade ? JsonValue.Create(grade) : null)),
        };
        if (!IsWhole) return said;
        said["category"] = Of("category");
        said["provision"] = Of("provision");
        said["weapon"] = Of("weapon");
        said["affectedParty"] = Of("affected");
        said["allegedBy"] = Of("allegedBy");
        said["origin"] = Of("origin");
        said["occurred"] = Body(("from", MomentOf(v.Of("c-from"), Zone)), ("to", MomentOf(v.Of("c-to"), Zone)), ("precision", Of("precision")));
        said["location"] = Place(v, Of);
        said["otherPlaces"] = new JsonArray([.. (v.Of("c-otherPlaces") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(place => JsonValue.Create(place))]);
        said["count"] = OrNull(Body(("min", WholeOf(v.Of("c-min"))), ("max", WholeOf(v.Of("c-max"))), ("unit", Of("unit"))));
        said["observation"] = OrNull(Body(("means", Of("means")), ("description", Of("description")), ("directionOfFire", Of("direction"))));
        return said;
    }

    private static JsonObject? Place(ActValues v, Func<string, JsonNode?> of)
    {
        JsonNode? Number(string name) => NumberOf(v.Of("c-" + name));
        return v.Of("c-where") switch
        {
            "point" => Body(("latitude", Number("latitude")), ("longitude", Number("longitude")), ("uncertaintyMetres", Number("uncertainty")), ("place", of("place")), ("placeId", of("placeId")), ("zone", of("zone"))),
            "observer" => Body(
                ("observer", Body(("latitude", Number("observerLatitude")), ("longitude", Number("observerLongitude")), ("name", of("observer")))),
                ("bearingDegrees", Span(Number("bearingFrom"), Number("bearingTo"))), ("distanceMetres", Span(Number("distanceFrom"), Number("distanceTo"))), ("place", of("place")), ("zone", of("zone"))),
            "name" => Body(("place", of("place")), ("placeId", of("placeId")), ("zone", of("zone"))),
            _ => null,
        };
    }

    /// <summary>One number means exactly that; two are the least and the most.</summary>
    private static JsonObject? Span(JsonNode? from, JsonNode? to) =>
        from is null && to is null ? null : Body(("from", from ?? to!.DeepClone()), ("to", to ?? from!.DeepClone()));

    private static JsonObject? OrNull(JsonObject body) => body.Count == 0 ? null : body;
}
