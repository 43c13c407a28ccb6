using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Tables;

namespace Ledger.Exchange.Imports;

/// <summary>Our own form: one violation a line, as <c>POST …/violations</c> takes it (bodies.md).</summary>
/// <remarks>Each needs its violationId, or a second import couldn't know it again. A confidential part is refused: it belongs into a request over HTTP, not into a file that lies about.</remarks>
internal static class ViolationLines
{
    private const int LongestLine = 1 << 20;

    public static IEnumerable<ImportRow> Read(TextReader file, ImportFrame frame)
    {
        for (long number = 1; file.ReadLine() is { } line; number++)
            if (!string.IsNullOrWhiteSpace(line)) yield return Row(number, line, frame);
    }

    private static ImportRow Row(long number, string line, ImportFrame frame)
    {
        var errors = new List<RowError>();
        if (line.Length > LongestLine) return ImportRow.Bad(number, null, [new RowError("(line)", "", "A line has at most a million characters.")]);
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 32 });
            var body = new BodyReader(json.RootElement, "", errors);
            var id = body.Uuid("violationId", required: true);
            var report = Report(body, errors, json.RootElement);
            body.Done();
            return errors.Count > 0
                ? ImportRow.Bad(number, id?.ToString("D"), errors)
                : ImportRow.Good(number, id!.Value.ToString("D"), new ViolationCommand.Record(new ViolationId(id.Value), frame.Agreement, report!, Values<string>.None));
        }
        catch (JsonException)
        {
            return ImportRow.Bad(number, null, [new RowError("(line)", "", "It isn't a JSON object on one line.")]);
        }
        catch (InvalidOperationException)
        {
            // A value with half a surrogate pair is told at its place; the name of a field has none.
            return ImportRow.Bad(number, null, [new RowError("(line)", "", "The name of a field holds half a character (a \\u escape without its other half).")]);
        }
    }

    private static Report? Report(BodyReader body, List<RowError> errors, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("confidential", out _)) errors.Add(new RowError("/confidential", "", "A confidential part isn't taken from files: send such cases over HTTP."));
        body.Known("confidential");
        var category = body.Code<Category>("category", required: true);
        var provision = body.Slug("provision");
        var others = body.List("otherProvisions", item => item.SlugValue());
        var breaches = body.List("alsoBreaches", item => item.Object(o => (Agreement: o.Slug("agreementId", true), Provision: o.Slug("provisionId", true))));
        var weapon = body.Code<Weapon>("weapon");
        var occurred = body.Object("occurred", required: true, Occurred);
        var location = body.Object("location", false, Where);
        var places = body.List("otherPlaces", item => item.TextValue(RowLimits.Name));
        if (!body.Has("allegedParty")) errors.Add(new RowError("/allegedParty", "", "Must be there; null says that nobody is alleged."));
        var (alleged, by, affected) = (body.Slug("allegedParty"), body.Slug("allegedBy"), body.Slug("affectedParty"));
        var count = body.Part("count", o => (Min: o.Whole("min", true), Max: o.Whole("max"), Unit: o.Code<ObservedUnit>("unit", true)));
        if (count is { Max: { } max, Min: { } min } && max < min) errors.Add(new RowError("/count/max", "", "Must be at least min."));
        var seen = body.Part("observation", o => (Means: o.Code<ObservationMeans>("means", true), Description: o.Text("description", RowLimits.Text), Direction: o.Text("directionOfFire", RowLimits.Name)));
        var origin = body.Text("origin", RowLimits.Name);
        if (origin is null) errors.Add(new RowError("/origin", "", "Say which independent source the account comes from: a machine has none of its own."));
        var figures = body.List("casualties", item => item.Object(Casualty));
        var source = body.Part("source", o => (Name: o.Text("name", RowLimits.Name, true), Reliability: o.Code<Reliability>("reliability"), Credibility: o.Whole("credibility"), Reference: o.Text("reference", RowLimits.Text)));
        if (source is { Credibility: < 1 or > 6 }) errors.Add(new RowError("/source/credibility", "", "Is a whole number from 1 to 6."));
        var reference = body.Part("externalReference", o => (System: o.Text("system", RowLimits.Name, true), Id: o.Text("id", RowLimits.Name, true), Version: o.Text("version", RowLimits.Name)));
        var related = body.List("relatedTo", item => item.UuidValue());
        var narrative = body.Text("narrative", RowLimits.Narrative);
        if (errors.Count > 0) return null;
        return new Report(
            category!.Value, Id(provision, id => new ProvisionId(id)), others.Select(id => new ProvisionId(id!)).ToValues(),
            breaches.Select(b => new Breach(new AgreementId(b.Agreement!), new ProvisionId(b.Provision!))).ToValues(), weapon, occurred!, location, places.Select(place => place!).ToValues(),
            Id(alleged, id => new PartyId(id)), Id(by, id => new PartyId(id)), Id(affected, id => new PartyId(id)),
            count is { } c ? new Count(c.Min!.Value, c.Max, c.Unit!.Value) : null,
            seen is { } s ? new Observation(s.Means!.Value, s.Description is { } words ? Prose.InClear(words) : null, s.Direction) : null,
            origin!, figures.Select(row => row!).ToValues(),
            source is { } f ? new Source(f.Name!, f.Reliability, f.Credibility, f.Reference) : null,
            reference is { } r ? new ExternalReference(r.System!, r.Id!, r.Version) : null,
            related.Select(id => new ViolationId(id!.Value)).ToValues(), narrative is null ? null : Prose.InClear(narrative));
    }

    private static Occurred? Occurred(BodyReader o)
    {
        var (from, to, precision) = (o.Time("from", true), o.Time("to"), o.Code<TimePrecision>("precision", true));
        if (to < from) o.Say("to", "Must not lie before from.");
        return from is { } start && precision is { } grade ? new Occurred(start, to, grade) : null;
    }

    private static Location? Where(BodyReader o)
    {
        var observer = o.Part("observer", p => (Latitude: p.Number("latitude", 90, true), Longitude: p.Number("longitude", 180, true), Name: p.Text("name", RowLimits.Name)));
        var bearing = o.Part("bearingDegrees", p => (From: p.Number("from", 360, true), To: p.Number("to", 360, true)));
        var distance = o.Part("distanceMetres", p => (From: p.Number("from", 20_040_000, true), To: p.Number("to", 20_040_000, true)));
        var (latitude, longitude, uncertainty) = (o.Number("latitude", 90), o.Number("longitude", 180), o.Number("uncertaintyMetres", 20_040_000));
        var (place, id, zone) = (o.Text("place", RowLimits.Name), o.Text("placeId", RowLimits.Name), o.Slug("zone") is { } z ? new ZoneId(z) : (ZoneId?)null);
        if (observer is { Latitude: { } lat, Longitude: { } lon } at)
            return new Location.FromObserver(new GeoPoint(lat, lon), at.Name, Span(bearing), Span(distance), place, zone);
        if (latitude is { } y && longitude is { } x) return new Location.Point(new GeoPoint(y, x), uncertainty, place, id, zone);
        if (latitude is not null || longitude is not null) o.Say("", "A point has a latitude and a longitude.");
        else if (place is null && observer is null) o.Say("place", "Must be there, where there is neither a point nor an observer.");
        return place is null ? null : new Location.Named(place, id, zone);
    }

    private static Span? Span((double? From, double? To)? range) => range is { From: { } from, To: { } to } ? new Span(from, to) : null;

    private static CasualtyRow? Casualty(BodyReader o)
    {
        var (kind, who, of) = (o.Code<CasualtyKind>("kind", true), o.Code<CasualtyWho>("who", true), o.Slug("of"));
        var (low, best, high, printed) = (o.Whole("low"), o.Whole("best", true), o.Whole("high"), o.Flag("asPrinted"));
        if (!printed && (low > best || high < best)) o.Say("", "low, best and high are in order, unless the source printed it so (asPrinted).");
        return kind is { } k && who is { } w && best is { } b ? new CasualtyRow(k, w, Id(of, id => new PartyId(id)), low, b, high, printed) : null;
    }

    private static T? Id<T>(string? text, Func<string, T> id)
        where T : struct => text is null ? null : id(text);
}
