using System.Diagnostics;
using HdrHistogram;
using Ledger.EventStore;
using Ledger.EventStore.Sqlite;

namespace Ledger.Benchmarks.Load;

/// <summary>Durable appends through the port by 16 writers, and a scan, against raw SQLite in the same run.</summary>
internal static class StoreLoad
{
    internal const int Writers = 16;

    // A case gets about ten commands in its life.
    private const int AppendsPerStream = 10;

    // Floor and port take turns, so that a noisy neighbour troubles both.
    private const int Turns = 4;

    internal delegate Task Append(int writer, int number, EventToAppend[] events);

    public static async Task<int> RunAsync(LoadOptions options)
    {
        var directory = Directory.CreateDirectory(Path.Combine(options.Directory, $"ledger-load-{Guid.NewGuid():N}"));
        try
        {
            var figures = new List<Figure>();
            figures.AddRange(await MeasureAppendsAsync(directory.FullName, options.Seconds, eventsPerAppend: 5));
            figures.AddRange(await MeasureAppendsAsync(directory.FullName, options.Seconds, eventsPerAppend: 1));
            Figures.Print(figures, options.Json);
            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    internal static async Task<List<Figure>> MeasureAppendsAsync(string directory, int seconds, int eventsPerAppend)
    {
        var what = $"append, {Writers} × {eventsPerAppend}";
        await using var raw = new RawSqlite(Path.Combine(directory, $"raw-{eventsPerAppend}.db"));
        await using var store = SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(directory, $"store-{eventsPerAppend}.db")));
        var floor = new Rate();
        var port = new Rate();
        Append toFloor = (writer, number, events) => raw.AppendAsync(writer, number * events.Length, events);
        Append toPort = (writer, number, events) => AppendToPortAsync(store, writer, number, events);

        var slice = TimeSpan.FromSeconds((double)seconds / Turns);
        var warmUp = new Rate();
        var (floorNumbers, portNumbers) = (new int[Writers], new int[Writers]); // How many appends each writer has made.
        for (var turn = -1; turn < Turns; turn++)
        {
            await DriveAsync(toFloor, floorNumbers, turn < 0 ? warmUp : floor, slice, eventsPerAppend);
            await DriveAsync(toPort, portNumbers, turn < 0 ? warmUp : port, slice, eventsPerAppend);
        }

        return
        [
            Figures.Of(what, "raw SQLite (the floor)", floor.PerSecond, floor.Latencies, floor.PerSecond),
            Figures.Of(what, "SqliteEventStore", port.PerSecond, port.Latencies, floor.PerSecond),
            .. await MeasureScanAsync(raw, store, eventsPerAppend),
        ];
    }

    private static async Task<List<Figure>> MeasureScanAsync(RawSqlite raw, SqliteEventStore store, int eventsPerAppend)
    {
        var what = $"scan of what was written by {eventsPerAppend}";
        var floor = new Rate();
        var port = new Rate();
        for (var turn = 0; turn < Turns; turn++)
        {
            var started = Stopwatch.GetTimestamp();
            floor.Add(raw.Scan(), started);

            started = Stopwatch.GetTimestamp();
            var events = 0L;
            await foreach (var page in store.ReadAllAsync(null, CancellationToken.None)) events += page.Count;
            port.Add(events, started);
        }

        return
        [
            Figures.Of(what, "raw SQLite (the floor)", floor.PerSecond, floor.Latencies, floor.PerSecond),
            Figures.Of(what, "SqliteEventStore", port.PerSecond, port.Latencies, floor.PerSecond),
        ];
    }

    internal static async Task DriveAsync(Append append, int[] numbers, Rate rate, TimeSpan time, int eventsPerAppend, byte[]? metadata = null, TimeSpan pause = default)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var events = metadata is null ? NewEvents(eventsPerAppend) : NewEvents(eventsPerAppend, metadata);
                if (pause > TimeSpan.Zero) await Task.Delay(pause);
                var asked = Stopwatch.GetTimestamp();
                await append(writer, numbers[writer]++, events);
                rate.Latencies.RecordValue((long)Stopwatch.GetElapsedTime(asked).TotalMicroseconds);
                Interlocked.Add(ref rate.Events, events.Length);
            }
        })));
        rate.Elapsed += Stopwatch.GetElapsedTime(started);
    }

    internal static async Task AppendToPortAsync(SqliteEventStore store, int writer, int number, EventToAppend[] events)
    {
        var stream = new StreamName($"violation-{number / AppendsPerStream:x8}-{writer:x4}-7000-8000-000000000000");
        var revision = number % AppendsPerStream * events.Length;
        var expected = revision == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(revision - 1));
        var outcome = await store.AppendAsync(stream, expected, events, CancellationToken.None);
        if (outcome is not AppendOutcome.Appended) throw new InvalidOperationException($"The append came out as {outcome}.");
    }

    // The size of a recorded violation: about 420 bytes of data, 180 of metadata.
    private static readonly byte[] Data = [.. Enumerable.Range(0, 420).Select(n => (byte)('a' + (n % 26)))];
    private static readonly byte[] Metadata = [.. Enumerable.Range(0, 180).Select(n => (byte)('a' + (n % 26)))];

    /// <summary>As <see cref="NewEvents(int)"/>, of which a log can read when they were recorded.</summary>
    internal static EventToAppend[] NewEvents(int count, byte[] metadata)
    {
        var events = new EventToAppend[count];
        for (var n = 0; n < count; n++) events[n] = new EventToAppend(Guid.NewGuid(), "violation-recorded-v1", Data, metadata);
        return events;
    }

    internal static EventToAppend[] NewEvents(int count)
    {
        var events = new EventToAppend[count];
        for (var n = 0; n < count; n++) events[n] = new EventToAppend(Guid.NewGuid(), "violation-recorded-v1", Data, Metadata);
        return events;
    }

    internal sealed class Rate
    {
        public long Events;

        public LongConcurrentHistogram Latencies { get; } = new(1, 60_000_000, 3);

        public TimeSpan Elapsed { get; set; }

        public double PerSecond => Events / Elapsed.TotalSeconds;

        public void Add(long events, long started)
        {
            var took = Stopwatch.GetElapsedTime(started);
            Events += events;
            Elapsed += took;
            Latencies.RecordValue((long)took.TotalMicroseconds);
        }
    }
}
