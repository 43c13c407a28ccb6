namespace Ledger.Auditor.Tests;

/// <summary>An honest ledger passes, and is remembered.</summary>
public sealed class VerifyingALedger : IDisposable
{
    private readonly Audit _audit = new();

    public void Dispose() => _audit.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(70_000)]
    public async Task An_honest_ledger_passes_at_every_size(int size)
    {
        using var server = new LyingServer(Published.Of(size));
        var run = await VerifyAsync(server);
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains("Result: PASSED.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_reads_as_sentences()
    {
        using var server = new LyingServer(Published.Of(300));
        var run = await VerifyAsync(server);
        Assert.Equal(
            $"""
            Ledger    ledger.example/ceasefire
            Read from {server.Url}
            Head      300 events, root {server.Log.Head.Checkpoint.Root}

              passed       signature     The head of 300 events is signed by the ledger's key {server.Log.Key.Verifier.Id}.
              passed       witnesses     None is asked for. Without witnesses, two people could be shown two ledgers; a policy names some.
              passed       entries       The root recomputed from 300 entries is the signed one.
              passed       tiles         Recomputed a second way, by tiles, the root is the same; 3 tiles are served byte for byte as computed.
              passed       history       Seen for the first time; from now on it must continue this head.

              Note: What the events say wasn't looked at, only that nobody can change it unseen. With a key (--key or LEDGER_KEY) every event is held against its entry.

            Result: PASSED. Everything that was checked holds.

            """, run.Output);
    }

    [Fact]
    public async Task A_ledger_that_grew_continues_what_was_seen()
    {
        using var server = new LyingServer(Published.Of(100));
        await VerifyAsync(server);
        server.Log.Grow(300);
        var run = await VerifyAsync(server);
        Assert.Equal(0, run.Code);
        Assert.Contains("It continues the head of 100 events that was seen here before.", run.Line("history"), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_audit.StateFolder, "ledger.example_ceasefire-*.json"));
    }

    [Fact]
    public async Task A_log_that_keeps_full_tiles_only_is_read_by_their_prefixes()
    {
        var log = Published.Of(300);
        using var server = new LyingServer(log);
        var head = log.Files["checkpoint"];
        log.Grow(300);
        server.Lie = path => path == "/log/checkpoint" ? new Reply(200, head) : path.EndsWith(".p/44", StringComparison.Ordinal) ? new Reply(404, []) : null;
        Assert.Equal(0, (await VerifyAsync(server)).Code);
    }

    [Fact]
    public async Task Witnesses_are_counted_by_the_policy()
    {
        using var server = new LyingServer(new Published { Witnesses = [Some.WitnessKey(1), Some.WitnessKey(2)] }.Grow(10));
        var run = await _audit.RunAsync("verify", server.Url, "--policy", _audit.File("policy", server.Log.Policy("all")));
        Assert.Equal(0, run.Code);
        Assert.Contains("Enough for your policy: w0 (2026-09-21 14:13:20Z), w1 (2026-09-21 14:13:20Z).", run.Line("witnesses"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_changed_is_followed_from_the_one_that_is_trusted()
    {
        using var newKey = Some.LogKey(7);
        var old = Published.Of(100);
        var rotation = new Transparency.KeyRotation(Some.Log, old.Key.Verifier, newKey.Verifier, new(100), old.RootAt(100));
        var log = new Published { Key = newKey }.Grow(250);
        log.Files["keys"] = rotation.Sign(old.Key, newKey).ToBytes();
        using var server = new LyingServer(log);

        var run = await _audit.RunAsync("verify", server.Url, "--vkey", old.Key.Verifier.ToString());
        Assert.Equal(0, run.Code);
        Assert.Contains("over 1 change, each signed by both keys", run.Line("key changes"), StringComparison.Ordinal);
        Assert.Equal(0, (await _audit.RunAsync("verify", server.Url, "--vkey", newKey.Verifier.ToString())).Code);

        log.Files["keys"] = (rotation with { Root = log.RootAt(99) }).Sign(old.Key, newKey).ToBytes();
        run = await _audit.RunAsync("verify", server.Url, "--vkey", old.Key.Verifier.ToString());
        Assert.Equal(1, run.Code);
        Assert.Contains("sequence 100: the key changed at a head that this ledger never had", run.Output, StringComparison.Ordinal);

        log.Files["keys"] = Transparency.SignedNote.Create(rotation.Text, [newKey.Sign(rotation.Text)]).ToBytes();
        Assert.Equal(1, (await _audit.RunAsync("verify", server.Url, "--vkey", old.Key.Verifier.ToString())).Code);
    }

    [Fact]
    public async Task A_key_that_has_signed_no_head_yet_raises_no_alarm_and_proves_nothing()
    {
        using var newKey = Some.LogKey(7);
        var log = Published.Of(100);
        var rotation = new Transparency.KeyRotation(Some.Log, log.Key.Verifier, newKey.Verifier, new(100), log.RootAt(100));
        (log.Files["keys"], log.Files["vkey"]) = (rotation.Sign(log.Key, newKey).ToBytes(), Some.Bytes($"{newKey.Verifier}\n"));
        using var server = new LyingServer(log);

        var run = await _audit.RunAsync("verify", server.Url, "--vkey", newKey.Verifier.ToString());
        Assert.Equal(2, run.Code);
        Assert.Contains("signs from the next entry on", run.Output + run.Error, StringComparison.Ordinal);
        run = await _audit.RunAsync("verify", server.Url, "--vkey", log.Key.Verifier.ToString());
        Assert.True(run.Code == 0, run.Output);

        // Only a change at this very head, signed by both.
        foreach (var note in (Transparency.SignedNote[])[(rotation with { Root = log.RootAt(99) }).Sign(log.Key, newKey), Transparency.SignedNote.Create(rotation.Text, [log.Key.Sign(rotation.Text)])])
        {
            log.Files["keys"] = note.ToBytes();
            Assert.Equal(1, (await _audit.RunAsync("verify", server.Url, "--vkey", newKey.Verifier.ToString())).Code);
        }
    }

    [Fact]
    public async Task Without_a_key_of_ones_own_nothing_is_checked()
    {
        using var server = new LyingServer(Published.Of(3));
        var run = await _audit.RunAsync("verify", server.Url);
        Assert.Equal(2, run.Code);
        Assert.Contains("Say which key you trust", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await _audit.RunAsync("verify")).Code);
        Assert.Equal(2, (await _audit.RunAsync("verify", server.Url, "--vkey", "nowhere")).Code);
        Assert.Equal(2, (await _audit.RunAsync("no-such-command")).Code);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task The_json_report_says_the_same_to_programs()
    {
        using var server = new LyingServer(Published.Of(3));
        var run = await _audit.RunAsync("verify", server.Url, "--vkey", server.Log.Key.Verifier.ToString(), "--json");
        using var json = System.Text.Json.JsonDocument.Parse(run.Output);
        Assert.Equal("passed", json.RootElement.GetProperty("result").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("size").GetInt64());
        Assert.All(json.RootElement.GetProperty("checks").EnumerateArray(), check => Assert.Equal("passed", check.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_no_failure()
    {
        string url;
        using (var server = new LyingServer(Published.Of(3))) url = server.Url;
        var run = await _audit.RunAsync("verify", url, "--vkey", Some.LogKey().Verifier.ToString());
        Assert.Equal(2, run.Code);
        Assert.Contains("can't be reached", run.Output, StringComparison.Ordinal);
    }

    private Task<Run> VerifyAsync(LyingServer server) => _audit.RunAsync("verify", server.Url, "--vkey", server.Log.Key.Verifier.ToString());
}
