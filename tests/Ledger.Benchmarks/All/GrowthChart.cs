using System.Globalization;
using System.Text;

namespace Ledger.Benchmarks.All;

/// <summary>How cost grows with size, on two logarithmic axes: a flat line is a cost that doesn't grow.</summary>
internal static class GrowthChart
{
    private const int Width = 640, Height = 360, Left = 60, Right = 190, Top = 20, Bottom = 40, LineHeight = 13;

    private static readonly (string Name, string Dash, Func<Growth, double> Of)[] Lines =
    [
        ("a command", "", g => g.CommandMilliseconds),
        ("picture as of, p50", "6 3", g => g.AsOfMilliseconds.P50),
        ("by day, p50", "2 3", g => g.DailyMilliseconds.P50),
        ("list as of, p50", "9 3 2 3", g => g.ListAsOfMilliseconds.P50),
        ("list now, p50", "1 4", g => g.ListMilliseconds.P50),
    ];

    public static string Draw(IReadOnlyList<Growth> growth)
    {
        var svg = new StringBuilder($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n<title>Milliseconds by events in the ledger</title>\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        if (growth.Count < 2) return svg.Append("</svg>\n").ToString();
        var values = growth.SelectMany(g => Lines.Select(line => line.Of(g))).ToList();
        var (x, y) = (Axis(growth.Min(g => g.Events), growth.Max(g => g.Events), Left, Width - Right), Axis(values.Min(), values.Max(), Height - Bottom, Top));
        foreach (var g in growth) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x(g.Events):0}\" y=\"{Height - 15}\" text-anchor=\"middle\">{g.Events:N0}</text>\n");
        for (var decade = Math.Ceiling(Math.Log10(values.Min())); decade <= Math.Log10(values.Max()); decade++)
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y(Math.Pow(10, decade)):0}\" y2=\"{y(Math.Pow(10, decade)):0}\" stroke=\"#ccc\"/><text x=\"{Left - 6}\" y=\"{y(Math.Pow(10, decade)) + 4:0}\" text-anchor=\"end\">{Math.Pow(10, decade):0.##} ms</text>\n");
        var below = double.MinValue;
        foreach (var (name, dash, of) in Lines.OrderBy(line => y(line.Of(growth[^1]))))
        {
            // From the top down, so that lines which end together keep their names apart.
            below = Math.Max(y(of(growth[^1])) + 4, below + LineHeight);
            var points = string.Join(' ', growth.Select(g => string.Create(CultureInfo.InvariantCulture, $"{x(g.Events):0.0},{y(of(g)):0.0}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"#1f3a5f\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/><text x=\"{Width - Right + 8}\" y=\"{below:0}\">{name}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static Func<double, double> Axis(double least, double most, double from, double to)
    {
        var (low, high) = (Math.Log10(Math.Max(least, 0.01)), Math.Log10(Math.Max(most, 0.01)));
        return value => from + ((Math.Log10(Math.Max(value, 0.01)) - low) / Math.Max(high - low, 0.001) * (to - from));
    }
}
