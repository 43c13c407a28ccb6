using System.Diagnostics.CodeAnalysis;

namespace Ledger.Transparency;

/// <summary>A tree head: which log, how many leaves, which root (C2SP tlog-checkpoint, "Note text").</summary>
/// <remarks>Extension lines are refused: no monitor could audit them.</remarks>
public sealed record Checkpoint(Origin Origin, TreeSize Size, Hash Root)
{
    private const int Lines = 3;

    /// <summary>The text that a log signs and witnesses cosign.</summary>
    public string Text => $"{Origin}\n{Size}\n{Root}\n";

    /// <summary>Takes exactly what <see cref="Text"/> prints.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Read(text, out checkpoint);
        return refusal is null;
    }

    private static Refusal? Read(string text, out Checkpoint? checkpoint)
    {
        checkpoint = null;
        if (StrictText.Lines(text) is not { Length: >= Lines } lines) return new("checkpoint-too-short", "A checkpoint has an origin, a size and a root, each on its line.");
        if (lines.Length > Lines) return new("checkpoint-extension", "The checkpoint has extension lines.");
        if (!Origin.TryCreate(lines[0], out var origin)) return new("checkpoint-origin", "The checkpoint's origin is empty or holds a control character.");
        if (!StrictText.TryDecimal(lines[1], out var size)) return new("checkpoint-size", "The checkpoint's size isn't a decimal number without leading zeros.");
        if (!Hash.TryParse(lines[2], out var root)) return new("checkpoint-root", "The checkpoint's root isn't 32 bytes in canonical base64.");

        checkpoint = new Checkpoint(origin, new TreeSize(size), root);
        return null;
    }
}

/// <summary>A checkpoint in its note. Whether its signatures are any good, <see cref="TrustPolicy"/> says.</summary>
public sealed class SignedCheckpoint
{
    private SignedCheckpoint(Checkpoint checkpoint, SignedNote note) => (Checkpoint, Note) = (checkpoint, note);

    public Checkpoint Checkpoint { get; }

    public SignedNote Note { get; }

    /// <exception cref="ArgumentException">The key isn't named as the origin: a defect of the caller.</exception>
    public static SignedCheckpoint Sign(Checkpoint checkpoint, SigningKey key)
    {
        if (!checkpoint.Origin.IsNamedAs(key.Verifier.Name)) throw new ArgumentException("A log signs under its origin.", nameof(key));
        return new SignedCheckpoint(checkpoint, SignedNote.Create(checkpoint.Text, [key.Sign(checkpoint.Text)]));
    }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedCheckpoint? checkpoint, [NotNullWhen(false)] out Refusal? refusal)
    {
        checkpoint = null;
        if (!SignedNote.TryParse(bytes, out var note, out refusal)) return false;
        if (!Checkpoint.TryParse(note.Text, out var head, out refusal)) return false;
        checkpoint = new SignedCheckpoint(head, note);
        return true;
    }

    /// <summary>The same checkpoint with other signature lines.</summary>
    internal SignedCheckpoint With(IReadOnlyList<NoteSignature> signatures) => new(Checkpoint, SignedNote.Create(Note.Text, signatures));

    public override string ToString() => Note.ToString();

    public byte[] ToBytes() => Note.ToBytes();
}
