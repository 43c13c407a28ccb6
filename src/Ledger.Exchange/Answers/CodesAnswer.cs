using System.Text.Json;
using Ledger.Application.Labels;

namespace Ledger.Exchange.Answers;

/// <param name="Labels">By language tag.</param>
public sealed record CodeAnswer(string Code, IReadOnlyDictionary<string, string> Labels);

/// <summary>Every code list with its labels in every language: what forms, exports and translations are made from.</summary>
public static class CodesAnswer
{
    /// <summary>As JSON: list name → codes in their order.</summary>
    public static byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(
        CodeLists.All.OrderBy(list => list.Key, StringComparer.Ordinal).ToDictionary(
            list => list.Key, list => (IReadOnlyList<CodeAnswer>)[.. list.Value.Select(code => new CodeAnswer(code.Code, code.Labels))]),
        AnswerJson.Plain.IReadOnlyDictionaryStringIReadOnlyListCodeAnswer);
}
