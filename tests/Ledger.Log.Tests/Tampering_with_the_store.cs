using Microsoft.Data.Sqlite;

namespace Ledger.Log.Tests;

/// <summary>Somebody with the file and all the time in the world: whatever is done to the events shows, and where.</summary>
public sealed class Tampering_with_the_store : IDisposable
{
    private const int Events = 700;
    private const int Changed = 123;

    private readonly LogBench _bench = new();

    [Fact]
    public async Task One_changed_byte_is_found_at_the_next_start_and_named()
    {
        await _bench.SealedAsync(Events);
        Attack($"UPDATE events SET data = CAST(replace(CAST(data AS TEXT), '{Changed}', '999') AS BLOB) WHERE position = {PlaceOf(Changed)}");
        await FoundAsync(LogProblems.ChangedEvent, Changed);
    }

    [Fact]
    public async Task A_changed_byte_of_metadata_is_found_too()
    {
        await _bench.SealedAsync(Events);
        Attack($"UPDATE events SET metadata = CAST(replace(CAST(metadata AS TEXT), 'monitor-1', 'monitor-2') AS BLOB) WHERE position = {PlaceOf(Changed)}");
        await FoundAsync(LogProblems.ChangedEvent, Changed);
    }

    [Fact]
    public async Task A_deleted_row_is_found_and_named()
    {
        await _bench.SealedAsync(Events);
        Attack($"DELETE FROM events WHERE position = {PlaceOf(Changed)}");
        await FoundAsync(LogProblems.ChangedEvent, Changed);
    }

    [Fact]
    public async Task A_swapped_pair_is_found_and_named()
    {
        await _bench.SealedAsync(Events);
        Attack($"UPDATE events SET position = -1 WHERE position = {PlaceOf(Changed)}; UPDATE events SET position = {PlaceOf(Changed)} WHERE position = {PlaceOf(Changed + 1)}; UPDATE events SET position = {PlaceOf(Changed + 1)} WHERE position = -1");
        await FoundAsync(LogProblems.ChangedEvent, Changed);
    }

    [Fact]
    public async Task An_event_slipped_in_is_found_and_named()
    {
        await _bench.SealedAsync(Events);
        var place = PlaceOf(Changed);
        Attack($"""
            UPDATE events SET position = -position - 1 WHERE position >= {place};
            UPDATE events SET position = -position WHERE position < 0;
            INSERT INTO events (position, stream, revision, id, type, data, metadata)
            SELECT {place}, stream, 99, randomblob(16), type, data, metadata FROM events WHERE position = {PlaceOf(Changed - 1)};
            """);
        await FoundAsync(LogProblems.ChangedEvent, Changed);
    }

    [Theory]
    [InlineData(Events - 1)]
    [InlineData(Events - 300)]
    public async Task A_cut_tail_is_found_and_its_beginning_named(int kept)
    {
        await _bench.SealedAsync(Events);
        Attack($"DELETE FROM events WHERE position >= {PlaceOf(kept)}");
        var health = await FoundAsync(LogProblems.MissingEvent, kept);
        Assert.Equal(LogStatus.ReadOnly, health.Status);
    }

    [Fact]
    public async Task Everything_cut_is_refused_or_found()
    {
        await _bench.SealedAsync(Events);
        Attack("DELETE FROM events; DELETE FROM streams");

        // The stream that names the log is gone too, so a new one is begun, of the same name; the signer's state knows better.
        var health = await _bench.TroubleAsync();
        Assert.Contains(health.Problems, problem => problem.Code is LogProblems.MissingEvent or LogProblems.StoreBehindSigner or LogProblems.StoreBehindSeals);
    }

    [Fact]
    public async Task An_event_changed_with_its_tiles_made_anew_is_caught_by_the_seals()
    {
        await _bench.SealedAsync(Events);
        Attack($"UPDATE events SET data = CAST(replace(CAST(data AS TEXT), '{Changed}', '999') AS BLOB) WHERE position = {PlaceOf(Changed)}");
        SqliteConnection.ClearAllPools();
        File.Delete(_bench.TileFile);

        var health = await _bench.TroubleAsync();
        Assert.Equal(LogStatus.Faulted, health.Status);
        var problem = Assert.Single(health.Problems);
        Assert.Equal(LogProblems.Fork, problem.Code);
        Assert.InRange(Changed, problem.Sequence!.Value, Events - 1);
    }

    [Fact]
    public async Task Seals_signed_anew_over_a_changed_history_are_caught_by_the_signers_state()
    {
        // The attacker has the signing key and makes a whole other history with it, but forgets the file outside the data.
        await _bench.SealedAsync(Events);
        using var forged = new LogBench();
        foreach (var key in Directory.GetFiles(_bench.Secrets)) File.Copy(key, Path.Combine(forged.Secrets, Path.GetFileName(key)));
        await forged.SealedAsync(Events + 10);
        SqliteConnection.ClearAllPools();
        File.Copy(forged.EventFile, _bench.EventFile, overwrite: true);
        File.Copy(forged.TileFile, _bench.TileFile, overwrite: true);

        var health = await _bench.TroubleAsync();
        Assert.Equal(LogProblems.Fork, Assert.Single(health.Problems).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_changed_tile_is_found_and_called_a_tile(int level)
    {
        await _bench.SealedAsync(Events);
        AttackTiles($"UPDATE tiles SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = {level} AND idx = 0");
        var health = await _bench.TroubleAsync();
        Assert.Equal(LogStatus.Faulted, health.Status);
        Assert.Equal(LogProblems.ChangedTile, Assert.Single(health.Problems).Code);

        SqliteConnection.ClearAllPools();
        File.Delete(_bench.TileFile);
        await _bench.RunAsync(async (_, log) => await LogBench.PublishedAsync(log, Events));
    }

    [Fact]
    public async Task A_change_while_the_server_runs_is_found_by_reading_on_and_on()
    {
        await _bench.SealedAsync(Events);
        var health = await _bench.RunAsync(async (_, log) =>
        {
            await LogBench.Until(() => log.Health.Status == LogStatus.Ready, () => log.Health.ToString());
            Attack($"UPDATE events SET type = 'violation-confirmed-v1' WHERE position = {PlaceOf(Changed)}");
            await LogBench.Until(() => log.Health.Status == LogStatus.Faulted, () => log.Health.ToString());
            return log.Health;
        });

        var problem = Assert.Single(health.Problems);
        Assert.Equal((LogProblems.ChangedEvent, (long?)Changed), (problem.Code, problem.Sequence));
    }

    [Fact]
    public async Task Once_faulted_nothing_is_signed_any_more()
    {
        await _bench.SealedAsync(Events);
        Attack($"UPDATE events SET type = 'x-v1' WHERE position = {PlaceOf(Changed)}");
        await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.Until(() => log.Health.Status == LogStatus.Faulted, () => log.Health.ToString());
            await LogBench.AppendAsync(store, Events + 2, 600); // From the beginning of a case.
            await Task.Delay(1500);
            Assert.All(await Sealing_the_history.SealsAsync(store), seal => Assert.True(seal.Checkpoint.Size.Value <= Events));
            Assert.Equal(Events, log.Published!.Checkpoint.Size.Value);
            return 0;
        });
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _bench.Dispose();
    }

    private async Task<LogHealth> FoundAsync(string code, long sequence)
    {
        var health = await _bench.TroubleAsync();
        var problem = health.Problems[0];
        Assert.Equal((code, (long?)sequence), (problem.Code, problem.Sequence));
        return health;
    }

    /// <summary>Where the event of a sequence lies: seals stand between them, when the machine is slow earlier than when it is fast.</summary>
    private long PlaceOf(int sequence)
    {
        using var connection = new SqliteConnection($"Data Source={_bench.EventFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT position FROM events JOIN streams ON streams.id = events.stream WHERE name LIKE 'violation-%' ORDER BY position LIMIT 1 OFFSET {sequence}";
        return (long)command.ExecuteScalar()!;
    }

    private void Attack(string sql) => Run(_bench.EventFile, $"{DropTriggers(_bench.EventFile)} {sql}");

    private void AttackTiles(string sql) => Run(_bench.TileFile, $"{DropTriggers(_bench.TileFile)} {sql}");

    private static string DropTriggers(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        using var row = command.ExecuteReader();
        List<string> names = [];
        while (row.Read()) names.Add(row.GetString(0));
        return string.Concat(names.Select(name => $"DROP TRIGGER {name};"));
    }

    private static void Run(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
