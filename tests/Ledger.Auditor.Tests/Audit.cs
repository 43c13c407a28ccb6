using System.Text;

namespace Ledger.Auditor.Tests;

/// <summary>What a run of the program gave.</summary>
internal sealed record Run(int Code, string Output, string Error)
{
    /// <summary>The report's line about a check, or nothing.</summary>
    public string Line(string check) => Output.Split('\n').FirstOrDefault(line => line.Length > 28 && line[15..27].Trim() == check) ?? string.Empty;
}

/// <summary>The real command line, with a home of its own.</summary>
internal sealed class Audit : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("ledger-audit-").FullName;

    public string Folder => _home;

    public Dictionary<string, string> Variables { get; } = [];

    public string StateFolder => Path.Combine(_home, "state", "ledger-audit");

    public string File(string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(_home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    public string File(string name, string text) => File(name, Encoding.UTF8.GetBytes(text));

    public async Task<Run> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await AuditProgram.RunAsync(args, Around(output, error));
        return new Run(code, output.ToString(), error.ToString());
    }

    public Surroundings Around(TextWriter output, TextWriter error) =>
        new(output, error, name => name == "XDG_STATE_HOME" ? Path.Combine(_home, "state") : Variables.GetValueOrDefault(name), false, TimeProvider.System);

    public void Dispose() => Directory.Delete(_home, recursive: true);
}

/// <summary>A writer that tells when a text has been written.</summary>
internal sealed class Heard : StringWriter
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, int Times, TaskCompletionSource Told)> _awaited = [];

    public Task WaitForAsync(string text, int times = 1)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _awaited.Add((text, times, told));
        Tell();
        return told.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    public override void WriteLine(string? value)
    {
        lock (_lock) base.WriteLine(value);
        Tell();
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    private void Tell()
    {
        lock (_lock)
        {
            var all = GetStringBuilder().ToString();
            foreach (var (text, times, told) in _awaited)
            {
                if (all.Split(text).Length > times) told.TrySetResult();
            }
        }
    }
}
