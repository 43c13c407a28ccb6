using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;

namespace Ledger.Exchange.Imports;

/// <summary>What a row brings, other than a case, as the body that the HTTP contract takes (bodies.md).</summary>
internal static class EntryJson
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(Entry.Figures figures) => Bytes(json =>
    {
        ViolationJson.WriteCasualties(json, figures.Claim.Rows);
        json.WriteString("claimedBy", figures.Claim.ClaimedBy);
        if (figures.Claim.ClaimedAt is { } at) json.WriteString("claimedAt", at.UtcDateTime);
        Text(json, "source", figures.Claim.Source);
    });

    public static byte[] Write(ClaimCommand.Record claim) => Bytes(json =>
    {
        json.WriteString("claimId", claim.ClaimId.Value);
        json.WriteStartObject("claimedBy");
        Text(json, "party", claim.ClaimedBy.Party?.Value);
        Text(json, "body", claim.ClaimedBy.Body);
        json.WriteEndObject();
        json.WriteString("against", claim.Against?.Value);
        json.WriteString("from", claim.From.UtcDateTime);
        json.WriteString("to", claim.To.UtcDateTime);
        json.WriteStartArray("figures");
        foreach (var figure in claim.Figures)
        {
            json.WriteStartObject();
            json.WriteString("of", figure.Of);
            json.WriteNumber("min", figure.Min);
            if (figure.Max is { } max) json.WriteNumber("max", max);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("source");
        json.WriteString("name", claim.Source.Name);
        Text(json, "reference", claim.Source.Reference);
        json.WriteEndObject();
        Text(json, "text", claim.Text?.Text);
    });

    public static byte[] Write(CoverageCommand coverage) => Bytes(json =>
    {
        var (id, site, zone, from, to) = coverage switch
        {
            CoverageCommand.LogMonitoring c => (c.CoverageId, c.Site, c.Zone, c.From, c.To),
            CoverageCommand.RecordGap c => (c.CoverageId, c.Site, c.Zone, c.From, c.To),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        json.WriteString("coverageId", id.Value);
        json.WriteString("site", site);
        Text(json, "zone", zone?.Value);
        json.WriteString("from", from.UtcDateTime);
        json.WriteString("to", to.UtcDateTime);
        if (coverage is not CoverageCommand.RecordGap gap) return;
        json.WriteString("cause", gap.Cause.Code());
        Text(json, "responsibleParty", gap.ResponsibleParty?.Value);
        Text(json, "description", gap.Description?.Text);
    });

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> fill)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            fill(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
