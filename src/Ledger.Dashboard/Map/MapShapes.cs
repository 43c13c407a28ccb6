using System.Text.Json;
using Ledger.Domain;
using Ledger.Projections;

namespace Ledger.Dashboard.Map;

/// <summary>The shapes of a region as the map draws them (form: Shapes/README.md).</summary>
/// <param name="Box">What was cut out; no more than it may be shown.</param>
/// <param name="StandardParallel">Along which both axes have one scale.</param>
internal sealed record MapShapes(
    string Id, BoundingBox Box, int UnitsPerDegree, double StandardParallel, string Land,
    IReadOnlyList<string> Lakes, IReadOnlyList<string> Divisions, IReadOnlyList<Boundary> Boundaries, IReadOnlyList<PlaceName> Places)
{
    /// <summary>The most detailed first, the whole world last.</summary>
    public static readonly IReadOnlyList<MapShapes> All = [.. new[] { "caucasus-detail", "caucasus", "ukraine", "world" }.Select(Read)];

    public static MapShapes World => All[^1];

    private static MapShapes Read(string name)
    {
        using var stream = typeof(MapShapes).Assembly.GetManifestResourceStream($"shapes/{name}.json")!;
        using var json = JsonDocument.Parse(stream);
        var root = json.RootElement;
        var box = Numbers(root.GetProperty("bbox"));
        return new MapShapes(
            name, new BoundingBox(box[0], box[1], box[2], box[3]), root.GetProperty("unitsPerDegree").GetInt32(),
            root.GetProperty("standardParallel").GetDouble(), root.GetProperty("land").GetString()!,
            Paths(root.GetProperty("lakes")), Paths(root.GetProperty("admin1")),
            [.. root.GetProperty("boundaries").EnumerateArray().Select(line => new Boundary(line.GetProperty("kind").GetString()!, line.GetProperty("d").GetString()!))],
            [.. root.GetProperty("places").EnumerateArray().Select(Place).OrderBy(place => place.Rank)]);
    }

    private static PlaceName Place(JsonElement place)
    {
        var at = Numbers(place.GetProperty("at"));
        return new PlaceName(place.GetProperty("name").GetString()!, place.GetProperty("rank").GetInt32(), new GeoPoint(at[1], at[0]));
    }

    private static List<string> Paths(JsonElement shapes) => [.. shapes.EnumerateArray().Select(shape => shape.GetProperty("d").GetString()!)];

    private static double[] Numbers(JsonElement numbers) => [.. numbers.EnumerateArray().Select(number => number.GetDouble())];
}

/// <param name="Kind">international, disputed or reference.</param>
internal sealed record Boundary(string Kind, string Path);

/// <param name="Rank">0 = greatest.</param>
internal sealed record PlaceName(string Name, int Rank, GeoPoint At);
