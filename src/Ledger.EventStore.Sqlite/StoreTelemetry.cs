using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Ledger.EventStore.Sqlite;

/// <summary>What operators watch of the writer: how long a caller waits, how many share a commit, how long the disk takes.</summary>
/// <remarks>Where nobody listens an instrument is one test of a flag. Each carries the file: the event file, or the vault.</remarks>
public static class StoreTelemetry
{
    public const string Name = "Ledger.EventStore.Sqlite";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Source = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "ledger.store.append.duration", unit: "s", description: "From a write's entry into the queue to its answer, which comes after the fsync.", advice: Seconds);

    private static readonly Histogram<double> Commit = Meter.CreateHistogram(
        "ledger.store.commit.duration", unit: "s", description: "One transaction: the work of all who share it, and its fsync.", advice: Seconds);

    private static readonly Histogram<long> Group = Meter.CreateHistogram(
        "ledger.store.commit.writes", unit: "{write}", description: "Writes that shared a commit, and so its fsync.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });

    // Observed, so that an alert sees 0 before the first: a counter that nobody has raised isn't there.
    private static readonly ConcurrentDictionary<string, long> Faults = new(StringComparer.Ordinal);

    static StoreTelemetry() => Meter.CreateObservableCounter(
        "ledger.store.faults", () => Faults.Select(of => new Measurement<long>(of.Value, new KeyValuePair<string, object?>("file", of.Key))),
        unit: "{fault}", description: "Transactions that failed: everybody in them was told that the outcome isn't known.");

    private static InstrumentAdvice<double> Seconds => new() { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    /// <summary>A span of one step of a transaction that many share: <c>write</c>, then <c>commit</c> with its fsync. Null where nobody listens.</summary>
    internal static Activity? Step(string name, string file) => Source.HasListeners()
        ? Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), [new("file", file)])
        : null;

    /// <summary>A moment to measure from; 0 where nobody listens.</summary>
    internal static long Now => Duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    internal static void Answered(string file, long since)
    {
        if (since != 0) Duration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("file", file));
    }

    internal static void Committed(string file, int writes, long since)
    {
        if (since == 0) return;
        var of = new KeyValuePair<string, object?>("file", file);
        Commit.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, of);
        Group.Record(writes, of);
    }

    internal static void Opened(string file) => Faults.TryAdd(file, 0);

    internal static void Failed(string file) => Faults.AddOrUpdate(file, 1, (_, so) => so + 1);
}
