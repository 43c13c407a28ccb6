using System.Globalization;
using System.Text.Json.Nodes;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>Between what people type and the API's JSON: what can't be read goes out as it was typed, for the API to say so beside its field.</summary>
internal static class FormJson
{
    public static IReadOnlyList<(string Value, string Said)> Codes<T>(string list) where T : struct, Enum =>
        [.. Kebab<T>.All.Select(code => (code, Labels.Of(list, code)))];

    public static IReadOnlyList<(string, string)> Parties(AgreementState agreement, bool withUndetermined)
    {
        var parties = agreement.Parties.Select(party => (party.PartyId.Value, Labels.Party(agreement, party.PartyId))).OrderBy(party => party.Item2, StringComparer.CurrentCulture);
        // Undetermined comes first: to name a party is a step that somebody takes.
        return withUndetermined ? [(PartyId.Undetermined, Labels.Party(agreement, null)), .. parties] : [.. parties];
    }

    public static string Local(DateTimeOffset moment, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(moment, zone).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A local time of the form in the zone of the page; what isn't one goes out as it was typed, for the API to say so.</summary>
    public static JsonNode? MomentOf(string? typed, TimeZoneInfo zone)
    {
        if (typed is null) return null;
        if (!DateTime.TryParseExact(typed, ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || zone.IsInvalidTime(local)) return typed;
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    public static JsonValue? WholeOf(string? typed) =>
        typed is null ? null : long.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : JsonValue.Create(typed);

    /// <summary>Degrees and metres, with a comma or a point.</summary>
    public static JsonValue? NumberOf(string? typed) =>
        typed is null ? null
        : double.TryParse(typed.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number)
        : JsonValue.Create(typed);

    public static string? Written(double? number) => number?.ToString("R", CultureInfo.InvariantCulture);

    // Browsers send lines with \r\n; texts of the ledger have \n.
    public static string? Lines(string? typed) => typed?.Replace("\r\n", "\n", StringComparison.Ordinal);

    public static string Short(string words) => words.Length <= 80 ? words : words[..79] + "…";

    /// <summary>What was left empty is left out.</summary>
    public static JsonObject Body(params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        var body = new JsonObject();
        foreach (var (name, value) in fields)
            if (value is not null) body[name] = value is JsonValue one && one.TryGetValue<string>(out var said) ? JsonValue.Create(Lines(said)) : value;
        return body;
    }
}
