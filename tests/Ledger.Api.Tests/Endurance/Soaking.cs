using System.Diagnostics;

namespace Ledger.Api.Tests.Endurance;

/// <summary>The soak of the benchmarks in its shortest form: people write, read and follow while the program is killed and stopped.</summary>
public sealed class Soaking
{
    [Fact]
    public async Task A_few_seconds_of_it_end_with_every_command_there_once_and_a_clean_audit()
    {
        using var directory = new Ledger.Testing.EventStores.TemporaryDirectory();
        var output = new DirectoryInfo(AppContext.BaseDirectory); // tests/Ledger.Api.Tests/bin/CONFIGURATION/net10.0
        var benchmarks = Path.Combine(output.Parent!.Parent!.Parent!.Parent!.FullName, "Ledger.Benchmarks", "bin", output.Parent.Name, output.Name, "Ledger.Benchmarks.dll");
        var start = new ProcessStartInfo("dotnet", [benchmarks, "soak", "--seconds", "6", "--directory", directory.Path]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var soak = Process.Start(start)!;
        var (said, error) = (soak.StandardOutput.ReadToEndAsync(), soak.StandardError.ReadToEndAsync());
        await soak.WaitForExitAsync();
        Assert.True(soak.ExitCode == 0, await said + await error);
        Assert.Contains("Every acknowledged command is there exactly once", await said, StringComparison.Ordinal);
    }
}
