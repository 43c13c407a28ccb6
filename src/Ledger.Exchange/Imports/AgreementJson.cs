using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Exchange.Imports;

/// <summary>An agreement and its zones as the bodies that the HTTP contract takes.</summary>
public static class AgreementJson
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(AgreementCommand.Register agreement)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        return Bytes(json =>
        {
            json.WriteString("agreementId", agreement.AgreementId.Value);
            json.WriteString("title", agreement.Title);
            json.WriteString("timeZone", agreement.TimeZone);
            Each(json, "instruments", agreement.Instruments, i =>
            {
                json.WriteString("instrumentId", i.InstrumentId);
                json.WriteString("title", i.Title);
                json.WriteString("date", i.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            });
            Each(json, "parties", agreement.Parties, p =>
            {
                json.WriteString("partyId", p.PartyId.Value);
                json.WriteString("name", p.Name);
                json.WriteString("standing", p.Standing.Code());
            });
            Each(json, "guarantors", agreement.Guarantors, g => json.WriteString("name", g.Name));
            Each(json, "provisions", agreement.Provisions, p =>
            {
                json.WriteString("provisionId", p.ProvisionId.Value);
                json.WriteString("text", p.Text);
                json.WriteStartArray("prohibits");
                foreach (var category in p.Prohibits) json.WriteStringValue(category.Code());
                json.WriteEndArray();
                if (p.Instrument is { } instrument) json.WriteString("instrument", instrument);
            });
            json.WriteStartObject("term");
            json.WriteString("from", agreement.Term.From.UtcDateTime);
            if (agreement.Term.Until is { } until) json.WriteString("until", until.UtcDateTime);
            json.WriteEndObject();
            json.WriteBoolean("exercise", agreement.Exercise);
        });
    }

    public static byte[] Write(Zone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return Bytes(json =>
        {
            json.WriteString("zoneId", zone.ZoneId.Value);
            json.WriteString("name", zone.Name);
            json.WriteStartObject("polygon");
            json.WriteString("type", zone.Polygon.IsMulti ? "MultiPolygon" : "Polygon");
            json.WriteStartArray("coordinates");
            foreach (var polygon in zone.Polygon.Polygons)
            {
                if (zone.Polygon.IsMulti) json.WriteStartArray();
                foreach (var ring in polygon.Rings) Positions(json, ring);
                if (zone.Polygon.IsMulti) json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void Positions(Utf8JsonWriter json, Ring ring)
    {
        json.WriteStartArray();
        foreach (var point in ring.Points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.Longitude);
            json.WriteNumberValue(point.Latitude);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void Each<T>(Utf8JsonWriter json, string name, Values<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> fill)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            fill(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
