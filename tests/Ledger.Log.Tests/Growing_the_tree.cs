using Ledger.EventStore.InMemory;
using Ledger.Transparency;
using Microsoft.Data.Sqlite;

namespace Ledger.Log.Tests;

/// <summary>transparency.md, "Which events are leaves", "What a leaf says", "Tiles and checkpoint".</summary>
public sealed class Growing_the_tree : IDisposable
{
    private readonly LogBench _bench = new();

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(700)]
    public async Task The_root_is_that_of_every_stored_event_in_the_stores_order(int events)
    {
        var (root, expected) = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 0, events);
            var head = await LogBench.PublishedAsync(log, events);
            return (head.Checkpoint, LogBench.RootOf(await LogBench.LeavesAsync(store, log.Origin)));
        });

        Assert.Equal(events, root.Size.Value);
        Assert.Equal(expected, root.Root);
    }

    [Fact]
    public async Task Streams_that_arent_the_ledgers_are_never_numbered()
    {
        var head = await _bench.RunAsync(async (store, log) =>
        {
            var number = 0;
            foreach (var stream in (string[])["vault-1", "delivery-1", "job-1", "violation-ÄÖ", "violations-1", "log-checkpointsx", "$settings"])
                await LogBench.AppendAsync(store, stream, 0, "anything-v1", number++);
            await LogBench.AppendAsync(store, 0, 2);
            return await LogBench.PublishedAsync(log, 2);
        });

        Assert.Equal(2, head.Checkpoint.Size.Value);
    }

    [Fact]
    public async Task An_event_type_that_this_program_doesnt_know_is_a_leaf_all_the_same()
    {
        var (head, leaves) = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, "violation-0199", 0, "violation-judged-by-machine-v9", 1);
            return (await LogBench.PublishedAsync(log, 1), await LogBench.LeavesAsync(store, log.Origin));
        });

        Assert.Equal(LogBench.RootOf(leaves), head.Checkpoint.Root);
    }

    [Fact]
    public async Task The_leaf_is_built_from_the_exact_stored_bytes()
    {
        // The same JSON value, written in other bytes: another leaf.
        var (a, b) = ("""{"a":1}"""u8.ToArray(), """{ "a" : 1.0 }"""u8.ToArray());
        await using var store = new InMemoryEventStore();
        await LogBench.AppendAsync(store, "claim-1", 0, "t-v1", a, 1);
        await LogBench.AppendAsync(store, "claim-2", 0, "t-v1", b, 1);
        await using var log = await _bench.OpenAsync(store);
        var head = await LogBench.PublishedAsync(log, 2);

        var entries = (await log.BundleAsync(new BundleId(0, 2), TimeSpan.Zero, CancellationToken.None))!;
        Assert.True(EntryBundle.TryParse(entries, 2, out var read, out _));
        var leaves = await LogBench.LeavesAsync(store, log.Origin);
        Assert.Equal(leaves.Select(leaf => leaf.ToString()), read.Select(bytes => System.Text.Encoding.UTF8.GetString(bytes.Span)));
        Assert.NotEqual(leaves[0].Commitment, leaves[1].Commitment);
        Assert.Equal(LogBench.RootOf(leaves), head.Checkpoint.Root);
    }

    [Fact]
    public async Task A_leaf_says_nothing_of_the_event_in_clear()
    {
        var entries = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, "violation-0199", 0, "violation-recorded-v1", """{"narrative":"twelve explosions"}"""u8.ToArray(), 1);
            await LogBench.PublishedAsync(log, 1);
            return await log.BundleAsync(new BundleId(0, 1), TimeSpan.Zero, CancellationToken.None);
        });

        var text = System.Text.Encoding.UTF8.GetString(entries!);
        Assert.Contains("ceasefire-ledger-leaf/v1", text, StringComparison.Ordinal);
        foreach (var word in (string[])["explosions", "violation", "recorded", "0199", "monitor"]) Assert.DoesNotContain(word, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_beyond_the_sealed_head_is_served()
    {
        await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 0, 10);
            await LogBench.PublishedAsync(log, 10);
            Assert.Equal(10 * Hash.Length, (await log.TileAsync(new TileId(0, 0, 10), TimeSpan.Zero, CancellationToken.None))!.Length);
            Assert.Equal(7 * Hash.Length, (await log.TileAsync(new TileId(0, 0, 7), TimeSpan.Zero, CancellationToken.None))!.Length);
            Assert.Null(await log.TileAsync(new TileId(0, 0, 11), TimeSpan.FromMilliseconds(50), CancellationToken.None));
            Assert.Null(await log.TileAsync(new TileId(1, 0, 1), TimeSpan.FromMilliseconds(50), CancellationToken.None));
            Assert.Null(await log.BundleAsync(new BundleId(0, 11), TimeSpan.FromMilliseconds(50), CancellationToken.None));
            return 0;
        });
    }

    [Fact]
    public async Task A_receipt_verifies_offline_and_only_for_its_own_event()
    {
        await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 0, 300);
            await LogBench.PublishedAsync(log, 300);
            var leaves = await LogBench.LeavesAsync(store, log.Origin);
            var policy = TrustPolicy.Of(log.Key);
            for (var i = 0; i < 300; i += 37)
            {
                Assert.True(TlogProof.TryParse(log.Proof(new LeafIndex(i))!.ToBytes(), out var proof, out _));
                Assert.IsType<ReceiptVerdict.Logged>(proof.Verify(leaves[i].LeafHash, policy));
                Assert.IsType<ReceiptVerdict.NotIncluded>(proof.Verify(leaves[(i + 1) % 300].LeafHash, policy));
            }

            Assert.Null(log.Proof(new LeafIndex(300)));
            return 0;
        });
    }

    [Fact]
    public async Task Deleted_tiles_are_made_anew_byte_for_byte()
    {
        var head = await _bench.SealedAsync(600);
        var before = Rows();
        SqliteConnection.ClearAllPools();
        File.Delete(_bench.TileFile);
        await _bench.RunAsync(async (_, log) => await LogBench.PublishedAsync(log, 600));

        Assert.Equal(before, Rows());
        Assert.Equal(600, head.Checkpoint.Size.Value);
    }

    [Fact]
    public async Task A_tile_file_that_is_rubbish_is_thrown_away_and_made_anew()
    {
        var head = await _bench.SealedAsync(300);
        SqliteConnection.ClearAllPools();
        await File.WriteAllBytesAsync(_bench.TileFile, new byte[10_000]);
        var again = await _bench.RunAsync(async (_, log) => await LogBench.PublishedAsync(log, 300));

        Assert.Equal(head.ToString(), again.ToString());
    }

    [Theory]
    [InlineData("UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0")]
    [InlineData("UPDATE tiles SET hashes = substr(hashes, 1, 32) WHERE level = 0")]
    [InlineData("UPDATE tiles SET idx = 7 WHERE level = 0")]
    [InlineData("DELETE FROM tiles")]
    [InlineData("INSERT OR REPLACE INTO tiles (level, idx, hashes) VALUES (0, 0, zeroblob(32))")]
    public async Task The_tiles_schema_refuses_to_change_what_was_published(string sql)
    {
        await _bench.SealedAsync(20);
        var before = Rows();
        using var connection = new SqliteConnection($"Data Source={_bench.TileFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        // What makes REPLACE fire the triggers of DELETE; the program itself never replaces a tile.
        command.CommandText = "PRAGMA recursive_triggers = ON; " + sql;
        Assert.Throws<SqliteException>(() => command.ExecuteNonQuery());
        Assert.Equal(before, Rows());
    }

    [Fact]
    public async Task A_start_goes_on_where_the_last_one_ended()
    {
        await _bench.SealedAsync(500);
        var (head, leaves) = await _bench.RunAsync(async (store, log) =>
        {
            await LogBench.AppendAsync(store, 500, 100);
            return (await LogBench.PublishedAsync(log, 600), await LogBench.LeavesAsync(store, log.Origin));
        });

        Assert.Equal(600, head.Checkpoint.Size.Value);
        Assert.Equal(LogBench.RootOf(leaves), head.Checkpoint.Root);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _bench.Dispose();
    }

    private List<string> Rows()
    {
        using var connection = new SqliteConnection($"Data Source={_bench.TileFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT level, idx, hex(hashes) FROM tiles ORDER BY level, idx";
        using var row = command.ExecuteReader();
        List<string> rows = [];
        while (row.Read()) rows.Add($"{row.GetInt64(0)}/{row.GetInt64(1)} {row.GetString(2)}");
        return rows;
    }
}
