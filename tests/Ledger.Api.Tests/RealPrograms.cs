using System.Diagnostics;

namespace Ledger.Api.Tests;

/// <summary>The other programs of the house, each in a process of its own.</summary>
internal static class RealPrograms
{
    public static Task<(int Code, string Text)> AuditAsync(string? key, params string[] arguments) => RunAsync("ledger-audit.dll", key, arguments);

    public static Task<(int Code, string Text)> LedgerAsync(string? key, params string[] arguments) => RunAsync("ledger.dll", key, arguments);

    private static async Task<(int Code, string Text)> RunAsync(string program, string? key, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (key is not null) start.Environment["LEDGER_KEY"] = key;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
