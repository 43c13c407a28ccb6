using System.Globalization;
using System.Text;
using System.Text.Json;
using HdrHistogram;

namespace Ledger.Benchmarks.Soak;

/// <summary>The figures of a soak, the first quarter against the last, for people and for programs.</summary>
internal static class SoakReport
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static string ToMarkdown(SoakOptions options, SoakServer server, SoakRecord record, SoakCounts counts)
    {
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"Soak of {options.Length.TotalMinutes:0.#} minutes, {options.Rate} commands a second wanted: {counts.Events:N0} events, {counts.Violations:N0} violations; {record.Stored.Count:N0} commands acknowledged, {record.SentAgain.Count:N0} sent again after no answer came, {record.GivenUp.Count:N0} given up, {record.Refused:N0} refused by a rule; {record.Pushed.Count:N0} events pushed.")
            .AppendLine(CultureInfo.InvariantCulture, $"Killed {server.Kills} times, stopped {server.Stops} times; ready again after {server.Starts.Min().TotalSeconds:0.0} to {server.Starts.Max().TotalSeconds:0.0} s.")
            .AppendLine()
            .AppendLine("| what | first quarter | last quarter |")
            .AppendLine("|---|---:|---:|");
        foreach (var (name, of) in Measures) text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {Middle(record, 0, of):N1} | {Middle(record, SoakRecord.Quarters - 1, of):N1} |");
        foreach (var kind in record.Kinds) text.AppendLine(CultureInfo.InvariantCulture, $"| {kind}: p50 / p99 ms (how many) | {Latency(record, kind, 0)} | {Latency(record, kind, SoakRecord.Quarters - 1)} |");
        text.AppendLine().AppendLine(record.Wrong.Count == 0 ? "Every acknowledged command is there exactly once; ledger-audit and ledger doctor find nothing wrong; a rebuild gives the same picture." : "WRONG:");
        foreach (var wrong in record.Wrong) text.AppendLine(CultureInfo.InvariantCulture, $"- {wrong}");
        return text.ToString();
    }

    public static string ToJson(SoakOptions options, SoakServer server, SoakRecord record, SoakCounts counts) => JsonSerializer.Serialize(
        new
        {
            Minutes = options.Length.TotalMinutes,
            options.Rate,
            options.Seed,
            counts.Events,
            counts.Violations,
            Acknowledged = record.Stored.Count,
            SentAgain = record.SentAgain.Count,
            GivenUp = record.GivenUp.Count,
            record.Refused,
            Pushed = record.Pushed.Count,
            server.Kills,
            server.Stops,
            StartSeconds = server.Starts.Select(start => start.TotalSeconds),
            Latencies = record.Kinds.SelectMany(kind => Enumerable.Range(0, SoakRecord.Quarters).Where(quarter => record.Latencies(kind, quarter) is not null).Select(quarter => new
            {
                What = kind,
                Quarter = quarter + 1,
                Count = record.Latencies(kind, quarter)!.TotalCount,
                P50Milliseconds = record.Latencies(kind, quarter)!.GetValueAtPercentile(50) / 1000.0,
                P99Milliseconds = record.Latencies(kind, quarter)!.GetValueAtPercentile(99) / 1000.0,
                MaxMilliseconds = record.Latencies(kind, quarter)!.GetMaxValue() / 1000.0,
            })),
            record.Samples,
            record.Wrong,
        },
        Json);

    private static readonly (string Name, Func<SoakSample, double> Of)[] Measures =
    [
        ("resident memory, MB", sample => sample.MemoryBytes / 1e6), ("handles", sample => sample.Handles), ("threads", sample => sample.Threads),
        ("events.db, MB", sample => sample.EventsBytes / 1e6), ("events.db-wal, MB", sample => sample.WalBytes / 1e6), ("vault.db, MB", sample => sample.VaultBytes / 1e6),
        ("tiles.db, MB", sample => sample.TilesBytes / 1e6), ("read models, MB", sample => sample.ReadModelBytes / 1e6),
        ("acknowledged so far", sample => sample.Events),
    ];

    private static double Middle(SoakRecord record, int quarter, Func<SoakSample, double> of)
    {
        var all = record.Samples.ToList();
        var length = all.Count == 0 ? 1 : all[^1].AtSeconds;
        var values = all.Where(sample => Math.Min(SoakRecord.Quarters - 1, (int)(sample.AtSeconds / length * SoakRecord.Quarters)) == quarter).Select(of).Order().ToList();
        return values.Count == 0 ? double.NaN : values[values.Count / 2];
    }

    private static string Latency(SoakRecord record, string kind, int quarter) => record.Latencies(kind, quarter) is not { } latencies ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{latencies.GetValueAtPercentile(50) / 1000.0:0.0} / {latencies.GetValueAtPercentile(99) / 1000.0:0} ({latencies.TotalCount:N0})");
}
