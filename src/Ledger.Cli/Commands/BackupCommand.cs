using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Files;
using Ledger.Log.Checking;
using Ledger.Node.Backups;
using Ledger.Transparency;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger backup --to PLACE</c> and <c>ledger restore --from PLACE</c>.</summary>
internal static class BackupCommand
{
    private const string OfBuckets = "A bucket's store and key are read from the environment (AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY; for evidence the server's own Ledger__Evidence__S3__… first).";

    private static readonly Option<string> Data = new("--data") { Description = "Data directory of the ledger", DefaultValueFactory = _ => "./data", HelpName = "DIR" };
    private static readonly Option<string?> Evidence = new("--evidence") { Description = "Files of evidence: a directory (Ledger:Evidence) or s3://bucket/prefix (Ledger:Evidence:S3); where the ledger's last start had them by default", HelpName = "PLACE" };

    public static Command CreateBackup(TextWriter output, TextWriter error)
    {
        var to = new Option<string>("--to") { Description = "Where the backup lies, a folder or s3://bucket/prefix; each run adds what is new", Required = true, HelpName = "PLACE" };
        var without = new Option<bool>("--without-evidence") { Description = "Leave files of evidence out: for a bucket that is kept safe by other means" };
        var command = new Command("backup", "Back up a data directory while the ledger runs. What was written is read back, and held against the seals in it. Keys are in no backup: keep the secrets elsewhere. " + OfBuckets) { Data, Evidence, without, to };
        command.SetAction((parsed, cancellation) => SayAsync(async () =>
        {
            var data = parsed.GetValue(Data)!;
            using var place = FilePlaces.Backup(parsed.GetRequiredValue(to), "--to");
            using var evidence = parsed.GetValue(without) ? null : FilePlaces.Evidence(parsed.GetValue(Evidence), data);
            var result = await ProgressReport.ShowAsync(error, "Backing up", "events", progress =>
                Task.Run(() => LedgerBackup.RunAsync(data, evidence, place, new CopyProgressRelay(progress), cancellation), cancellation));
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"The backup holds the first {result.Manifest.Count:N0} events of {result.Manifest.Origin}, root {result.Manifest.Root}."));
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"Added now: {result.Added:N0} events, seals and cursors included, and {result.Files:N0} files of evidence. Read back, {result.SealsAgreed:N0} seals agree with it."));
            if (evidence is null) await output.WriteLineAsync("Files of evidence were left out, as you asked: this backup alone doesn't bring them back.");
            if (result.Erased > 0)
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Taken out: {result.Erased:N0} files of evidence that were erased since. Other copies of this backup, and older ones, still hold them."));
            return Exit.Ok;
        }));
        return command;
    }

    public static Command CreateRestore(TextWriter output, TextWriter error)
    {
        var from = new Option<string>("--from") { Description = "The backup: a folder, or s3://bucket/prefix", Required = true, HelpName = "PLACE" };
        var until = new Option<long?>("--until") { Description = "Only the first so many events: the ledger as it was then, for looking at", HelpName = "COUNT" };
        var headFile = new Option<string?>("--head") { Description = "The last head that is known: a file from a witness or an auditor (ledger-audit watch), or the signer's state", HelpName = "FILE" };
        var vkey = new Option<string?>("--vkey") { Description = "The log's key (/log/vkey), from somebody who kept it: the backup's own is believed otherwise", HelpName = "KEY" };
        var state = new Option<string?>("--signer-state") { Description = "Where the newest head that is known is left (Ledger:SignerState); beside the data by default", HelpName = "FILE" };
        var command = new Command("restore", "Make a data directory out of a backup, and prove what it holds. Put the secrets beside it before it is started. " + OfBuckets) { Data, Evidence, from, until, headFile, vkey, state };
        command.SetAction((parsed, cancellation) => SayAsync(async () =>
        {
            var data = parsed.GetValue(Data)!;
            var head = parsed.GetValue(headFile) is { } file ? HeadIn(file) : null;
            using var place = FilePlaces.Backup(parsed.GetRequiredValue(from), "--from");
            using var evidence = FilePlaces.Evidence(parsed.GetValue(Evidence), data);
            var result = await ProgressReport.ShowAsync(error, "Restoring", "events", progress => LedgerRestore.RunAsync(
                place, data, evidence, parsed.GetValue(state) ?? Path.TrimEndingDirectorySeparator(data) + ".signer-state",
                parsed.GetValue(until), head, parsed.GetValue(vkey) is { } typed ? KeyOf(typed) : null, new CopyProgressRelay(progress), cancellation));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Restored the first {result.Count:N0} events, root {result.Root}; {result.SealsAgreed:N0} seals agree with them."));
            if (result.Erased > 0)
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Left out: {result.Erased:N0} files of evidence that the backup holds and its history says were erased."));
            return await SayVerdictAsync(output, result.Verdict);
        }));
        return command;
    }

    private static async Task<int> SayVerdictAsync(TextWriter output, HeadVerdict verdict)
    {
        await output.WriteLineAsync(verdict switch
        {
            HeadVerdict.Proven proven => string.Create(CultureInfo.InvariantCulture, $"Proven: its first {proven.Head.Size.Value:N0} events are exactly those of the head that you brought."),
            HeadVerdict.Missing missing => string.Create(
                CultureInfo.InvariantCulture, $"Missing: the head that you brought covers {missing.Head.Size.Value:N0} events. Sequences {missing.From} to {missing.To} were acknowledged and aren't in this backup. Look for a newer one, or say so for ever with: ledger recover --accept-loss"),
            _ => "Nobody was asked what came afterwards: --head FILE, with the last head of a witness or of the signer's state, proves that nothing is missing.",
        });
        return verdict is HeadVerdict.Missing ? Exit.Refused : Exit.Ok;
    }

    private static VerifierKey KeyOf(string text) => VerifierKey.TryParse(text.Trim(), out var key, out _) ? key : throw new UsageException("--vkey takes a log's verifier key, as /log/vkey gives it.");

    private static SignedCheckpoint HeadIn(string file) =>
        SignedCheckpoint.TryParse(File.ReadAllBytes(file), out var head, out _) ? head : throw new UsageException($"{file} isn't a signed head of a log.");

    private static async Task<int> SayAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (e is BackupException or HistoryProofException or FileStoreException)
        {
            throw new UsageException(e.Message);
        }
    }
}
