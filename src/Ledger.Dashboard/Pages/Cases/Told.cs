using System.Globalization;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>Times, places and counts of a case in words, no more exact than they were given.</summary>
public static class Told
{
    public static string When(Occurred occurred, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(occurred);
        var from = One(occurred.From, occurred.Precision, zone);
        // From noon to midnight, known to the day, is that day.
        return occurred.To is { } to && One(to, occurred.Precision, zone) is var until && until != from ? $"{from} – {until}" : from;
    }

    /// <summary>Null where no place is given.</summary>
    public static string? Where(Location? location, AgreementState? agreement)
    {
        if (location is null) return null;
        var said = Place(location);
        return location.StatedZone is { } id && agreement?.ZoneOf(id) is { } zone ? $"{said} · {zone.Name}" : said;
    }

    private static string Place(Location location)
    {
        var w = Text.Core;
        return location switch
        {
            Location.Point { At: var at } p => (p.Place ?? Coordinates(at.Latitude, at.Longitude)) + (p.UncertaintyMetres is { } metres ? $" ({w["Within", Metres(metres)]})" : ""),
            Location.FromObserver o => o.Place ?? w["FromObserver", o.ObserverName ?? Coordinates(o.Observer.Latitude, o.Observer.Longitude), Bearing(o.BearingDegrees), Distance(o.DistanceMetres)],
            Location.Named n => n.Place,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    public static string Coordinates(double latitude, double longitude) => string.Create(
        CultureInfo.CurrentCulture, $"{Math.Abs(latitude):0.0####}° {(latitude < 0 ? "S" : "N")}, {Math.Abs(longitude):0.0####}° {(longitude < 0 ? "W" : "E")}");

    public static string Counted(Count count)
    {
        ArgumentNullException.ThrowIfNull(count);
        var figure = count.Max is { } max && max != count.Min ? $"{Numbers.Whole(count.Min)}–{Numbers.Whole(max)}" : Numbers.Whole(count.Min);
        return $"{figure} ({Labels.Of("units", count.Unit)})";
    }

    public static string Figures(CasualtyRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var range = row.Low is null && row.High is null ? "" : $" ({(row.Low is { } low ? Numbers.Whole(low) : "…")}–{(row.High is { } high ? Numbers.Whole(high) : "…")})";
        return Numbers.Whole(row.Best) + range;
    }

    private static string One(DateTimeOffset moment, TimePrecision precision, TimeZoneInfo zone)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime);
        return precision switch
        {
            TimePrecision.Minute => Numbers.Moment(moment, zone),
            TimePrecision.Hour => Text.Core["AboutHour", Numbers.Moment(moment, zone)],
            TimePrecision.Day => Numbers.Day(day),
            TimePrecision.Week => Text.Core["WeekOf", Numbers.Day(day)],
            TimePrecision.Month => Numbers.Month(day),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static string Metres(double metres) =>
        metres >= 1000 ? (metres / 1000).ToString("0.# km", CultureInfo.CurrentCulture) : metres.ToString("0 m", CultureInfo.CurrentCulture);

    private static string Bearing(Span? span) => span is null ? "–" : span.From == span.To ? $"{span.From:0}°" : $"{span.From:0}–{span.To:0}°";

    private static string Distance(Span? span) => span is null ? "–" : span.From == span.To ? Metres(span.From) : $"{Metres(span.From)} – {Metres(span.To)}";
}
