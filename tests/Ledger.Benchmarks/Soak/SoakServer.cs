using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ledger.Benchmarks.Soak;

/// <summary>The server under soak: always at the same address, ended and started again on the same data.</summary>
internal sealed class SoakServer(string folder) : IDisposable
{
    private readonly int _port = FreePort();
    private Process? _process;

    public string Folder => folder;

    public string Data { get; } = Path.Combine(folder, "data");

    public Uri Address => new($"http://127.0.0.1:{_port}");

    public string AdministratorKey { get; } = "administrator-of-the-soak-only";

    public int Kills { get; private set; }

    public int Stops { get; private set; }

    /// <summary>From the start of the process until it said that it is ready.</summary>
    public List<TimeSpan> Starts { get; } = [];

    public int? ProcessId => _process is { HasExited: false } process ? process.Id : null;

    public DateTime StartedAt { get; private set; }

    public async Task StartAsync(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        _process?.Dispose();
        _process = Programs.Start(
            Programs.Server, folder, Path.Combine(folder, "server.log"), "--urls=" + Address, "--Ledger:Data=" + Data,
            "--Ledger:AdministratorKey=" + AdministratorKey, "--Ledger:Webhooks:AllowPrivate=true");
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        while (!await IsReadyAsync(http, cancellation))
        {
            if (_process.HasExited) throw new InvalidOperationException($"The server ended at its start with {_process.ExitCode}; see server.log.");
            if (clock.Elapsed > TimeSpan.FromMinutes(5)) throw new InvalidOperationException("The server wasn't ready within five minutes; see server.log.");
            await Task.Delay(50, cancellation);
        }

        StartedAt = DateTime.UtcNow;
        Starts.Add(clock.Elapsed);
    }

    /// <summary>SIGKILL: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        Kills++;
    }

    /// <summary>SIGTERM: it may end as it likes to.</summary>
    public async Task StopAsync()
    {
        // .NET can kill and not ask; the shell can.
        using (var asking = Process.Start("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {_process!.Id}")])) await asking.WaitForExitAsync();
        await _process.WaitForExitAsync();
        if (_process.ExitCode != 0) throw new InvalidOperationException($"The server stopped with {_process.ExitCode}; see server.log.");
        Stops++;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.Dispose();
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
