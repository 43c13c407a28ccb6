using System.Diagnostics;
using System.Text.RegularExpressions;
using Ledger.Api.Hosting;

namespace Ledger.Api.Tests.Writes;

/// <summary>The program as a process of its own.</summary>
internal static partial class TheProgram
{
    public static Process Start(string directory, params string[] args) => StartIn(directory, [], args);

    /// <summary>With variables of the environment.</summary>
    public static Process StartIn(string directory, Dictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(LedgerServer).Assembly.Location);
        foreach (var arg in args) start.ArgumentList.Add(arg);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<string> UntilAsync(Process program, string wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var text = "";
        while (!text.Contains(wanted, StringComparison.Ordinal))
            text += await program.StandardOutput.ReadLineAsync(limit.Token) is { } line ? line + "\n" : throw new EndOfStreamException(text + await program.StandardError.ReadToEndAsync(limit.Token));
        return text;
    }

    public static string AddressIn(string banner) => Address().Match(banner).Value;

    [GeneratedRegex("http://127[0-9.:]+")]
    private static partial Regex Address();
}
