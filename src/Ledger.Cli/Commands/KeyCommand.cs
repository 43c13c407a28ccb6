using System.CommandLine;
using Ledger.Cli.Ledgers;
using Ledger.Log;
using Ledger.Node;
using Ledger.Transparency;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger key</c>: the key that signs the log.</summary>
internal static class KeyCommand
{
    public static Command Create(TextWriter output) => new("key", "The ledger's keys: the one that signs the log, and the one that the vault is wrapped by.") { Show(output), Rotate(output), RotateVault(output) };

    private static Command Show(TextWriter output)
    {
        var where = new Where();
        var command = new Command("vkey", "Print the log's present key as a verifier key, one line, for auditors and witnesses.");
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var ledger = await where.OpenDataAsync(parsed, create: false, cancellation);
            await output.WriteLineAsync(ledger.Node.Log.Key.ToString());
            return Exit.Ok;
        });
        return command;
    }

    private static Command RotateVault(TextWriter output)
    {
        var where = new Where();
        var command = new Command("rotate-vault", "Wrap the vault's data keys by a new key; the old one is needed no longer. Stop the server first. Interrupted, run it again.");
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await VaultKeys.RotateAsync(where.OptionsOf(parsed), cancellation);
            await output.WriteLineAsync("The vault is wrapped by a new key, vault.key in the secrets directory. The old one opens nothing any more; backups of the vault made before still need it.");
            return Exit.Ok;
        });
        return command;
    }

    private static Command Rotate(TextWriter output)
    {
        var where = new Where();
        var to = new Option<string?>("--to") { Description = "The verifier key of a key file that lies in the secrets already; without it a new key is made", HelpName = "VKEY" };
        var command = new Command("rotate", "Let another key sign from here on: a note signed by both keys, which auditors follow. After a compromise this isn't enough; begin a new log then.") { to };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var wanted = parsed.GetValue(to) is { } text ? VerifierKey.TryParse(text, out var key, out var refusal) ? key : throw new UsageException($"--to: {refusal.Message}") : null;
            await using var ledger = await where.OpenDataAsync(parsed, create: false, cancellation);
            await ledger.CatchUpAsync(cancellation);
            await ledger.Node.Log.WaitForPublishedAsync(ledger.Node.View.Count, TimeSpan.FromSeconds(10), cancellation);
            try
            {
                var note = await ledger.Node.Log.RotateKeyAsync(wanted, cancellation);
                await output.WriteAsync(note.Text);
                await output.WriteLineAsync($"The log signs with {ledger.Node.Log.Key} from here on. Lay its file beside the old one on every node that seals, and keep the old one: it is needed for nothing but to be there when somebody asks.");
                return Exit.Ok;
            }
            catch (LogRefusedException e)
            {
                throw new UsageException(e.Message);
            }
        });
        return command;
    }
}
