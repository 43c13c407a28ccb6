using System.Text.RegularExpressions;

namespace Ledger.Api.Tests.Operations;

/// <summary>What an expression asks of the series that are served: metrics, labels, and values of labels.</summary>
internal sealed partial record PromQl(IReadOnlySet<string> Metrics, IReadOnlySet<string> Labels, IReadOnlyList<(string Metric, string Label, string Value)> Values)
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "bool", "on", "ignoring", "by", "without", "group_left", "group_right", "offset"];

    /// <remarks>Whatever isn't a string, a number, a duration, a function or a word of the language is the name of a metric: nothing misspelt slips through.</remarks>
    public static PromQl Read(string expression)
    {
        var labels = new HashSet<string>();
        var values = new List<(string, string, string)>();
        var text = Selector().Replace(expression, match =>
        {
            foreach (Match matcher in Matcher().Matches(match.Groups[2].Value))
            {
                labels.Add(matcher.Groups[1].Value);
                // A variable of the dashboard stands for any value, and a matcher that excludes may name what isn't there.
                if (matcher.Groups[3].Value.StartsWith('$') || matcher.Groups[2].Value.StartsWith('!')) continue;
                foreach (var value in matcher.Groups[2].Value == "=~" ? matcher.Groups[3].Value.Split('|') : [matcher.Groups[3].Value])
                    values.Add((match.Groups[1].Value, matcher.Groups[1].Value, value));
            }

            return match.Groups[1].Value;
        });
        text = Grouping().Replace(text, match =>
        {
            labels.UnionWith(match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            return " ";
        });
        text = Range().Replace(text, " ");
        var metrics = Name().Matches(text).Where(name => !Words.Contains(name.Value) && text[(name.Index + name.Length)..].TrimStart() is not ['(', ..]).Select(name => name.Value);
        return new PromQl(metrics.ToHashSet(), labels, values);
    }

    [GeneratedRegex(@"([A-Za-z_:][A-Za-z0-9_:]*)\s*\{([^}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex("([a-z_]+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Range();

    [GeneratedRegex(@"(?<![0-9.A-Za-z_])[A-Za-z_:][A-Za-z0-9_:]*")]
    private static partial Regex Name();
}

/// <summary>What /metrics served, in the text form of Prometheus.</summary>
internal sealed partial record Scraped(ILookup<string, IReadOnlyDictionary<string, string>> Series, string Text)
{
    public static Scraped Read(string text) => new(
        text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => Line().Match(line)).ToLookup(
            line => line.Groups[1].Value,
            IReadOnlyDictionary<string, string> (line) => Label().Matches(line.Groups[2].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value)),
        text);

    [GeneratedRegex(@"^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? ")]
    private static partial Regex Line();

    [GeneratedRegex("([A-Za-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();
}
