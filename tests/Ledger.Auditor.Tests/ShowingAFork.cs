using Ledger.Transparency;

namespace Ledger.Auditor.Tests;

/// <summary>A fork as a file: it shows what it says, and nothing else passes for it.</summary>
public sealed class ShowingAFork : IDisposable
{
    private readonly Audit _audit = new();
    private readonly string _key = Some.LogKey().Verifier.ToString();

    public void Dispose() => _audit.Dispose();

    [Fact]
    public async Task Every_two_sizes_of_two_histories_can_be_shown()
    {
        for (var older = 1; older <= 20; older++)
        {
            for (var newer = older; newer <= 20; newer++)
            {
                var run = await MakeAsync(Published.Of(older), Published.Of(newer, seed: 1));
                Assert.True(run.Code == 0, run.Error);
                Assert.Equal(0, (await _audit.RunAsync("evidence", "verify", _audit.File("evidence.json", run.Output), "--vkey", _key)).Code);
            }
        }
    }

    [Fact]
    public async Task A_ledger_that_only_grew_shows_no_fork()
    {
        for (var newer = 8; newer <= 20; newer++) Assert.Equal(1, (await MakeAsync(Published.Of(8), Published.Of(newer))).Code);
    }

    [Fact]
    public async Task The_sentences_can_be_read_out_in_a_room()
    {
        var (one, other) = (Published.Of(5), Published.Of(7, seed: 1));
        var file = _audit.File("evidence.json", (await MakeAsync(one, other)).Output);
        Assert.Equal(
            $"""
            SHOWN: the ledger ledger.example/ceasefire signed two histories that can't both be true.
              one of 5 events, root {one.Head.Checkpoint.Root}
              one of 7 events, root {other.Head.Checkpoint.Root}
              the second begins with 5 events of root {other.RootAt(5)}, which isn't the first
            Both are signed by the key {_key}. Make sure, from a source of your own, that it is the ledger's.

            """, (await _audit.RunAsync("evidence", "verify", file)).Output);
    }

    [Fact]
    public async Task Evidence_that_was_made_up_shows_nothing()
    {
        var (one, other, honest) = (Published.Of(5), Published.Of(7, seed: 1), Published.Of(7));
        var text = (await MakeAsync(one, other)).Output;

        // The honest continuation put in the fork's place: its proof leads elsewhere.
        Assert.Equal(1, await VerifyAsync(text.Replace(Json(other.Head), Json(honest.Head), StringComparison.Ordinal)));
        Assert.Equal(1, await VerifyAsync(text.Replace(other.RootAt(5).ToString(), other.RootAt(4).ToString(), StringComparison.Ordinal)));
        Assert.Equal(1, await VerifyAsync(text.Replace(Json(other.Head), Json(other.Sign(other.Head.Checkpoint, Some.LogKey(3))), StringComparison.Ordinal)));
        Assert.Equal(2, await VerifyAsync("{}"));
        Assert.Equal(2, await VerifyAsync("not json"));
        Assert.Equal(2, await VerifyAsync(text.Replace("fork/v1", "fork/v2", StringComparison.Ordinal)));
    }

    private async Task<int> VerifyAsync(string text) => (await _audit.RunAsync("evidence", "verify", _audit.File("spoilt.json", text), "--vkey", _key)).Code;

    private async Task<Run> MakeAsync(Published one, Published other)
    {
        var folder = Path.Combine(_audit.Folder, "tiles");
        foreach (var (path, bytes) in other.Files) _audit.File($"tiles/{path}", bytes);
        return await _audit.RunAsync("evidence", "make", _audit.File("one", one.Head.ToBytes()), _audit.File("other", other.Head.ToBytes()), "--tiles", folder, "--vkey", _key);
    }

    private static string Json(SignedCheckpoint head) => head.ToString().Replace("\n", "\\n", StringComparison.Ordinal);
}
