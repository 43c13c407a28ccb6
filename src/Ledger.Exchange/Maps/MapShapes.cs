using System.Globalization;
using System.Text.Json;
using Ledger.Projections;

namespace Ledger.Exchange.Maps;

/// <summary>A sheet of land, water and lines to draw records on: Natural Earth (public domain), see <c>shapes/README.md</c>.</summary>
/// <remarks>Every path is SVG path data in whole numbers: x = longitude, y = minus latitude, in the part of a degree that <see cref="UnitsPerDegree"/> names.</remarks>
public sealed record MapShapes(
    string Id, double UnitsPerDegree, BoundingBox Box, double StandardParallel, string Land, IReadOnlyList<string> Lakes, IReadOnlyList<string> Divisions,
    IReadOnlyList<MapLine> Lines, IReadOnlyList<MapPlace> Places)
{
    /// <summary>From the most detailed to the whole world.</summary>
    public static IReadOnlyList<MapShapes> All { get; } = [.. new[] { "caucasus-detail", "caucasus", "ukraine", "world" }.Select(Read)];

    /// <summary>The most detailed sheet that holds the whole box; what none holds is on the world's.</summary>
    public static MapShapes For(BoundingBox box) => All.FirstOrDefault(sheet => sheet.Holds(box)) ?? All[^1];

    private bool Holds(BoundingBox box) => box.West >= Box.West && box.East <= Box.East && box.South >= Box.South && box.North <= Box.North;

    private static MapShapes Read(string id)
    {
        using var stream = typeof(MapShapes).Assembly.GetManifestResourceStream($"shapes/{id}.json")!;
        using var json = JsonDocument.Parse(stream);
        var sheet = json.RootElement;
        var box = sheet.GetProperty("bbox").EnumerateArray().Select(edge => edge.GetDouble()).ToArray();
        return new MapShapes(
            id, UnitsOf(sheet.GetProperty("units").GetString()!), new BoundingBox(box[0], box[1], box[2], box[3]), sheet.GetProperty("standardParallel").GetDouble(),
            sheet.GetProperty("land").GetString()!, Paths(sheet, "lakes"), Paths(sheet, "admin1"),
            [.. sheet.GetProperty("boundaries").EnumerateArray().Select(line => new MapLine(line.GetProperty("kind").GetString()!, line.GetProperty("d").GetString()!))],
            [.. sheet.GetProperty("places").EnumerateArray().Select(PlaceOf)]);
    }

    // "1/200 degree, x = longitude, y = -latitude"
    private static double UnitsOf(string text) => double.Parse(text.AsSpan(2, text.IndexOf(' ', StringComparison.Ordinal) - 2), CultureInfo.InvariantCulture);

    private static string[] Paths(JsonElement sheet, string name) => [.. sheet.GetProperty(name).EnumerateArray().Select(shape => shape.GetProperty("d").GetString()!)];

    private static MapPlace PlaceOf(JsonElement place) => new(
        place.GetProperty("name").GetString()!, place.GetProperty("rank").GetInt32(), place.GetProperty("at")[0].GetDouble(), place.GetProperty("at")[1].GetDouble());
}

/// <param name="Kind">international, disputed or reference (a former line).</param>
public sealed record MapLine(string Kind, string Path);

/// <param name="Rank">0 = the greatest.</param>
public sealed record MapPlace(string Name, int Rank, double Longitude, double Latitude);
