using System.Globalization;
using System.Text;

namespace Ledger.Api.Http.Binding;

/// <summary>What is wrong with a body: JSON Pointer (RFC 6901) → message. Knows the place that is being looked at.</summary>
/// <remarks>Messages never quote what was sent: it may be confidential, and errors end up in logs.</remarks>
internal sealed class Faults(int most = Faults.MostTold)
{
    /// <summary>Nobody mends more at once, and an answer shouldn't grow with what is wrong.</summary>
    public const int MostTold = 100;

    private const int DeepestPlace = 40;
    private const int LongestName = 100;

    private readonly (string? Name, int Index)[] _place = new (string?, int)[DeepestPlace];
    private Dictionary<string, string>? _told;
    private int _depth;

    public int Count => _told?.Count ?? 0;

    public bool IsFull => Count >= most;

    public IReadOnlyDictionary<string, string>? Told => _told;

    public void Enter(string name) => _place[_depth++] = (name, 0);

    public void Enter(int index) => _place[_depth++] = (null, index);

    public void Leave() => _depth--;

    /// <summary>Something is wrong here. The first that is said of a place stands.</summary>
    public void Add(string message)
    {
        if (!IsFull) (_told ??= []).TryAdd(Here(), message);
    }

    /// <summary>Something is wrong with a field of what is here.</summary>
    public void Add(string name, string message)
    {
        Enter(name);
        Add(message);
        Leave();
    }

    public void Add(int index, string message)
    {
        Enter(index);
        Add(message);
        Leave();
    }

    private string Here()
    {
        var text = new StringBuilder();
        for (var i = 0; i < _depth; i++)
        {
            text.Append('/');
            if (_place[i].Name is { } name) AppendEscaped(text, name);
            else text.Append(CultureInfo.InvariantCulture, $"{_place[i].Index}");
        }

        return text.ToString();
    }

    private static void AppendEscaped(StringBuilder text, string name)
    {
        var shown = name.Length <= LongestName ? name : string.Concat(name.AsSpan(0, LongestName), "…");
        foreach (var c in shown)
        {
            if (c == '~') text.Append("~0");
            else if (c == '/') text.Append("~1");
            else text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c);
        }
    }
}
