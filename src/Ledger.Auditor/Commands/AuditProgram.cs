using System.CommandLine;

namespace Ledger.Auditor;

/// <summary>The command line.</summary>
internal static class AuditProgram
{
    public static async Task<int> RunAsync(string[] args, Surroundings around, CancellationToken cancellation = default)
    {
        var parsed = Root(around).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await around.Error.WriteLineAsync(error.Message);
            await around.Error.WriteLineAsync("Ask for help with: ledger-audit --help");
            return ExitCode.NotChecked;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = around.Output, Error = around.Error, EnableDefaultExceptionHandler = false }, cancellation);
    }

    /// <summary>Runs what a command does; what couldn't be checked becomes a sentence and its exit code, never a stack trace.</summary>
    public static async Task<int> GuardAsync(Surroundings around, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (CouldNotCheckException exception)
        {
            await around.Error.WriteLineAsync(exception.Message);
            return ExitCode.NotChecked;
        }
        catch (OperationCanceledException)
        {
            await around.Error.WriteLineAsync("Stopped.");
            return ExitCode.NotChecked;
        }
    }

    private static RootCommand Root(Surroundings around)
    {
        var root = new RootCommand("""
            Checks a ceasefire ledger without trusting whoever runs it.
            Exit code: 0 everything that was checked holds; 1 something that was published doesn't hold; 2 it couldn't be checked.
            """);
        root.Subcommands.Add(VerifyCommand.Make(around));
        root.Subcommands.Add(ProofCommand.Make(around));
        root.Subcommands.Add(DisclosureCommand.Make(around));
        root.Subcommands.Add(WatchCommand.Make(around));
        root.Subcommands.Add(WitnessCommand.Make(around));
        root.Subcommands.Add(EvidenceCommand.Make(around));
        return root;
    }
}

/// <summary>Options that several commands share.</summary>
internal sealed class SharedOptions
{
    public Option<string?> Policy { get; } = new("--policy") { Description = "The witnesses and keys that you trust: a C2SP tlog-policy.", HelpName = "FILE" };

    public Option<string?> Key { get; } = new("--vkey") { Description = "The ledger's key, where you trust no witnesses: a file of one line, or the key itself.", HelpName = "FILE" };

    public Option<string?> State { get; } = new("--state") { Description = "Where the last head is remembered (for a URL: a file per ledger in your state folder; for a package: nowhere).", HelpName = "FILE" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print the report as JSON." };

    public Option<int> Timeout { get; } = new("--timeout") { Description = "Seconds to wait for an answer.", HelpName = "SECONDS", DefaultValueFactory = _ => 30 };

    public void AddTrust(Command command)
    {
        command.Options.Add(Policy);
        command.Options.Add(Key);
    }

    public Ledger.Transparency.TrustPolicy ReadTrust(ParseResult parsed) => Trust.Read(parsed.GetValue(Policy), parsed.GetValue(Key));

    public TimeSpan ReadTimeout(ParseResult parsed) => parsed.GetValue(Timeout) is var seconds and > 0 and <= 3600
        ? TimeSpan.FromSeconds(seconds)
        : throw new CouldNotCheckException("--timeout is from 1 to 3600 seconds.");
}
