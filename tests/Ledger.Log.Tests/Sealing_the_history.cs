using System.Collections.Concurrent;
using Ledger.EventStore;
using Ledger.EventStore.InMemory;
using Ledger.Log.Chain;
using Ledger.Log.Signing;
using Ledger.Transparency;
using Microsoft.Data.Sqlite;

namespace Ledger.Log.Tests;

/// <summary>transparency.md, "Sealing: one history, however many nodes", steps 0 to 3.</summary>
public sealed class Sealing_the_history : IDisposable
{
    private readonly LogBench _bench = new();

    [Fact]
    public async Task A_head_is_signed_by_the_key_that_the_log_was_created_with()
    {
        var (created, head, key) = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 0, 5);
            var sealedHead = await LogBench.PublishedAsync(log, 5);
            var first = await store.ReadStreamAsync(new StreamName("log-checkpoints"), ReadDirection.Forwards, null, 1, CancellationToken.None);
            return (LogEvents.Read(first[0]), sealedHead, log.Key);
        });

        Assert.Equal(key, Assert.IsType<LogEvent.Created>(created).Key);
        Assert.IsType<NoteVerdict.Verified>(head.Note.Verify([key]));
    }

    [Fact]
    public async Task Two_first_starts_agree_on_one_name_and_one_key()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var store = new InMemoryEventStore();
            var keys = SignerKeys.InMemory();
            var options = new LogOptions(keys);
            var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => TransparencyLog.OpenAsync(
                store, options, () => $"ledger.example/{i}", Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None))));
            Assert.Single(opened.Select(log => (log.Origin, log.Key.ToString())).Distinct());
            foreach (var log in opened) await log.DisposeAsync();
        }
    }

    [Fact]
    public async Task Whoever_comes_with_another_name_is_refused()
    {
        await _bench.SealedAsync(1);
        await using var store = _bench.OpenStore();
        var refused = await Assert.ThrowsAsync<LogRefusedException>(() => _bench.OpenAsync(store, _bench.Options with { Origin = "ledger.example/other" }));
        Assert.Contains("Ledger:Origin", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_the_key_follows_serves_and_says_so()
    {
        await _bench.SealedAsync(3);
        var stranger = new LogOptions(SignerKeys.InMemory()) { TileFile = _bench.Path_("tiles-2.db"), SignerState = _bench.Path_("state-2") };
        var health = await _bench.RunAsync(
            async (store, log) =>
            {
                await LogBench.AppendAsync(store, 3, 3);
                await LogBench.Until(() => log.Health.Problems.Count > 0, () => "it said nothing");
                Assert.Equal(3, log.Published!.Checkpoint.Size.Value);
                return log.Health;
            },
            stranger);

        Assert.Equal(LogStatus.Ready, health.Status);
        Assert.Equal(LogProblems.NoSignerKey, Assert.Single(health.Problems).Code);
    }

    [Fact]
    public async Task Two_nodes_under_load_seal_one_history()
    {
        await using var store = new InMemoryEventStore();
        var options = _bench.Options;
        await using var a = await _bench.OpenAsync(store, options with { TileFile = _bench.Path_("a.db"), SignerState = _bench.Path_("a.state") });
        await using var b = await _bench.OpenAsync(store, options with { TileFile = _bench.Path_("b.db"), SignerState = _bench.Path_("b.state") });
        for (var i = 0; i < 30; i++)
        {
            await LogBench.AppendAsync(store, i * 60, 60);
            await Task.Delay(50);
        }

        var heads = await Task.WhenAll(LogBench.PublishedAsync(a, 1800), LogBench.PublishedAsync(b, 1800));
        Assert.Equal(heads[0].ToString(), heads[1].ToString());

        var seals = await SealsAsync(store);
        Assert.True(seals.Count >= 3, $"{seals.Count} seals");
        Assert.Equal(seals.Select(seal => seal.Checkpoint.Size.Value).Order().Distinct(), seals.Select(seal => seal.Checkpoint.Size.Value));
        var leaves = await LogBench.LeavesAsync(store, a.Origin);
        foreach (var seal in seals) Assert.Equal(LogBench.RootOf(leaves.Take((int)seal.Checkpoint.Size.Value)), seal.Checkpoint.Root);
        Assert.Equal(LogStatus.Ready, a.Health.Status);
        Assert.Equal(LogStatus.Ready, b.Health.Status);
    }

    [Fact]
    public async Task Seals_come_at_most_five_times_a_second()
    {
        await using var store = new InMemoryEventStore();
        await using var log = await _bench.OpenAsync(store);
        var began = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 20; i++)
        {
            await LogBench.AppendAsync(store, i * 300, 300);
            await Task.Delay(50);
        }

        await LogBench.PublishedAsync(log, 6000);
        Assert.InRange((await SealsAsync(store)).Count, 1, (int)(began.Elapsed.TotalSeconds * 5) + 1);
    }

    [Fact]
    public async Task The_signers_state_is_durable_before_the_seal_is_seen()
    {
        var log = new ConcurrentQueue<string>();
        await using var store = new SpyingStore(e =>
        {
            if (e.Type == LogEvents.SealedType) log.Enqueue(File.Exists(_bench.SignerState) ? File.ReadAllText(_bench.SignerState) : "nothing");
        });
        await using var opened = await _bench.OpenAsync(store);
        await LogBench.AppendAsync(store, 0, 4);
        var head = await LogBench.PublishedAsync(opened, 4);

        Assert.Contains(head.ToString(), log);
    }

    [Fact]
    public async Task A_restored_old_backup_signs_nothing_until_the_missing_events_are_back()
    {
        await _bench.SealedAsync(6);
        Copy(_bench.EventFile, _bench.Path_("old.db"));
        await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 6, 6);
            return await LogBench.PublishedAsync(log, 12);
        });
        Copy(_bench.EventFile, _bench.Path_("new.db"));
        Copy(_bench.Path_("old.db"), _bench.EventFile);
        File.Delete(_bench.TileFile);

        var health = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.Until(() => log.Health.Status == LogStatus.ReadOnly, () => log.Health.ToString());
            var found = log.Health;
            await LogBench.AppendAsync(store, 6, 3); // Somebody writes past the check; still nothing is signed.
            await Task.Delay(1500);
            Assert.All(await SealsAsync(store), seal => Assert.Equal(6, seal.Checkpoint.Size.Value));
            Assert.Equal(LogStatus.ReadOnly, log.Health.Status);
            return found;
        });
        Assert.Equal(LogProblems.StoreBehindSigner, Assert.Single(health.Problems).Code);
        Assert.Equal(6, health.Problems[0].Sequence);

        Copy(_bench.Path_("new.db"), _bench.EventFile);
        File.Delete(_bench.TileFile);
        var head = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 12, 1);
            return await LogBench.PublishedAsync(log, 13);
        });
        Assert.Equal(13, head.Checkpoint.Size.Value);
    }

    [Fact]
    public async Task A_state_that_signed_another_history_is_a_fork()
    {
        await _bench.SealedAsync(6);
        using var other = new LogBench();
        foreach (var key in Directory.GetFiles(_bench.Secrets)) File.Copy(key, Path.Combine(other.Secrets, Path.GetFileName(key)));
        await other.SealedAsync(6);
        File.Copy(other.SignerState, _bench.SignerState, overwrite: true);

        var health = await _bench.TroubleAsync();
        Assert.Equal(LogStatus.Faulted, health.Status);
        Assert.Equal(LogProblems.Fork, Assert.Single(health.Problems).Code);
    }

    [Fact]
    public async Task A_lost_signers_state_adopts_the_newest_seal()
    {
        var head = await _bench.SealedAsync(6);
        File.Delete(_bench.SignerState);
        await _bench.RunAsync(async (_, log) =>
        {
            await LogBench.Until(() => File.Exists(_bench.SignerState), () => log.Health.ToString());
            return 0;
        });

        Assert.Equal(head.ToString(), await File.ReadAllTextAsync(_bench.SignerState));
    }

    [Fact]
    public async Task A_state_of_another_log_or_unreadable_stops_the_start_with_a_sentence()
    {
        await _bench.SealedAsync(2);
        await using var store = _bench.OpenStore();
        await File.WriteAllTextAsync(_bench.SignerState, "rubbish");
        Assert.Contains("Ledger:SignerState", (await Assert.ThrowsAsync<LogRefusedException>(() => _bench.OpenAsync(store))).Message, StringComparison.Ordinal);

        using var key = SigningKey.FromSeed(KeyName.Of("ledger.example/b"), KeyType.Ed25519, new byte[32]);
        await File.WriteAllTextAsync(_bench.SignerState, SignedCheckpoint.Sign(new Checkpoint(Origin.Of("ledger.example/b"), new TreeSize(1), MerkleHash.EmptyRoot), key).ToString());
        Assert.Contains("ledger.example/b", (await Assert.ThrowsAsync<LogRefusedException>(() => _bench.OpenAsync(store))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seal_that_the_logs_key_didnt_sign_stops_sealing()
    {
        await _bench.SealedAsync(3);
        using var mallory = SigningKey.FromSeed(KeyName.Of("ledger.example/test"), KeyType.Ed25519, new byte[32]);
        await using (var store = _bench.OpenStore())
        {
            var newest = (await store.ReadStreamAsync(new StreamName("log-checkpoints"), ReadDirection.Backwards, null, 1, CancellationToken.None))[0].Revision;
            var forged = SignedCheckpoint.Sign(new Checkpoint(Origin.Of("ledger.example/test"), new TreeSize(4), MerkleHash.EmptyRoot), mallory);
            await store.AppendAsync(new StreamName("log-checkpoints"), ExpectedRevision.At(newest), [LogEvents.ToAppend(new LogEvent.Sealed(forged), DateTimeOffset.UnixEpoch)], CancellationToken.None);
        }

        var health = await _bench.TroubleAsync();
        Assert.Equal(LogStatus.Faulted, health.Status);
        Assert.Equal(LogProblems.ForeignSeal, Assert.Single(health.Problems).Code);
    }

    [Fact]
    public async Task A_state_that_cant_be_written_stops_sealing_but_not_the_ledger_and_all_recovers()
    {
        // A directory where the draft should go: no disk is fuller.
        await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 0, 2);
            await LogBench.PublishedAsync(log, 2);
            Directory.CreateDirectory(_bench.SignerState + ".draft");
            await LogBench.AppendAsync(store, 2, 2);
            await LogBench.Until(() => log.Health.Problems.Any(problem => problem.Code == LogProblems.SealingFailed), () => log.Health.ToString());
            Assert.Equal(LogStatus.Ready, log.Health.Status);
            Assert.All(await SealsAsync(store), seal => Assert.Equal(2, seal.Checkpoint.Size.Value));
            await LogBench.AppendAsync(store, 4, 2); // Events are taken all the while.
            Directory.Delete(_bench.SignerState + ".draft");
            await LogBench.PublishedAsync(log, 6);
            await LogBench.Until(() => log.Health.Problems.Count == 0, () => log.Health.ToString());
            return 0;
        });
    }

    [Fact]
    public async Task The_signing_key_is_its_owners_alone()
    {
        await _bench.SealedAsync(1);
        var key = Assert.Single(Directory.GetFiles(_bench.Secrets, "signer-*.key"));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    [Fact]
    public async Task A_command_may_sign_with_a_key_that_is_kept_elsewhere()
    {
        using var key = SigningKey.FromSeed(KeyName.Of("ledger.example/test"), KeyType.Ed25519, new byte[32]);
        // Stands for a hardware module's program: it knows one text, and signs that.
        var options = new LogOptions(SignerKeys.In(_bench.Secrets).AndElsewhere($"cat > {_bench.Path_("asked")}; cat {_bench.Path_("line")}", key.Verifier)) { Origin = "ledger.example/test" };
        await using var store = _bench.OpenStore();
        await LogBench.AppendAsync(store, 0, 3);
        var leaves = await LogBench.LeavesAsync(store, Origin.Of("ledger.example/test"));
        var head = new Checkpoint(Origin.Of("ledger.example/test"), new TreeSize(3), LogBench.RootOf(leaves));
        await File.WriteAllTextAsync(_bench.Path_("line"), key.Sign("another text\n").Line);
        await using var log = await _bench.OpenAsync(store, options);
        await LogBench.Until(() => log.Health.Problems.Any(problem => problem.Code == LogProblems.SealingFailed), () => log.Health.ToString());

        await File.WriteAllTextAsync(_bench.Path_("line"), key.Sign(head.Text).Line);
        var sealedHead = await LogBench.PublishedAsync(log, 3);
        Assert.Equal(head, sealedHead.Checkpoint);
        Assert.Equal(head.Text, await File.ReadAllTextAsync(_bench.Path_("asked")));
        Assert.Empty(Directory.GetFiles(_bench.Secrets, "signer-*.key"));
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _bench.Dispose();
    }

    internal static async Task<List<SignedCheckpoint>> SealsAsync(IEventStore store)
    {
        var events = await store.ReadStreamAsync(new StreamName("log-checkpoints"), ReadDirection.Forwards, null, 10_000, CancellationToken.None);
        return [.. events.Select(LogEvents.Read).OfType<LogEvent.Sealed>().Select(e => e.Head)];
    }

    private static void Copy(string from, string to)
    {
        SqliteConnection.ClearAllPools();
        foreach (var end in (string[])["-wal", "-shm"]) File.Delete(to + end);
        File.Copy(from, to, overwrite: true);
    }

    /// <summary>Looks at each event in the moment in which it is handed in.</summary>
    private sealed class SpyingStore(Action<EventToAppend> look) : IEventStore
    {
        private readonly InMemoryEventStore _store = new();

        public ValueTask<AppendOutcome> AppendAsync(StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, CancellationToken cancellation)
        {
            foreach (var e in events) look(e);
            return _store.AppendAsync(stream, expected, events, cancellation);
        }

        public ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation) =>
            _store.ReadStreamAsync(stream, direction, from, limit, cancellation);

        public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAllAsync(Position? after, CancellationToken cancellation) => _store.ReadAllAsync(after, cancellation);

        public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(Position? after, CancellationToken cancellation) => _store.SubscribeAsync(after, cancellation);

        public ValueTask<Position?> ReadHeadAsync(CancellationToken cancellation) => _store.ReadHeadAsync(cancellation);

        public ValueTask DisposeAsync() => _store.DisposeAsync();
    }
}
