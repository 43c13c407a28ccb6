using System.IO.Compression;

namespace Ledger.Auditor.Tests;

/// <summary>An exported ledger, as a folder or one .zip: no network, and nothing in it is trusted.</summary>
public sealed class ReadingPackages : IDisposable
{
    private readonly Audit _audit = new();
    private readonly Published _log = Published.Of(600);

    public void Dispose() => _audit.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("log/")]
    [InlineData("export-2020/")]
    [InlineData("export-2020/log/")]
    public async Task A_zip_passes_wherever_in_it_the_log_lies(string folder) => Assert.Equal(0, (await VerifyAsync(Zip(folder))).Code);

    [Fact]
    public async Task A_package_is_not_remembered()
    {
        await VerifyAsync(Zip(""));
        Assert.False(Directory.Exists(_audit.StateFolder));
    }

    [Fact]
    public async Task With_a_state_of_ones_own_it_is_remembered()
    {
        var state = Path.Combine(_audit.Folder, "own", "state.json");
        Assert.Equal(0, (await VerifyAsync(Zip(""), "--state", state)).Code);
        Assert.Equal(0, (await VerifyAsync(Zip("", Published.Of(700)), "--state", state)).Code);
        var run = await VerifyAsync(Zip("", Published.Of(900, seed: 1)), "--state", state);
        Assert.Equal(1, run.Code);
        Assert.True(File.Exists(Path.Combine(_audit.Folder, "own", "state.fork-700-900.json")), run.Output);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("tile/../../x")]
    [InlineData("C:\\x")]
    [InlineData("checkpoint")]
    public async Task A_name_that_leads_out_or_comes_twice_is_refused(string name)
    {
        var run = await VerifyAsync(Zip("", more: (name, [1])));
        Assert.Equal(2, run.Code);
        Assert.Matches("leads out of it|twice", run.Error);
    }

    [Fact]
    public async Task A_bomb_does_not_go_off()
    {
        // A hundred megabytes of zeros in a hundred kilobytes, where a tile of 8 kB belongs.
        _log.Files["tile/0/001"] = new byte[100_000_000];
        var run = await VerifyAsync(Zip(""));
        Assert.Equal(1, run.Code);
        Assert.Contains("sequence 256: tile/0/001 is longer than its 256 hashes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_zip_and_what_is_damaged_are_no_failures()
    {
        Assert.Equal(2, (await VerifyAsync(_audit.File("a.zip", new byte[1000]))).Code);
        Assert.Equal(2, (await VerifyAsync(_audit.File("b.zip", []))).Code);
        Assert.Equal(2, (await VerifyAsync(Path.Combine(_audit.Folder, "nowhere.zip"))).Code);
        var zip = File.ReadAllBytes(Zip(""));
        foreach (var length in new[] { 30, zip.Length / 2, zip.Length - 1 }) Assert.NotEqual(0, (await VerifyAsync(_audit.File("c.zip", zip.AsSpan(0, length).ToArray()))).Code);
        for (var i = 0; i < zip.Length; i += 997)
        {
            var spoilt = zip.ToArray();
            spoilt[i] ^= 0xff;
            var run = await VerifyAsync(_audit.File("d.zip", spoilt));
            Assert.True(run.Code is 0 or 1 or 2, run.Output);
        }
    }

    [Fact]
    public async Task A_pipe_in_a_folder_is_not_waited_for()
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var (path, bytes) in _log.Files) _audit.File($"export/{path}", bytes);
        var tile = Path.Combine(_audit.Folder, "export", "tile", "0", "001");
        File.Delete(tile);
        using (var made = System.Diagnostics.Process.Start("mkfifo", tile)) await made.WaitForExitAsync();
        Assert.Equal(1, (await VerifyAsync(Path.Combine(_audit.Folder, "export"))).Code);
    }

    [Fact]
    public async Task A_receipt_and_its_event_need_nothing_else()
    {
        var ledger = new Recorded().Agreement().Violation(1, "p", "other").Violation(2, "q", "other");
        var hashes = new Transparency.TileHashes(new(3), tile => ledger.Log.Files[tile.Path]);
        var proof = new Transparency.TlogProof(new(1), Transparency.Prover.Inclusion(new(1), new(3), hashes.Read), ledger.Log.Head);
        var (file, @event) = (_audit.File("receipt", proof.ToBytes()), _audit.File("event.json", ledger.Lines[1]));
        var key = ledger.Log.Key.Verifier.ToString();

        var run = await _audit.RunAsync("proof", file, "--vkey", key, "--event-file", @event);
        Assert.Equal(0, run.Code);
        Assert.Contains("sequence 1: this very event was recorded in this place, and nothing of it was changed since.", run.Output, StringComparison.Ordinal);

        run = await _audit.RunAsync("proof", file, "--vkey", key, "--event-file", _audit.File("other.json", ledger.Lines[2]));
        Assert.Equal(1, run.Code);
        Assert.Contains("another event than this one, which is sequence 2", run.Output, StringComparison.Ordinal);
        run = await _audit.RunAsync("proof", file, "--vkey", key, "--event-file", _audit.File("changed.json", ledger.Lines[1].Replace("\"p\"", "\"q\"", StringComparison.Ordinal)));
        Assert.Equal(1, run.Code);
        Assert.Equal(1, (await _audit.RunAsync("proof", _audit.File("garbage", "garbage"), "--vkey", key)).Code);
    }

    private string Zip(string folder, Published? log = null, (string Name, byte[] Bytes)? more = null)
    {
        var path = Path.Combine(_audit.Folder, $"{Guid.NewGuid():N}.zip");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in (log ?? _log).Files) Add(zip, folder + name, bytes);
        if (more is { } extra) Add(zip, extra.Name, extra.Bytes);
        return path;
    }

    private static void Add(ZipArchive zip, string name, byte[] bytes)
    {
        using var stream = zip.CreateEntry(name).Open();
        stream.Write(bytes);
    }

    private Task<Run> VerifyAsync(string package, params string[] more) => _audit.RunAsync(["verify", package, "--vkey", _log.Key.Verifier.ToString(), .. more]);
}
