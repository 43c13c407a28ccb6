using System.Buffers;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Imports;

/// <summary>A record command as the body that the HTTP contract takes (bodies.md, "A violation").</summary>
/// <remarks>
/// The same bytes go over HTTP and into the request's hash, so that what was imported in the process and is sent to a
/// server later is a repeat, not a conflict. Texts stand in the clear here, whatever their length.
/// </remarks>
public static class ViolationJson
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(ViolationCommand.Record record)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Compact)) Write(json, record);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ViolationCommand.Record record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Confidential.Count > 0) throw new ArgumentException("Digests can't be written as a request: the confidential part is gone from them.", nameof(record));

        var report = record.Report;
        json.WriteStartObject();
        json.WriteString("violationId", record.ViolationId.Value);
        json.WriteString("category", report.Category.Code());
        Text(json, "provision", report.Provision?.Value);
        Texts(json, "otherProvisions", report.OtherProvisions.Select(provision => provision.Value));
        Breaches(json, report.AlsoBreaches);
        Text(json, "weapon", report.Weapon?.Code());
        When(json, report.Occurred);
        if (report.Location is { } where) Where(json, where);
        Texts(json, "otherPlaces", report.OtherPlaces);
        json.WriteString("allegedParty", report.AllegedParty?.Value); // null must be there: it says undetermined
        Text(json, "allegedBy", report.AllegedBy?.Value);
        Text(json, "affectedParty", report.AffectedParty?.Value);
        if (report.Count is { } count) HowMany(json, count);
        if (report.Observation is { } observation) Observed(json, observation);
        json.WriteString("origin", report.Origin);
        WriteCasualties(json, report.Casualties);
        if (report.Source is { } source) From(json, source);
        if (report.ExternalReference is { } reference) External(json, reference);
        Texts(json, "relatedTo", report.RelatedTo.Select(related => related.ToString()));
        Text(json, "narrative", InClear(report.Narrative));
        json.WriteEndObject();
    }

    private static void When(Utf8JsonWriter json, Occurred occurred)
    {
        json.WriteStartObject("occurred");
        json.WriteString("from", Rfc3339(occurred.From));
        if (occurred.To is { } to) json.WriteString("to", Rfc3339(to));
        json.WriteString("precision", occurred.Precision.Code());
        json.WriteEndObject();
    }

    private static void Where(Utf8JsonWriter json, Location location)
    {
        json.WriteStartObject("location");
        switch (location)
        {
            case Location.Point p:
                json.WriteNumber("latitude", p.At.Latitude);
                json.WriteNumber("longitude", p.At.Longitude);
                if (p.UncertaintyMetres is { } metres) json.WriteNumber("uncertaintyMetres", metres);
                Text(json, "place", p.Place);
                Text(json, "placeId", p.PlaceId);
                break;
            case Location.FromObserver o:
                json.WriteStartObject("observer");
                json.WriteNumber("latitude", o.Observer.Latitude);
                json.WriteNumber("longitude", o.Observer.Longitude);
                Text(json, "name", o.ObserverName);
                json.WriteEndObject();
                Range(json, "bearingDegrees", o.BearingDegrees);
                Range(json, "distanceMetres", o.DistanceMetres);
                Text(json, "place", o.Place);
                break;
            case Location.Named n:
                json.WriteString("place", n.Place);
                Text(json, "placeId", n.PlaceId);
                break;
            default:
                throw new UnreachableException();
        }

        Text(json, "zone", location.StatedZone?.Value);
        json.WriteEndObject();
    }

    private static void Range(Utf8JsonWriter json, string name, Span? span)
    {
        if (span is null) return;
        json.WriteStartObject(name);
        json.WriteNumber("from", span.From);
        json.WriteNumber("to", span.To);
        json.WriteEndObject();
    }

    private static void Breaches(Utf8JsonWriter json, Values<Breach> breaches)
    {
        if (breaches.Count == 0) return;
        json.WriteStartArray("alsoBreaches");
        foreach (var breach in breaches)
        {
            json.WriteStartObject();
            json.WriteString("agreementId", breach.AgreementId.Value);
            json.WriteString("provisionId", breach.ProvisionId.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void HowMany(Utf8JsonWriter json, Count count)
    {
        json.WriteStartObject("count");
        json.WriteNumber("min", count.Min);
        if (count.Max is { } max) json.WriteNumber("max", max);
        json.WriteString("unit", count.Unit.Code());
        json.WriteEndObject();
    }

    private static void Observed(Utf8JsonWriter json, Observation observation)
    {
        json.WriteStartObject("observation");
        json.WriteString("means", observation.Means.Code());
        Text(json, "description", InClear(observation.Description));
        Text(json, "directionOfFire", observation.DirectionOfFire);
        json.WriteEndObject();
    }

    internal static void WriteCasualties(Utf8JsonWriter json, Values<CasualtyRow> rows)
    {
        if (rows.Count == 0) return;
        json.WriteStartArray("casualties");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("kind", row.Kind.Code());
            json.WriteString("who", row.Who.Code());
            Text(json, "of", row.Of?.Value);
            if (row.Low is { } low) json.WriteNumber("low", low);
            json.WriteNumber("best", row.Best);
            if (row.High is { } high) json.WriteNumber("high", high);
            if (row.AsPrinted) json.WriteBoolean("asPrinted", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void From(Utf8JsonWriter json, Source source)
    {
        json.WriteStartObject("source");
        json.WriteString("name", source.Name);
        Text(json, "reliability", source.Reliability?.Code());
        if (source.Credibility is { } credibility) json.WriteNumber("credibility", credibility);
        Text(json, "reference", source.Reference);
        json.WriteEndObject();
    }

    private static void External(Utf8JsonWriter json, ExternalReference reference)
    {
        json.WriteStartObject("externalReference");
        json.WriteString("system", reference.System);
        json.WriteString("id", reference.Id);
        Text(json, "version", reference.Version);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        var all = values.ToArray();
        if (all.Length == 0) return;
        json.WriteStartArray(name);
        foreach (var value in all) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string? InClear(Prose? prose) => prose is { Text: null }
        ? throw new ArgumentException("A sealed text can't be written as a request: only its digest is there.")
        : prose?.Text;

    private static string Rfc3339(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
