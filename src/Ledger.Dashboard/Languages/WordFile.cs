using System.Globalization;
using System.Resources;
using Ledger.Application.Labels;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Dashboard.Languages;

/// <summary>A file of words that translators can edit: <c>NAME.resx</c> in English, <c>NAME.ru.resx</c> and so on beside it.</summary>
/// <remarks>A test fails where a language lacks a word, and where a page asks for one that isn't there.</remarks>
public sealed class WordFile(string name)
{
    private readonly ResourceManager _words = new($"Ledger.Dashboard.Languages.{name}", typeof(WordFile).Assembly);

    public string this[string key] => _words.GetString(key, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException($"There is no word '{key}'.");

    /// <summary>The word with its places filled: <c>{0}</c>, <c>{1}</c> …</summary>
    public string this[string key, params object?[] values] => string.Format(CultureInfo.CurrentCulture, this[key], values);

    /// <summary>The word, or null where there is none: for codes that may be newer than the words.</summary>
    public string? Find(string key) => _words.GetString(key, CultureInfo.CurrentUICulture);
}

/// <summary>Words of codes, parties, roles: what the ledger has labels for in every language.</summary>
public static class Labels
{
    private static readonly string Fallback = CodeLists.Languages[0];

    /// <param name="list">As in <c>/api/v1/codes</c>: categories, weapons, statuses …</param>
    public static string Of(string list, string code) =>
        CodeLists.All.TryGetValue(list, out var codes) && codes.FirstOrDefault(known => known.Code == code) is { } found
            ? found.Labels.GetValueOrDefault(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName) ?? found.Labels[Fallback]
            : code;

    public static string Of<T>(string list, T code) where T : struct, Enum => Of(list, code.Code());

    /// <summary>A party's name in the reader's language, as the agreement gives it; null = undetermined.</summary>
    public static string Party(AgreementState? agreement, PartyId? party)
    {
        if (party is not { } id || id.Value == PartyId.Undetermined) return Of("parties", PartyId.Undetermined);
        if (agreement?.PartyOf(id) is not { } named) return id.Value;
        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        return named.Labels.FirstOrDefault(label => label.Language == language)?.Name ?? named.Name;
    }
}
