using System.Globalization;
using System.Text;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.EventStore.Sqlite;
using Ledger.Log.Checking;
using Ledger.Log.Signing;
using Ledger.Serialization;
using Ledger.Testing.EventStores;
using Ledger.Transparency;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Log.Tests;

/// <summary>A ledger's data in a directory of its own, opened as a node opens it, as often as a test wants.</summary>
public sealed class LogBench : IDisposable
{
    private const string TheOrigin = "ledger.example/test";

    private readonly TemporaryDirectory _directory = new();

    public LogBench() => Directory.CreateDirectory(Secrets);

    public string EventFile => Path.Combine(_directory.Path, "events.db");

    public string TileFile => Path.Combine(_directory.Path, "tiles.db");

    public string SignerState => Path.Combine(_directory.Path, "signer-state");

    public string Secrets => Path.Combine(_directory.Path, "secrets");

    public string Path_(string name) => Path.Combine(_directory.Path, name);

    /// <summary>The store's real file.</summary>
    public SqliteEventStore OpenStore() => SqliteEventStore.Open(new SqliteEventStoreOptions(EventFile));

    internal static readonly Rereading Fast = new(1_000_000, TimeSpan.FromMilliseconds(100));

    /// <summary>Reads the store again only at a start, so that a test sees what a start finds.</summary>
    internal static readonly Rereading Rare = new(1_000_000, TimeSpan.FromHours(1));

    public LogOptions Options => new(SignerKeys.In(Secrets)) { TileFile = TileFile, SignerState = SignerState, Origin = TheOrigin };

    internal Task<TransparencyLog> OpenAsync(IEventStore store, LogOptions? options = null, Rereading? rereading = null) =>
        TransparencyLog.OpenAsync(store, options ?? Options, () => TheOrigin, rereading ?? Fast, NullLogger.Instance, CancellationToken.None);

    /// <summary>Opens the store and the log, does something, and closes both.</summary>
    internal async Task<T> RunAsync<T>(Func<IEventStore, TransparencyLog, Task<T>> act, LogOptions? options = null, Rereading? rereading = null)
    {
        await using var store = OpenStore();
        await using var log = await OpenAsync(store, options, rereading);
        return await act(store, log);
    }

    /// <summary>A ledger of so many events, sealed whole and closed.</summary>
    internal Task<SignedCheckpoint> SealedAsync(int events) => RunAsync(async (store, log) =>
    {
        await AppendAsync(store, 0, events);
        return await PublishedAsync(log, events);
    });

    /// <summary>Health once the log has a status other than catching up and ready, or fails after a while.</summary>
    internal Task<LogHealth> TroubleAsync(LogOptions? options = null) => RunAsync(
        async (_, log) =>
        {
            await Until(() => log.Health.Status is LogStatus.Faulted or LogStatus.ReadOnly, () => $"nothing was found: {log.Health}");
            return log.Health;
        },
        options);

    public static async Task<SignedCheckpoint> PublishedAsync(TransparencyLog log, long events)
    {
        await Until(() => log.Published?.Checkpoint.Size.Value >= events, () => $"no head of {events} events: {log.Health} {string.Join(", ", log.Health.Problems)}");
        return log.Published!;
    }

    public static async Task Until(Func<bool> isSo, Func<string> why)
    {
        for (var i = 0; i < 600 && !isSo(); i++) await Task.Delay(50);
        Assert.True(isSo(), why());
    }

    /// <summary>Cases of three events each, numbered from a start.</summary>
    public static async Task AppendAsync(IEventStore store, int first, int count)
    {
        for (var i = first; i < first + count; i++) await AppendAsync(store, StreamOf(i), i % 3, "violation-recorded-v1", i);
    }

    public static Task AppendAsync(IEventStore store, string stream, long revision, string type, int number) =>
        AppendAsync(store, stream, revision, type, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"number":{{number}}}""")), number);

    public static async Task AppendAsync(IEventStore store, string stream, long revision, string type, byte[] data, int number)
    {
        var expected = revision == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(revision - 1));
        var outcome = await store.AppendAsync(new StreamName(stream), expected, [new EventToAppend(Guid.CreateVersion7(), type, data, MetadataOf(number))], CancellationToken.None);
        Assert.IsType<AppendOutcome.Appended>(outcome);
    }

    /// <summary>The leaves of a store by the standard's own words: every event of the ledger, in order.</summary>
    public static async Task<List<LeafEntry>> LeavesAsync(IEventStore store, Origin origin)
    {
        List<LeafEntry> leaves = [];
        await foreach (var page in store.ReadAllAsync(null, CancellationToken.None))
        {
            foreach (var e in page.Where(e => LeafStreams.Contains(e.Stream.Value)))
            {
                var at = EventCodec.DecodeMetadata(e.Metadata).RecordedAt;
                var header = new EventHeader(
                    origin, new LeafIndex(leaves.Count), e.Id, e.Stream.Value, e.Revision.Value, e.Type, new UnixMicroseconds((at - DateTimeOffset.UnixEpoch).Ticks / 10));
                leaves.Add(LeafEntry.Of(header, e.Data.Span, e.Metadata.Span));
            }
        }

        return leaves;
    }

    public static Hash RootOf(IEnumerable<LeafEntry> leaves)
    {
        var range = new CompactRange();
        foreach (var leaf in leaves) range.Append(leaf.LeafHash);
        return range.Root;
    }

    public void Dispose() => _directory.Dispose();

    private static string StreamOf(int i) => string.Create(CultureInfo.InvariantCulture, $"violation-{new Guid(i / 3, 0, 0, new byte[8]):D}");

    private static byte[] MetadataOf(int number) => EventCodec.EncodeMetadata(new EventMetadata(
        new DateTimeOffset(2020, 10, 18, 6, 0, 0, TimeSpan.Zero).AddSeconds(number), new Actor(new Subject("monitor-1"), Role.Monitor, null), Guid.CreateVersion7(), "hash", null, null, 1,
        System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))));
}
