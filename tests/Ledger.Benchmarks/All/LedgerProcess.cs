using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ledger.Benchmarks.All;

/// <summary>The server as a process of its own, as an operator starts it, on a data directory.</summary>
internal sealed partial class LedgerProcess : IAsyncDisposable
{
    private const string AdministratorKey = "the-administrators-own-key-for-benchmarks";

    private readonly Process _process;
    private readonly List<HttpClient> _clients = [];

    private LedgerProcess(Process process, Uri address, TimeSpan start) => (_process, Address, StartTook) = (process, address, start);

    public Uri Address { get; }

    /// <summary>From the start of the process until it says that it is ready.</summary>
    public TimeSpan StartTook { get; }

    public HttpClient Administrator => Client(AdministratorKey);

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    public static async Task<LedgerProcess> StartAsync(string data, params string[] settings)
    {
        var started = Stopwatch.GetTimestamp();
        var start = new ProcessStartInfo("dotnet", [Built("Ledger.Api", "Ledger.Api.dll"), "--urls=http://127.0.0.1:0", "--Ledger:Data=" + data, "--Ledger:AdministratorKey=" + AdministratorKey, .. settings])
        {
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        Uri? address = null;
        while (address is null)
        {
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server ended before it listened.");
            if (AddressIn().Match(line) is { Success: true } match) address = new Uri(match.Value);
        }

        // Whatever else it says is read, or it would stand still once the pipe is full.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        using var client = new HttpClient { BaseAddress = address };
        while (!(await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode) await Task.Delay(5);
        return new LedgerProcess(process, address, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>A key with a role, made by the administrator.</summary>
    public async Task<string> KeyAsync(string subject, string role)
    {
        using var content = new StringContent($$"""{"subject":"{{subject}}","displayName":"{{subject}}","roles":["{{role}}"]}""", new MediaTypeHeaderValue("application/json"));
        using var answer = await Administrator.PostAsync(new Uri("keys", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement.GetProperty("key").GetString()! : throw new InvalidOperationException(text);
    }

    /// <summary>Signed in as a browser is, and keeping what it is given as a browser does.</summary>
    public async Task<HttpClient> DashboardAsync(string key)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(1) };
        var form = HiddenFields().Matches(await client.GetStringAsync(new Uri("login", UriKind.Relative)))
            .Select(field => KeyValuePair.Create(field.Groups["name"].Value, field.Groups["value"].Value)).Append(KeyValuePair.Create("key", key));
        using var content = new FormUrlEncodedContent(form.DistinctBy(field => field.Key));
        using var answer = await client.PostAsync(new Uri("session", UriKind.Relative), content);
        return answer.IsSuccessStatusCode ? client : throw new InvalidOperationException($"Signing in at the dashboard: {(int)answer.StatusCode}");
    }

    public HttpClient Client(string key)
    {
        var client = new HttpClient { BaseAddress = new Uri(Address, "/api/v1/"), Timeout = TimeSpan.FromMinutes(10) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        // SIGTERM, so that it saves its read models as it does when an operator stops it.
        using (var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await stop.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Runs one of the other programs of the house to its end; throws where it isn't content.</summary>
    public static async Task<string> RunAsync(string project, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Built(project, program), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException(await output + await error);
    }

    /// <summary>Where the programs were built, with everything that they need.</summary>
    private static string Built(string project, string program)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')); // tests/Ledger.Benchmarks/bin/CONFIGURATION/net10.0
        return Path.Combine(output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "src", project, "bin", output.Parent.Name, output.Name, program);
    }

    [GeneratedRegex("http://127[0-9.:]+")]
    private static partial Regex AddressIn();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]*)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex HiddenFields();
}
