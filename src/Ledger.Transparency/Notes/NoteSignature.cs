using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ledger.Transparency;

/// <summary>One signature line of a note: <c>— name base64(key id || value)</c>. Nothing is known about it until a key verified it.</summary>
/// <param name="Value">The signature, and what its type puts before it.</param>
public sealed record NoteSignature(KeyName Name, KeyId Id, ReadOnlyMemory<byte> Value)
{
    private const string Dash = "\u2014 ";

    /// <summary>The line, with its newline.</summary>
    public string Line => $"{Dash}{Name} {Convert.ToBase64String(Payload())}\n";

    public bool Equals(NoteSignature? other) =>
        other is not null && Name == other.Name && Id == other.Id && Value.Span.SequenceEqual(other.Value.Span);

    public override int GetHashCode() => HashCode.Combine(Name, Id);

    /// <summary>Takes exactly what <see cref="Line"/> prints, without its newline.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out NoteSignature? signature)
    {
        signature = null;
        if (!line.StartsWith(Dash, StringComparison.Ordinal)) return false;
        var parts = line[Dash.Length..].Split(' ');
        if (parts.Length != 2 || !KeyName.TryCreate(parts[0], out var name)) return false;
        if (!StrictText.TryBase64(parts[1], out var payload) || payload.Length <= KeyId.Length) return false;

        signature = new NoteSignature(name, new KeyId(BinaryPrimitives.ReadUInt32BigEndian(payload)), payload.AsMemory(KeyId.Length));
        return true;
    }

    /// <summary>Lines one behind the other, at least one: the end of a note, and what a witness answers.</summary>
    public static bool TryParseLines(string text, [NotNullWhen(true)] out IReadOnlyList<NoteSignature>? signatures)
    {
        signatures = null;
        if (StrictText.Lines(text) is not { Length: <= SignedNote.MaxSignatures } lines) return false;

        var read = new NoteSignature[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            if (!TryParse(lines[i], out var signature)) return false;
            read[i] = signature;
        }

        signatures = read;
        return true;
    }

    private byte[] Payload()
    {
        var payload = new byte[KeyId.Length + Value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(payload, Id.Value);
        Value.CopyTo(payload.AsMemory(KeyId.Length));
        return payload;
    }
}
