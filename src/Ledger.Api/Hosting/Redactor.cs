using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Ledger.Api.Hosting;

/// <summary>Takes out of a text what must never stand in a log: keys, tokens, passwords, what was searched for; and what would make one entry look like two.</summary>
/// <remarks>The second line of defence. The first is that nothing of ours logs content; this one is for frameworks at trace level, and for exceptions that quote what they choked on.</remarks>
internal sealed partial class Redactor
{
    private const string Hidden = "[hidden]";

    // A control character could clear an operator's terminal, or write an entry that nobody logged.
    private static readonly SearchValues<char> Breaks = SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (char)c), '\u007f', '\u0085', '\u2028', '\u2029']);

    private readonly string[] _known;

    /// <param name="known">Secrets that this process was given: they are hidden wherever they stand.</param>
    public Redactor(IEnumerable<string?> known) =>
        _known = [.. known.OfType<string>().Where(secret => secret.Length >= 8).Distinct(StringComparer.Ordinal).OrderByDescending(secret => secret.Length)];

    /// <summary>A text without secrets, as it may stand in several lines.</summary>
    public string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var secret in _known) text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        text = Keys().Replace(text, "$1" + Hidden);
        text = HookSecrets().Replace(text, Hidden);
        text = Tokens().Replace(text, Hidden);
        text = Credentials().Replace(text, "$1 " + Hidden);
        text = Logins().Replace(text, "://" + Hidden + "@");
        return Queries().Replace(text, "$1?" + Hidden);
    }

    /// <summary>A text without secrets, in one line whatever stands in it.</summary>
    public string Line(string text)
    {
        text = Clean(text);
        if (text.AsSpan().IndexOfAny(Breaks) < 0) return text;
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (Breaks.Contains(c)) line.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else line.Append(c);
        }

        return line.ToString();
    }

    // Which key it is may stand in a log: that is what its prefix is for.
    [GeneratedRegex(@"(cfl_[a-z0-9-]{1,64}(?:\.[0-9]{1,9})?_)[A-Za-z0-9_-]{20,}", RegexOptions.NonBacktracking)]
    private static partial Regex Keys();

    [GeneratedRegex("whsec_[A-Za-z0-9+/=_-]{8,}", RegexOptions.NonBacktracking)]
    private static partial Regex HookSecrets();

    [GeneratedRegex(@"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*)?", RegexOptions.NonBacktracking)]
    private static partial Regex Tokens();

    [GeneratedRegex(@"\b(bearer|basic)\s+[^\s,;""']+", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Credentials();

    [GeneratedRegex(@"://[^\s/@""']*:[^\s/@""']*@", RegexOptions.NonBacktracking)]
    private static partial Regex Logins();

    // Words that a reader searches for may be a witness's name.
    [GeneratedRegex(@"((?:https?:/)?/[^\s?""']*|[""'])\?[^\s""']+", RegexOptions.NonBacktracking)]
    private static partial Regex Queries();
}
