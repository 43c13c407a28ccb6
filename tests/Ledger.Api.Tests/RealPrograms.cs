using System.Diagnostics;

namespace Ledger.Api.Tests;

/// <summary>The other programs of the house, each in a process of its own.</summary>
internal static class RealPrograms
{
    public static Task<(int Code, string Text)> AuditAsync(string? key, params string[] arguments) => RunAsync(Auditor, key, arguments);

    public static Task<(int Code, string Text)> LedgerAsync(string? key, params string[] arguments) => RunAsync(Ledger, key, arguments);

    /// <summary>With variables of the environment, such as a bucket's key.</summary>
    public static Task<(int Code, string Text)> LedgerWithAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) => RunAsync(Ledger, null, arguments, environment);

    /// <summary>Where the programs were built, with everything that they need; beside the tests lies only what those need.</summary>
    public static string Ledger => Built("Ledger.Cli", "ledger.dll");

    private static string Auditor => Built("Ledger.Auditor", "ledger-audit.dll");

    private static string Built(string project, string program)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // tests/Ledger.Api.Tests/bin/CONFIGURATION/net10.0
        return Path.Combine(output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "src", project, "bin", output.Parent.Name, output.Name, program);
    }

    private static async Task<(int Code, string Text)> RunAsync(string program, string? key, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (key is not null) start.Environment["LEDGER_KEY"] = key;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
