using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Ledger.Benchmarks.All;

/// <summary>Debian's PostgreSQL in a directory of its own, with fsync on, for as long as the peer is measured.</summary>
internal sealed class TemporaryPostgres : IAsyncDisposable
{
    private readonly string _directory;

    private TemporaryPostgres(string directory, int port) =>
        (_directory, ConnectionString) = (directory, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Maximum Pool Size=40");

    public string ConnectionString { get; }

    /// <returns>Null where PostgreSQL isn't installed: the table then says so.</returns>
    public static async Task<TemporaryPostgres?> StartAsync(string at)
    {
        if (Programs is not { } programs) return null;
        var directory = Directory.CreateDirectory(Path.Combine(at, $"postgres-{Guid.NewGuid():N}")).FullName;
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", ["postgres", directory]);
        var port = FreePort();
        await RunAsync(Path.Combine(programs, "initdb"), ["-D", Path.Combine(directory, "db"), "-A", "trust", "-U", "postgres", "-E", "UTF8"]);
        await RunAsync(
            Path.Combine(programs, "pg_ctl"),
            ["-D", Path.Combine(directory, "db"), "-l", Path.Combine(directory, "log"), "-w", "-o", $"-p {port} -k {directory} -c listen_addresses=127.0.0.1 -c max_connections=100", "start"]);
        return new TemporaryPostgres(directory, port);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync(Path.Combine(Programs!, "pg_ctl"), ["-D", Path.Combine(_directory, "db"), "-m", "fast", "-w", "stop"]);
        Directory.Delete(_directory, recursive: true);
    }

    private static string? Programs =>
        Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).LastOrDefault(Directory.Exists) : null;

    /// <summary>PostgreSQL refuses to run as root, so root runs it as Debian's own user.</summary>
    private static async Task RunAsync(string program, string[] arguments)
    {
        var asUser = Environment.IsPrivilegedProcess && program != "chown";
        var start = asUser
            ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        // What it says is a page at most, and nobody's interest unless it fails.
        (start.WorkingDirectory, start.RedirectStandardInput, start.RedirectStandardOutput) = ("/", true, true);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
