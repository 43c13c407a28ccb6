using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Ledger.Cli.Tests;

/// <summary>A temporary directory in which the built program runs as a shell runs it.</summary>
internal sealed partial class Shell : IDisposable
{
    public Shell() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"ledger-cli-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Runs a line such as <c>ledger compliance x</c>, with what it wrote and its exit code.</summary>
    public async Task<(int Exit, string Output, string Error)> RunAsync(string line)
    {
        using var process = Start(line);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    public Process Start(string line)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ledger.dll"));
        foreach (var word in Words().Matches(line).Skip(1)) start.ArgumentList.Add(word.Value.Replace("\"", "", StringComparison.Ordinal));
        start.Environment.Remove("LEDGER_KEY");
        return Process.Start(start)!;
    }

    [GeneratedRegex("(\"[^\"]*\"|[^ \"])+")]
    private static partial Regex Words();
}
