using System.Globalization;
using System.Text;
using System.Text.Json;
using HdrHistogram;

namespace Ledger.Benchmarks.Load;

/// <summary>One measurement: what was done how often, and how long each took.</summary>
/// <param name="RatioToFloor">This rate over that of the floor of the same run; 1 for the floor itself.</param>
internal sealed record Figure(
    string What, string Who, double EventsPerSecond, double P50Milliseconds, double P99Milliseconds, double MaxMilliseconds, double RatioToFloor);

/// <summary>The figures of a run, for people and for programs.</summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Figure Of(string what, string who, double eventsPerSecond, HistogramBase latencies, double floorEventsPerSecond) => new(
        what,
        who,
        eventsPerSecond,
        Milliseconds(latencies.GetValueAtPercentile(50)),
        Milliseconds(latencies.GetValueAtPercentile(99)),
        Milliseconds(latencies.GetMaxValue()),
        eventsPerSecond / floorEventsPerSecond);

    public static void Print(IReadOnlyList<Figure> figures, string? jsonFile)
    {
        Console.WriteLine(ToMarkdown(figures));
        var json = JsonSerializer.Serialize(figures, Json);
        if (jsonFile is null) Console.WriteLine(json);
        else File.WriteAllText(jsonFile, json);
    }

    private static string ToMarkdown(IReadOnlyList<Figure> figures)
    {
        var table = new StringBuilder()
            .AppendLine("| what | who | events/s | p50 ms | p99 ms | max ms | of the floor |")
            .AppendLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (var f in figures)
        {
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {f.What} | {f.Who} | {f.EventsPerSecond:N0} | {f.P50Milliseconds:F2} | {f.P99Milliseconds:F2} | {f.MaxMilliseconds:F2} | {f.RatioToFloor:P0} |");
        }

        return table.ToString();
    }

    // Histograms hold microseconds.
    private static double Milliseconds(long microseconds) => microseconds / 1000.0;
}
