using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ledger.Api.Tests.Writes;
using Ledger.Domain;
using Ledger.Node;
using Ledger.Projections;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Api.Tests.Endurance;

/// <summary>A ledger in a directory, and the real program on it, which can be told at which step to die.</summary>
internal sealed class Mortal : IDisposable
{
    public const string Agreement = "one";

    private const string Key = "the-administrators-own-key-for-tests";
    private const int Killed = 128 + 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private Process? _program;
    private string[] _settings = [];

    /// <summary>Whether every step is walked, and everything is audited after each: see README.md.</summary>
    public static bool IsWhole => Environment.GetEnvironmentVariable("LEDGER_ENDURANCE") == "whole";

    public string Root => _directory.Path;

    public string Data => _directory.File("data");

    public string Evidence => Path.Combine(Data, "evidence");

    public Uri Address { get; private set; } = null!;

    public string Monitor { get; private set; } = "";

    public string Auditor { get; private set; } = "";

    public string Verifier { get; private set; } = "";

    private string Orders => _directory.File("die-at");

    private Dictionary<string, string> Hook => new()
    {
        ["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "Ledger.KillSwitch.dll"), ["LEDGER_TEST_DIE_AT"] = Orders,
    };

    /// <param name="settings">For this and every later start.</param>
    public static async Task<Mortal> BornAsync(params string[] settings)
    {
        var ledger = new Mortal { _settings = settings };
        await ledger.StartAsync();
        using var administrator = ledger.As(Key);
        (await administrator.PostAsync("agreements", Bodies.Agreement(Agreement))).Stored(201);
        ledger.Monitor = (await administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor"))).Stored(201).Field("key");
        ledger.Auditor = (await administrator.PostAsync("keys", Bodies.Key("auditor-1", "auditor"))).Stored(201).Field("key");
        ledger.Verifier = (await administrator.PostAsync("keys", Bodies.Key("verifier-1", "verifier"))).Stored(201).Field("key");
        return ledger;
    }

    public ApiClient As(string key) => new(Address, key);

    public string File(string name) => _directory.File(name);

    public async Task StartAsync(params string[] settings)
    {
        System.IO.File.Delete(Orders);
        _program = Launch(["--urls=http://127.0.0.1:0", "--Ledger:AdministratorKey=" + Key, .. _settings, .. settings]);
        Address = new Uri(TheProgram.AddressIn(await TheProgram.UntilAsync(_program, "/docs")));
        await UntilAsync(health => health.IsSuccessStatusCode);
    }

    /// <summary>Lets it come to rest first, so that the next step of that name is the one that is meant.</summary>
    public async Task DieAtAsync(string step)
    {
        await SealedAsync();
        await OrderAsync(step);
    }

    /// <summary>Once the process has died of the order.</summary>
    public async Task DeadAsync(string step)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await _program!.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The program never came to the step {step}.");
        }

        Assert.True(_program!.ExitCode == Killed, $"At {step} it ended with {_program.ExitCode}.");
    }

    /// <summary>From now on no file of the running process may be written behind so many bytes, as on a disk that is full; null = as long as one likes.</summary>
    /// <remarks>By RLIMIT_FSIZE of the running process: mounting a small file system needs rights that not every machine gives. The program was started deaf to the signal that goes with it, which a full disk doesn't send.</remarks>
    public void LimitFiles(long? bytes)
    {
        var limit = bytes is { } most ? most.ToString(CultureInfo.InvariantCulture) : "unlimited";
        using var limiting = Process.Start("prlimit", ["--pid", _program!.Id.ToString(CultureInfo.InvariantCulture), $"--fsize={limit}:unlimited"])!;
        limiting.WaitForExit();
        Assert.Equal(0, limiting.ExitCode);
    }

    /// <summary>From now on the files of the data directory and the signer's state are read-only for everybody, also for who has them open, as on a file system that found an error in itself; or not any more.</summary>
    /// <remarks>By ext4's attribute, because mounting needs rights, and a file system with open files doesn't let itself be made read-only. SQLite's shared memory is left out: the kernel kills whoever writes to such a page, which is another way to die, and not one that says anything.</remarks>
    /// <returns>False where this machine's file system has no such attribute, or lets nobody set it.</returns>
    public bool MakeReadOnly(bool isSo) =>
        MakeReadOnly(isSo, [Data, .. Directory.GetFiles(Data).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)), File("data.signer-state")]);

    /// <inheritdoc cref="MakeReadOnly(bool)"/>
    public static bool MakeReadOnly(bool isSo, string[] files)
    {
        try
        {
            using var changing = Process.Start(new ProcessStartInfo("chattr", [isSo ? "+i" : "-i", .. files]) { RedirectStandardError = true })!;
            changing.WaitForExit();
            return changing.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no chattr here.
        }
    }

    /// <summary>Once it has ended by itself; false where it lives on.</summary>
    public async Task<bool> HasEndedAsync(TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        try
        {
            await _program!.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What a start says that comes to nothing.</summary>
    public async Task<string> FailToStartAsync()
    {
        using var program = Launch(["--urls=http://127.0.0.1:0", "--Ledger:AdministratorKey=" + Key]);
        var said = program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Equal(1, program.ExitCode);
        return await said;
    }

    /// <summary>Under a limit of memory, until the next start.</summary>
    public Task StartWithinAsync(long heapBytes)
    {
        Surroundings = new() { ["DOTNET_GCHeapHardLimit"] = heapBytes.ToString("x", CultureInfo.InvariantCulture), ["DOTNET_gcServer"] = "0" };
        return StartAsync();
    }

    public string SaidAtItsEnd => _program!.StandardError.ReadToEnd();

    public Dictionary<string, string> Surroundings { get; set; } = [];

    public async Task KillAsync()
    {
        _program!.Kill();
        await _program.WaitForExitAsync();
    }

    /// <summary>An operator's command on the directory, which dies at the step.</summary>
    public async Task DieInAsync(string step, params string[] arguments)
    {
        await OrderAsync(step);
        var start = new ProcessStartInfo("dotnet", [RealPrograms.Ledger, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Hook) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        System.IO.File.Delete(Orders);
        Assert.True(process.ExitCode == Killed, $"At {step}, ledger {arguments[0]} ended with {process.ExitCode}: {await output}{await error}");
    }

    /// <summary>The same without a step to die at.</summary>
    public static async Task RunAsync(params string[] arguments)
    {
        var (code, said) = await RealPrograms.LedgerAsync(null, arguments);
        Assert.True(code == 0, $"ledger {string.Join(' ', arguments)} ended with {code}: {said}");
    }

    /// <summary>The auditor's program, and every figure by its own fold.</summary>
    public async Task AuditAsync(string after)
    {
        await SealedAsync();
        using var http = new HttpClient { BaseAddress = Address };
        var key = (await http.GetStringAsync(new Uri("/log/vkey", UriKind.Relative))).Trim();
        var (code, said) = await RealPrograms.AuditAsync(Auditor, "verify", Address.ToString(), "--vkey", key, "--full", "--state", File("auditor-state.json"));
        Assert.True(code == 0, $"After {after} the auditor ended with {code}: {said}");
    }

    /// <summary>A copy of what the dead program left: read on as it lies there, it shows what a rebuild shows.</summary>
    public async Task RebuildAsync(string after)
    {
        using var copy = new TemporaryDirectory();
        foreach (var place in (string[])["data", "data.secrets"]) Copy(File(place), copy.File(place));
        System.IO.File.Copy(File("data.signer-state"), copy.File("data.signer-state"));
        await using var node = await LedgerNode.StartAsync(new NodeOptions(copy.File("data")), NullLoggerFactory.Instance, CancellationToken.None);
        using var limit = new CancellationTokenSource(Patience);
        while (node.Health.Status == ViewStatus.CatchingUp) await Task.Delay(10, limit.Token);
        Assert.True(node.Health.Status == ViewStatus.Ready, $"After {after}: {string.Join(' ', node.Health.Problems.Select(problem => problem.Message))}");
        var count = node.View.Count;
        var kept = await PictureAsync(node, count);
        await node.View.RebuildAsync(null, limit.Token);
        var folded = await PictureAsync(node, count);
        Assert.True(kept == folded, $"After {after} a rebuild shows another picture.");
    }

    /// <summary>The events of a type in one case.</summary>
    public async Task<int> CountAsync(string violation, string type)
    {
        using var auditor = As(Auditor);
        var history = await auditor.GetAsync($"violations/{violation}/history");
        return history.Status == 404 ? 0 : history.Json["items"]!.AsArray().Count(e => e!["type"]!.GetValue<string>() == type);
    }

    public async Task<string> HealthAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative));
        return await answer.Content.ReadAsStringAsync();
    }

    public async Task UntilAsync(Func<HttpResponseMessage, bool> isSo)
    {
        using var client = new HttpClient { BaseAddress = Address };
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            using var health = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token);
            if (isSo(health)) return;
            await Task.Delay(20, limit.Token);
        }
    }

    public void Dispose()
    {
        if (_program is { HasExited: false }) _program.Kill();
        _program?.WaitForExit();
        _program?.Dispose();
        _directory.Dispose();
    }

    private Process Launch(string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", "trap '' XFSZ; exec dotnet \"$@\"", "sh", typeof(Hosting.LedgerServer).Assembly.Location, .. arguments])
        {
            WorkingDirectory = _directory.Path, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in Hook.Concat(Surroundings)) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Once everything is under a signed head.</summary>
    public Task SealedAsync() => Seals.UntilSealedAsync(Address);

    private async Task OrderAsync(string step)
    {
        await System.IO.File.WriteAllTextAsync(Orders + ".new", step);
        System.IO.File.Move(Orders + ".new", Orders, overwrite: true);
    }

    private static async Task<string> PictureAsync(LedgerNode node, long count) => JsonSerializer.Serialize(
        await node.View.ComplianceAsync(new ComplianceQuery(new AgreementId(Agreement)), count, CancellationToken.None) as ComplianceAnswer.Picture);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) System.IO.File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
