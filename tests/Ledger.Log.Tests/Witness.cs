using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ledger.Transparency;

namespace Ledger.Log.Tests;

/// <summary>The auditor's witness in a process of its own, with its key and its memory in a directory.</summary>
internal sealed class Witness : IDisposable
{
    private readonly string _directory;
    private readonly VerifierKey _log;
    private Process? _process;

    private Witness(string directory, VerifierKey log, int port, VerifierKey key) => (_directory, _log, Port, Key) = (directory, log, port, key);

    public int Port { get; }

    public VerifierKey Key { get; }

    public string Url => $"http://127.0.0.1:{Port}/";

    public static async Task<Witness> StartAsync(string directory, string name, VerifierKey log)
    {
        using var made = Run("witness", "keygen", name, "--out", Path.Combine(directory, name + ".key"));
        var lines = (await made.StandardOutput.ReadToEndAsync()).Split('\n');
        await made.WaitForExitAsync();
        Assert.True(VerifierKey.TryParse(lines[1].Trim(), out var key, out _), string.Join('\n', lines));
        var witness = new Witness(directory, log, FreePort(), key);
        await witness.StartAsync();
        return witness;
    }

    public async Task StartAsync()
    {
        _process = Run("witness", "--key", Path.Combine(_directory, Key.Name.Value + ".key"), "--log", _log.ToString(), "--listen", Url);
        var said = await _process.StandardOutput.ReadLineAsync();
        Assert.Contains("listens", said, StringComparison.Ordinal);
        _ = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public void Dispose() => Kill();

    /// <summary>A policy of the log and these witnesses, any so many of them.</summary>
    public static TrustPolicy PolicyOf(VerifierKey log, int quorum, params (string Name, VerifierKey Key, string Url)[] witnesses)
    {
        var text = $"log {log}\n"
            + string.Concat(witnesses.Select(witness => $"witness {witness.Name} {witness.Key} {witness.Url}\n"))
            + $"group enough {quorum} {string.Join(' ', witnesses.Select(witness => witness.Name))}\nquorum enough\n";
        Assert.True(TrustPolicy.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var policy, out var refusal), refusal?.Message);
        return policy;
    }

    private static Process Run(params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger-audit.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Answers as no honest witness does: for what the real one won't do on demand.</summary>
internal sealed class LyingWitness : IDisposable
{
    private readonly HttpListener _listener = new();

    public LyingWitness(Func<AddCheckpointRequest, (int Status, string Type, string Body)> answer)
    {
        Url = $"http://127.0.0.1:{Witness.FreePort()}/";
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = Task.Run(async () =>
        {
            while (_listener.IsListening)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Assert.True(AddCheckpointRequest.TryParse(body.ToArray(), out var request, out _));
                var (status, type, text) = answer(request);
                context.Response.StatusCode = status;
                context.Response.ContentType = type;
                context.Response.Close(System.Text.Encoding.UTF8.GetBytes(text), willBlock: false);
            }
        });
    }

    public string Url { get; }

    public void Dispose() => _listener.Close();
}
