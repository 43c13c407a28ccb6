using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Node;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger copy --from X --to Y</c>: moves a ledger between stores.</summary>
internal static class CopyCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var from = new Option<string>("--from") { Description = "A data directory, or esdb://user:password@host:2113 (env:NAME reads it from the environment)", Required = true, HelpName = "PLACE" };
        var to = new Option<string>("--to") { Description = "A data directory, or esdb://…; empty, or the beginning of the same copy", Required = true, HelpName = "PLACE" };
        var vault = new Option<string?>("--vault") { Description = "The vault's own user on the server (VaultConnectionString); the same by default", HelpName = "URL" };
        var fromSecrets = new Option<string?>("--from-secrets") { Description = "Keys of the source (beside its data directory; ./data.secrets for a server)", HelpName = "DIR" };
        var toSecrets = new Option<string?>("--to-secrets") { Description = "Keys of the target (beside its data directory; for a server those of the source)", HelpName = "DIR" };
        var command = new Command("copy", "Move a ledger between a data directory and EventStoreDB: the same events in the same order, so the same sequences, figures and roots. Stop the servers first. Interrupted, run it again.") { from, to, vault, fromSecrets, toSecrets };
        command.SetAction(async (parsed, cancellation) =>
        {
            var source = End(parsed.GetRequiredValue(from), parsed.GetValue(vault), parsed.GetValue(fromSecrets), "./data.secrets", "--from");
            if (source.Directory is { } directory && !File.Exists(Path.Combine(directory, "events.db"))) throw new UsageException($"There is no ledger in {directory}.");
            var target = End(parsed.GetRequiredValue(to), parsed.GetValue(vault), parsed.GetValue(toSecrets), source.Secrets, "--to");
            var result = await ProgressReport.ShowAsync(error, "Copying", "events", progress => LedgerCopy.RunAsync(source, target, new CopyProgressRelay(progress), cancellation));
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"Both ends hold the same {result.Leaves:N0} events of the ledger, sequence by sequence, with {result.Events - result.Leaves:N0} seals and cursors and {result.Texts:N0} texts; {result.Copied:N0} were copied now."));
            await output.WriteLineAsync("Files of evidence lie outside the store: copy their directory as it is (Ledger:Evidence), or let the other end name the same bucket (Ledger:Evidence:S3).");
            return Exit.Ok;
        });
        return command;
    }

    private static CopyEnd End(string typed, string? vault, string? secrets, string secretsOfServer, string option)
    {
        var place = Places.Resolve(typed);
        return Places.IsServer(place)
            ? new CopyEnd(null, Places.Server(place, option), secrets ?? secretsOfServer) { VaultServer = vault is null ? null : Places.Server(vault, "--vault") }
            : new CopyEnd(place, null, secrets ?? Path.TrimEndingDirectorySeparator(place) + ".secrets");
    }
}
