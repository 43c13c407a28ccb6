using Ledger.Log.Signing;
using Ledger.Transparency;
using Microsoft.Data.Sqlite;

namespace Ledger.Log.Tests;

/// <summary>transparency.md, "Sealing", step 3: only a rotation's own text moves trust; after a real loss a new log begins.</summary>
public sealed class Changing_the_key : IDisposable
{
    private readonly LogBench _bench = new();

    [Fact]
    public async Task A_rotation_is_signed_by_both_keys_and_the_new_one_seals_from_there_on()
    {
        var old = (await _bench.SealedAsync(5)).Note;
        var (first, head, changes) = await _bench.RunAsync(async (store, log) =>
        {
            var before = log.Key;
            await LogBench.PublishedAsync(log, 5);
            await log.RotateKeyAsync(null, CancellationToken.None);
            Assert.NotEqual(before, log.Key);
            await LogBench.AppendAsync(store, 5, 5);
            return (before, await LogBench.PublishedAsync(log, 10), log.KeyChanges);
        });

        Assert.True(KeyHistory.TryFollow(first, changes, out var keys, out var refusal), refusal?.Message);
        Assert.IsType<NoteVerdict.Verified>(head.Note.Verify([keys.Newest]));
        Assert.IsType<NoteVerdict.NotSigned>(head.Note.Verify([first]));
        Assert.IsType<NoteVerdict.Verified>(old.Verify([first]));
        Assert.IsType<PolicyVerdict.Trusted>(TrustPolicy.Of(first).Following(keys).Check(head));

        // And after a start.
        var again = await _bench.RunAsync(async (_, log) => (await LogBench.PublishedAsync(log, 10), log.Key));
        Assert.Equal(head.ToString(), again.Item1.ToString());
        Assert.Equal(keys.Newest, again.Key);
    }

    [Fact]
    public async Task A_rotation_survives_the_loss_of_the_tiles()
    {
        await _bench.SealedAsync(5);
        await _bench.RunAsync(async (_, log) =>
        {
            await LogBench.PublishedAsync(log, 5);
            return await log.RotateKeyAsync(null, CancellationToken.None);
        });
        SqliteConnection.ClearAllPools();
        File.Delete(_bench.TileFile);
        await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.Until(() => log.KeyChanges.Count == 1, () => log.Health.ToString());
            await LogBench.AppendAsync(store, 5, 1);
            return await LogBench.PublishedAsync(log, 6);
        });
    }

    [Fact]
    public async Task The_other_node_seals_with_the_new_key_once_it_lies_there()
    {
        await using var store = _bench.OpenStore();
        await using var a = await _bench.OpenAsync(store);
        await LogBench.AppendAsync(store, 0, 3);
        await LogBench.PublishedAsync(a, 3);
        var elsewhere = _bench.Path_("secrets-2");
        Directory.CreateDirectory(elsewhere);
        foreach (var key in Directory.GetFiles(_bench.Secrets)) File.Copy(key, Path.Combine(elsewhere, Path.GetFileName(key)));
        await a.RotateKeyAsync(null, CancellationToken.None);
        await a.DisposeAsync();

        await using var b = await _bench.OpenAsync(store, new LogOptions(SignerKeys.In(elsewhere)) { SignerState = _bench.Path_("b.state") });
        await LogBench.AppendAsync(store, 3, 1);
        await LogBench.Until(() => b.Health.Problems.Any(problem => problem.Code == LogProblems.NoSignerKey), () => b.Health.ToString());
        foreach (var key in Directory.GetFiles(_bench.Secrets)) File.Copy(key, Path.Combine(elsewhere, Path.GetFileName(key)), overwrite: true);
        await LogBench.PublishedAsync(b, 4);
        await LogBench.Until(() => b.Health.Problems.Count == 0, () => b.Health.ToString());
    }

    [Fact]
    public async Task Nothing_sealed_means_nothing_to_sign_a_change_over()
    {
        await using var store = _bench.OpenStore();
        await using var log = await _bench.OpenAsync(store);
        await LogBench.Until(() => log.Health.Status == LogStatus.Ready, () => log.Health.ToString());
        await Assert.ThrowsAsync<LogRefusedException>(() => log.RotateKeyAsync(null, CancellationToken.None));
    }

    [Fact]
    public async Task After_a_loss_a_new_log_begins_that_names_the_lost_head()
    {
        await _bench.SealedAsync(6);
        SqliteConnection.ClearAllPools();
        File.Copy(_bench.EventFile, _bench.Path_("old.db"));
        var lost = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 6, 6);
            return await LogBench.PublishedAsync(log, 12);
        });
        SqliteConnection.ClearAllPools();
        foreach (var end in (string[])["-wal", "-shm"]) File.Delete(_bench.EventFile + end);
        File.Copy(_bench.Path_("old.db"), _bench.EventFile, overwrite: true);
        File.Delete(_bench.TileFile);

        await using (var store = _bench.OpenStore())
        {
            await Assert.ThrowsAsync<LogRefusedException>(() => TransparencyLog.RecoverAsync(store, SignerKeys.In(_bench.Secrets), "ledger.example/test", lost, TimeProvider.System, CancellationToken.None));
            await TransparencyLog.RecoverAsync(store, SignerKeys.In(_bench.Secrets), "ledger.example/test-2", TransparencyLog.ReadSignerState(_bench.SignerState)!, TimeProvider.System, CancellationToken.None);
        }

        TransparencyLog.SetAside(_bench.SignerState, _bench.TileFile);
        var head = await _bench.RunAsync(
            async (store, log) =>
            {
                Assert.Equal(lost.ToString(), log.Lost!.ToString());
                await LogBench.AppendAsync(store, 6, 1);
                return await LogBench.PublishedAsync(log, 7);
            },
            _bench.Options with { Origin = "ledger.example/test-2" });
        Assert.Equal("ledger.example/test-2", head.Checkpoint.Origin.Value);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _bench.Dispose();
    }
}
