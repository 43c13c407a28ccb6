using System.Globalization;
using System.Text;

namespace Ledger.Projections.Words;

/// <summary>The words that must all occur in a case's texts.</summary>
internal static class WordQuery
{
    private const int MostWords = 16;

    /// <returns>Each word as FTS5 takes it; null where there is none, and so nothing to filter by.</returns>
    public static IReadOnlyList<string>? Parse(string? text)
    {
        if (text is null) return null;
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var letter in text.Append(' '))
        {
            if (IsLetter(letter))
            {
                word.Append(letter);
                continue;
            }

            // A word that ends in * stands for all that begin so. Quoted, nothing in it is an operator.
            if (word.Length > 0) words.Add($"\"{word}\"{(letter == '*' ? "*" : "")}");
            word.Clear();
        }

        return words.Count == 0 ? null : [.. words.Distinct().Take(MostWords)];
    }

    private static bool IsLetter(char letter) =>
        char.IsLetterOrDigit(letter) || char.IsSurrogate(letter)
        || char.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
