using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Ledger.Dashboard.Record;

/// <summary>What was typed in the record form, as the API's body. The script says the same from the same fields (assets/record.js).</summary>
/// <remarks>Nothing is judged here but what has no place in the body at all: the API judges, and its errors come back beside the fields.</remarks>
internal static class RecordForm
{
    /// <summary>The field that an error of the API belongs to, by the beginning of its JSON Pointer; the longest first.</summary>
    public static readonly IReadOnlyList<(string Pointer, string Field)> Fields =
    [
        ("/occurred/from", "from"), ("/occurred/to", "to"), ("/occurred/precision", "precision"), ("/occurred", "from"),
        ("/location/observer/latitude", "observerLatitude"), ("/location/observer/longitude", "observerLongitude"), ("/location/observer/name", "observerName"),
        ("/location/bearingDegrees", "bearingFrom"), ("/location/distanceMetres", "distanceFrom"), ("/location/latitude", "latitude"),
        ("/location/longitude", "longitude"), ("/location/uncertaintyMetres", "uncertainty"), ("/location/place", "place"), ("/location/zone", "zone"), ("/location", "where"),
        ("/category", "category"), ("/provision", "provision"), ("/weapon", "weapon"), ("/allegedParty", "allegedParty"), ("/affectedParty", "affectedParty"),
        ("/count", "countMin"), ("/observation/description", "observationText"), ("/observation", "means"), ("/origin", "origin"), ("/narrative", "narrative"), ("/confidential", "witness"),
    ];

    public static string? FieldOf(string pointer) => Fields.FirstOrDefault(known => pointer.StartsWith(known.Pointer, StringComparison.Ordinal)).Field;

    public static JsonObject Body(IFormCollection form, TimeZoneInfo zone)
    {
        var body = new JsonObject { ["violationId"] = Text(form, "violationId"), ["category"] = Text(form, "category") };
        Put(body, "provision", Text(form, "provision"));
        Put(body, "weapon", Text(form, "weapon"));
        var occurred = new JsonObject { ["from"] = Moment(Text(form, "from"), zone), ["precision"] = Text(form, "precision") };
        Put(occurred, "to", Moment(Text(form, "to"), zone));
        body["occurred"] = occurred;
        if (Location(form) is { Count: > 0 } location) body["location"] = location;
        body["allegedParty"] = Text(form, "allegedParty");
        Put(body, "affectedParty", Text(form, "affectedParty"));
        if (Number(form, "countMin") is { } least)
        {
            var count = new JsonObject { ["min"] = least, ["unit"] = Text(form, "unit") ?? "incident" };
            Put(count, "max", Number(form, "countMax"));
            body["count"] = count;
        }

        if (Text(form, "means") is { } means)
        {
            var observation = new JsonObject { ["means"] = means };
            Put(observation, "description", Text(form, "observationText"));
            body["observation"] = observation;
        }

        Put(body, "origin", Text(form, "origin"));
        Put(body, "narrative", Text(form, "narrative"));
        if (Text(form, "witness") is { } witness) body["confidential"] = new JsonObject { ["witness"] = witness };
        return body;
    }

    private static JsonObject Location(IFormCollection form)
    {
        var location = new JsonObject();
        Put(location, "place", Text(form, "place"));
        Put(location, "zone", Text(form, "zone"));
        switch (Text(form, "where"))
        {
            case "point":
                Put(location, "latitude", Number(form, "latitude"));
                Put(location, "longitude", Number(form, "longitude"));
                Put(location, "uncertaintyMetres", Number(form, "uncertainty"));
                break;
            case "observer":
                var observer = new JsonObject { ["latitude"] = Number(form, "observerLatitude"), ["longitude"] = Number(form, "observerLongitude") };
                Put(observer, "name", Text(form, "observerName"));
                location["observer"] = observer;
                Put(location, "bearingDegrees", Range(form, "bearingFrom", "bearingTo"));
                Put(location, "distanceMetres", Range(form, "distanceFrom", "distanceTo"));
                break;
        }

        return location;
    }

    /// <summary>One number means exactly that; two are the least and the most.</summary>
    private static JsonObject? Range(IFormCollection form, string from, string to) =>
        (Number(form, from), Number(form, to)) switch
        {
            (null, null) => null,
            ({ } least, null) => new JsonObject { ["from"] = least, ["to"] = least.DeepClone() },
            (null, { } most) => new JsonObject { ["from"] = most, ["to"] = most.DeepClone() },
            ({ } least, { } most) => new JsonObject { ["from"] = least, ["to"] = most },
        };

    /// <summary>The clock of the agreement's own zone, with its offset. What can't be read goes on as it is, for the API to refuse.</summary>
    private static string? Moment(string? local, TimeZoneInfo zone)
    {
        if (!DateTime.TryParse(local, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return local;
        if (zone.IsInvalidTime(time)) time = time.AddHours(1);
        return new DateTimeOffset(time, zone.GetUtcOffset(time)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text.ReplaceLineEndings("\n") : null;

    private static JsonNode? Number(IFormCollection form, string name) =>
        Text(form, name) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
        : text;

    private static void Put(JsonObject json, string name, JsonNode? value)
    {
        if (value is not null) json[name] = value;
    }
}
