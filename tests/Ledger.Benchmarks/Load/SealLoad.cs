using Ledger.Domain;
using Ledger.EventStore.Sqlite;
using Ledger.Log;
using Ledger.Log.Signing;
using Ledger.Serialization;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Benchmarks.Load;

/// <summary>What the transparency log costs the writers: the same appends with a log that hashes, tiles and seals beside them, and without one, taking turns.</summary>
internal static class SealLoad
{
    private const int Turns = 4;

    public static async Task<int> RunAsync(LoadOptions options)
    {
        var directory = Directory.CreateDirectory(Path.Combine(options.Directory, $"ledger-seal-{Guid.NewGuid():N}"));
        try
        {
            List<Figure> figures =
            [
                .. await MeasureAsync(directory.FullName, options.Seconds, 5, TimeSpan.Zero),
                .. await MeasureAsync(directory.FullName, options.Seconds, 1, TimeSpan.Zero),
                // As many commands as a busy node takes over HTTP.
                .. await MeasureAsync(directory.FullName, options.Seconds, 1, TimeSpan.FromMilliseconds(2)),
            ];
            Figures.Print(figures, options.Json);
            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<List<Figure>> MeasureAsync(string directory, int seconds, int eventsPerAppend, TimeSpan pause)
    {
        var (name, what) = ($"{eventsPerAppend}-{pause.TotalMilliseconds}", $"append, {StoreLoad.Writers} × {eventsPerAppend}{(pause > TimeSpan.Zero ? ", paced" : "")}");
        await using var bare = SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(directory, $"bare-{name}.db")));
        await using var logged = SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(directory, $"logged-{name}.db")));
        await using var log = await TransparencyLog.OpenAsync(
            logged, new LogOptions(SignerKeys.InMemory()) { TileFile = Path.Combine(directory, $"tiles-{name}.db"), SignerState = Path.Combine(directory, $"signer-{name}") },
            () => "ledger.example/load", NullLogger.Instance, CancellationToken.None);
        var metadata = EventCodec.EncodeMetadata(new EventMetadata(
            DateTimeOffset.UnixEpoch, new Actor(new Subject("monitor-1"), Role.Monitor, null), Guid.NewGuid(), new string('h', 43), null, null, 1, System.Buffers.Text.Base64Url.EncodeToString(new byte[32])));

        var (without, with, warmUp) = (new StoreLoad.Rate(), new StoreLoad.Rate(), new StoreLoad.Rate());
        var (bareNumbers, loggedNumbers) = (new int[StoreLoad.Writers], new int[StoreLoad.Writers]);
        var slice = TimeSpan.FromSeconds((double)seconds / Turns);
        for (var turn = -1; turn < Turns; turn++)
        {
            await StoreLoad.DriveAsync((writer, number, events) => StoreLoad.AppendToPortAsync(bare, writer, number, events), bareNumbers, turn < 0 ? warmUp : without, slice, eventsPerAppend, metadata, pause);
            await StoreLoad.DriveAsync((writer, number, events) => StoreLoad.AppendToPortAsync(logged, writer, number, events), loggedNumbers, turn < 0 ? warmUp : with, slice, eventsPerAppend, metadata, pause);

            // What the log is behind is its own time, not the next turn's.
            while (log.Health.Sealed?.Size.Value is not { } size || size < log.Health.Size || log.Health.Size < loggedNumbers.Sum() * (long)eventsPerAppend) await Task.Delay(20);
        }

        return
        [
            Figures.Of(what, "without a log (the floor)", without.PerSecond, without.Latencies, without.PerSecond),
            Figures.Of(what, "with a log that seals", with.PerSecond, with.Latencies, without.PerSecond),
        ];
    }
}
