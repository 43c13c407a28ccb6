using System.Diagnostics.CodeAnalysis;

namespace Ledger.Transparency;

/// <summary>A log's change from one key to the next: a note of its own, signed by both. Only this text moves trust.</summary>
/// <param name="Size">The head at which the key changed: the old key signs up to it, the new key from it on.</param>
public sealed record KeyRotation(Origin Origin, VerifierKey Old, VerifierKey New, TreeSize Size, Hash Root)
{
    private const string Header = "ceasefire-ledger-key/v1";

    public string Text => $"{Header}\n{Origin}\n{Old}\n{New}\n{Size}\n{Root}\n";

    /// <exception cref="ArgumentException">These aren't the two keys of this rotation: a defect of the caller.</exception>
    public SignedNote Sign(SigningKey oldKey, SigningKey newKey)
    {
        if (!oldKey.Verifier.Equals(Old) || !newKey.Verifier.Equals(New)) throw new ArgumentException("A rotation is signed by its own two keys.");
        return SignedNote.Create(Text, [oldKey.Sign(Text), newKey.Sign(Text)]);
    }

    /// <summary>Takes exactly what <see cref="Text"/> prints. Nobody's signature is checked.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out KeyRotation? rotation, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Read(text, out rotation);
        return refusal is null;
    }

    /// <summary>Reads a rotation away from a key that is trusted already.</summary>
    public static bool TryVerify(SignedNote note, VerifierKey trusted, [NotNullWhen(true)] out KeyRotation? rotation, [NotNullWhen(false)] out Refusal? refusal)
    {
        if (TryParse(note.Text, out rotation, out refusal)) refusal = rotation.Check(note, trusted);
        if (refusal is not null) rotation = null;
        return refusal is null;
    }

    private Refusal? Check(SignedNote note, VerifierKey trusted)
    {
        if (!Old.Equals(trusted)) return new("rotation-other-key", "The rotation leaves another key than the trusted one.");
        if (note.Verify([Old, New]) is not NoteVerdict.Verified { By: var by }) return new("rotation-not-signed", "The rotation isn't signed by its keys.");
        return by.Any(s => s.Key.Equals(Old)) && by.Any(s => s.Key.Equals(New))
            ? null
            : new("rotation-half-signed", "The rotation is signed by one of its keys only.");
    }

    private static Refusal? Read(string text, out KeyRotation? rotation)
    {
        rotation = null;
        if (StrictText.Lines(text) is not [Header, var origin, var oldKey, var newKey, var size, var root])
            return new("rotation-malformed", $"A key rotation has six lines, the first {Header}.");
        if (!Origin.TryCreate(origin, out var log)) return new("rotation-malformed", "The rotation's origin is empty or holds a control character.");
        if (ReadKey(log, oldKey, out var from) is { } badOld) return badOld;
        if (ReadKey(log, newKey, out var to) is { } badNew) return badNew;
        if (from!.IsSameKeyAs(to!)) return new("rotation-same-key", "The rotation's two keys are the same.");
        if (!StrictText.TryDecimal(size, out var leaves)) return new("rotation-malformed", "The rotation's size isn't a decimal number without leading zeros.");
        if (!Hash.TryParse(root, out var head)) return new("rotation-malformed", "The rotation's root isn't 32 bytes in canonical base64.");

        rotation = new KeyRotation(log, from, to!, new TreeSize(leaves), head);
        return null;
    }

    private static Refusal? ReadKey(Origin origin, string vkey, out VerifierKey? key)
    {
        if (!VerifierKey.TryParse(vkey, out key, out var refusal)) return refusal;
        return key.Type == KeyType.Ed25519 && origin.IsNamedAs(key.Name) ? null : new("rotation-foreign-key", "A rotation's keys sign as logs, under its origin.");
    }
}

/// <summary>A log's keys from the first, which somebody trusts, to the newest.</summary>
public sealed record KeyHistory(VerifierKey First, IReadOnlyList<KeyRotation> Rotations)
{
    public VerifierKey Newest => Rotations.Count == 0 ? First : Rotations[^1].New;

    /// <summary>The keys that may have signed a head of this size: two at the very size of a rotation, else one.</summary>
    public IReadOnlyList<VerifierKey> At(TreeSize size)
    {
        List<VerifierKey> keys = [First, .. Rotations.Select(rotation => rotation.New)];
        var begin = Rotations.Count(rotation => rotation.Size.Value < size.Value);
        var end = Rotations.Count(rotation => rotation.Size.Value <= size.Value);
        return keys[begin..(end + 1)];
    }

    /// <summary>Follows rotations in their order, each signed by the key before it and by the next, at sizes that don't fall.</summary>
    public static bool TryFollow(VerifierKey first, IEnumerable<SignedNote> notes, [NotNullWhen(true)] out KeyHistory? history, [NotNullWhen(false)] out Refusal? refusal)
    {
        (history, refusal) = (null, null);
        List<KeyRotation> rotations = [];
        foreach (var note in notes)
        {
            var trusted = rotations.Count == 0 ? first : rotations[^1].New;
            if (!KeyRotation.TryVerify(note, trusted, out var rotation, out refusal)) return false;
            if (rotations.Count > 0 && rotation.Size.Value < rotations[^1].Size.Value)
            {
                refusal = new("rotation-size-falls", "The rotation is at a smaller size than the one before it.");
                return false;
            }

            rotations.Add(rotation);
        }

        history = new KeyHistory(first, rotations);
        return true;
    }
}
