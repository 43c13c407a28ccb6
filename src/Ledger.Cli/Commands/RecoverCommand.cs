using System.CommandLine;
using Ledger.Cli.Ledgers;
using Ledger.Node;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger recover --accept-loss</c>: begins a new log after events were lost for good.</summary>
internal static class RecoverCommand
{
    public static Command Create(TextWriter output)
    {
        var where = new Where();
        var accept = new Option<bool>("--accept-loss") { Description = "Yes: the missing events will not come back, and the new log says so for ever" };
        var origin = new Option<string>("--origin") { Description = "The new log's name; another than the old one's", Required = true, HelpName = "NAME" };
        var command = new Command("recover", "After events were lost for good: begin a new log over what is left, which names the lost head. Nothing else gets a node out of read-only. If a backup has the events, restore that instead.") { accept, origin };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!parsed.GetValue(accept)) throw new UsageException("This gives up what was lost, for ever and for everybody to see. Say --accept-loss if that is so; restore a backup that has the events if there is one.");
            var lost = await Recovery.AcceptLossAsync(where.OptionsOf(parsed), parsed.GetRequiredValue(origin), cancellation);
            await output.WriteLineAsync($"A new log '{parsed.GetValue(origin)}' begins. It names the lost head for ever:");
            await output.WriteAsync(lost.ToString());
            await output.WriteLineAsync("Tell every witness and auditor; they trust the new key only once you have. The old signer's state lies beside its place as .lost.");
            return Exit.Ok;
        });
        return command;
    }
}
