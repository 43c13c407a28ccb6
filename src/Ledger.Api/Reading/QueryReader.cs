using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.Api.Http;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Projections;
using Microsoft.Extensions.Primitives;

namespace Ledger.Api.Reading;

/// <summary>Reads a request's query string and its <c>Ledger-Position</c>, and remembers everything that is wrong with them, so that the caller hears of all of it at once.</summary>
/// <remarks>A parameter that the endpoint doesn't know is refused: a filter that is silently ignored gives a wrong figure.</remarks>
internal sealed partial class QueryReader
{
    public const int LongestWords = 200;
    private const int MostValues = 100;
    private const int DefaultLimit = 50;
    private const int MostLimit = 500;

    private readonly IQueryCollection _query;
    private readonly SortedDictionary<string, string> _errors = new(StringComparer.Ordinal);

    public QueryReader(HttpRequest request, params ReadOnlySpan<string> known)
    {
        _query = request.Query;
        foreach (var (name, _) in _query)
            if (!known.Contains(name)) Fault(name, "There is no such parameter here.");
        After = PositionIn(request.Headers["Ledger-Position"]);
    }

    /// <summary>The position that the caller has seen.</summary>
    public Position? After { get; }

    /// <summary>Why the request can't be answered, or null where it can.</summary>
    public Problem? Problem => _errors.Count == 0 ? null : Problem.Malformed(_errors);

    public void Fault(string name, string message) => _errors.TryAdd("/" + name, message);

    /// <summary>The one value of a parameter; null where it isn't there.</summary>
    public string? One(string name)
    {
        if (!_query.TryGetValue(name, out var values)) return null;
        if (values.Count > 1)
        {
            Fault(name, "It may be given once.");
            return null;
        }

        return values[0];
    }

    public int Limit() => (int)(Whole("limit", 1, MostLimit) ?? DefaultLimit);

    public PageRequest Page(AsOf? asOf) => new(Limit(), One("cursor"), asOf is not null);

    public long? Whole(string name, long least, long most)
    {
        if (One(name) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        Fault(name, $"It must be a whole number from {least} to {most}.");
        return null;
    }

    public bool Flag(string name)
    {
        if (One(name) is not { } text || text == "false") return false;
        if (text != "true") Fault(name, "It must be true or false.");
        return true;
    }

    /// <summary>Digits only are a count, anything else is a time.</summary>
    public AsOf? AsOf()
    {
        if (One("asOf") is not { } text) return null;
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
            // A number too long to be one is beyond any head.
            return new AsOf.Count(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : long.MaxValue);
        return Time("asOf", "It must be a count of events (digits only, such as 1200), or a time of RFC 3339, such as 2020-10-18T00:00:00Z.") is { } moment ? new AsOf.Moment(moment) : null;
    }

    public DateTimeOffset? Time(string name, string must = "It must be a time of RFC 3339, such as 2020-10-18T00:00:00Z.")
    {
        if (One(name) is not { } text) return null;
        // A plus sign that nobody escaped arrives as a space.
        if (Rfc3339().IsMatch(text = text.Replace(' ', '+')) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time))
            return time.ToUniversalTime();
        Fault(name, must);
        return null;
    }

    /// <summary>Every value of a list of codes; several mean <em>or</em>.</summary>
    public Values<T> Codes<T>(string name) where T : struct, Enum
    {
        var codes = new List<T>();
        foreach (var text in Many(name))
        {
            if (Kebab<T>.TryParse(text, out var code)) codes.Add(code);
            else Fault(name, $"It must be one of {string.Join(", ", Kebab<T>.All)}.");
        }

        return codes.Distinct().Order().ToValues();
    }

    public T? Code<T>(string name) where T : struct, Enum
    {
        if (One(name) is not { } text) return null;
        if (Kebab<T>.TryParse(text, out var code)) return code;
        Fault(name, $"It must be one of {string.Join(", ", Kebab<T>.All)}.");
        return null;
    }

    /// <summary>Every value of a list of ids; several mean <em>or</em>.</summary>
    public Values<T> Ids<T>(string name, Func<string, T> make)
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var text in Many(name))
        {
            if (Slug.IsValid(text)) ids.Add(text);
            else Fault(name, "It must be an id: lower-case letters, digits and hyphens.");
        }

        return ids.Select(make).ToValues();
    }

    public Values<string> Texts(string name, int longest)
    {
        foreach (var text in Many(name))
            if (text.Length == 0 || text.Length > longest) Fault(name, $"It must have 1 to {longest} characters.");
        return Many(name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToValues();
    }

    public string? Words(string name)
    {
        if (One(name) is not { } text) return null;
        if (text.Length > LongestWords) Fault(name, $"It may have at most {LongestWords} characters.");
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    public BoundingBox? Box(string name)
    {
        if (One(name) is not { } text) return null;
        var numbers = text.Split(',').Select(Number).ToArray();
        if (numbers is [{ } west, { } south, { } east, { } north]
            && Math.Abs(west) <= 180 && Math.Abs(east) <= 180 && south >= -90 && north <= 90 && south <= north)
            return new BoundingBox(west, south, east, north);
        Fault(name, "It must be four numbers in degrees: west,south,east,north.");
        return null;
    }

    /// <summary>Which cases, by the filters that lists and figures share.</summary>
    public CaseFilter Cases()
    {
        var (from, to) = Period();
        return new CaseFilter { From = from, To = to, Categories = Codes<Domain.Violations.Category>("category"), Zones = Ids("zone", id => new ZoneId(id)) };
    }

    public (DateTimeOffset? From, DateTimeOffset? To) Period()
    {
        var (from, to) = (Time("from"), Time("to"));
        if (from > to) Fault("to", "It lies before from.");
        return (from, to);
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    private IEnumerable<string> Many(string name)
    {
        if (!_query.TryGetValue(name, out var values)) return [];
        if (values.Count <= MostValues) return values.Select(value => value ?? "");
        Fault(name, $"It may be given {MostValues} times at most.");
        return [];
    }

    private Position? PositionIn(StringValues header)
    {
        if (header.Count == 0) return null;
        if (header.Count == 1 && Position.TryParse(header[0], out var position)) return position;
        _errors.TryAdd("Ledger-Position", "The header must be a position as an answer gave it.");
        return null;
    }

    // RFC 3339 §5.6; T and Z may be lower-case there.
    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,7})?([Zz]|[+-]\d{2}:\d{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rfc3339();
}
