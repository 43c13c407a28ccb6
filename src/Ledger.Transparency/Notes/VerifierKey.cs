using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using NSec.Cryptography;

namespace Ledger.Transparency;

/// <summary>What a key signs (C2SP signed-note, "Signature types"). The values are the type bytes.</summary>
public enum KeyType
{
    /// <summary>Ed25519 over the note's text: a log.</summary>
    Ed25519 = 0x01,

    /// <summary>Timestamped Ed25519 over a checkpoint: a witness.</summary>
    Cosignature = 0x04,
}

/// <summary>The first four bytes of SHA-256(name || 0x0A || type || public key). A hint which key it is, no proof.</summary>
public readonly record struct KeyId(uint Value)
{
    internal const int Length = sizeof(uint);

    public override string ToString() => Value.ToString("x8", CultureInfo.InvariantCulture);

    internal static KeyId Of(KeyName name, ReadOnlySpan<byte> typedKey) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(MerkleHash.Sha256([.. Encoding.UTF8.GetBytes(name.Value), (byte)'\n', .. typedKey]).Bytes));
}

/// <summary>A public key with its name: C2SP signed-note's "vkey", <c>name+8 hex digits of key id+base64(type || key)</c>.</summary>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    private readonly PublicKey _key;

    private VerifierKey(KeyName name, KeyType type, PublicKey key)
    {
        (Name, Type, _key) = (name, type, key);
        Id = KeyId.Of(name, TypedKey());
    }

    public KeyName Name { get; }

    public KeyType Type { get; }

    public KeyId Id { get; }

    /// <summary>The 32 bytes of RFC 8032.</summary>
    public byte[] ToPublicKey() => _key.Export(KeyBlobFormat.RawPublicKey);

    public static bool TryCreate(KeyName name, KeyType type, ReadOnlySpan<byte> publicKey, [NotNullWhen(true)] out VerifierKey? key)
    {
        var read = PublicKey.TryImport(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out var ed25519);
        key = read ? new VerifierKey(name, type, ed25519!) : null;
        return read;
    }

    /// <summary>Takes exactly what <see cref="ToString"/> prints.</summary>
    public static bool TryParse(string vkey, [NotNullWhen(true)] out VerifierKey? key, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Read(vkey, out key);
        return refusal is null;
    }

    /// <summary>Whether this key made this line over this text. A line of another name or key id is not this key's.</summary>
    public bool Verifies(string text, NoteSignature line) => IsNamedIn(line) && Type switch
    {
        KeyType.Ed25519 => VerifiesBytes(Encoding.UTF8.GetBytes(text), line.Value.Span),
        KeyType.Cosignature => Cosignature.TryRead(line, out var time, out var signature) && VerifiesBytes(Cosignature.Message(text, time), signature),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>C2SP signed-note, "Signatures": name and key id together say whose line it is.</summary>
    public bool IsNamedIn(NoteSignature line) => line.Name == Name && line.Id == Id;

    /// <summary>C2SP tlog-policy, "Public key representation": the same key under another name is a duplicate.</summary>
    public bool IsSameKeyAs(VerifierKey other) => _key.Equals(other._key);

    public bool Equals(VerifierKey? other) => other is not null && Name == other.Name && Type == other.Type && IsSameKeyAs(other);

    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    public override int GetHashCode() => Id.GetHashCode();

    public override string ToString() => $"{Name}+{Id}+{Convert.ToBase64String(TypedKey())}";

    private bool VerifiesBytes(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Cosignature.Ed25519Length && SignatureAlgorithm.Ed25519.Verify(_key, message, signature);

    private byte[] TypedKey() => [(byte)Type, .. ToPublicKey()];

    private static Refusal? Read(string vkey, out VerifierKey? key)
    {
        key = null;

        // The name has no plus, but base64 may.
        var parts = vkey.Split('+', 3);
        if (parts.Length != 3 || !KeyName.TryCreate(parts[0], out var name)) return new("vkey-malformed", "A verifier key is name+id+key.");
        if (!StrictText.TryBase64(parts[2], out var typed) || typed.Length == 0) return new("vkey-malformed", "The verifier key's last part isn't canonical base64.");
        if (!Enum.IsDefined((KeyType)typed[0])) return new("vkey-unknown-type", $"Signature type 0x{typed[0]:x2} isn't one that this program checks.");
        if (!TryCreate(name, (KeyType)typed[0], typed.AsSpan(1), out key)) return new("vkey-malformed", "The verifier key isn't an Ed25519 public key.");
        if (string.Equals(key.Id.ToString(), parts[1], StringComparison.Ordinal)) return null;

        key = null;
        return new("vkey-wrong-id", "The verifier key's id isn't the one that its name and key have.");
    }
}
