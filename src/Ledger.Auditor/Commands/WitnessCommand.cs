using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>A witness of one's own: it cosigns a ledger's heads, and never two that can't both be true.</summary>
internal static class WitnessCommand
{
    private const string FolderSuffix = ".memory";

    public static Command Make(Surroundings around)
    {
        var key = new Option<string>("--key") { Description = "The witness's key, made with: ledger-audit witness keygen.", HelpName = "FILE", Required = true };
        var logs = new Option<string[]>("--log") { Description = "The key of a ledger that it follows (a file of one line, or the key itself); may be given several times.", HelpName = "VKEY", Required = true };
        var state = new Option<string?>("--state") { Description = $"What it must never forget: a folder (the key's file with {FolderSuffix}).", HelpName = "FOLDER" };
        var listen = new Option<string>("--listen") { Description = "Where it listens; a proxy with TLS stands in front.", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:8090/" };

        var command = new Command("witness", "Be a witness: cosign a ledger's heads (C2SP tlog-witness), each only where it continues the one before.");
        foreach (Option option in new Option[] { key, logs, state, listen }) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => AuditProgram.GuardAsync(around, async () =>
        {
            var file = parsed.GetValue(key)!;
            using var signing = ReadKey(file);
            using var folder = WitnessFolder.Open(parsed.GetValue(state) ?? file + FolderSuffix);
            var desk = new WitnessDesk(new Witness(signing, [.. parsed.GetValue(logs)!.Select(Log)]), folder, around.Time);
            using var server = new WitnessServer(desk, parsed.GetValue(listen)!, TextWriter.Synchronized(around.Output));
            server.Start();
            await around.Output.WriteLineAsync($"The witness {Shown.Of(signing.Verifier.Name.Value)} listens on {parsed.GetValue(listen)}");
            await around.Output.FlushAsync(cancellation);
            await server.ServeAsync(cancellation);
            return ExitCode.Passed;
        }));
        command.Subcommands.Add(MakeKeygen(around));
        return command;
    }

    private static Command MakeKeygen(Surroundings around)
    {
        var name = new Argument<string>("name") { Description = "The witness's name, such as witness.example.org/monitor: no spaces, no plus." };
        var file = new Option<string>("--out") { Description = "Where the key goes; it is never overwritten.", HelpName = "FILE", Required = true };
        var command = new Command("keygen", "Make a witness's key and its memory, and print what the ledger's operator and everybody else put in their policies.");
        command.Arguments.Add(name);
        command.Options.Add(file);
        command.SetAction((parsed, _) => AuditProgram.GuardAsync(around, () =>
        {
            if (!KeyName.TryCreate(parsed.GetValue(name), out var keyName)) throw new CouldNotCheckException("A witness's name is one line without spaces and plus signs.");
            var secret = SigningKey.NewSecret(keyName, KeyType.Cosignature, RandomNumberGenerator.Fill);
            using var key = SigningKey.TryParse(secret, out var made, out var _) ? made : throw new System.Diagnostics.UnreachableException();
            Save(parsed.GetValue(file)!, secret);
            around.Output.WriteLine("The witness's public key:");
            around.Output.WriteLine(key.Verifier);
            around.Output.WriteLine("Its line in a policy:");
            around.Output.WriteLine($"witness {keyName} {key.Verifier} https://ADDRESS/");
            return Task.FromResult(ExitCode.Passed);
        }));
        return command;
    }

    // Readable by its owner only, from its first byte on.
    private static void Save(string file, string secret)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(file, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(secret + "\n"));
                stream.Flush(flushToDisk: true);
            }

            Directory.CreateDirectory(file + FolderSuffix);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CouldNotCheckException($"The key can't be written: {Shown.Of(exception.Message)}", exception);
        }
    }

    private static SigningKey ReadKey(string file)
    {
        if (!SigningKey.TryParse(Encoding.UTF8.GetString(Trust.ReadFile(file)).TrimEnd('\n'), out var key, out var refusal)) throw new CouldNotCheckException($"{Shown.Of(file)}: {refusal.Message}");
        return key.Verifier.Type == KeyType.Cosignature ? key : throw new CouldNotCheckException($"{Shown.Of(file)} is a ledger's key, not a witness's.");
    }

    private static VerifierKey Log(string fileOrKey) =>
        Trust.ReadKey(fileOrKey) is { Type: KeyType.Ed25519 } log ? log : throw new CouldNotCheckException($"{Shown.Of(fileOrKey)} is a witness's key, not a ledger's.");
}
