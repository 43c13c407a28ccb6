using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Sqlite.Tests;

/// <summary>What can befall an embedded store, each as "failed" and, where that can be, as "failed but persisted".</summary>
/// <remarks>
/// | misfortune                      | failed                                   | failed but persisted                           |
/// |---------------------------------|------------------------------------------|------------------------------------------------|
/// | no room (file limit, full disk) | No_room_…                                | (SQLite answers before anything is readable)    |
/// | killed under load               | Killed_…: tried, not stored              | Killed_…: stored, not acknowledged             |
/// | fault between commit and answer | A_fault_within_a_commit_…                | A_fault_after_the_commit_…                     |
/// | torn end of the WAL             | A_torn_end_of_the_wal_…                  | (what was cut had not been synced)             |
/// | another program holds the file  | A_file_locked_by_another_program_…       | –                                              |
/// </remarks>
public sealed class Misfortunes : IDisposable
{
    private static readonly StreamName Stream = new("violation-1");

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(3));

    private string EventFile => _directory.File("events.db");

    private CancellationToken Deadline => _deadline.Token;

    public void Dispose()
    {
        _directory.Dispose();
        _deadline.Dispose();
    }

    [Fact]
    public async Task No_room_under_a_file_limit_refuses_appends_whole_until_there_is_room()
    {
        using var writer = WriterProcess.Start("fill", _directory.Path, "until-the-file-limit");

        await KeptItsWord(writer);
    }

    [SmallDiskFact]
    public async Task No_room_on_a_full_disk_refuses_appends_whole_until_there_is_room()
    {
        using var writer = WriterProcess.Start(SmallDisk.MountedAt(_directory.Path), ["fill", _directory.Path, "until-the-disk-is-full"]);

        await KeptItsWord(writer);
    }

    [Fact]
    public async Task Killed_under_load_it_holds_all_that_was_acknowledged_exactly_once()
    {
        var tried = new List<(StreamName Stream, long Next, Guid[] Ids)>();
        var stored = new Dictionary<(StreamName, long), string>();
        for (var round = 0; round < 6; round++)
        {
            foreach (var line in await KillUnderLoad(lines: 150 + (round * 97)))
            {
                if (line.Split(' ') is ["try", var s, var next, var a, var b]) tried.Add((new(s), long.Parse(next, null), [Guid.Parse(a), Guid.Parse(b)]));
                if (line.Split(' ') is ["stored", var t, var at, var position]) stored.Add((new(t), long.Parse(at, null)), position);
            }
        }

        await using var store = Open();
        await HoldsWholeStreams(store);
        var before = await ReadAll(store);
        foreach (var (stream, next, ids) in tried)
        {
            var wasThere = before.Any(e => e.Id == ids[0]);
            var again = Assert.IsType<AppendOutcome.Appended>(await store.AppendAsync(
                stream, next == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new(next - 1)), [.. ids.Select(id => SomeEvents.One(id))], Deadline));

            Assert.Equal(wasThere, again.Repeated);
            if (stored.TryGetValue((stream, next), out var position)) Assert.Equal((true, position), (again.Repeated, again.Position.ToString()));
        }

        Assert.NotEmpty(stored);
        Assert.Equal(tried.SelectMany(t => t.Ids).Order(), (await ReadAll(store)).Select(e => e.Id).Order());
        await HoldsWholeStreams(store);
    }

    [Fact]
    public async Task A_fault_after_the_commit_is_an_unknown_outcome_that_a_repeat_settles()
    {
        await using var store = Open();
        var events = SomeEvents.Many(3);
        var subscription = store.SubscribeAsync(null, Deadline).GetAsyncEnumerator(Deadline);
        var seen = subscription.MoveNextAsync();
        store.AfterCommit = () => throw new IOException("The answer got lost.");

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Append(store, ExpectedRevision.NoStream, events));
        store.AfterCommit = null;

        Assert.True(await seen);
        Assert.Equal(events.Select(e => e.Id), subscription.Current.Select(e => e.Id));
        Assert.True(Assert.IsType<AppendOutcome.Appended>(await Append(store, ExpectedRevision.NoStream, events)).Repeated);
        Assert.Equal(3, (await ReadAll(store)).Count);
        await subscription.DisposeAsync();
    }

    [Fact]
    public async Task A_fault_within_a_commit_fails_everyone_in_it_and_stores_nothing()
    {
        await using var store = Open();
        using var stranger = Stranger.Open(EventFile);
        // Refuses the second event of any append: the first is written already, and must not stay.
        stranger.Execute("CREATE TRIGGER misfortune BEFORE INSERT ON events WHEN NEW.revision = 1 BEGIN SELECT RAISE(ABORT, 'misfortune'); END");

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Append(store, ExpectedRevision.NoStream, SomeEvents.Many(2)));

        Assert.Contains("misfortune", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await ReadAll(store));
        stranger.Execute("DROP TRIGGER misfortune");
        Assert.IsType<AppendOutcome.Appended>(await Append(store, ExpectedRevision.NoStream, SomeEvents.Many(2)));
    }

    [Fact]
    public async Task A_file_locked_by_another_program_refuses_appends_and_is_read_until_it_is_free()
    {
        await using var store = SqliteEventStore.Open(new SqliteEventStoreOptions(EventFile) { BusyTimeout = TimeSpan.Zero });
        await Append(store, ExpectedRevision.NoStream, SomeEvents.Many(1));
        using var stranger = Stranger.Open(EventFile);
        stranger.Execute("BEGIN IMMEDIATE");

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Append(store, ExpectedRevision.At(new(0)), SomeEvents.Many(1)));

        Assert.Contains("locked", refusal.Message, StringComparison.Ordinal);
        Assert.Single(await ReadAll(store));
        stranger.Execute("ROLLBACK");
        Assert.IsType<AppendOutcome.Appended>(await Append(store, ExpectedRevision.At(new(0)), SomeEvents.Many(1)));
    }

    [Fact]
    public async Task A_torn_end_of_the_wal_leaves_a_whole_prefix()
    {
        var ids = await WriteHalfCheckpointed();
        var wal = await File.ReadAllBytesAsync(EventFile + "-wal", Deadline);
        for (var cut = 0; cut < 24; cut++)
        {
            using var copy = new TemporaryDirectory();
            File.Copy(EventFile, copy.File("events.db"));
            await File.WriteAllBytesAsync(copy.File("events.db-wal"), Tear(wal, cut), Deadline);

            await using var store = SqliteEventStore.Open(new SqliteEventStoreOptions(copy.File("events.db")));

            var found = await ReadAll(store);
            Assert.Equal(ids.Take(found.Count), found.Select(e => e.Id));
            Assert.InRange(found.Count, 20, ids.Count);
            await HoldsWholeStreams(store);
            Assert.IsType<AppendOutcome.Appended>(await store.AppendAsync(new("after-the-tear"), ExpectedRevision.NoStream, SomeEvents.Many(2), Deadline));
        }
    }

    [Fact]
    public async Task Appends_that_wait_when_the_store_is_closed_are_finished_first()
    {
        var store = Open();
        var appends = Enumerable.Range(0, 100).Select(n => store.AppendAsync(new($"s-{n}"), ExpectedRevision.NoStream, SomeEvents.Many(1), Deadline).AsTask()).ToList();

        await store.DisposeAsync();

        Assert.All(await Task.WhenAll(appends), outcome => Assert.IsType<AppendOutcome.Appended>(outcome));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Append(store, ExpectedRevision.NoStream, SomeEvents.Many(1)));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.ReadHeadAsync(Deadline));
    }

    [Fact]
    public async Task A_subscription_ends_when_the_store_is_closed()
    {
        var store = Open();
        var waiting = store.SubscribeAsync(null, Deadline).GetAsyncEnumerator(Deadline).MoveNextAsync();

        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await waiting);
    }

    private static async Task KeptItsWord(WriterProcess writer)
    {
        var (exitCode, output, errors) = await writer.EndAsync();
        Assert.True(exitCode == 0, errors + output);
        Assert.Contains("refused: ", output, StringComparison.Ordinal);
        Assert.Contains("kept ", output, StringComparison.Ordinal);
    }

    /// <summary>What the helper said until it was killed; the line that it was in the midst of is left out.</summary>
    private async Task<List<string>> KillUnderLoad(int lines)
    {
        using var writer = WriterProcess.Start("load", EventFile);
        var said = new List<string>();
        for (var n = 0; n < lines; n++) said.Add(await writer.ReadLineAsync() ?? throw new InvalidOperationException((await writer.EndAsync()).Errors));
        writer.Kill();
        var rest = (await writer.EndAsync()).Output.Split('\n');
        return [.. said, .. rest[..^1]];
    }

    // 20 events are in the file itself, 40 only in its WAL, as after a kill.
    private async Task<List<Guid>> WriteHalfCheckpointed()
    {
        var events = SomeEvents.Many(60);
        await using (var store = Open())
        {
            for (var n = 0; n < 20; n++) await Append(store, n == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new(n - 1)), events[n]);
        }

        var source = _directory.File("source.db");
        File.Move(EventFile, source);
        await using (var store = SqliteEventStore.Open(new SqliteEventStoreOptions(source)))
        {
            for (var n = 20; n < 60; n++) await Append(store, ExpectedRevision.At(new(n - 1)), events[n]);
            File.Copy(source, EventFile);
            File.Copy(source + "-wal", EventFile + "-wal");
        }

        return [.. events.Select(e => e.Id)];
    }

    private static byte[] Tear(byte[] wal, int cut)
    {
        var random = new Random(cut);
        var from = random.Next(wal.Length);
        if (cut % 2 == 0) return wal[..from];

        var garbled = wal.ToArray();
        random.NextBytes(garbled.AsSpan(from, Math.Min(random.Next(1, 5000), wal.Length - from)));
        return garbled;
    }

    private static async Task HoldsWholeStreams(SqliteEventStore store)
    {
        var all = await ReadAll(store);
        Assert.Equal(Enumerable.Range(1, all.Count).Select(n => (ulong)n), all.Select(e => e.Position.Commit));
        Assert.All(all.GroupBy(e => e.Stream), s => Assert.Equal(Enumerable.Range(0, s.Count()).Select(n => (long)n), s.Select(e => e.Revision.Value)));
    }

    private SqliteEventStore Open() => SqliteEventStore.Open(new SqliteEventStoreOptions(EventFile));

    private ValueTask<AppendOutcome> Append(SqliteEventStore store, ExpectedRevision expected, params EventToAppend[] events) =>
        store.AppendAsync(Stream, expected, events, Deadline);

    private static async Task<List<RecordedEvent>> ReadAll(SqliteEventStore store)
    {
        var all = new List<RecordedEvent>();
        await foreach (var page in store.ReadAllAsync(null, CancellationToken.None)) all.AddRange(page);
        return all;
    }
}
