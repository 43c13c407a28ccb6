using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Dashboard.Map;

/// <summary>What the map says about a mark, and where it leads: the page's part, in the reader's language.</summary>
internal sealed record MapWords(Func<MapCluster, string> Describe, Func<MapCluster, string> Link, Func<double, string> Distance);

/// <summary>Draws the map: no picture of tiles, no script, and links that a screen reader can follow.</summary>
/// <remarks>Text in SVG is written here because Razor keeps the tag for itself. Everything that comes from outside is encoded.</remarks>
internal static class MapSvg
{
    /// <summary>From the page's part of the pages' looks: each status has its own pattern as well as its colour.</summary>
    private static readonly (string Class, ViolationStatus[] Statuses)[] Shares =
    [
        ("confirmed", [ViolationStatus.Confirmed]), ("disputed", [ViolationStatus.Disputed]), ("alleged", [ViolationStatus.Alleged]),
        ("unresolved", [ViolationStatus.Unresolved]), ("closed", [ViolationStatus.Dismissed, ViolationStatus.Withdrawn, ViolationStatus.Duplicate]),
    ];

    private const int MostExtents = 120;
    private const double LetterWidth = 6.6;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static string Draw(MapFrame frame, IReadOnlyList<MapCluster> clusters, IEnumerable<Zone> zones, MapWords words)
    {
        var svg = new StringBuilder(64 * 1024);
        Ground(svg, frame);
        foreach (var zone in zones) Outline(svg, frame, zone);
        Names(svg, frame, clusters, zones);
        foreach (var cluster in clusters.Where(cluster => cluster.Cases.Count == 1).Take(MostExtents)) Extent(svg, frame, cluster.Cases[0].Location!);
        foreach (var cluster in clusters.Reverse()) Mark(svg, cluster, words);
        ScaleBar(svg, frame, words);
        return svg.ToString();
    }

    /// <summary>The class that a status is drawn with.</summary>
    public static string ClassOf(ViolationStatus status) => Shares.First(share => share.Statuses.Contains(status)).Class;

    private static void Ground(StringBuilder svg, MapFrame frame)
    {
        var shapes = frame.Shapes;
        svg.Append(CultureInfo.InvariantCulture, $"""<rect class="sea" width="{MapFrame.Width}" height="{MapFrame.Height}"/>""");
        svg.Append(CultureInfo.InvariantCulture, $"""<g class="ground" transform="translate({N(-frame.West * frame.ScaleX)} {N(frame.North * frame.Scale)}) scale({frame.ScaleX / shapes.UnitsPerDegree:0.######} {frame.Scale / shapes.UnitsPerDegree:0.######})">""");
        svg.Append(CultureInfo.InvariantCulture, $"""<path class="land" d="{shapes.Land}"/>""");
        Lines(svg, "lake", shapes.Lakes);
        Lines(svg, "division", shapes.Divisions);
        foreach (var line in shapes.Boundaries.GroupBy(line => line.Kind)) Lines(svg, "boundary " + line.Key, line.Select(one => one.Path));
        svg.Append("</g>");
    }

    private static void Lines(StringBuilder svg, string name, IEnumerable<string> paths)
    {
        var d = string.Concat(paths);
        if (d.Length > 0) svg.Append(CultureInfo.InvariantCulture, $"""<path class="{name}" d="{d}"/>""");
    }

    private static void Outline(StringBuilder svg, MapFrame frame, Zone zone)
    {
        var d = new StringBuilder();
        foreach (var ring in zone.Polygon.Polygons.SelectMany(polygon => polygon.Rings)) Run(d, frame, ring.Points, close: true);
        if (d.Length == 0) return;
        svg.Append(CultureInfo.InvariantCulture, $"""<path class="zone" d="{d}"><title>{Encoder.Encode(zone.Name)}</title></path>""");
        var (x, y) = NameOf(frame, zone);
        // A name that is wider than its zone would run into the next one's.
        var wide = (zone.Polygon.Polygons[0].Rings[0].Points.Max(point => point.Longitude) - zone.Polygon.Polygons[0].Rings[0].Points.Min(point => point.Longitude)) * frame.ScaleX;
        if (wide > zone.Name.Length * LetterWidth && x is > 4 and < MapFrame.Width - 60 && y is > 14 and < MapFrame.Height - 8)
            svg.Append(CultureInfo.InvariantCulture, $"""<text class="zone-name" x="{N(x)}" y="{N(y)}">{Encoder.Encode(zone.Name)}</text>""");
    }

    /// <summary>Inside its upper left corner.</summary>
    private static (double X, double Y) NameOf(MapFrame frame, Zone zone)
    {
        var (x, y) = frame.Place(zone.Polygon.Polygons[0].Rings[0].Points.MaxBy(point => point.Latitude - point.Longitude));
        return (x + 6, y + 16);
    }

    /// <summary>Names of towns, the greatest first, as far as they cover neither a mark nor each other.</summary>
    private static void Names(StringBuilder svg, MapFrame frame, IReadOnlyList<MapCluster> clusters, IEnumerable<Zone> zones)
    {
        var taken = clusters.Select(c => (Left: c.X - c.Radius, Top: c.Y - c.Radius, Right: c.X + c.Radius, Bottom: c.Y + c.Radius)).ToList();
        taken.AddRange(zones.Select(zone => (Name: zone.Name, At: NameOf(frame, zone))).Select(zone => (zone.At.X, zone.At.Y - 12, zone.At.X + (zone.Name.Length * LetterWidth), zone.At.Y + 4)));
        var shown = 0;
        foreach (var place in frame.Shapes.Places)
        {
            var (x, y) = frame.Place(place.At);
            if (x < 4 || y < 12 || x > MapFrame.Width - 4 || y > MapFrame.Height - 8) continue;
            var width = (place.Name.Length * LetterWidth) + 10;
            bool? isLeft = IsFree(x - 3, x + width) ? false : IsFree(x - width, x + 3) ? true : null;
            if (isLeft is null) continue;
            taken.Add(isLeft.Value ? (x - width, y - 8, x + 3, y + 8) : (x - 3, y - 8, x + width, y + 8));
            svg.Append(CultureInfo.InvariantCulture, $"""<circle class="town" cx="{N(x)}" cy="{N(y)}" r="{(place.Rank < 4 ? 3 : 2)}"/><text class="{(place.Rank < 4 ? "town-name great" : "town-name")}" x="{N(isLeft.Value ? x - 6 : x + 6)}" y="{N(y + 4)}"{(isLeft.Value ? " text-anchor=\"end\"" : "")}>{Encoder.Encode(place.Name)}</text>""");
            if (++shown == 40) return;

            bool IsFree(double left, double right) =>
                left > 0 && right < MapFrame.Width && !taken.Exists(other => left < other.Right && right > other.Left && y - 8 < other.Bottom && y + 8 > other.Top);
        }
    }

    /// <summary>How exactly the place of a case is known.</summary>
    private static void Extent(StringBuilder svg, MapFrame frame, Location location)
    {
        switch (location)
        {
            case Location.Point { UncertaintyMetres: { } metres, At: var at } when metres / frame.MetresPerUnit > 8:
                var (x, y) = frame.Place(at);
                svg.Append(CultureInfo.InvariantCulture, $"""<circle class="extent" cx="{N(x)}" cy="{N(y)}" r="{N(Math.Min(metres / frame.MetresPerUnit, 4000))}"/>""");
                break;
            case Location.FromObserver { BearingDegrees: { } bearing } seen:
                Wedge(svg, frame, seen, bearing);
                break;
            case Location.FromObserver { DistanceMetres: { } distance, Observer: var observer }:
                var (ox, oy) = frame.Place(observer);
                svg.Append(CultureInfo.InvariantCulture, $"""<circle class="extent open" cx="{N(ox)}" cy="{N(oy)}" r="{N(Math.Min(distance.To / frame.MetresPerUnit, 4000))}"/>""");
                break;
        }
    }

    /// <summary>The part of the ground that lies between two bearings and two distances; without a distance it stays open, because none is known.</summary>
    private static void Wedge(StringBuilder svg, MapFrame frame, Location.FromObserver seen, Span bearing)
    {
        var isOpen = seen.DistanceMetres is null;
        var distance = seen.DistanceMetres ?? new Span(0, 60 * frame.MetresPerUnit);
        var width = (bearing.To - bearing.From + 360) % 360;
        var steps = Math.Max(1, (int)Math.Ceiling(width / 5));
        var arc = Enumerable.Range(0, steps + 1).Select(i => bearing.From + (width * i / steps)).ToList();
        var near = distance.From > 0 ? arc.AsEnumerable().Reverse().Select(degrees => seen.Observer.Towards(degrees, distance.From)) : [seen.Observer];
        var d = new StringBuilder();
        Run(d, frame, arc.Select(degrees => seen.Observer.Towards(degrees, distance.To)).Concat(near), close: true);
        var (x, y) = frame.Place(seen.Observer);
        svg.Append(CultureInfo.InvariantCulture, $"""<path class="{(isOpen ? "extent open" : "extent")}" d="{d}"/><rect class="observer" x="{N(x - 4)}" y="{N(y - 4)}" width="8" height="8"/>""");
    }

    private static void Run(StringBuilder d, MapFrame frame, IEnumerable<GeoPoint> points, bool close)
    {
        var first = true;
        foreach (var point in points)
        {
            var (x, y) = frame.Place(point);
            d.Append(first ? 'M' : 'L').Append(N(Math.Clamp(x, -9999, 9999))).Append(' ').Append(N(Math.Clamp(y, -9999, 9999)));
            first = false;
        }

        if (close && !first) d.Append('Z');
    }

    private static void Mark(StringBuilder svg, MapCluster cluster, MapWords words)
    {
        var said = Encoder.Encode(words.Describe(cluster));
        svg.Append(CultureInfo.InvariantCulture, $"""<a href="{Encoder.Encode(words.Link(cluster))}" aria-label="{said}" class="mark"{(cluster.Cases.Count > 1 && !cluster.IsOnePlace ? " data-go" : "")}><title>{said}</title>""");
        var (x, y, r) = (N(cluster.X), N(cluster.Y), N(cluster.Radius));
        if (cluster.Cases.Count == 1)
            svg.Append(CultureInfo.InvariantCulture, $"""<circle class="hit" cx="{x}" cy="{y}" r="16"/><circle class="dot {ClassOf(cluster.Cases[0].Status)}" cx="{x}" cy="{y}" r="{r}"/>""");
        else
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<circle class="many" cx="{x}" cy="{y}" r="{r}"/>""");
            Ring(svg, cluster, x, y, r);
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{x}" y="{N(cluster.Y + 4.2)}" text-anchor="middle">{Short(cluster.Cases.Count)}</text>""");
        }

        svg.Append("</a>");
    }

    /// <summary>Around a number: which shares of it have which status.</summary>
    private static void Ring(StringBuilder svg, MapCluster cluster, string x, string y, string r)
    {
        var start = 0.0;
        foreach (var (name, statuses) in Shares)
        {
            var share = 100.0 * cluster.Cases.Count(one => statuses.Contains(one.Status)) / cluster.Cases.Count;
            if (share == 0) continue;
            svg.Append(CultureInfo.InvariantCulture, $"""<circle class="share {name}" cx="{x}" cy="{y}" r="{r}" pathLength="100" stroke-dasharray="{N(share)} {N(100 - share)}" stroke-dashoffset="{N(25 - start)}"/>""");
            start += share;
        }
    }

    private static void ScaleBar(StringBuilder svg, MapFrame frame, MapWords words)
    {
        var longest = 160 * frame.MetresPerUnit;
        var power = Math.Pow(10, Math.Floor(Math.Log10(longest)));
        var metres = (longest / power) switch { >= 5 => 5 * power, >= 2 => 2 * power, _ => power };
        var width = metres / frame.MetresPerUnit;
        svg.Append(CultureInfo.InvariantCulture, $"""<g class="scale"><path d="M16 {MapFrame.Height - 22}v8h{N(width)}v-8"/><text x="{N(16 + (width / 2))}" y="{MapFrame.Height - 20}" text-anchor="middle">{Encoder.Encode(words.Distance(metres))}</text></g>""");
    }

    private static string Short(int number) =>
        number < 10_000 ? number.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{number / 1000}k");

    private static string N(double number) => Math.Round(number, 1).ToString(CultureInfo.InvariantCulture);
}
