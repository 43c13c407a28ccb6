using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Ledger.Cli.Commands;
using Ledger.Cli.Ledgers;
using Ledger.EventStore;
using Ledger.Exchange.Imports;

namespace Ledger.Cli;

/// <summary>What the program answers to a shell.</summary>
internal static class Exit
{
    public const int Ok = 0;

    /// <summary>It ran, and something was refused or failed.</summary>
    public const int Refused = 1;

    /// <summary>It couldn't run: a wrong word, a file or a server that can't be reached.</summary>
    public const int Unusable = 2;
}

/// <summary>What was asked can't be done as it was asked; the message says what to change.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The program's words, and the one place where a misfortune becomes a sentence and an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var parsed = Root(output, error).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            // A word that isn't known also leaves its command out: the word is what to tell.
            var unknown = parsed.UnmatchedTokens.Select(word => $"There is nothing called '{word}' here.").ToArray();
            foreach (var said in unknown.Length > 0 ? unknown : parsed.Errors.Select(e => e.Message).Distinct()) await error.WriteLineAsync($"ledger: {said}");
            await error.WriteLineAsync($"Try: {Path(parsed.CommandResult)} --help");
            return Exit.Unusable;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e)
        {
            await error.WriteLineAsync($"ledger: {Sentence(e)}");
            if (Environment.GetEnvironmentVariable("LEDGER_DEBUG") == "1") await error.WriteLineAsync(e.ToString());
            return e is RefusedException ? Exit.Refused : Exit.Unusable;
        }
    }

    private static RootCommand Root(TextWriter output, TextWriter error) => new("Operate a ceasefire ledger: on its data directory, or through a server.")
    {
        ImportCommand.Create(output, error),
        ReplayCommand.Create(output),
        ComplianceCommand.Create(output),
        RebuildCommand.Create(output, error),
        SimulateCommand.Create(output, error),
        AgreementsCommand.Create(output),
        FormCommand.Create(output),
        ExportCommand.Create(output, error),
        ReportCommand.Create(output),
        CopyCommand.Create(output, error),
        BackupCommand.CreateBackup(output, error),
        BackupCommand.CreateRestore(output, error),
        DiscloseCommand.Create(output),
        KeyCommand.Create(output),
        RecoverCommand.Create(output),
        DoctorCommand.Create(output),
        StoreCommand.Create(output),
    };

    private static string Sentence(Exception e) => e switch
    {
        UsageException or RefusedException or StoreUnavailableException or StoreFaultException or ImportFileException => e.Message,
        HttpRequestException { StatusCode: null } => $"The server can't be reached: {e.Message}",
        HttpRequestException => e.Message,
        FileNotFoundException f => $"There is no file {f.FileName}.",
        DirectoryNotFoundException => e.Message,
        OperationCanceledException => "Stopped. What was stored stays; running the same again stores no double.",
        IOException or UnauthorizedAccessException => e.Message,
        _ => $"Something went wrong that this program doesn't know: {e.Message} (LEDGER_DEBUG=1 says more)",
    };

    private static string Path(CommandResult command)
    {
        var names = new List<string>();
        for (SymbolResult? at = command; at is CommandResult c; at = at.Parent) names.Insert(0, c.Command is RootCommand ? "ledger" : c.Command.Name);
        return string.Join(' ', names);
    }
}
