using System.Globalization;
using Ledger.Domain;
using Ledger.Projections;

namespace Ledger.Dashboard.Map;

/// <summary>Which part of the world lies on the sheet: longitude and latitude on plain axes, one scale at the shapes' standard parallel.</summary>
/// <param name="Scale">Sheet units per degree of latitude.</param>
internal sealed record MapFrame(MapShapes Shapes, double West, double North, double Scale)
{
    public const double Width = 960;
    public const double Height = 640;

    private const double MetresPerDegree = 111_195;

    /// <summary>6 metres a unit: nothing here is known more exactly.</summary>
    private const double Finest = 18_000;

    private double Squeeze => Math.Cos(Shapes.StandardParallel * Math.PI / 180);

    /// <summary>Sheet units per degree of longitude.</summary>
    public double ScaleX => Scale * Squeeze;

    public double East => West + (Width / ScaleX);

    public double South => North - (Height / Scale);

    public BoundingBox Box => new(West, South, East, North);

    public double MetresPerUnit => MetresPerDegree / Scale;

    public bool IsFinest => Scale >= Finest * 0.99;

    /// <summary>The sheet that shows a box whole, on the most detailed shapes that reach so far.</summary>
    public static MapFrame Around(BoundingBox box)
    {
        var frames = MapShapes.All.Select(shapes => On(shapes, box));
        return frames.FirstOrDefault(frame => Lies(frame.Box, frame.Shapes.Box)) ?? On(MapShapes.World, box).InsideShapes();
    }

    /// <summary>What a page shows that names no box: all points, with a margin; the world where there are none.</summary>
    public static MapFrame AroundAll(IEnumerable<GeoPoint> points)
    {
        var all = points.ToList();
        if (all.Count == 0) return Around(MapShapes.World.Box);
        var box = new BoundingBox(all.Min(p => p.Longitude), all.Min(p => p.Latitude), all.Max(p => p.Longitude), all.Max(p => p.Latitude));
        var margin = Math.Max(0.05, Math.Max(box.East - box.West, box.North - box.South) * 0.06);
        return Around(Grown(box, margin));
    }

    public (double X, double Y) Place(GeoPoint point) => ((point.Longitude - West) * ScaleX, (North - point.Latitude) * Scale);

    /// <summary>The box that a link leads to: zoomed about the middle, or moved by shares of the sheet.</summary>
    public BoundingBox Moved(double zoom, double right = 0, double down = 0)
    {
        var (halfWidth, halfHeight) = ((East - West) / 2 / zoom, (North - South) / 2 / zoom);
        var (x, y) = (((West + East) / 2) + (right * (East - West)), ((South + North) / 2) - (down * (North - South)));
        return new BoundingBox(Math.Max(-180, x - halfWidth), Math.Max(-90, y - halfHeight), Math.Min(180, x + halfWidth), Math.Min(90, y + halfHeight));
    }

    public static BoundingBox Grown(BoundingBox box, double degrees) => new(
        Math.Max(-180, box.West - degrees), Math.Max(-90, box.South - degrees), Math.Min(180, box.East + degrees), Math.Min(90, box.North + degrees));

    /// <summary>As it stands in an address: west,south,east,north, to about a metre.</summary>
    public static string Text(BoundingBox box) =>
        string.Join(',', new[] { box.West, box.South, box.East, box.North }.Select(degrees => Math.Round(degrees, 5).ToString(CultureInfo.InvariantCulture)));

    public static BoundingBox? Parse(string? text)
    {
        var numbers = (text ?? "").Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n) ? n : (double?)null).ToArray();
        return numbers is [{ } west, { } south, { } east, { } north] && west >= -180 && east <= 180 && west < east && south >= -90 && north <= 90 && south < north
            ? new BoundingBox(west, south, east, north)
            : null;
    }

    private static MapFrame On(MapShapes shapes, BoundingBox box)
    {
        var squeeze = Math.Cos(shapes.StandardParallel * Math.PI / 180);
        var scale = Math.Min(Finest, Math.Min(Width / ((box.East - box.West) * squeeze), Height / (box.North - box.South)));
        return new MapFrame(shapes, ((box.West + box.East) / 2) - (Width / scale / squeeze / 2), ((box.South + box.North) / 2) + (Height / scale / 2), scale);
    }

    /// <summary>The nearest frame that shows no more than there are shapes for.</summary>
    private MapFrame InsideShapes()
    {
        var (box, scale) = (Shapes.Box, Math.Max(Scale, Math.Max(Height / (Shapes.Box.North - Shapes.Box.South), Width / ((Shapes.Box.East - Shapes.Box.West) * Squeeze))));
        var (wide, high) = (Width / scale / Squeeze, Height / scale);
        return this with
        {
            Scale = scale,
            West = Math.Clamp(((West + East) / 2) - (wide / 2), box.West, box.East - wide),
            North = Math.Clamp(((South + North) / 2) + (high / 2), box.South + high, box.North),
        };
    }

    private static bool Lies(BoundingBox inner, BoundingBox outer) =>
        inner.West >= outer.West && inner.East <= outer.East && inner.South >= outer.South && inner.North <= outer.North;
}
