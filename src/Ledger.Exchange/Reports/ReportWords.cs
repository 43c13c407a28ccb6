using System.Globalization;
using System.Text.Json;
using Ledger.Application.Labels;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Exchange.Reports;

/// <summary>The words of a report in one language. They stand in <c>report-words.json</c>, one line a word, one text a language in the order of its first line.</summary>
/// <remarks>Months and numbers aren't asked of the platform: its spellings change with its releases, and a report must not.</remarks>
public sealed class ReportWords
{
    private static readonly JsonDocument Words = Read();

    private readonly int _language;

    private ReportWords(string language) => (Language, _language) = (language, Languages.ToList().IndexOf(language));

    public static IReadOnlyList<string> Languages { get; } = [.. Words.RootElement.GetProperty("languages").EnumerateArray().Select(language => language.GetString()!)];

    /// <summary>Its tag, such as <c>en</c>.</summary>
    public string Language { get; }

    public string Direction => Language == "ar" ? "rtl" : "ltr";

    public string this[string word] => Words.RootElement.GetProperty("words").GetProperty(word)[_language].GetString()!;

    /// <summary>Null where there are no words in it.</summary>
    public static ReportWords? In(string language) => Languages.Contains(language) ? new ReportWords(language) : null;

    public string Label(string list, string code) => CodeLists.All[list].FirstOrDefault(label => label.Code == code)?.Labels[Language] ?? code;

    public string Party(AgreementState agreement, PartyId? party)
    {
        if (party is not { } id || id.Value == PartyId.Undetermined) return this["undetermined"];
        if (agreement.PartyOf(id) is not { } known) return id.Value;
        return known.Labels.FirstOrDefault(label => label.Language == Language)?.Name ?? known.Name;
    }

    /// <summary>That a case was recorded, and against whom: a name that stands there bare would read as a finding.</summary>
    public string Recorded(AgreementState agreement, PartyId? alleged) =>
        alleged is { } party ? $"{this["recorded"]}; {this["alleged"]}: {Party(agreement, party)}" : this["recorded"];

    public string Date(DateOnly date) => string.Create(CultureInfo.InvariantCulture, $"{date.Day} {this["months"].Split(' ')[date.Month - 1]} {date.Year}");

    /// <summary>A moment as the clocks of the place show it: <c>18 Oct 2020 14:05</c>.</summary>
    public string Moment(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return string.Create(CultureInfo.InvariantCulture, $"{Date(DateOnly.FromDateTime(local.DateTime))} {local:HH:mm}");
    }

    private static JsonDocument Read()
    {
        using var stream = typeof(ReportWords).Assembly.GetManifestResourceStream("report-words.json")!;
        return JsonDocument.Parse(stream);
    }
}
