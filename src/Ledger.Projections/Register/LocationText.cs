using System.Buffers;
using System.Text;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Projections.Register;

/// <summary>A location as the read model keeps it. Not the stored form of an event: it can change with every version of the read models.</summary>
internal static class LocationText
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    public static string Write(Location location)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>();
        var json = _json ??= new Utf8JsonWriter(buffer);
        buffer.ResetWrittenCount();
        json.Reset();
        Write(json, location);
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Location location)
    {
        json.WriteStartArray();
        switch (location)
        {
            case Location.Point p:
                json.WriteStringValue("p");
                Write(json, p.At);
                Write(json, p.UncertaintyMetres, p.Place, p.PlaceId, p.Zone);
                break;
            case Location.FromObserver o:
                json.WriteStringValue("o");
                Write(json, o.Observer);
                json.WriteStringValue(o.ObserverName);
                Write(json, o.BearingDegrees);
                Write(json, o.DistanceMetres);
                Write(json, null, o.Place, null, o.Zone);
                break;
            case Location.Named n:
                json.WriteStringValue("n");
                Write(json, null, n.Place, n.PlaceId, n.Zone);
                break;
        }

        json.WriteEndArray();
    }

    public static Location Read(string text)
    {
        using var json = JsonDocument.Parse(text);
        var a = json.RootElement;
        return a[0].GetString() switch
        {
            "p" => new Location.Point(Point(a[1], a[2]), Number(a[3]), a[4].GetString(), a[5].GetString(), Zone(a[6])),
            "o" => new Location.FromObserver(
                Point(a[1], a[2]), a[3].GetString(), Span(a[4], a[5]), Span(a[6], a[7]), a[9].GetString(), Zone(a[11])),
            _ => new Location.Named(a[2].GetString()!, a[3].GetString(), Zone(a[4])),
        };
    }

    private static void Write(Utf8JsonWriter json, GeoPoint at)
    {
        json.WriteNumberValue(at.Latitude);
        json.WriteNumberValue(at.Longitude);
    }

    private static void Write(Utf8JsonWriter json, Span? span)
    {
        WriteNumber(json, span?.From);
        WriteNumber(json, span?.To);
    }

    private static void Write(Utf8JsonWriter json, double? uncertainty, string? place, string? placeId, ZoneId? zone)
    {
        WriteNumber(json, uncertainty);
        json.WriteStringValue(place);
        json.WriteStringValue(placeId);
        json.WriteStringValue(zone?.Value);
    }

    private static void WriteNumber(Utf8JsonWriter json, double? number)
    {
        if (number is { } n) json.WriteNumberValue(n);
        else json.WriteNullValue();
    }

    private static GeoPoint Point(JsonElement latitude, JsonElement longitude) => new(latitude.GetDouble(), longitude.GetDouble());

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();

    private static Span? Span(JsonElement from, JsonElement to) => Number(from) is { } f ? new Span(f, to.GetDouble()) : null;

    private static ZoneId? Zone(JsonElement value) => value.GetString() is { } zone ? new ZoneId(zone) : null;
}
