using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Tables;

/// <summary>Where it happened, as exactly as the row says and no more.</summary>
internal sealed class PlaceReader
{
    private static readonly string[] Winds = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];

    private readonly BoundCell? _latitude, _longitude, _point, _uncertainty, _meant, _place, _placeId, _zone, _bearing, _distance;
    private readonly bool _isObserver;
    private readonly Box? _within;
    private readonly Gazetteer? _places;

    public PlaceReader(PlaceRule rule, Mapping mapping, Columns columns, Gazetteer? places)
    {
        BoundCell? Maybe(Cell? cell) => cell is null ? null : BoundCell.Of(cell, mapping, columns);
        (_latitude, _longitude, _point, _uncertainty, _meant) = (Maybe(rule.Latitude), Maybe(rule.Longitude), Maybe(rule.Point), Maybe(rule.UncertaintyMetres), Maybe(rule.PointIsMeant));
        (_place, _placeId, _zone, _bearing, _distance) = (Maybe(rule.Place), Maybe(rule.PlaceId), Maybe(rule.Zone), Maybe(rule.Bearing), Maybe(rule.DistanceKilometres));
        (_isObserver, _within, _places) = (rule.IsObserver, mapping.Within, places);
    }

    public Location? Read(RowReader row)
    {
        var place = row.Text(_place, RowLimits.Name);
        var found = place is null ? null : _places?.Find(place);
        var id = row.Text(_placeId, RowLimits.Name) ?? found?.Id;
        var zone = row.Slug(_zone) is { } z ? new ZoneId(z) : (ZoneId?)null;
        var (at, accuracy) = PointOf(row);
        var uncertainty = row.Number(_uncertainty) ?? accuracy;
        if (uncertainty is < 0 or > 20_040_000)
        {
            row.Say(_uncertainty?.Name ?? _point!.Name, uncertainty.Value.ToString(CultureInfo.InvariantCulture), "An uncertainty is a number of metres, no larger than the Earth.");
            return null;
        }

        if (at is not null && _meant?.Read(row) is "false") at = null;
        if (at is null && found?.At is { } known) (at, uncertainty) = (known, uncertainty ?? found.UncertaintyMetres);
        if (_isObserver) return Seen(row, at, place, id, zone);
        if (at is { } point) return new Location.Point(point, uncertainty, place, id, zone);
        return place is null ? null : new Location.Named(place, id, zone);
    }

    private Location? Seen(RowReader row, GeoPoint? observer, string? place, string? id, ZoneId? zone)
    {
        var distance = row.Range(_distance);
        var bearing = Bearing(row);
        if (distance is { } d && (d.From < 0 || d.To > 20_040)) row.Say(_distance!.Name, _distance.Read(row), "A distance is a number of kilometres.");
        if (observer is not { } at) return place is null ? null : new Location.Named(place, id, zone);
        return new Location.FromObserver(at, place, bearing, distance is { } km ? new Span(km.From * 1_000, km.To * 1_000) : null, null, zone);
    }

    /// <summary>Degrees, a range of them, or a wind: as wide as the next winds of its kind leave it. Several winds are none.</summary>
    private Span? Bearing(RowReader row)
    {
        if (_bearing?.Read(row) is not { } text) return null;
        var wind = Array.IndexOf(Winds, text.ToUpperInvariant());
        if (wind >= 0)
        {
            var half = text.Length == 3 ? 11.25 : 22.5;
            return new Span(((wind * 22.5) - half + 360) % 360, ((wind * 22.5) + half) % 360);
        }

        if (text.Split('/', ' ', ',').All(one => Array.IndexOf(Winds, one.ToUpperInvariant()) >= 0)) return null;
        if (row.Range(_bearing) is not { } degrees) return null;
        if (degrees is { From: >= 0, To: <= 360 }) return new Span(degrees.From, degrees.To);
        row.Say(_bearing.Name, text, "A bearing is a number of degrees from 0 to 360, a range of them, or a wind such as NNE.");
        return null;
    }

    private (GeoPoint? At, double? Accuracy) PointOf(RowReader row)
    {
        if (_point?.Read(row) is { } text) return Parsed(row, text);
        var (latitude, longitude) = (row.Number(_latitude), row.Number(_longitude));
        if (latitude is null && longitude is null) return (null, null);
        if (latitude is not { } lat || longitude is not { } lon)
        {
            if (row.Errors.Count == 0) row.Say((latitude is null ? _latitude : _longitude)?.Name ?? "(mapping)", "", "A point has a latitude and a longitude; leave both empty where it isn't known.");
            return (null, null);
        }

        return (Checked(row, lat, lon, _latitude!.Name), null);
    }

    /// <summary>As forms write it: latitude, longitude, altitude, accuracy.</summary>
    private (GeoPoint? At, double? Accuracy) Parsed(RowReader row, string text)
    {
        var numbers = text.Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries)
            .Select(one => double.TryParse(one, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN).ToArray();
        if (numbers.Length is 0 or 1 or > 4 || numbers.Any(double.IsNaN))
        {
            row.Say(_point!.Name, text, "It is a point as forms write it: latitude, longitude, altitude and accuracy with spaces between.");
            return (null, null);
        }

        return (Checked(row, numbers[0], numbers[1], _point!.Name), numbers.Length == 4 && numbers[3] > 0 ? numbers[3] : null);
    }

    private GeoPoint? Checked(RowReader row, double latitude, double longitude, string column)
    {
        var shown = string.Create(CultureInfo.InvariantCulture, $"{latitude}, {longitude}");
        var swapped = Math.Abs(latitude) <= 180 && Math.Abs(longitude) <= 90 && (Math.Abs(latitude) > 90 || _within?.Holds(longitude, latitude) == true);
        if (Math.Abs(latitude) > 90 || Math.Abs(longitude) > 180)
            row.Say(column, shown, swapped ? "Latitude and longitude look swapped: a latitude lies between -90 and 90." : "A latitude lies between -90 and 90, a longitude between -180 and 180.");
        else if (latitude == 0 && longitude == 0)
            row.Say(column, shown, "0, 0 lies in the Gulf of Guinea and mostly means that nobody knew: leave both empty then.");
        else if (_within is { } box && !box.Holds(latitude, longitude))
            row.Say(column, shown, swapped ? "Latitude and longitude look swapped: the other way round the point lies in the area that the mapping names." : "The point lies outside the area that the mapping names (within).");
        else return new GeoPoint(latitude, longitude);
        return null;
    }
}
