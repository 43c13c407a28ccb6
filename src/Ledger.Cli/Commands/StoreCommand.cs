using System.CommandLine;
using Ledger.Cli.Ledgers;
using Ledger.EventStore.EventStoreDb;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger store prepare</c>: what an administrator of an EventStoreDB does once before the first node starts.</summary>
internal static class StoreCommand
{
    public static Command Create(TextWriter output) => new("store", "The EventStoreDB that a ledger lies in.") { Prepare(output) };

    private static Command Prepare(TextWriter output)
    {
        var admin = new Option<string>("--as") { Description = "The server as its administrator, esdb://admin:password@host:2113 (env:NAME reads it from the environment)", Required = true, HelpName = "URL" };
        var store = new Option<string>("--store") { Description = "As the nodes will connect (ConnectionString); its user is made where it isn't there", Required = true, HelpName = "URL" };
        var vault = new Option<string>("--vault") { Description = "As they will connect for the vault (VaultConnectionString); another user", Required = true, HelpName = "URL" };
        var command = new Command("prepare", "Make the ledger's two users and set rights under which neither of them deletes an event. Needs TLS to mean anything; may be repeated.") { admin, store, vault };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (administrator, ledger) = (Places.Server(parsed.GetRequiredValue(admin), "--as"), Places.Server(parsed.GetRequiredValue(store), "--store"));
            var done = await ServerPreparation.RunAsync(administrator, ledger, Places.Server(parsed.GetRequiredValue(vault), "--vault"), cancellation);
            foreach (var sentence in done) await output.WriteLineAsync(sentence);
            if (!administrator.Tls) await output.WriteLineAsync("Without TLS the server checks nobody, and none of this protects anything.");
            return Exit.Ok;
        });
        return command;
    }
}
