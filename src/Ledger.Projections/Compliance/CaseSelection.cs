using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Which postings a query looks at: said once for the tables, once for the rows that are still in memory.</summary>
internal sealed class CaseSelection
{
    private const int NeverUsed = -2;

    private readonly int _agreement;
    private readonly long _from;
    private readonly long _to;
    private readonly HashSet<byte>? _categories;
    private readonly HashSet<int>? _zones;

    public CaseSelection(AgreementState agreement, TimeZoneInfo zone, CaseFilter filter, bool byAlleged, NameBook names)
    {
        _agreement = names.Find(agreement.AgreementId.Value) ?? NeverUsed;
        (_from, _to) = (filter.From is { } f ? Micros.Of(f) : long.MinValue, filter.To is { } t ? CeilingOf(t) : long.MaxValue);
        _categories = filter.Categories.Count == 0 ? null : [.. filter.Categories.Select(category => (byte)category)];
        _zones = filter.Zones.Count == 0 ? null : [.. filter.Zones.Select(z => names.Find(z.Value) ?? NeverUsed)];
        ByAlleged = byAlleged;
        Party = byAlleged ? "alleged" : "accountable";

        var shared = Text($"agreement = {_agreement}") + In("category", _categories);
        Where = shared + In("zone", _zones)
            + (_from == long.MinValue ? "" : Text($" AND occurred >= {_from}"))
            + (_to == long.MaxValue ? "" : Text($" AND occurred < {_to}"));
        BoundsDays = filter.From is not null || filter.To is not null;
        BalanceWhere = _zones is null && DayBound(filter.From, zone, ">=") is { } from && DayBound(filter.To, zone, "<") is { } to
            ? shared + from + to
            : null;
    }

    public bool ByAlleged { get; }

    /// <summary>The column that says whose account.</summary>
    public string Party { get; }

    /// <summary>The condition on postings and measures.</summary>
    public string Where { get; }

    /// <summary>True where the condition on balances is one on days too.</summary>
    public bool BoundsDays { get; }

    /// <summary>The condition on balances; null where they don't keep what the query filters by.</summary>
    public string? BalanceWhere { get; }

    public int PartyOf(in PostingRow row) => ByAlleged ? row.Alleged : row.Accountable;

    public int PartyOf(in MeasureRow row) => ByAlleged ? row.Alleged : row.Accountable;

    public bool Holds(in PostingRow row) => Holds(row.Agreement, row.Category, row.Occurred, row.Zone);

    public bool Holds(in MeasureRow row) => Holds(row.Agreement, row.Category, row.Occurred, row.Zone);

    private bool Holds(int agreement, byte category, long occurred, int zone) =>
        agreement == _agreement && occurred >= _from && occurred < _to
        && (_categories is null || _categories.Contains(category)) && (_zones is null || _zones.Contains(zone));

    /// <summary>A bound at the beginning of a local day is a bound on days, unless clocks were put back over that midnight.</summary>
    private static string? DayBound(DateTimeOffset? bound, TimeZoneInfo zone, string comparison)
    {
        if (bound is not { } at) return "";
        var day = LocalCalendar.DayOf(at, zone);
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        if (LocalCalendar.StartOf(day, zone) != at) return null;
        if (zone.IsAmbiguousTime(midnight) && zone.IsAmbiguousTime(midnight.AddMinutes(-1))) return null;
        return Text($" AND day {comparison} {day.DayNumber}");
    }

    // A bound finer than a microsecond lies behind the microsecond that it cuts.
    private static long CeilingOf(DateTimeOffset at) =>
        Micros.Of(at) + (at.UtcTicks % TimeSpan.TicksPerMicrosecond == 0 ? 0 : 1);

    private static string In<T>(string column, IReadOnlySet<T>? values) =>
        values is null ? "" : $" AND {column} IN ({string.Join(", ", values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)))})";

    private static string Text(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
