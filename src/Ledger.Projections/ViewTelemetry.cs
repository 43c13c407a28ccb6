using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Ledger.Projections;

/// <summary>What operators watch of questions.</summary>
public static class ViewTelemetry
{
    public const string Name = "Ledger.Projections";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Source = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "ledger.query.duration", unit: "s", description: "From a question to its answer out of the read models; as of the newest count, or of an earlier one.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>A span of what happens behind the questions: rows that are written, a generation that takes another's place. Null where nobody listens.</summary>
    internal static Activity? Step(string name) => Source.StartActivity(name);

    /// <summary>Measures a question, whatever becomes of it.</summary>
    internal static async Task<T> MeasureAsync<T>(string query, bool isPast, Func<Task<T>> ask)
    {
        if (!Duration.Enabled) return await ask();
        var started = Stopwatch.GetTimestamp();
        try
        {
            return await ask();
        }
        finally
        {
            Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new("query", query), new("as_of", isPast ? "past" : "now"));
        }
    }
}
