using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Maps;
using Ledger.Projections;

namespace Ledger.Exchange.Reports;

/// <summary>A small map of the cases of a report, as SVG. All land has one colour, so that no land is given to anybody.</summary>
internal static class ReportMap
{
    private const double Width = 680;
    private const double Height = 380;
    private const double NamesInWidth = 7;
    private const double MetresPerDegree = 111_320;

    public static Markup? Draw(DailyReport report, IReadOnlyList<(Location? Location, ViolationStatus Status)> cases, ReportWords words)
    {
        var points = cases.Where(item => item.Location?.RepresentativePoint is not null).Select(item => (At: item.Location!.RepresentativePoint!.Value, item.Location, item.Status)).ToList();
        if (points.Count == 0) return null;
        var view = View.Around([.. points.Select(point => point.At), .. ZonePoints(report)]);
        var svg = new HtmlText();
        svg.Add($"<svg class=\"map\" viewBox=\"0 0 {N(Width)} {N(Height)}\" role=\"img\" aria-label=\"{words["map"]}\">");
        svg.Add($"<rect class=\"sea\" width=\"{N(Width)}\" height=\"{N(Height)}\"/>");
        DrawSheet(svg, view);
        foreach (var zone in report.Agreement.Zones)
            foreach (var polygon in zone.Polygon.Polygons)
                svg.Add($"<path class=\"zone\" d=\"{PathOf(polygon, view)}\"/>");
        DrawPlaces(svg, view);
        foreach (var (at, location, status) in points)
        {
            if (location is Location.Point { UncertaintyMetres: > 0 and var metres })
                svg.Add($"<circle class=\"uncertain\" cx=\"{N(view.X(at.Longitude))}\" cy=\"{N(view.Y(at.Latitude))}\" r=\"{N(metres / MetresPerDegree * view.Scale)}\"/>");
            svg.Add($"<circle class=\"case {status.Code()}\" cx=\"{N(view.X(at.Longitude))}\" cy=\"{N(view.Y(at.Latitude))}\" r=\"4.5\"/>");
        }

        svg.Add($"</svg>");
        return svg.ToMarkup();
    }

    private static void DrawSheet(HtmlText svg, View view)
    {
        var sheet = MapShapes.For(view.Box);
        var (kx, ky) = (view.Stretch * view.Scale / sheet.UnitsPerDegree, view.Scale / sheet.UnitsPerDegree);
        svg.Add($"<g transform=\"translate({N(-view.Box.West * view.Stretch * view.Scale)} {N(view.Box.North * view.Scale)}) scale({F(kx)} {F(ky)})\">");
        svg.Add($"<path class=\"land\" d=\"{sheet.Land}\"/>");
        foreach (var path in sheet.Divisions) svg.Add($"<path class=\"division\" d=\"{path}\"/>");
        foreach (var path in sheet.Lakes) svg.Add($"<path class=\"lake\" d=\"{path}\"/>");
        foreach (var line in sheet.Lines) svg.Add($"<path class=\"line {line.Kind}\" d=\"{line.Path}\"/>");
        svg.Add($"</g>");
    }

    /// <summary>The greatest places first, and none that would lie on another's name.</summary>
    private static void DrawPlaces(HtmlText svg, View view)
    {
        var taken = new List<(double X, double Y, double Width)>();
        foreach (var place in MapShapes.For(view.Box).Places.OrderBy(place => place.Rank).ThenBy(place => place.Name, StringComparer.Ordinal))
        {
            var (x, y, width) = (view.X(place.Longitude), view.Y(place.Latitude), place.Name.Length * NamesInWidth);
            if (x < 8 || y < 14 || y > Height - 8 || x + width > Width || taken.Any(name => Math.Abs(name.Y - y) < 13 && x < name.X + name.Width && name.X < x + width)) continue;
            taken.Add((x, y, width));
            svg.Add($"<circle class=\"place\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"1.6\"/><text class=\"name\" x=\"{N(x + 4)}\" y=\"{N(y + 3.5)}\">{place.Name}</text>");
        }
    }

    private static IEnumerable<GeoPoint> ZonePoints(DailyReport report) =>
        report.Agreement.Zones.SelectMany(zone => zone.Polygon.Polygons).SelectMany(polygon => polygon.Rings).SelectMany(ring => ring.Points);

    private static string PathOf(Polygon polygon, View view) => string.Concat(polygon.Rings.Select(ring =>
        "M" + string.Join("L", ring.Points.Select(point => $"{N(view.X(point.Longitude))} {N(view.Y(point.Latitude))}")) + "Z"));

    private static string N(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    private static string F(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>Which part of the world is shown, and how large.</summary>
    /// <param name="Stretch">Cosine of the middle latitude: a degree of longitude is so much shorter.</param>
    /// <param name="Scale">Units of the drawing per degree of latitude.</param>
    private sealed record View(BoundingBox Box, double Stretch, double Scale)
    {
        private const double LeastDegrees = 0.4;
        private const double Margin = 1.25;

        public double X(double longitude) => (longitude - Box.West) * Stretch * Scale;

        public double Y(double latitude) => (Box.North - latitude) * Scale;

        public static View Around(IReadOnlyList<GeoPoint> points)
        {
            var (south, north) = (points.Min(point => point.Latitude), points.Max(point => point.Latitude));
            var (west, east) = (points.Min(point => point.Longitude), points.Max(point => point.Longitude));
            var stretch = Math.Max(0.1, Math.Cos((south + north) / 2 * Math.PI / 180));
            var degreesHigh = Math.Max(LeastDegrees, Math.Max(north - south, (east - west) * stretch * Height / Width)) * Margin;
            var scale = Height / degreesHigh;
            var (middleLatitude, middleLongitude, halfWide) = ((south + north) / 2, (west + east) / 2, Width / scale / stretch / 2);
            return new View(
                new BoundingBox(middleLongitude - halfWide, middleLatitude - (degreesHigh / 2), middleLongitude + halfWide, middleLatitude + (degreesHigh / 2)), stretch, scale);
        }
    }
}
