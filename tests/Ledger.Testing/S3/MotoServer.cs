using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ledger.Testing.S3;

/// <summary>moto's S3 (Python), a store that others wrote, where it is installed: LEDGER_MOTO names its program, else <c>moto_server</c> on the path.</summary>
/// <remarks>It keeps no secrets, so it checks no signature; it stands for the protocol.</remarks>
public sealed class MotoServer : IAsyncDisposable
{
    private readonly Process _process;

    private MotoServer(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Null where there is none that runs.</summary>
    public static string? Program { get; } = Find();

    public static async Task<MotoServer> StartAsync()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var process = Process.Start(new ProcessStartInfo(Program!, ["-H", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new MotoServer(process, new Uri($"http://127.0.0.1:{port}"));
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(server.Address, "/moto-api/"), limit.Token);
                return server;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    /// <summary>Makes a bucket, as its owner would with another program.</summary>
    public async Task MakeBucketAsync(string name, bool keepsVersions = false)
    {
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        using var made = await http.PutAsync(new Uri($"/{name}", UriKind.Relative), null);
        made.EnsureSuccessStatusCode();
        if (!keepsVersions) return;
        using var content = new StringContent("<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>");
        using var versioned = await http.PutAsync(new Uri($"/{name}?versioning", UriKind.Relative), content);
        versioned.EnsureSuccessStatusCode();
    }

    /// <summary>A wrapper may lie on the path for a program that isn't installed: it is asked once whether it runs.</summary>
    private static string? Find()
    {
        var found = Environment.GetEnvironmentVariable("LEDGER_MOTO") is { Length: > 0 } named ? named
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "moto_server")).FirstOrDefault(File.Exists);
        if (found is null) return null;
        using var asked = Process.Start(new ProcessStartInfo(found, ["--help"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        asked.StandardOutput.ReadToEnd();
        asked.WaitForExit();
        return asked.ExitCode == 0 ? found : null;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
