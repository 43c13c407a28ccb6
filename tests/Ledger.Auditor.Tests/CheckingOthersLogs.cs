using Ledger.Transparency;

namespace Ledger.Auditor.Tests;

/// <summary>Logs, receipts and requests that other implementations made, through the real command line.</summary>
public sealed class CheckingOthersLogs : IDisposable
{
    private const string TesseraKey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

    private readonly Audit _audit = new();

    public void Dispose() => _audit.Dispose();

    [VectorsFact]
    public async Task The_golden_log_passes_with_its_witnesses()
    {
        var run = await _audit.RunAsync("verify", Vectors.Path("golden-log300", "log300"), "--policy", Vectors.Path("golden-log300", "policy.txt"));
        Assert.Equal(
            $"""
            Ledger    golden.example/ceasefire-ledger
            Read from the folder {Vectors.Path("golden-log300", "log300")}
            Head      300 events, root b63gEvg4VxDqgfu0nk5D8C7qFBwk05v6QvO0ULyOJQ0=

              passed       signature     The head of 300 events is signed by the ledger's key 93cea403.
              passed       witnesses     Enough for your policy: A (2026-09-21 14:13:20Z), G (2026-09-21 14:13:21Z).
              passed       entries       The root recomputed from 300 entries is the signed one.
              passed       tiles         Recomputed a second way, by tiles, the root is the same; 3 tiles are served byte for byte as computed.

              Note: The package holds no events, so only the log was checked.

            Result: PASSED. Everything that was checked holds.

            """, run.Output);
        Assert.Equal(0, run.Code);
    }

    [VectorsFact]
    public async Task The_golden_log_passes_at_every_size_that_it_had()
    {
        var state = Path.Combine(_audit.Folder, "state.json");
        foreach (var size in new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 255, 256, 257, 300 })
        {
            var log = Copy("golden-log300", "log300");
            File.Copy(Vectors.Path("golden-log300", "log300", "old", $"checkpoint.{size}"), Path.Combine(log, "checkpoint"), overwrite: true);
            var run = await _audit.RunAsync("verify", log, "--vkey", Vectors.Path("golden-log300", "log.vkey"), "--state", state);
            Assert.True(run.Code == 0, run.Output);
        }
    }

    [VectorsFact]
    public async Task The_real_log_of_tessera_passes_at_every_size()
    {
        for (var size = 0; size <= 15; size++)
        {
            var log = Copy("tessera-log", "log");
            File.Copy(Vectors.Path("tessera-log", "log", $"checkpoint.{size}"), Path.Combine(log, "checkpoint"), overwrite: true);
            var run = await _audit.RunAsync("verify", log, "--vkey", TesseraKey);
            Assert.True(run.Code == 0, run.Output);
        }
    }

    [VectorsFact]
    public async Task Every_byte_of_the_golden_log_counts()
    {
        foreach (var path in new[] { "checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44" })
        {
            var log = Copy("golden-log300", "log300");
            var bytes = File.ReadAllBytes(Path.Combine(log, path));
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(Path.Combine(log, path), bytes);
            Assert.Equal(1, (await _audit.RunAsync("verify", log, "--policy", Vectors.Path("golden-log300", "policy.txt"))).Code);
        }
    }

    [VectorsFact]
    public async Task Golden_receipts_hold_for_their_leaves_and_no_others()
    {
        var policy = Vectors.Path("golden-log300", "policy.txt");
        foreach (var index in new[] { 0, 1, 2, 3, 127, 128, 254, 255, 256, 298, 299 })
        {
            var (proof, leaf) = (Vectors.Path("golden-log300", "proofs", $"{index}.tlog-proof"), Vectors.Path("golden-log300", "proofs", $"{index}.leaf"));
            Assert.Equal(0, (await _audit.RunAsync("proof", proof, "--policy", policy, "--event-file", leaf)).Code);
            var other = Vectors.Path("golden-log300", "proofs", index == 3 ? "2.leaf" : "3.leaf");
            Assert.Equal(1, (await _audit.RunAsync("proof", proof, "--policy", policy, "--event-file", other)).Code);
            Assert.Equal(1, (await _audit.RunAsync("proof", proof, "--vkey", TesseraKey, "--event-file", leaf)).Code);
            Assert.Equal(2, (await _audit.RunAsync("proof", proof, "--policy", policy)).Code);
        }
    }

    [VectorsFact]
    public async Task A_witness_takes_the_golden_requests_from_where_it_stands()
    {
        Assert.True(VerifierKey.TryParse(Vectors.Text("golden-log300", "log.vkey").Trim(), out var log, out _));
        foreach (var size in new[] { 1, 2, 3, 4, 7, 8, 255, 256, 257, 300 })
        {
            using var witness = new WitnessOfTest(_audit, $"w{size}", log);
            var first = Vectors.Bytes("golden-log300", "log300", "old", $"checkpoint.{size}");
            Assert.Equal(409, (await witness.AskAsync(Vectors.Bytes("golden-log300", "proofs", $"add-checkpoint.{size}-300"))).Status);
            Assert.IsType<WitnessReply.Cosigned>(await witness.AskAsync([.. Some.Bytes("old 0\n\n"), .. first]));
            var answer = Assert.IsType<WitnessReply.Cosigned>(await witness.AskAsync(Vectors.Bytes("golden-log300", "proofs", $"add-checkpoint.{size}-300")));
            Assert.True(SignedCheckpoint.TryParse(Vectors.Bytes("golden-log300", "log300", "checkpoint"), out var head, out _));
            Assert.True(witness.Key.Verifier.Verifies(head.Note.Text, answer.Line));
        }
    }

    private string Copy(params string[] parts)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_audit.Folder, Guid.NewGuid().ToString("N"))).FullName;
        var source = Vectors.Path(parts);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return folder;
    }
}
