using System.Collections.Concurrent;
using HdrHistogram;

namespace Ledger.Benchmarks.Soak;

/// <summary>Something that was acknowledged.</summary>
internal sealed record Acknowledged(Guid EventId, long Sequence, string ViolationId);

/// <summary>What was done and seen in a soak; all who work on it write here.</summary>
internal sealed class SoakRecord(TimeSpan length)
{
    public const int Quarters = 4;

    private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();
    private readonly ConcurrentDictionary<(string What, int Quarter), LongConcurrentHistogram> _latencies = new();
    private readonly ConcurrentQueue<string> _wrong = new();

    public ConcurrentDictionary<Guid, Acknowledged> Stored { get; } = new();

    /// <summary>Commands whose answer nobody got and that nobody sent again: each may be there once, or not at all.</summary>
    public ConcurrentDictionary<string, bool> GivenUp { get; } = new();

    /// <summary>Commands that were sent again after no answer came.</summary>
    public ConcurrentDictionary<string, int> SentAgain { get; } = new();

    /// <summary>Of each sum as of a count, its bytes when it was first asked: they are the same for ever.</summary>
    public ConcurrentDictionary<long, string> AsOf { get; } = new();

    public ConcurrentQueue<SoakSample> Samples { get; } = new();

    /// <summary>Events that were pushed and taken, by id.</summary>
    public ConcurrentDictionary<Guid, int> Pushed { get; } = new();

    public long Refused;

    public TimeSpan Elapsed => _clock.Elapsed;

    public int Quarter => Math.Min(Quarters - 1, (int)(Elapsed / length * Quarters));

    public bool IsOver => Elapsed >= length;

    public IReadOnlyList<string> Wrong => [.. _wrong.Distinct()];

    public void Say(string wrong)
    {
        if (_wrong.Count < 200) _wrong.Enqueue(wrong);
    }

    public void Took(string what, TimeSpan time) => Took(what, time, Quarter);

    public HistogramBase? Latencies(string what, int quarter) => _latencies.GetValueOrDefault((what, quarter));

    public IReadOnlyList<string> Kinds => [.. _latencies.Keys.Select(key => key.What).Distinct().Order(StringComparer.Ordinal)];

    private void Took(string what, TimeSpan time, int quarter) =>
        _latencies.GetOrAdd((what, quarter), _ => new LongConcurrentHistogram(1, 600_000_000, 3)).RecordValue(Math.Clamp((long)time.TotalMicroseconds, 1, 600_000_000));
}

/// <param name="Age">Seconds since the process that was looked at said that it is ready.</param>
/// <param name="MemoryBytes">Its resident set.</param>
internal sealed record SoakSample(
    double AtSeconds, double Age, long MemoryBytes, int Handles, int Threads, long Events, long EventsBytes, long WalBytes, long VaultBytes, long TilesBytes, long ReadModelBytes);
