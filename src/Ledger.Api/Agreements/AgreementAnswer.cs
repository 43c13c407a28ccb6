using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Answers;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Api.Agreements;

/// <summary>An agreement as it stands.</summary>
internal sealed record AgreementAnswer(
    string AgreementId, long Revision, string Title, string TimeZone, IReadOnlyList<InstrumentAnswer> Instruments,
    IReadOnlyList<PartyAnswer> Parties, IReadOnlyList<GuarantorAnswer> Guarantors, IReadOnlyList<ProvisionAnswer> Provisions,
    IReadOnlyList<ZoneAnswer> Zones, TermAnswer Term, IReadOnlyList<SuspensionAnswer> Suspensions,
    [property: JsonIgnore(Condition = Never)] DateTimeOffset? EndedAt, bool Exercise, PolicyAnswer Policy,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset RecordedAt)
{
    public static AgreementAnswer Of(AgreementState s) => new(
        s.AgreementId.Value, s.Revision, s.Title, s.TimeZone,
        [.. s.Instruments.Select(i => new InstrumentAnswer(i.InstrumentId, i.Title, i.Date, i.Reference, i.Sha256))],
        [.. s.Parties.Select(PartyAnswer.Of)],
        [.. s.Guarantors.Select(g => new GuarantorAnswer(g.Name))],
        [.. s.Provisions.Select(ProvisionAnswer.Of)],
        [.. s.Zones.Select(zone => new ZoneAnswer(zone.ZoneId.Value, zone.Name, zone.Polygon))],
        new TermAnswer(s.Term.From, s.Term.Until),
        [.. s.Suspensions.Select(suspension => new SuspensionAnswer(suspension.From, suspension.To))],
        s.EndedAt, s.Exercise, PolicyAnswer.Of(s.Policy, s.Safeguards), s.RecordedAt);
}

internal sealed record InstrumentAnswer(string InstrumentId, string Title, DateOnly Date, string? Reference, string? Sha256);

internal sealed record PartyAnswer(string PartyId, string Name, IReadOnlyDictionary<string, string> Labels, string Standing, DateTimeOffset? BoundFrom)
{
    public static PartyAnswer Of(Party party) => new(
        party.PartyId.Value, party.Name, party.Labels.ToDictionary(label => label.Language, label => label.Name), party.Standing.Code(), party.BoundFrom);
}

internal sealed record GuarantorAnswer(string Name);

internal sealed record ProvisionAnswer(
    string ProvisionId, string Text, IReadOnlyList<string> Prohibits, string? Instrument, DateTimeOffset? From, DateTimeOffset? Until)
{
    public static ProvisionAnswer Of(Provision p) => new(
        p.ProvisionId.Value, p.Text, [.. p.Prohibits.Select(category => category.Code())], p.Instrument, p.From, p.Until);
}

/// <param name="Polygon">A GeoJSON Polygon or MultiPolygon.</param>
internal sealed record ZoneAnswer(string ZoneId, string Name, Area Polygon);

internal sealed record TermAnswer(DateTimeOffset From, DateTimeOffset? Until);

internal sealed record SuspensionAnswer(DateTimeOffset From, [property: JsonIgnore(Condition = Never)] DateTimeOffset? To);

internal sealed record PolicyAnswer(
    int ConfirmationsRequired, int RulingsRequired, bool OnePerDelegation, bool RedisputeNeedsEvidence, bool ConfirmersMayResolve,
    int ReplyWindowHours, int ErasureApprovals, int PlacePrecisionMetres, string TimePrecision, int PolicyApprovals)
{
    public static PolicyAnswer Of(Policy p, Safeguards s) => new(
        p.ConfirmationsRequired, p.RulingsRequired, p.OnePerDelegation, p.RedisputeNeedsEvidence, p.ConfirmersMayResolve, p.ReplyWindowHours, p.ErasureApprovals,
        s.PlacePrecisionMetres, s.TimePrecision.Code(), s.PolicyApprovals);
}

/// <summary>An area as an RFC 7946 geometry: longitude goes before latitude here, and only here.</summary>
internal sealed class GeoJsonArea : JsonConverter<Area>
{
    public override Area Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Answers are written, never read.");

    public override void Write(Utf8JsonWriter writer, Area value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, value.IsMulti ? "MultiPolygon" : "Polygon");
        writer.WritePropertyName("coordinates"u8);
        if (value.IsMulti) WriteAll(writer, value.Polygons, Write);
        else Write(writer, value.Polygons[0]);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Polygon polygon) => WriteAll(writer, polygon.Rings, Write);

    private static void Write(Utf8JsonWriter writer, Ring ring) => WriteAll(writer, ring.Points, Write);

    private static void Write(Utf8JsonWriter writer, GeoPoint point)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(point.Longitude);
        writer.WriteNumberValue(point.Latitude);
        writer.WriteEndArray();
    }

    private static void WriteAll<T>(Utf8JsonWriter writer, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray();
        foreach (var item in items) write(writer, item);
        writer.WriteEndArray();
    }
}
