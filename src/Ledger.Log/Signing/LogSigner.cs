using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Ledger.Transparency;

namespace Ledger.Log.Signing;

/// <summary>Whoever signs for the log: a key that this node holds, or a program that holds it elsewhere.</summary>
internal sealed class LogSigner
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Func<string, NoteSignature> _sign;

    private LogSigner(VerifierKey verifier, Func<string, NoteSignature> sign) => (Verifier, _sign) = (verifier, sign);

    public VerifierKey Verifier { get; }

    public static LogSigner With(SigningKey key) => new(key.Verifier, key.Sign);

    /// <summary>A program that is given the text on standard input, and prints one signature line of that key.</summary>
    public static LogSigner By(string command, VerifierKey verifier) => new(verifier, text => Ask(command, verifier, text));

    /// <summary>A line over the text, checked before anybody sees it.</summary>
    /// <exception cref="IOException">No valid signature could be had; nothing was signed as far as this node knows.</exception>
    public NoteSignature Sign(string text)
    {
        var line = _sign(text);
        return Verifier.Verifies(text, line) ? line : throw new IOException("What came back isn't a signature of the log's key.");
    }

    public SignedCheckpoint Sign(Checkpoint head) =>
        SignedCheckpoint.TryParse(SignedNote.Create(head.Text, [Sign(head.Text)]).ToBytes(), out var signed, out var refusal)
            ? signed
            : throw new UnreachableException(refusal.Message);

    private static NoteSignature Ask(string command, VerifierKey verifier, string text)
    {
        var shell = OperatingSystem.IsWindows() ? ("cmd.exe", "/c") : ("/bin/sh", "-c");
        try
        {
            using var process = Process.Start(new ProcessStartInfo(shell.Item1, [shell.Item2, command])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }) ?? throw new IOException("The signer's command (Ledger:Signer:Command) didn't start.");
            process.StandardInput.Write(text);
            process.StandardInput.Close();
            var answer = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience) || !answer.Wait(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new IOException($"The signer's command (Ledger:Signer:Command) gave no answer within {Patience.TotalSeconds:0} seconds.");
            }

            if (process.ExitCode != 0) throw new IOException($"The signer's command (Ledger:Signer:Command) ended with exit code {process.ExitCode}.");
            // A note of one line is the shortest way to have the line read by the standard's own rules.
            return SignedNote.TryParse(Encoding.UTF8.GetBytes($"{text}\n{answer.Result}"), out var note, out _) && note.Signatures is [var line]
                ? line
                : throw new IOException($"The signer's command (Ledger:Signer:Command) didn't print one signature line of {verifier.Name}.");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"The signer's command (Ledger:Signer:Command) can't be run: {e.Message}", e);
        }
    }
}
