using Ledger.Api.Hosting;
using Ledger.Files;
using Ledger.Log.Checking;
using Ledger.Node.Backups;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Ledger.Transparency;

namespace Ledger.Node.Tests;

/// <summary>The drill: a running ledger is backed up, lost, and restored; what the restored one holds is proven or named.</summary>
public sealed class Backing_up : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_running_ledger_is_backed_up_bit_by_bit_and_comes_back_as_it_was()
    {
        SignedCheckpoint head;
        IReadOnlyList<string> before;
        BackupResult first, second;
        await using (var node = await StartAsync("data"))
        {
            await FillAsync(node, 30);
            first = await BackupAsync();
            Assert.True(first.Manifest.Count >= 30, "nothing was backed up");
            await FillAsync(node, 20);
            head = await SealedAsync(node);
            second = await BackupAsync();
            Assert.Equal(first.Manifest.Count + 20, second.Manifest.Count);
            Assert.Equal(2, second.Manifest.Segments.Count);
            Assert.True(second.SealsAgreed > 0, "no seal was held against it");
            Assert.Equal(first.Manifest.Segments[0], second.Manifest.Segments[0]);
            before = await EventsAsync(node);
        }

        Directory.Delete(_directory.File("data"), recursive: true);
        var result = await LedgerRestore.RunAsync(new DirectoryFiles(_directory.File("backup")), _directory.File("data"), new DirectoryFiles(_directory.File("data/evidence")), _directory.File("data.signer-state"), null, head, null, null, CancellationToken.None);
        Assert.IsType<HeadVerdict.Proven>(result.Verdict);
        Assert.Equal((second.Manifest.Count, second.Manifest.Root), (result.Count, result.Root));
        await using var again = await StartAsync("data");
        Assert.Equal(before.Take((int)result.Count), (await EventsAsync(again)).Take((int)result.Count));
        // Its own signer's state is still there: the restored ledger is what it had signed, so it goes on signing.
        await FillAsync(again, 2);
        Assert.True((await SealedAsync(again)).Checkpoint.Size.Value > head.Checkpoint.Size.Value);
    }

    [Fact]
    public async Task Files_of_imports_are_in_no_backup_and_leave_one_that_has_them()
    {
        await using var node = await StartAsync("data");
        await FillAsync(node, 2);
        await SealedAsync(node);
        foreach (var name in new[] { "data/evidence/imports/1/errors.csv", "data/evidence/ab/cd", "backup/evidence/imports/0/errors.csv" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(name))!);
            await File.WriteAllTextAsync(_directory.File(name), "x");
        }

        Assert.Equal(1, (await BackupAsync()).Files);
        Assert.Equal(["ab"], Directory.GetDirectories(_directory.File("backup/evidence")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_came_after_the_backup_is_named_by_the_head_that_somebody_remembers()
    {
        SignedCheckpoint head;
        long backedUp;
        await using (var node = await StartAsync("data"))
        {
            await FillAsync(node, 10);
            await SealedAsync(node);
            backedUp = (await BackupAsync()).Manifest.Count;
            await FillAsync(node, 7);
            head = await SealedAsync(node);
        }

        var result = await LedgerRestore.RunAsync(new DirectoryFiles(_directory.File("backup")), _directory.File("restored"), new DirectoryFiles(_directory.File("files")), _directory.File("restored.signer-state"), null, head, null, null, CancellationToken.None);
        var missing = Assert.IsType<HeadVerdict.Missing>(result.Verdict);
        Assert.Equal((backedUp, backedUp + 6), (missing.From, missing.To));
    }

    [Fact]
    public async Task A_moment_of_the_past_is_restored_by_its_count()
    {
        IReadOnlyList<string> all;
        await using (var node = await StartAsync("data"))
        {
            await FillAsync(node, 25);
            await SealedAsync(node);
            await BackupAsync();
            all = await EventsAsync(node);
        }

        var result = await LedgerRestore.RunAsync(new DirectoryFiles(_directory.File("backup")), _directory.File("then"), new DirectoryFiles(_directory.File("files")), _directory.File("then.signer-state"), 12, null, null, null, CancellationToken.None);
        Assert.Equal(12, result.Count);
        var restored = EventStore.Sqlite.SqliteEventStore.ReadFile(_directory.File("then/events.db"), null).SelectMany(page => page).Where(HistoryProof.IsLeaf).Select(e => e.Id.ToString()).ToList();
        Assert.Equal(all.Take(12), restored);

        // It is for looking at: the newest head that is known lies beside it, and nothing is signed over less.
        Directory.CreateDirectory(_directory.File("then.secrets"));
        foreach (var file in Directory.GetFiles(_directory.File("data.secrets"))) File.Copy(file, Path.Combine(_directory.File("then.secrets"), Path.GetFileName(file)));
        await using var looked = await LedgerServer.StartAsync(
            ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("then")}", $"--Ledger:AdministratorKey={Cluster.AdministratorKey}"], TimeProvider.System, CancellationToken.None);
        using var administrator = new ApiClient(looked.Address, Cluster.AdministratorKey);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (looked.Node.Log.Health.Problems.All(problem => problem.Code != "store-behind-signer" && problem.Code != "store-behind-seals")) await Task.Delay(50, limit.Token);
        Assert.Equal(503, (await administrator.PostAsync("agreements", Bodies.Agreement("two"))).Status);
        Assert.Throws<BackupException>(() => LedgerRestore.RunAsync(new DirectoryFiles(_directory.File("backup")), _directory.File("never"), new DirectoryFiles(_directory.File("files")), _directory.File("never.signer-state"), 9999, null, null, null, CancellationToken.None).GetAwaiter().GetResult());
    }

    [Fact]
    public async Task A_changed_backup_is_refused_and_nothing_is_left_behind()
    {
        await using (var node = await StartAsync("data"))
        {
            await FillAsync(node, 10);
            await SealedAsync(node);
            await BackupAsync();
        }

        var segment = Directory.GetFiles(_directory.File("backup"), "events-*")[0];
        var whole = await File.ReadAllBytesAsync(segment);
        whole[whole.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, whole);
        await Assert.ThrowsAsync<BackupException>(RestoreAsync);

        // Somebody who changes the hash in the list too is caught by the seals.
        whole[whole.Length / 2] ^= 1;
        var lines = Unzip(whole).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("violation-", StringComparison.Ordinal)).ToArray();
        await File.WriteAllBytesAsync(segment, Zip(string.Join('\n', lines) + "\n"));
        var list = Path.Combine(_directory.File("backup"), BackupManifest.FileName);
        var manifest = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(list))!;
        manifest["segments"]![0]!["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(segment)));
        await File.WriteAllTextAsync(list, manifest.ToJsonString());
        await Assert.ThrowsAsync<HistoryProofException>(RestoreAsync);
        Assert.False(Directory.Exists(_directory.File("restored")));

        Task<RestoreResult> RestoreAsync() => LedgerRestore.RunAsync(new DirectoryFiles(_directory.File("backup")), _directory.File("restored"), new DirectoryFiles(_directory.File("files")), _directory.File("restored.signer-state"), null, null, null, null, CancellationToken.None);
    }

    [Fact]
    public async Task Another_ledgers_backup_isnt_added_to_and_a_full_directory_isnt_written_over()
    {
        await using (var node = await StartAsync("data"))
        {
            await FillAsync(node, 3);
            await BackupAsync();
        }

        await using (var other = await StartAsync("other"))
        {
            await FillAsync(other, 3);
            await SealedAsync(other);
            await Assert.ThrowsAsync<BackupException>(() => LedgerBackup.RunAsync(_directory.File("other"), new DirectoryFiles(_directory.File("none")), new DirectoryFiles(_directory.File("backup")), null, CancellationToken.None));
        }

        await Assert.ThrowsAsync<BackupException>(() =>
            LedgerRestore.RunAsync(new DirectoryFiles(_directory.File("backup")), _directory.File("other"), new DirectoryFiles(_directory.File("files")), _directory.File("other.signer-state"), null, null, null, null, CancellationToken.None));
        Assert.True(File.Exists(_directory.File("other/events.db")));
    }

    [Fact]
    public async Task A_head_or_a_history_that_the_log_didnt_sign_proves_nothing()
    {
        SignedCheckpoint head;
        await using (var node = await StartAsync("data"))
        {
            await FillAsync(node, 10);
            head = await SealedAsync(node);
            await BackupAsync();
        }

        // The same head with another root, and the old signature under it.
        var forged = SignedCheckpoint.TryParse(System.Text.Encoding.UTF8.GetBytes(head.ToString()!.Replace(head.Checkpoint.Root.ToString(), Convert.ToBase64String(new byte[32]), StringComparison.Ordinal)), out var other, out _) ? other : null;
        Assert.NotNull(forged);
        await Assert.ThrowsAsync<HistoryProofException>(() => LedgerRestore.RunAsync(
            new DirectoryFiles(_directory.File("backup")), _directory.File("never"), new DirectoryFiles(_directory.File("files")), _directory.File("never.signer-state"), null, forged, null, null, CancellationToken.None));

        // Every seal rewritten by somebody without the key.
        var segment = Directory.GetFiles(_directory.File("backup"), "events-*")[0];
        var text = string.Join('\n', Unzip(await File.ReadAllBytesAsync(segment)).Split('\n').Select(line =>
        {
            if (!line.Contains("log-checkpoint-sealed-v1", StringComparison.Ordinal)) return line;
            var json = System.Text.Json.Nodes.JsonNode.Parse(line)!;
            var data = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(json["data"]!.GetValue<string>()));
            json["data"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(data.Replace(head.Checkpoint.Root.ToString(), Convert.ToBase64String(new byte[32]), StringComparison.Ordinal)));
            return json.ToJsonString();
        }));
        await File.WriteAllBytesAsync(segment, Zip(text));
        var list = Path.Combine(_directory.File("backup"), BackupManifest.FileName);
        var manifest = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(list))!;
        manifest["segments"]![0]!["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(segment)));
        await File.WriteAllTextAsync(list, manifest.ToJsonString());
        var refused = await Assert.ThrowsAsync<HistoryProofException>(() => LedgerRestore.RunAsync(
            new DirectoryFiles(_directory.File("backup")), _directory.File("never"), new DirectoryFiles(_directory.File("files")), _directory.File("never.signer-state"), null, null, null, null, CancellationToken.None));
        Assert.Contains("isn't signed by the log's key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_rotted_since_is_found_by_the_next_run()
    {
        await using var node = await StartAsync("data");
        await FillAsync(node, 5);
        await BackupAsync();
        var segment = Directory.GetFiles(_directory.File("backup"), "events-*")[0];
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[^9] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        await FillAsync(node, 3);
        await Assert.ThrowsAsync<BackupException>(BackupAsync);
    }

    private Task<BackupResult> BackupAsync() => LedgerBackup.RunAsync(_directory.File("data"), new DirectoryFiles(_directory.File("data/evidence")), new DirectoryFiles(_directory.File("backup")), null, CancellationToken.None);

    private async Task<LedgerServer> StartAsync(string data)
    {
        var server = await LedgerServer.StartAsync(
            ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File(data)}", $"--Ledger:AdministratorKey={Cluster.AdministratorKey}"], TimeProvider.System, CancellationToken.None);
        await Cluster.ReadyAsync(server);
        return server;
    }

    private static async Task<SignedCheckpoint> SealedAsync(LedgerServer server)
    {
        var node = server.Node;
        Assert.True(await node.Log.WaitForPublishedAsync(node.View.Count, TimeSpan.FromSeconds(30), CancellationToken.None));
        return node.Log.Published!;
    }

    private static async Task<IReadOnlyList<string>> EventsAsync(LedgerServer server)
    {
        var ids = new List<string>();
        await foreach (var page in server.Node.Store.ReadAllAsync(null, CancellationToken.None)) ids.AddRange(page.Where(HistoryProof.IsLeaf).Select(e => e.Id.ToString()));
        return ids;
    }

    /// <summary>So many events more, one way or another.</summary>
    private static async Task FillAsync(LedgerServer server, int events)
    {
        var count = server.Node.View.Count;
        using var administrator = new ApiClient(server.Address, Cluster.AdministratorKey);
        if ((await administrator.GetAsync("agreements/one")).Status == 404) (await administrator.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
        var key = (await administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201).Field("key");
        using var monitor = new ApiClient(server.Address, key);
        while (server.Node.View.Count < count + events) (await monitor.PostAsync("agreements/one/violations", Bodies.Violation())).Stored(201);
        Assert.Equal(count + events, server.Node.View.Count);
    }

    private static string Unzip(byte[] bytes)
    {
        using var reader = new StreamReader(new System.IO.Compression.GZipStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    private static byte[] Zip(string text)
    {
        var bytes = new MemoryStream();
        using (var zip = new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionLevel.Fastest)) zip.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }
}
