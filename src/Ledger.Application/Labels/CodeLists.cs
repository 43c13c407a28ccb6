using System.Collections.Frozen;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;
using Ledger.Projections;

namespace Ledger.Application.Labels;

/// <summary>A code as it stands in events and URLs, and what people read for it.</summary>
/// <param name="Labels">By language tag.</param>
public sealed record LabelledCode(string Code, IReadOnlyDictionary<string, string> Labels);

/// <summary>Every code list with its labels. Codes are neutral and stored for ever; labels are words, and may get better.</summary>
/// <remarks>The words stand in <c>labels.json</c>, one line a code, one word a language in the order of its first line.</remarks>
public static class CodeLists
{
    private static readonly JsonDocument Words = Read();

    public static IReadOnlyList<string> Languages { get; } = [.. Words.RootElement.GetProperty("languages").EnumerateArray().Select(language => language.GetString()!)];

    /// <summary>The lists by name, each in the order of its enumeration.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<LabelledCode>> All { get; } = ReadAll();

    /// <summary>The enumerations behind the lists: a code without a label, or a label without a code, is a defect.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Enumerations { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        ["categories"] = Kebab<Category>.All,
        ["weapons"] = Kebab<Weapon>.All,
        ["statuses"] = Kebab<ViolationStatus>.All,
        ["units"] = Kebab<ObservedUnit>.All,
        ["means"] = Kebab<ObservationMeans>.All,
        ["precisions"] = Kebab<TimePrecision>.All,
        ["severities"] = Kebab<Severity>.All,
        ["confidences"] = Kebab<Confidence>.All,
        ["replies"] = Kebab<ReplyKind>.All,
        ["grounds"] = Kebab<DisputeGrounds>.All,
        ["disputeStatuses"] = Kebab<DisputeStatus>.All,
        ["outcomes"] = Kebab<DisputeOutcome>.All,
        ["dismissalReasons"] = Kebab<DismissalReason>.All,
        ["unresolvedReasons"] = Kebab<UnresolvedReason>.All,
        ["casualtyKinds"] = Kebab<CasualtyKind>.All,
        ["casualtyWho"] = Kebab<CasualtyWho>.All,
        ["reliabilities"] = Kebab<Reliability>.All,
        ["standings"] = Kebab<Standing>.All,
        ["coverageKinds"] = Kebab<CoverageKind>.All,
        ["gapCauses"] = Kebab<GapCause>.All,
        ["roles"] = Kebab<Role>.All,
        ["methods"] = Kebab<CountingMethod>.All,
        ["bases"] = Kebab<AccountBasis>.All,
        ["intervals"] = Kebab<SeriesInterval>.All,
    };

    private static JsonDocument Read()
    {
        using var stream = typeof(CodeLists).Assembly.GetManifestResourceStream("labels.json")!;
        return JsonDocument.Parse(stream);
    }

    private static FrozenDictionary<string, IReadOnlyList<LabelledCode>> ReadAll() => Words.RootElement.GetProperty("lists").EnumerateObject()
        .ToFrozenDictionary(list => list.Name, list => (IReadOnlyList<LabelledCode>)[.. list.Value.EnumerateObject().Select(Of)], StringComparer.Ordinal);

    private static LabelledCode Of(JsonProperty code) => new(
        code.Name,
        Languages.Zip(code.Value.EnumerateArray(), (language, word) => (language, word: word.GetString()!)).ToDictionary(pair => pair.language, pair => pair.word));
}
