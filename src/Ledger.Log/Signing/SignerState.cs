using Ledger.Transparency;

namespace Ledger.Log.Signing;

/// <summary>The last head that this node signed or adopted, in a file of its own: what keeps a node from signing two histories.</summary>
/// <remarks>
/// The file holds the signed head itself, so it is also the proof of what was signed. It lies outside the data and outside backups: a
/// restored backup is the commonest way in which honest logs fork, and this file is what notices.
/// </remarks>
internal sealed class SignerState
{
    private readonly string? _file;

    private SignerState(string? file, SignedCheckpoint? head) => (_file, Head) = (file, head);

    /// <summary>Null where nothing was signed or adopted yet.</summary>
    public SignedCheckpoint? Head { get; private set; }

    /// <exception cref="LogRefusedException">The file is of another log, or isn't readable.</exception>
    public static SignerState Open(string? file, Origin origin)
    {
        if (file is null || !File.Exists(file)) return new SignerState(file, null);
        if (!SignedCheckpoint.TryParse(File.ReadAllBytes(file), out var head, out _))
            throw new LogRefusedException($"The signer's state {file} (Ledger:SignerState) can't be read. It says what this node has signed; put it back from where it came, or start the node under another name of this file after you compared the newest seal with every witness.");
        return head.Checkpoint.Origin == origin
            ? new SignerState(file, head)
            : throw new LogRefusedException($"The signer's state {file} (Ledger:SignerState) is of the log '{head.Checkpoint.Origin}', this ledger's is '{origin}'.");
    }

    /// <summary>Durable before it returns. A smaller head than the one kept changes nothing.</summary>
    public void Keep(SignedCheckpoint head)
    {
        if (Head is { } kept && kept.Checkpoint.Size.Value >= head.Checkpoint.Size.Value) return;
        if (_file is not null) Write(_file, head);
        Head = head;
    }

    /// <summary>Lays a state aside, for a log that begins anew after a loss.</summary>
    public static void SetAside(string file)
    {
        if (File.Exists(file)) File.Move(file, $"{file}.lost", overwrite: true);
    }

    private static void Write(string file, SignedCheckpoint head)
    {
        using var remember = LogTelemetry.Step("remember");
        var draft = file + ".draft";
        using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            stream.Write(head.ToBytes());
            stream.Flush(flushToDisk: true);
        }

        using var rename = LogTelemetry.Step("remember rename");
        File.Move(draft, file, overwrite: true);
    }
}
