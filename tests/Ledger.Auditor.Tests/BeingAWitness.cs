using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ledger.Transparency;

namespace Ledger.Auditor.Tests;

/// <summary>A witness without its server.</summary>
internal sealed class WitnessOfTest : IDisposable
{
    private readonly WitnessFolder _folder;
    private readonly WitnessDesk _desk;

    public WitnessOfTest(Audit audit, string name, params VerifierKey[] logs)
    {
        Memory = Directory.CreateDirectory(Path.Combine(audit.Folder, name)).FullName;
        _folder = WitnessFolder.Open(Memory);
        _desk = new WitnessDesk(new Witness(Key, logs), _folder, TimeProvider.System);
    }

    public string Memory { get; }

    public SigningKey Key { get; } = Some.WitnessKey(5);

    public Task<WitnessReply> AskAsync(byte[] request) => _desk.AnswerAsync(request, CancellationToken.None);

    public void Dispose()
    {
        _folder.Dispose();
        Key.Dispose();
    }
}

/// <summary>A witness never cosigns two heads that can't both be true, whatever happens.</summary>
public sealed class BeingAWitness : IDisposable
{
    private readonly Audit _audit = new();

    public void Dispose() => _audit.Dispose();

    [Fact]
    public async Task Two_heads_of_one_size_at_once_get_one_cosignature()
    {
        for (var round = 0; round < 50; round++)
        {
            using var witness = new WitnessOfTest(_audit, $"w{round}", Some.LogKey().Verifier);
            var requests = Enumerable.Range(0, 4).Select(seed => First(Published.Of(round + 1, seed))).ToList();
            var replies = await Task.WhenAll(requests.Select(request => Task.Run(() => witness.AskAsync(request))));
            Assert.Single(replies.OfType<WitnessReply.Cosigned>());
            Assert.All(replies.Where(reply => reply is not WitnessReply.Cosigned), reply => Assert.Equal(409, reply.Status));
        }
    }

    [Fact]
    public async Task What_was_remembered_and_never_answered_is_kept()
    {
        var (one, other) = (Published.Of(7), Published.Of(7, seed: 1));
        using (var witness = new WitnessOfTest(_audit, "w", Some.LogKey().Verifier)) await witness.AskAsync(First(one));

        // The answer got lost with the process; the memory didn't.
        using var again = new WitnessOfTest(_audit, "w", Some.LogKey().Verifier);
        Assert.Equal(409, (await again.AskAsync(First(other))).Status);
        Assert.Equal(422, (await again.AskAsync(new AddCheckpointRequest(new TreeSize(7), [], other.Head).ToBytes())).Status);
        Assert.Equal(200, (await again.AskAsync(new AddCheckpointRequest(new TreeSize(7), [], one.Head).ToBytes())).Status);
    }

    [Fact]
    public async Task What_cannot_be_remembered_is_not_cosigned()
    {
        using var witness = new WitnessOfTest(_audit, "w", Some.LogKey().Verifier);
        Directory.CreateDirectory(Path.Combine(witness.Memory, Witness.OriginHash(Some.Log) + ".checkpoint"));
        await Assert.ThrowsAnyAsync<Exception>(() => witness.AskAsync(First(Published.Of(7))));
        Directory.Delete(Path.Combine(witness.Memory, Witness.OriginHash(Some.Log) + ".checkpoint"));
        Assert.Equal(200, (await witness.AskAsync(First(Published.Of(7, seed: 1)))).Status);
    }

    [Fact]
    public void Two_processes_cannot_have_one_memory()
    {
        using var witness = new WitnessOfTest(_audit, "w", Some.LogKey().Verifier);
        Assert.Throws<CouldNotCheckException>(() => WitnessFolder.Open(witness.Memory));
    }

    [Fact]
    public async Task A_witness_without_its_memory_does_not_start()
    {
        var key = await MakeKeyAsync();
        Directory.Delete(key + ".memory");
        var run = await _audit.RunAsync("witness", "--key", key, "--log", Some.LogKey().Verifier.ToString());
        Assert.Equal(2, run.Code);
        Assert.Contains("it could cosign a second history", run.Error, StringComparison.Ordinal);

        Directory.CreateDirectory(key + ".memory");
        File.WriteAllText(Path.Combine(key + ".memory", Witness.OriginHash(Some.Log) + ".checkpoint"), "torn");
        Assert.Equal(2, (await _audit.RunAsync("witness", "--key", key, "--log", Some.LogKey().Verifier.ToString())).Code);
    }

    [Fact]
    public async Task A_key_is_never_overwritten_and_readable_by_its_owner_only()
    {
        var key = await MakeKeyAsync();
        Assert.Equal(2, (await _audit.RunAsync("witness", "keygen", "witness.example/w", "--out", key)).Code);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.Equal(2, (await _audit.RunAsync("witness", "keygen", "no spaces", "--out", key + "2")).Code);
        Assert.Equal(2, (await _audit.RunAsync("witness", "--key", key, "--log", Some.WitnessKey(1).Verifier.ToString())).Code);
    }

    [Fact]
    public async Task Over_http_it_is_a_witness_of_the_standard()
    {
        var url = FreeUrl();
        using var heard = new Heard();
        using var stop = new CancellationTokenSource();
        var key = await MakeKeyAsync();
        var running = AuditProgram.RunAsync(["witness", "--key", key, "--log", Some.LogKey().Verifier.ToString(), "--listen", url], _audit.Around(heard, heard), stop.Token);
        await heard.WaitForAsync("listens on");

        using var http = new HttpClient { BaseAddress = new Uri(url) };
        var log = Published.Of(3);
        var older = log.Head;
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(http, First(log))).Status);
        log.Grow(5);

        var (status, type, body) = await PostAsync(http, First(log));
        Assert.Equal((HttpStatusCode.Conflict, "text/x.tlog.size", "3\n"), (status, type, body));
        var proof = Proof(log, 3);
        (status, _, body) = await PostAsync(http, new AddCheckpointRequest(older.Checkpoint.Size, proof, log.Head).ToBytes());
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(NoteSignature.TryParseLines(body, out var lines) && lines.Count == 1);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync(http, new AddCheckpointRequest(new TreeSize(8), [], Published.Of(8, seed: 1).Head).ToBytes())).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(http, [.. Some.Bytes("old 0\n\n"), .. SignedCheckpoint.Sign(new Checkpoint(Origin.Of("other"), new TreeSize(0), MerkleHash.EmptyRoot), Some.LogKey(1, "other")).ToBytes()])).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(http, [.. Some.Bytes("old 0\n\n"), .. SignedCheckpoint.Sign(log.Head.Checkpoint, Some.LogKey(2)).ToBytes()])).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(http, Some.Bytes("nonsense"))).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(http, new byte[200_000])).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.GetAsync("add-checkpoint")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("elsewhere")).StatusCode);

        Assert.True(SignedCheckpoint.TryParse(await http.GetByteArrayAsync($"{Witness.OriginHash(Some.Log)}/checkpoint"), out var latest, out _));
        Assert.Equal(log.Head.Checkpoint, latest.Checkpoint);
        Assert.Contains("REFUSED", heard.ToString(), StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(0, await running);
    }

    /// <summary>The process is killed as soon as its memory has changed: it may have answered by then, or not.</summary>
    [Fact]
    public async Task A_witness_that_is_killed_keeps_its_promise()
    {
        var key = await MakeKeyAsync();
        var memory = Path.Combine(key + ".memory", Witness.OriginHash(Some.Log) + ".checkpoint");
        SignedCheckpoint? last = null;
        var log = Published.Of(2);
        for (var round = 0; round < 5; round++)
        {
            var answer = Task.CompletedTask as Task;
            using (var witness = await WitnessProcess.StartAsync(key))
            {
                var request = new AddCheckpointRequest(last?.Checkpoint.Size ?? new TreeSize(0), last is null ? [] : Proof(log, (int)last.Checkpoint.Size.Value), log.Head).ToBytes();
                answer = witness.PostAsync(request).ContinueWith(_ => { }, TaskScheduler.Default);
                using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
                while (!File.Exists(memory) || !File.ReadAllText(memory).Contains($"\n{log.Size}\n", StringComparison.Ordinal)) patience.Token.ThrowIfCancellationRequested();
                witness.Kill();
            }

            await answer;
            using (var witness = await WitnessProcess.StartAsync(key))
            {
                var rival = Published.Of((int)log.Size, seed: 100 + round);
                var (status, size) = await witness.PostAsync(First(rival));
                Assert.Equal((HttpStatusCode.Conflict, $"{log.Size}\n"), (status, size));
                Assert.Equal(HttpStatusCode.UnprocessableEntity, (await witness.PostAsync(new AddCheckpointRequest(rival.Head.Checkpoint.Size, [], rival.Head).ToBytes())).Status);
                Assert.Equal(HttpStatusCode.OK, (await witness.PostAsync(new AddCheckpointRequest(log.Head.Checkpoint.Size, [], log.Head).ToBytes())).Status);
                witness.Kill();
            }

            last = log.Head;
            log.Grow(3);
        }
    }

    private static byte[] First(Published log) => new AddCheckpointRequest(new TreeSize(0), [], log.Head).ToBytes();

    private static IReadOnlyList<Hash> Proof(Published log, int older)
    {
        var hashes = new TileHashes(new TreeSize(log.Size), tile => log.Files[tile.Path]);
        return Prover.Consistency(new TreeSize(older), new TreeSize(log.Size), hashes.Read);
    }

    private static async Task<(HttpStatusCode Status, string? Type, string Body)> PostAsync(HttpClient http, byte[] request)
    {
        using var content = new ByteArrayContent(request);
        using var response = await http.PostAsync("add-checkpoint", content);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    private async Task<string> MakeKeyAsync()
    {
        var key = Path.Combine(_audit.Folder, "witness.key");
        var run = await _audit.RunAsync("witness", "keygen", "witness.example/w", "--out", key);
        Assert.Equal(0, run.Code);
        Assert.Contains("witness witness.example/w witness.example/w+", run.Output, StringComparison.Ordinal);
        return key;
    }

    private static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    /// <summary>The program as its users start it.</summary>
    private sealed class WitnessProcess : IDisposable
    {
        private readonly Process _process;
        private readonly HttpClient _http;

        private WitnessProcess(Process process, string url) => (_process, _http) = (process, new HttpClient { BaseAddress = new Uri(url) });

        public static async Task<WitnessProcess> StartAsync(string key)
        {
            var url = FreeUrl();
            string[] args = [typeof(AuditProgram).Assembly.Location, "witness", "--key", key, "--log", Some.LogKey().Verifier.ToString(), "--listen", url];
            var process = Process.Start(new ProcessStartInfo("dotnet", args) { RedirectStandardOutput = true })!;
            Assert.Contains("listens on", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
            return new WitnessProcess(process, url);
        }

        public async Task<(HttpStatusCode Status, string Body)> PostAsync(byte[] request)
        {
            var (status, _, body) = await BeingAWitness.PostAsync(_http, request);
            return (status, body);
        }

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            if (!_process.HasExited) Kill();
            _process.Dispose();
            _http.Dispose();
        }
    }
}
