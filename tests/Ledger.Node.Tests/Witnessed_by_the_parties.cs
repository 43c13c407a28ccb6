using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ledger.Api.Hosting;
using Ledger.Testing.Api;
using Ledger.Transparency;
using Xunit.Abstractions;

namespace Ledger.Node.Tests;

/// <summary>Two API nodes on one store, three witnesses in processes of their own, a quorum of two; witnesses die and come back.</summary>
public sealed class Witnessed_by_the_parties(ITestOutputHelper output)
{
    [Fact]
    public async Task Publishing_goes_on_with_two_stops_with_one_and_recovers()
    {
        await using var cluster = await Cluster.StartAsync(output);
        if (!cluster.IsDouble) return; // The log's key must be known before the first node starts, and a real server has had one.
        string vkey;
        var first = await cluster.NodeAsync();
        using (var http = new HttpClient { BaseAddress = first.Address }) vkey = (await http.GetStringAsync(new Uri("/log/vkey", UriKind.Relative))).Trim();
        await first.DisposeAsync();

        var witnesses = Enumerable.Range(1, 3).Select(i => new WitnessProcess(cluster.File($"w{i}.key"), $"w{i}", vkey)).ToList();
        try
        {
            foreach (var witness in witnesses) await witness.StartAsync();
            var policy = cluster.File("policy");
            await File.WriteAllTextAsync(policy, $"log {vkey}\n{string.Concat(witnesses.Select(witness => $"witness {witness.Name} {witness.Key} {witness.Url}\n"))}group enough 2 w1 w2 w3\nquorum enough\n");
            var (a, b) = (await cluster.NodeAsync($"--Ledger:Policy={policy}"), await cluster.NodeAsync($"--Ledger:Policy={policy}"));
            using var onA = Cluster.Client(a);
            (await onA.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
            var monitor = (await onA.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201).Field("key");

            await LoadAsync(a, monitor, 40);
            await BothPublishAsync(a, b);
            witnesses[0].Kill();
            await LoadAsync(a, monitor, 40);
            await BothPublishAsync(a, b);

            witnesses[1].Kill();
            var published = await HeadAsync(a);
            await LoadAsync(a, monitor, 40);
            await UntilAsync(async () => (await HealthAsync(a)).Contains("witness-policy-unmet", StringComparison.Ordinal) || (await HealthAsync(b)).Contains("witness-policy-unmet", StringComparison.Ordinal));
            Assert.Equal(published.Checkpoint, (await HeadAsync(a)).Checkpoint);
            Assert.Contains("\"status\":\"ready\"", await HealthAsync(a), StringComparison.Ordinal);

            await witnesses[0].StartAsync();
            await witnesses[1].StartAsync();
            await BothPublishAsync(a, b);
            await UntilAsync(async () => !(await HealthAsync(a) + await HealthAsync(b)).Contains("witness-", StringComparison.Ordinal));
            Assert.True(TrustPolicy.TryParse(await File.ReadAllBytesAsync(policy), out var trust, out _));
            Assert.IsType<PolicyVerdict.Trusted>(trust.Check(await HeadAsync(b)));
        }
        finally
        {
            foreach (var witness in witnesses) witness.Kill();
        }
    }

    private static async Task LoadAsync(LedgerServer node, string key, int cases)
    {
        using var monitor = Cluster.Client(node, key);
        for (var i = 0; i < cases; i++) (await monitor.PostAsync("agreements/one/violations", Bodies.Violation())).Stored(201);
    }

    private static async Task BothPublishAsync(LedgerServer a, LedgerServer b)
    {
        var count = a.Node.View.Count;
        await UntilAsync(async () => (await HeadAsync(a)).Checkpoint.Size.Value >= count && (await HeadAsync(a)).Checkpoint == (await HeadAsync(b)).Checkpoint);
    }

    private static async Task<SignedCheckpoint> HeadAsync(LedgerServer node)
    {
        using var http = new HttpClient { BaseAddress = node.Address };
        while (true)
            if (SignedCheckpoint.TryParse(await http.GetByteArrayAsync(new Uri("/log/checkpoint", UriKind.Relative)), out var head, out _)) return head;
    }

    private static async Task<string> HealthAsync(LedgerServer node)
    {
        using var http = new HttpClient { BaseAddress = node.Address };
        using var answer = await http.GetAsync(new Uri("/health", UriKind.Relative));
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isSo()) await Task.Delay(100, limit.Token);
    }

    /// <summary>The auditor's witness, the real program.</summary>
    private sealed class WitnessProcess(string file, string name, string log)
    {
        private Process? _process;

        public string Name => name;

        public string Key { get; private set; } = "";

        public string Url { get; } = $"http://127.0.0.1:{FreePort()}/";

        public async Task StartAsync()
        {
            if (Key.Length == 0)
            {
                using var made = Run("witness", "keygen", name, "--out", file);
                Key = (await made.StandardOutput.ReadToEndAsync()).Split('\n')[1].Trim();
                await made.WaitForExitAsync();
            }

            _process = Run("witness", "--key", file, "--log", log, "--listen", Url);
            Assert.Contains("listens", await _process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
            _ = _process.StandardOutput.ReadToEndAsync();
        }

        public void Kill()
        {
            _process?.Kill();
            _process?.WaitForExit();
            _process?.Dispose();
            _process = null;
        }

        private static Process Run(params string[] arguments) => Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger-audit.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
