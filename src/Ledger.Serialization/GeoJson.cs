using System.Text.Json;
using Ledger.Domain;
using Ledger.Serialization.Forms;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization;

/// <summary>Areas as RFC 7946 geometries: longitude goes before latitude here, and only here.</summary>
internal static class GeoJson
{
    private static readonly Form<GeoPoint> Position = new Simple<GeoPoint>(
        (json, point) =>
        {
            json.WriteStartArray();
            json.WriteNumber(point.Longitude);
            json.WriteNumber(point.Latitude);
            json.WriteEndArray();
        },
        (ref json) =>
        {
            json.Expect(JsonTokenType.StartArray, "a position");
            json.Advance();
            var longitude = json.Number();
            json.Advance();
            var latitude = json.Number();
            json.Advance();
            json.Expect(JsonTokenType.EndArray, "the end of the position");
            return new GeoPoint(latitude, longitude);
        },
        () => new JObject { ["type"] = "array", ["prefixItems"] = new JArray(Schemas.Of("number"), Schemas.Of("number")), ["minItems"] = 2, ["maxItems"] = 2 });

    private static readonly Form<Ring> Ring = new ListForm<GeoPoint>(Position).As(points => new Ring(points), ring => ring.Points);

    private static readonly Form<Polygon> Polygon = new ListForm<Ring>(Ring).As(rings => new Polygon(rings), polygon => polygon.Rings);

    private static readonly Form<Area> One = Polygon.As(polygon => new Area(false, Values.Of(polygon)), area => area.Polygons.Single());

    private static readonly Form<Area> Many =
        new ListForm<Polygon>(Polygon).As(polygons => new Area(true, polygons), area => area.Polygons);

    /// <summary>A Polygon or a MultiPolygon, as it was given.</summary>
    public static readonly Form<Area> Area = new Union<Area>(
        "type",
        Case<Area>.Of("Polygon", Coordinates(One), area => !area.IsMulti),
        Case<Area>.Of("MultiPolygon", Coordinates(Many), area => area.IsMulti));

    private static ObjectForm<Area> Coordinates(Form<Area> form) => ObjectForm.Of<Area>(of =>
    {
        var coordinates = of.Field("coordinates", form, area => area);
        return row => row.Get(coordinates);
    });
}
