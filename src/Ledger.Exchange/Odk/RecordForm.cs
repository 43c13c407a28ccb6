using Ledger.Application.Labels;
using Ledger.Domain;
using Ledger.Exchange.Imports;
using MiniExcelLibs;

namespace Ledger.Exchange.Odk;

/// <summary>The record form as an XLSForm, for phones without this program: ODK Collect, KoboCollect and what speaks their form.</summary>
/// <remarks>It is made for an agreement, because its parties are choices. What is filled in comes back by the mapping <c>odk-record</c>.</remarks>
public static class RecordForm
{
    private const string Slug = "regex(., '^[a-z0-9][a-z0-9-]{0,63}$')";

    /// <summary>Type, name, what is asked, whether it must be answered, and a hint, a constraint and when it is asked, where there are.</summary>
    private static readonly (string Type, string Name, string Label, bool Required, string? Hint, string? Constraint, string? Relevant)[] Questions =
    [
        ("start", "start", "", false, null, null, null),
        ("text", "team", "Which team or post observed it?", true, "The independent source that the account comes from.", null, null),
        ("dateTime", "occurred_from", "When did it happen, or begin?", true, null, ". <= now()", null),
        ("dateTime", "occurred_to", "When did it end?", false, "Leave empty where it isn't known.", ". >= ${occurred_from}", null),
        ("select_one precisions", "precision", "How exactly is the time known?", true, null, null, null),
        ("geopoint", "place_point", "Where did it happen?", false, "The place of the act, not your own, where the two differ. Leave empty rather than guess.", null, null),
        ("text", "place", "Name of the place", false, null, null, null),
        ("select_one categories", "category", "What happened?", true, null, null, null),
        ("select_one weapons", "weapon", "Which weapon?", false, null, null, null),
        ("select_one parties", "alleged_party", "Which party is said to have done it?", true, "Undetermined is an answer.", null, null),
        ("select_one parties", "affected_party", "Which party was affected?", false, null, null, null),
        ("text", "provision", "Id of the clause", false, "As the agreement has it.", Slug, null),
        ("integer", "count", "How many?", false, null, ". >= 0 and . <= 10000000", null),
        ("select_one units", "unit", "How many of what?", true, null, null, "${count} != ''"),
        ("select_one means", "means", "How was it perceived?", true, null, null, null),
        ("text", "direction_of_fire", "Direction of fire", false, null, null, null),
        ("text", "description", "What was seen or heard", false, null, null, null),
        ("integer", "killed", "People killed", false, "Leave empty where nobody counted: empty isn't 0.", ". >= 0 and . <= 10000000", null),
        ("integer", "injured", "People injured", false, null, ". >= 0 and . <= 10000000", null),
        ("text", "narrative", "In your own words", false, "No names of witnesses: a form isn't a safe place for them.", null, null),
    ];

    /// <param name="title">Of the agreement.</param>
    public static void Write(Stream to, string title, ImportFrame frame)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(frame);
        to.SaveAs(new Dictionary<string, object>
        {
            ["survey"] = Questions.Select(Row).ToArray(),
            ["choices"] = Choices(frame).ToArray(),
            ["settings"] = new[] { new Dictionary<string, object> { ["form_title"] = $"Record: {title}", ["form_id"] = $"record-{frame.Agreement}", ["version"] = "1", ["default_language"] = LanguageOf("en") } },
        });
    }

    private static Dictionary<string, object?> Row((string Type, string Name, string Label, bool Required, string? Hint, string? Constraint, string? Relevant) q)
    {
        var row = new Dictionary<string, object?> { ["type"] = q.Type, ["name"] = q.Name };
        // The questions are in English; the answers' words are in every language that the codes have.
        foreach (var language in CodeLists.Languages) row[$"label::{LanguageOf(language)}"] = q.Label;
        (row["hint"], row["required"], row["constraint"], row["relevant"]) = (q.Hint, q.Required ? "yes" : null, q.Constraint, q.Relevant);
        return row;
    }

    private static IEnumerable<Dictionary<string, object?>> Choices(ImportFrame frame)
    {
        foreach (var list in new[] { "precisions", "categories", "weapons", "units", "means" })
            foreach (var code in CodeLists.All[list]) yield return Choice(list, code.Code, language => code.Labels[language]);
        foreach (var party in frame.Parties.GroupBy(pair => pair.Value).OrderBy(group => group.Key.Value, StringComparer.Ordinal))
            yield return Choice("parties", party.Key.Value, _ => party.Select(pair => pair.Key).FirstOrDefault(name => name != party.Key.Value) ?? party.Key.Value);
        yield return Choice("parties", PartyId.Undetermined, _ => "Undetermined");
    }

    private static Dictionary<string, object?> Choice(string list, string name, Func<string, string> label)
    {
        var row = new Dictionary<string, object?> { ["list_name"] = list, ["name"] = name };
        foreach (var language in CodeLists.Languages) row[$"label::{LanguageOf(language)}"] = label(language);
        return row;
    }

    /// <summary>As XLSForm names languages: English (en).</summary>
    private static string LanguageOf(string tag) => $"{System.Globalization.CultureInfo.GetCultureInfo(tag).EnglishName} ({tag})";
}
