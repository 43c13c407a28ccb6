using System.Globalization;
using System.Text.Json;
using Ledger.Application.Queries;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>One event of a case for people: what it is called, what it says, and what it changed from what.</summary>
/// <param name="Title">Its key among the words.</param>
/// <param name="Facts">Label and value.</param>
/// <param name="Texts">Label and prose.</param>
/// <param name="Changes">Field, value before, value after.</param>
public sealed record HistoryLine(
    FeedItem Item, string Title, IReadOnlyList<(string Label, string Value)> Facts, IReadOnlyList<(string Label, string Text)> Texts,
    IReadOnlyList<(string Field, string? Before, string? After)> Changes)
{
    // What is said elsewhere on the page, or to programs only.
    private static readonly string[] Unsaid = ["violationId", "agreementId", "agreementRevision", "disputeId", "confidential", "possiblyInside", "beforeBound", "changes", "evidence", "digests"];
    private static readonly string[] Prose = ["statement", "rationale", "reason", "basis", "narrative", "description", "legalBasis", "acquiredFrom"];

    /// <summary>A case's events in order, each amendment held against what stood before it.</summary>
    public static IReadOnlyList<HistoryLine> Of(IReadOnlyList<FeedItem> items, AgreementState? agreement, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(items);
        var stands = new Dictionary<string, JsonElement>();
        return [.. items.Select(item => Of(item, stands, new Said(agreement, zone)))];
    }

    private static HistoryLine Of(FeedItem item, Dictionary<string, JsonElement> stands, Said said)
    {
        using var json = JsonDocument.Parse(item.Data);
        var data = json.RootElement.Clone();
        var type = TypeOf(item);
        var changes = new List<(string, string?, string?)>();
        if (type == "violation-recorded")
        {
            foreach (var field in data.EnumerateObject()) stands[field.Name] = field.Value;
        }

        foreach (var field in Changed(data))
        {
            changes.Add((Said.Field(field.Name), stands.TryGetValue(field.Name, out var before) ? said.Value(field.Name, before) : null, said.Value(field.Name, field.Value)));
            stands[field.Name] = field.Value;
        }

        var (facts, texts) = (new List<(string, string)>(), new List<(string, string)>());
        Tell(data, said, facts, texts);
        return new HistoryLine(item, "Event_" + type, facts, texts, changes);
    }

    /// <summary>violation-recorded-v1 is violation-recorded.</summary>
    public static string TypeOf(FeedItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var stored = item.Event.Stored.Type;
        var version = stored.LastIndexOf("-v", StringComparison.Ordinal);
        return version < 0 ? stored : stored[..version];
    }

    private static JsonElement.ObjectEnumerator Changed(JsonElement data)
    {
        if (data.TryGetProperty("changes", out var changes)) return changes.EnumerateObject();
        return data.TryGetProperty("remedy", out var remedy) && remedy.ValueKind == JsonValueKind.Object && remedy.TryGetProperty("changes", out var remedied)
            ? remedied.EnumerateObject()
            : default;
    }

    private static void Tell(JsonElement data, Said said, List<(string, string)> facts, List<(string, string)> texts)
    {
        foreach (var field in data.EnumerateObject().Where(field => !Unsaid.Contains(field.Name)))
        {
            if (field is { Name: "remedy" or "attribution" or "ruling" or "evidence" or "copy", Value.ValueKind: JsonValueKind.Object })
            {
                if (field.Name == "remedy" && field.Value.TryGetProperty("kind", out var kind)) facts.Add((Said.Field("remedy"), Labels.Of("remedies", kind.GetString()!)));
                Tell(field.Name == "remedy" ? Without(field.Value, "kind") : field.Value, said, facts, texts);
            }
            else if (said.Value(field.Name, field.Value) is { Length: > 0 } value)
            {
                (Prose.Contains(field.Name) ? texts : facts).Add((Said.Field(field.Name), value));
            }
        }
    }

    private static JsonElement Without(JsonElement element, string name) =>
        JsonSerializer.SerializeToElement(element.EnumerateObject().Where(field => field.Name != name).ToDictionary(field => field.Name, field => field.Value));

    /// <summary>Fields and values of stored events in the reader's words. What it doesn't know it shows as it stands.</summary>
    private sealed class Said(AgreementState? agreement, TimeZoneInfo zone)
    {
        private static readonly Dictionary<string, string> Lists = new()
        {
            ["category"] = "categories", ["weapon"] = "weapons", ["severity"] = "severities", ["confidence"] = "confidences", ["reply"] = "replies",
            ["grounds"] = "grounds", ["outcome"] = "outcomes", ["kind"] = "casualtyKinds", ["who"] = "casualtyWho", ["means"] = "means",
            ["unit"] = "units", ["precision"] = "precisions",
        };

        private static readonly string[] Parties = ["allegedParty", "allegedBy", "affectedParty", "party", "of"];

        public static string Field(string name) => Text.Core.Find("Field_" + name) ?? name;

        public string? Value(string name, JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Null => Parties.Contains(name) ? Labels.Party(agreement, null) : "–",
            JsonValueKind.String => OfText(name, value.GetString()!),
            JsonValueKind.True => Text.Core["Yes"],
            JsonValueKind.False => Text.Core["No"],
            JsonValueKind.Number => value.TryGetInt64(out var whole) ? Numbers.Whole(whole) : value.GetDouble().ToString("0.#####", CultureInfo.CurrentCulture),
            JsonValueKind.Array => string.Join("; ", value.EnumerateArray().Select(one => Value(name == "casualties" ? "row" : name, one))),
            JsonValueKind.Object => OfObject(name, value),
            _ => null,
        };

        private string OfText(string name, string text)
        {
            if (Parties.Contains(name)) return Labels.Party(agreement, new PartyId(text));
            if (name == "reason") return Reason(text);
            if (Lists.TryGetValue(name, out var list)) return Labels.Of(list, text);
            if (name is "from" or "to" or "at" or "claimedAt" && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var moment)) return Numbers.Moment(moment, zone);
            return name == "provision" ? agreement?.ProvisionOf(new ProvisionId(text))?.Text ?? text : text;
        }

        // A dismissal's reason is a code; every other reason is prose.
        private static string Reason(string text) =>
            Kebab<DismissalReason>.TryParse(text, out var dismissed) ? Labels.Of("dismissalReasons", dismissed)
            : Kebab<UnresolvedReason>.TryParse(text, out var unresolved) ? Labels.Of("unresolvedReasons", unresolved)
            : text;

        private string OfObject(string name, JsonElement value)
        {
            if (name == "occurred" && Occurrence(value) is { } occurred) return Told.When(occurred, zone);
            // A text that was erased, or that the reader may not see, is its digest.
            if (value.EnumerateObject() is var fields && fields.Count() == 1 && fields.First() is { Name: "digest" }) return Text.Core["Erased"];
            return string.Join(", ", fields.Select(field => $"{Field(field.Name)}: {Value(field.Name, field.Value)}"));
        }

        private static Occurred? Occurrence(JsonElement value) =>
            value.TryGetProperty("from", out var from) && from.TryGetDateTimeOffset(out var begin) && value.TryGetProperty("precision", out var text)
                && Kebab<TimePrecision>.TryParse(text.GetString(), out var precision)
                ? new Occurred(begin, value.TryGetProperty("to", out var to) && to.TryGetDateTimeOffset(out var end) ? end : null, precision)
                : null;
    }
}
