using System.ComponentModel;
using System.Diagnostics;

namespace Ledger.Api.Hosting;

/// <summary>What a command prints, for a secret that another program keeps.</summary>
internal static class CommandOutput
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="FormatException">It can't be run, fails, or gives no answer in time. What it printed is never repeated.</exception>
    public static string Of(string command)
    {
        var (shell, option) = OperatingSystem.IsWindows() ? ("cmd.exe", "/c") : ("/bin/sh", "-c");
        try
        {
            using var process = Process.Start(new ProcessStartInfo(shell, [option, command]) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new FormatException($"gave no answer within {Patience.TotalSeconds:0} seconds");
            }

            return process.ExitCode == 0 ? output.Result : throw new FormatException($"ended with exit code {process.ExitCode}");
        }
        catch (Win32Exception e)
        {
            throw new FormatException($"can't be run: {e.Message}", e);
        }
    }
}
