using System.Diagnostics;

namespace Ledger.Benchmarks.Soak;

/// <summary>The programs as they are built beside this one, each as a process of its own.</summary>
internal static class Programs
{
    public const string Server = "Ledger.Api/Ledger.Api";
    public const string Operators = "Ledger.Cli/ledger";
    public const string Auditors = "Ledger.Auditor/ledger-audit";

    public static Process Start(string program, string workingDirectory, string log, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = workingDirectory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Assembly(program));
        foreach (var arg in args) start.ArgumentList.Add(arg);
        var process = Process.Start(start)!;
        var lines = TextWriter.Synchronized(new StreamWriter(new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true });
        process.OutputDataReceived += (_, e) => lines.WriteLine(e.Data);
        process.ErrorDataReceived += (_, e) => lines.WriteLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>Its exit code, and all that it said.</returns>
    public static async Task<(int Exit, string Said)> RunAsync(string program, string workingDirectory, string? key, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = workingDirectory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Assembly(program));
        foreach (var arg in args) start.ArgumentList.Add(arg);
        if (key is not null) start.Environment["LEDGER_KEY"] = key;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    // …/tests/Ledger.Benchmarks/bin/Release/net10.0/ → …/src/{room}/bin/Release/net10.0/{name}.dll
    private static string Assembly(string program)
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var top = built.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var (room, name) = (Path.GetDirectoryName(program)!, Path.GetFileName(program));
        return Path.Combine(top, "src", room, "bin", built.Parent.Name, built.Name, name + ".dll");
    }
}
