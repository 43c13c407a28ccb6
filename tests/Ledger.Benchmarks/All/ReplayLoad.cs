using System.Diagnostics;
using System.Globalization;
using Ledger.Benchmarks.Load;
using Ledger.EventStore;
using Ledger.EventStore.InMemory;
using Ledger.EventStore.Sqlite;
using Ledger.Projections;
using Ledger.Projections.Sequencing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Benchmarks.All;

/// <summary>Reading a whole history out of a SQLite file: decoded as the read models decode it, and folded into all of them.</summary>
internal static class ReplayLoad
{
    private const int Turns = 3;

    /// <summary>The two alone, several times, with what an event costs in processor time: on a machine that others use too, that says more than the rate.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var events = arguments is ["--events", var n, ..] ? int.Parse(n, CultureInfo.InvariantCulture) : 250_000;
        var directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"ledger-replay-{Guid.NewGuid():N}")).FullName;
        try
        {
            await using var store = await FillAsync(directory, events);
            Console.WriteLine("| what | events/s | CPU µs an event |");
            Console.WriteLine("|---|---:|---:|");
            for (var turn = 0; turn < Turns; turn++)
            {
                await PrintAsync("replay, decoded", events, () => DecodeAsync(store));
                await PrintAsync("rebuild of all read models", events, () => RebuildAsync(store, Path.Combine(directory, $"rebuilt-{turn}")));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>A SQLite file with the history of a simulated mission.</summary>
    public static async Task<SqliteEventStore> FillAsync(string directory, int events)
    {
        var store = SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(directory, "replay.db")));
        await using var memory = new InMemoryEventStore();
        await ProjectionLoad.FillAsync(memory, (int)(events / 2.5));
        await CopyAsync(memory, store);
        return store;
    }

    private static async Task PrintAsync(string what, int events, Func<Task<double>> measure)
    {
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var rate = await measure();
        process.Refresh();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {rate:N0} | {(process.TotalProcessorTime - before).TotalMicroseconds / events:0.0} |"));
    }

    private static async Task CopyAsync(InMemoryEventStore from, SqliteEventStore to)
    {
        await foreach (var page in from.ReadAllAsync(null, CancellationToken.None))
        {
            var appends = page.Select(e => new StreamAppend(
                e.Stream, e.Revision.Value == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(e.Revision.Value - 1)), [new EventToAppend(e.Id, e.Type, e.Data, e.Metadata)]));
            foreach (var outcome in await Task.WhenAll(appends.Select(append => to.AppendAsync(append.Stream, append.Expected, append.Events, CancellationToken.None).AsTask())))
                if (outcome is not AppendOutcome.Appended) throw new InvalidOperationException($"The append came out as {outcome}.");
        }
    }

    public static async Task<double> DecodeAsync(SqliteEventStore store)
    {
        var (events, started) = (0L, Stopwatch.GetTimestamp());
        await foreach (var page in new LedgerReader(store).ReadAsync(null, follow: false, CancellationToken.None)) events += page.Records.Count;
        return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public static async Task<double> RebuildAsync(SqliteEventStore store, string directory)
    {
        var events = 0L;
        await foreach (var page in store.ReadAllAsync(null, CancellationToken.None)) events += page.Count;
        var started = Stopwatch.GetTimestamp();
        await using var view = await LedgerView.OpenAsync(store, new InMemoryVault(TimeProvider.System), new LedgerViewOptions(directory), NullLogger.Instance, CancellationToken.None);
        await view.WaitForCountAsync(events, CancellationToken.None);
        return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private sealed record StreamAppend(StreamName Stream, ExpectedRevision Expected, EventToAppend[] Events);
}
