using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using Ledger.Dashboard.Languages;
using Ledger.Dashboard.Pages.Cases;
using Ledger.Testing;

namespace Ledger.Dashboard.Tests;

/// <summary>Every word in every language, and no page that asks for one that isn't there.</summary>
public sealed partial class Translating_pages
{
    private static readonly string Room = Checkout.At("src/Ledger.Dashboard");

    /// <summary>Every file of words that the room has; a new one is found by itself.</summary>
    private static readonly IReadOnlyList<string> Names = [.. Directory.GetFiles(Path.Combine(Room, "Languages"), "*.resx").Select(file => Path.GetFileName(file).Split('.')[0]).Distinct()];

    public static TheoryData<string> Files => [.. Names];

    [Theory]
    [MemberData(nameof(Files))]
    public void No_language_lacks_a_word_or_has_an_empty_one(string file)
    {
        var english = Words(file, CultureInfo.InvariantCulture);
        foreach (var language in Reading.Languages.Skip(1))
        {
            var words = Words(file, language);
            Assert.Equal([], english.Keys.Except(words.Keys));
            Assert.Equal([], words.Keys.Except(english.Keys));
            Assert.DoesNotContain(words.Values, string.IsNullOrWhiteSpace);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_word_has_the_same_places_to_fill_in_every_language(string file)
    {
        var english = Words(file, CultureInfo.InvariantCulture);
        foreach (var language in Reading.Languages.Skip(1))
        {
            var words = Words(file, language);
            Assert.Equal([], english.Keys.Where(key => !Places(english[key]).SetEquals(Places(words[key]))).Select(key => $"{key} {language.Name}"));
        }
    }

    [Fact]
    public void Every_word_that_a_page_names_is_there()
    {
        var words = Names.SelectMany(file => Words(file, CultureInfo.InvariantCulture).Keys).ToHashSet();
        var named = Directory.EnumerateFiles(Room, "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Named().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Where(key => !key.EndsWith('_'))
            .Distinct();

        Assert.Equal([], named.Where(key => !words.Contains(key)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_act_has_its_words()
    {
        foreach (var act in CaseActs.All) Assert.NotEmpty(Text.Core[act.TitleKey] + Text.Core[act.TextKey]);
    }

    private static Dictionary<string, string> Words(string file, CultureInfo language) =>
        new ResourceManager($"Ledger.Dashboard.Languages.{file}", typeof(WordFile).Assembly).GetResourceSet(language, createIfNotExists: true, tryParents: false)!
            .Cast<DictionaryEntry>().ToDictionary(word => (string)word.Key, word => (string)word.Value!);

    private static HashSet<string> Places(string word) => [.. Place().Matches(word).Select(match => match.Value)];

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    // W["Key"], words["Key"], Text.Core["Key", …
    [GeneratedRegex("""\b(?:W|F|K|w|words|Core|Field|Access)\["([A-Za-z0-9_-]+)"[\],]""")]
    private static partial Regex Named();
}
