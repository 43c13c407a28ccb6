using System.Diagnostics;

namespace Ledger.EventStore.Sqlite.Tests;

/// <summary>The helper program, as a process of its own that can be killed.</summary>
internal sealed class WriterProcess : IDisposable
{
    private readonly Process _process;

    private WriterProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static WriterProcess Start(params string[] arguments) => Start([], arguments);

    /// <param name="wrapper">A program, with arguments, that starts the helper.</param>
    public static WriterProcess Start(string[] wrapper, string[] arguments)
    {
        string[] helper = [Environment.ProcessPath!, "exec", Path.Combine(AppContext.BaseDirectory, "Ledger.EventStore.Sqlite.Tests.Writer.dll")];
        string[] line = [.. wrapper, .. helper, .. arguments];
        var start = new ProcessStartInfo(line[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in line[1..]) start.ArgumentList.Add(argument);
        return new WriterProcess(Process.Start(start)!);
    }

    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync();

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public void Kill() => _process.Kill();

    /// <summary>The rest of its output, once it has ended.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync();
        var errors = _process.StandardError.ReadToEndAsync();
        await _process.WaitForExitAsync();
        return (_process.ExitCode, await output, await errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
