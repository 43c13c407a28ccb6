using System.Collections.Frozen;
using System.Text;

namespace Ledger.Domain;

/// <summary>An enumeration's codes as they stand in events, JSON and URLs: <c>StrikeOnSettlement</c> is <c>strike-on-settlement</c>.</summary>
public static class Kebab<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Names = Enum.GetValues<T>().ToFrozenDictionary(value => value, value => Of(value.ToString()));
    private static readonly FrozenDictionary<string, T> Parsed = Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Every code, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<T>().Select(value => Names[value])];

    public static string Name(T value) => Names[value];

    public static bool TryParse(string? text, out T value)
    {
        value = default;
        return text is not null && Parsed.TryGetValue(text, out value);
    }

    private static string Of(string pascal)
    {
        if (pascal.Length == 1) return pascal; // Admiralty letters stay as they are

        var kebab = new StringBuilder(pascal.Length + 8);
        foreach (var letter in pascal)
        {
            if (char.IsUpper(letter) && kebab.Length > 0) kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(letter));
        }

        return kebab.ToString();
    }
}

public static class KebabExtensions
{
    public static string Code<T>(this T value) where T : struct, Enum => Kebab<T>.Name(value);
}
