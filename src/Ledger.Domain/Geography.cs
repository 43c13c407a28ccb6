namespace Ledger.Domain;

/// <summary>A point on the WGS 84 ellipsoid, in degrees.</summary>
public readonly record struct GeoPoint(double Latitude, double Longitude)
{
    private const double EarthRadiusMetres = 6_371_008.8; // mean radius, IUGG

    /// <summary>The point reached by going <paramref name="metres"/> along a great circle that leaves at <paramref name="bearingDegrees"/> from north.</summary>
    public GeoPoint Towards(double bearingDegrees, double metres)
    {
        var (lat, lon, bearing, arc) = (Radians(Latitude), Radians(Longitude), Radians(bearingDegrees), metres / EarthRadiusMetres);
        var lat2 = Math.Asin((Math.Sin(lat) * Math.Cos(arc)) + (Math.Cos(lat) * Math.Sin(arc) * Math.Cos(bearing)));
        var lon2 = lon + Math.Atan2(Math.Sin(bearing) * Math.Sin(arc) * Math.Cos(lat), Math.Cos(arc) - (Math.Sin(lat) * Math.Sin(lat2)));
        return new GeoPoint(Degrees(lat2), ((Degrees(lon2) + 540) % 360) - 180);
    }

    private static double Radians(double degrees) => degrees * Math.PI / 180;

    private static double Degrees(double radians) => radians * 180 / Math.PI;
}

/// <summary>A ring of points, first = last (GeoJSON linear ring).</summary>
public sealed record Ring(Values<GeoPoint> Points)
{
    /// <summary>True where a point lies inside, by the even-odd rule on plain longitude and latitude (RFC 7946 §3.1.1: edges are straight in both).</summary>
    public bool Holds(GeoPoint at)
    {
        var inside = false;
        for (int i = 0, j = Points.Count - 1; i < Points.Count; j = i++)
        {
            var (a, b) = (Points[i], Points[j]);
            if (a.Latitude > at.Latitude != b.Latitude > at.Latitude
                && at.Longitude < ((b.Longitude - a.Longitude) * (at.Latitude - a.Latitude) / (b.Latitude - a.Latitude)) + a.Longitude)
                inside = !inside;
        }

        return inside;
    }
}

/// <summary>An outer ring and its holes.</summary>
public sealed record Polygon(Values<Ring> Rings)
{
    public bool Holds(GeoPoint at) => Rings.Count > 0 && Rings[0].Holds(at) && !Rings.Skip(1).Any(hole => hole.Holds(at));
}

/// <summary>A GeoJSON Polygon or MultiPolygon.</summary>
/// <param name="IsMulti">Which of the two it was given as; kept so that it is given back as it came.</param>
public sealed record Area(bool IsMulti, Values<Polygon> Polygons)
{
    public bool Holds(GeoPoint at) => Polygons.Any(polygon => polygon.Holds(at));
}
