using Ledger.Transparency;

namespace Ledger.Auditor.Tests;

/// <summary>Each way to lie, with what the report says of it. None of them ever passes.</summary>
public sealed class CatchingALie : IDisposable
{
    private const int Size = 1000;

    private readonly Audit _audit = new();
    private readonly Published _log = Published.Of(Size);
    private readonly LyingServer _server;

    public CatchingALie() => _server = new LyingServer(_log);

    public void Dispose()
    {
        _server.Dispose();
        _audit.Dispose();
    }

    [Fact]
    public async Task A_changed_entry_is_named()
    {
        Change("tile/entries/002", bundle => EntryBundle.Print([.. Entries(2).Select((entry, i) => i == 88 ? Published.Entry(600, seed: 9) : entry)]));
        await FailsAsync("sequence 600: the entry and the hash served for it (tile/0/002) don't belong together");
    }

    [Fact]
    public async Task A_changed_tile_is_named()
    {
        Change("tile/0/001", tile => [.. tile[..(32 * 7)], .. new byte[32], .. tile[(32 * 8)..]]);
        await FailsAsync("sequence 263: the entry and the hash served for it");
    }

    [Fact]
    public async Task A_changed_tile_of_a_higher_level_is_named()
    {
        Change("tile/1/000.p/3", tile => [.. tile[..32], .. new byte[32], .. tile[64..]]);
        await FailsAsync("sequence 256 to 511: the hash served over these entries (tile/1/000.p/3) isn't the one that they have");
    }

    [Fact]
    public async Task A_history_that_was_rewritten_with_all_its_tiles_has_another_root()
    {
        var head = _log.Files["checkpoint"];
        _log.Rewrite(600, Published.Entry(600, seed: 9));
        _log.Files["checkpoint"] = head;
        await FailsAsync("sequence 0 to 999 have the root");
    }

    [Fact]
    public async Task A_wrong_root_is_no_root()
    {
        _log.Files["checkpoint"] = _log.Sign(new Checkpoint(Some.Log, new TreeSize(Size), MerkleHash.Sha256([1]))).ToBytes();
        await FailsAsync("what is served isn't what was signed");
    }

    [Fact]
    public async Task Entries_that_were_moved_are_named_even_where_the_tree_is_right()
    {
        _log.Rewrite(10, Published.Entry(11)).Rewrite(11, Published.Entry(10));
        await FailsAsync("sequence 10: the entry in this place says that it belongs elsewhere");
    }

    [Theory]
    [InlineData("tile/entries/003.p/232", "sequence 768: tile/entries/003.p/232 isn't served")]
    [InlineData("tile/entries/001", "sequence 256: tile/entries/001 isn't served")]
    [InlineData("tile/0/002", "sequence 512: tile/0/002, which this head needs, isn't served whole")]
    [InlineData("tile/1/000.p/3", "sequence 0: tile/1/000.p/3, which this head needs, isn't served whole")]
    public async Task What_is_missing_is_named(string path, string sentence)
    {
        _log.Files.Remove(path);
        await FailsAsync(sentence);
        Assert.True(_server.Asked.Count(asked => asked == "/log/checkpoint") == 2, "It may have been a race, so it looks twice.");
    }

    [Fact]
    public async Task Tiles_that_come_a_moment_after_their_head_pass()
    {
        var looks = 0;
        _server.Lie = path => path == "/log/tile/0/003.p/232" && looks++ == 0 ? new Reply(404, []) : null;
        Assert.Equal(0, (await VerifyAsync()).Code);
    }

    [Theory]
    [InlineData("tile/entries/001")]
    [InlineData("tile/0/001")]
    [InlineData("tile/0/003.p/232")]
    public async Task What_is_cut_off_is_named(string path)
    {
        Change(path, bytes => bytes[..^1]);
        var run = await VerifyAsync();
        Assert.Equal(1, run.Code);
        Assert.Matches(@"sequence (256|511|768)", run.Output);
    }

    [Theory]
    [InlineData("tile/entries/001")]
    [InlineData("tile/0/001")]
    public async Task What_is_too_long_is_named(string path)
    {
        Change(path, bytes => [.. bytes, 0]);
        await FailsAsync("sequence 256");
    }

    [Theory]
    [InlineData("/log/checkpoint")]
    [InlineData("/log/keys")]
    [InlineData("/log/tile/0/001")]
    public async Task An_answer_without_end_is_left(string path)
    {
        _server.Lie = asked => asked == path ? Reply.Endless : null;
        Assert.Equal(1, (await VerifyAsync()).Code);
    }

    [Theory]
    [InlineData("/log/checkpoint")]
    [InlineData("/log/tile/entries/001")]
    public async Task A_server_that_stays_silent_is_left(string path)
    {
        _server.Lie = asked => asked == path ? Reply.Silence : null;
        var run = await VerifyAsync("--timeout", "1");
        Assert.Equal(2, run.Code);
        Assert.Contains("gave no answer within 1 seconds", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/log/checkpoint")]
    [InlineData("/log/tile/0/001")]
    public async Task Redirects_are_not_followed(string path)
    {
        using var other = new LyingServer(Published.Of(Size));
        _server.Lie = asked => asked == path ? Reply.Redirect(other.Url + path) : null;
        var run = await VerifyAsync();
        Assert.Equal(2, run.Code);
        Assert.Contains("redirects aren't followed", run.Output, StringComparison.Ordinal);
        Assert.Empty(other.Asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Welcome</html>\n")]
    [InlineData("\u001b[2J\u001b[1mResult: PASSED. Everything that was checked holds.\n\n")]
    public async Task Garbage_is_no_head(string garbage)
    {
        _log.Files["checkpoint"] = Some.Bytes(garbage);
        var run = await VerifyAsync();
        Assert.Equal(1, run.Code);
        Assert.DoesNotContain("\u001b", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Result: PASSED", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_of_the_server_are_no_failures()
    {
        _server.Lie = asked => asked == "/log/tile/0/001" ? new Reply(503, []) : null;
        Assert.Equal(2, (await VerifyAsync()).Code);
        _server.Lie = asked => asked == "/log/checkpoint" ? new Reply(404, []) : null;
        Assert.Equal(2, (await VerifyAsync()).Code);
    }

    [Fact]
    public async Task Being_asked_to_wait_is_no_answer_and_is_waited_for()
    {
        var refused = 0;
        _server.Lie = asked => asked == "/log/tile/0/001" && Interlocked.Increment(ref refused) <= 3 ? new Reply(429, [], "Retry-After: 1\r\n") : null;
        Assert.Equal(0, (await VerifyAsync()).Code);
        Assert.True(refused > 3);
    }

    [Fact]
    public async Task Another_key_is_not_the_trusted_one()
    {
        _log.Files["checkpoint"] = _log.Sign(_log.Head.Checkpoint, Some.LogKey(2)).ToBytes();
        await FailsAsync("The head isn't signed by the key that you trust");
    }

    [Fact]
    public async Task A_forged_signature_is_one()
    {
        var other = Some.LogKey(2).Sign(_log.Head.Checkpoint.Text);
        _log.Files["checkpoint"] = SignedNote.Create(_log.Head.Note.Text, [other with { Id = _log.Key.Verifier.Id }]).ToBytes();
        await FailsAsync("claims to be by ledger.example/ceasefire and isn't");
    }

    [Fact]
    public async Task A_key_named_beside_the_signing_one_is_told()
    {
        _log.Files["vkey"] = Some.Bytes($"{Some.LogKey(2).Verifier}\n");
        await FailsAsync("and that isn't the key that you trust");
    }

    [Fact]
    public async Task Too_few_witnesses_are_too_few()
    {
        using var server = new LyingServer(new Published { Witnesses = [Some.WitnessKey(1), Some.WitnessKey(2)] }.Grow(10));
        var policy = _audit.File("policy", server.Log.Policy("all"));
        server.Log.Files["checkpoint"] = new Published { Witnesses = [Some.WitnessKey(1)] }.Sign(server.Log.Head.Checkpoint).ToBytes();
        var run = await _audit.RunAsync("verify", server.Url, "--policy", policy);
        Assert.Equal(1, run.Code);
        Assert.Contains("Too few witnesses cosigned this head for your policy: w0", run.Line("witnesses"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_went_back_has_lost_events()
    {
        Assert.Equal(0, (await VerifyAsync()).Code);
        _server.Log = Published.Of(Size - 1);
        await FailsAsync("sequence 999: the ledger shows 999 events now, and showed 1000 before");
        _server.Log = _log;
        Assert.Equal(0, (await VerifyAsync()).Code);
    }

    [Theory]
    [InlineData(Size)]
    [InlineData(Size + 1)]
    [InlineData(Size + 24)]
    [InlineData(3 * Size)]
    public async Task A_fork_is_told_and_becomes_evidence_that_anybody_can_check(int size)
    {
        Assert.Equal(0, (await VerifyAsync()).Code);
        _server.Log = Published.Of(size, seed: 1);
        var run = await FailsAsync("sequence 0 to 999: the ledger shows another history now than it showed before");

        var evidence = Assert.Single(Directory.GetFiles(_audit.StateFolder, "*.fork-*.json"));
        Assert.Contains(evidence, run.Output, StringComparison.Ordinal);
        var told = await _audit.RunAsync("evidence", "verify", evidence, "--vkey", _log.Key.Verifier.ToString());
        Assert.Equal(0, told.Code);
        Assert.Contains("SHOWN: the ledger ledger.example/ceasefire signed two histories that can't both be true.", told.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await _audit.RunAsync("evidence", "verify", evidence, "--vkey", Some.LogKey(9).Verifier.ToString())).Code);
        await FailsAsync("another history");
    }

    [Fact]
    public async Task A_head_beyond_counting_is_not_counted()
    {
        _log.Files["checkpoint"] = _log.Sign(new Checkpoint(Some.Log, new TreeSize(1L << 60), MerkleHash.EmptyRoot)).ToBytes();
        var run = await VerifyAsync();
        Assert.Equal(2, run.Code);
        Assert.Contains("more than --most allows", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_memory_that_was_damaged_is_not_overwritten()
    {
        await VerifyAsync();
        var state = Assert.Single(Directory.GetFiles(_audit.StateFolder, "*.json"));
        File.WriteAllText(state, "{}");
        Assert.Equal(2, (await VerifyAsync()).Code);
        Assert.Equal("{}", File.ReadAllText(state));
    }

    [Fact]
    public async Task A_failure_is_not_remembered()
    {
        _log.Files.Remove("tile/0/001");
        Assert.Equal(1, (await VerifyAsync()).Code);
        Assert.False(Directory.Exists(_audit.StateFolder));
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> Entries(int bundle) =>
        EntryBundle.TryParse(_log.Files[new BundleId(bundle, 256).Path], 256, out var entries, out _) ? entries : throw new InvalidOperationException();

    private void Change(string path, Func<byte[], byte[]> change) => _log.Files[path] = change(_log.Files[path]);

    private Task<Run> VerifyAsync(params string[] more) => _audit.RunAsync(["verify", _server.Url, "--vkey", _log.Key.Verifier.ToString(), .. more]);

    private async Task<Run> FailsAsync(string sentence)
    {
        var run = await VerifyAsync();
        Assert.Contains(sentence, run.Output, StringComparison.Ordinal);
        Assert.Equal(1, run.Code);
        Assert.Contains("Result: FAILED.", run.Output, StringComparison.Ordinal);
        return run;
    }
}
