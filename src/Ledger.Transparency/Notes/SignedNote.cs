using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ledger.Transparency;

/// <summary>A line that one of the known keys really made.</summary>
/// <param name="Time">When it was made, where its type says so.</param>
public sealed record VerifiedSignature(VerifierKey Key, UnixSeconds? Time);

/// <summary>What the known keys say about a note.</summary>
public abstract record NoteVerdict
{
    private NoteVerdict() { }

    /// <summary>At least one known key signed, and no line of a known key is wrong.</summary>
    public sealed record Verified(IReadOnlyList<VerifiedSignature> By) : NoteVerdict;

    /// <summary>No known key signed: the text must be ignored.</summary>
    public sealed record NotSigned : NoteVerdict;

    /// <summary>A line carries a known key's name and id, but that key didn't make it: the whole note is refused.</summary>
    public sealed record Forged(NoteSignature Line) : NoteVerdict;
}

/// <summary>C2SP signed-note: a text ending in a newline, an empty line, signature lines.</summary>
/// <remarks>The parser refuses whatever the printer wouldn't print, so a note has one form in bytes.</remarks>
public sealed class SignedNote
{
    /// <summary>C2SP asks for at least 16.</summary>
    public const int MaxSignatures = 100;

    public const int MaxBytes = 1_000_000;

    private const string Separator = "\n\n";

    private SignedNote(string text, IReadOnlyList<NoteSignature> signatures) => (Text, Signatures) = (text, signatures);

    /// <summary>What was signed, with its last newline.</summary>
    public string Text { get; }

    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <exception cref="ArgumentException">The text can't be printed as a note, or nobody signed it: a defect of the caller.</exception>
    public static SignedNote Create(string text, IReadOnlyList<NoteSignature> signatures)
    {
        if (!text.EndsWith('\n') || !StrictText.IsNoteText(text))
            throw new ArgumentException("A note's text ends in a newline and has no other control character.", nameof(text));
        if (signatures.Count is 0 or > MaxSignatures) throw new ArgumentException($"A note has 1 to {MaxSignatures} signatures.", nameof(signatures));
        return new SignedNote(text, [.. signatures]);
    }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedNote? note, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Read(bytes, out note);
        return refusal is null;
    }

    /// <summary>The whole note as it is stored and served.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures.Select(signature => signature.Line))}";

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    /// <summary>C2SP signed-note, "Signatures": unknown keys are ignored; one wrong line of a known key is enough to refuse the note.</summary>
    public NoteVerdict Verify(IReadOnlyCollection<VerifierKey> known)
    {
        List<VerifiedSignature> by = [];
        foreach (var line in Signatures)
        {
            if (known.FirstOrDefault(key => key.IsNamedIn(line)) is not { } key) continue;
            if (!key.Verifies(Text, line)) return new NoteVerdict.Forged(line);
            by.Add(new VerifiedSignature(key, Cosignature.TimeOf(key, line)));
        }

        return by.Count > 0 ? new NoteVerdict.Verified(by) : new NoteVerdict.NotSigned();
    }

    private static Refusal? Read(ReadOnlySpan<byte> bytes, out SignedNote? note)
    {
        note = null;
        if (bytes.Length > MaxBytes) return new("note-too-long", $"A note has at most {MaxBytes} bytes.");
        if (!StrictText.TryDecode(bytes, out var all)) return new("note-not-utf8", "The note isn't valid UTF-8.");
        if (!StrictText.IsNoteText(all)) return new("note-control-character", "The note holds a control character other than newline.");
        if (!all.EndsWith('\n')) return new("note-no-final-newline", "The note's last line has no newline.");

        // The text may hold empty lines itself: the last one separates.
        var end = all.LastIndexOf(Separator, StringComparison.Ordinal);
        if (end < 0) return new("note-no-signatures", "No empty line separates a text from signatures.");
        if (!NoteSignature.TryParseLines(all[(end + Separator.Length)..], out var signatures))
            return new("note-malformed-signatures", "A signature line is malformed, or there are too many or none.");

        note = new SignedNote(all[..(end + 1)], signatures);
        return null;
    }
}
