using System.Diagnostics.CodeAnalysis;
using System.Text;
using NSec.Cryptography;

namespace Ledger.Transparency;

/// <summary>A private key with its name. It signs as its <see cref="VerifierKey"/>'s type says; the same text always gets the same signature (RFC 8032 §5.1.6).</summary>
/// <remarks>Stored form, as Go's note package writes it: <c>PRIVATE+KEY+name+id+base64(type || seed)</c>.</remarks>
public sealed class SigningKey : IDisposable
{
    public const int SeedLength = 32;

    private const string Prefix = "PRIVATE+KEY+";

    private readonly Key _key;

    private SigningKey(Key key, VerifierKey verifier) => (_key, Verifier) = (key, verifier);

    public VerifierKey Verifier { get; }

    /// <summary>The stored form of a new key. Randomness is the caller's: <c>RandomNumberGenerator.Fill</c>.</summary>
    public static string NewSecret(KeyName name, KeyType type, Action<Span<byte>> fill)
    {
        var seed = new byte[SeedLength];
        fill(seed);
        using var key = FromSeed(name, type, seed);
        return Print(key.Verifier, seed);
    }

    /// <exception cref="ArgumentException">The seed isn't 32 bytes long.</exception>
    public static SigningKey FromSeed(KeyName name, KeyType type, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedLength) throw new ArgumentException("An Ed25519 seed has 32 bytes.", nameof(seed));

        var key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        return VerifierKey.TryCreate(name, type, key.Export(KeyBlobFormat.RawPublicKey), out var verifier)
            ? new SigningKey(key, verifier)
            : throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>Takes exactly what <see cref="NewSecret"/> prints. A refusal never repeats the secret.</summary>
    public static bool TryParse(string secret, [NotNullWhen(true)] out SigningKey? key, [NotNullWhen(false)] out Refusal? refusal)
    {
        key = Read(secret);
        refusal = key is null ? new Refusal("signing-key-malformed", $"A signing key is {Prefix}name+id+base64(type || seed).") : null;
        return refusal is null;
    }

    /// <summary>A log's line over a note's text.</summary>
    /// <exception cref="InvalidOperationException">This is a witness's key: it signs with a time only.</exception>
    public NoteSignature Sign(string text)
    {
        if (Verifier.Type != KeyType.Ed25519) throw new InvalidOperationException("A witness's key cosigns; it doesn't sign.");
        return new NoteSignature(Verifier.Name, Verifier.Id, SignBytes(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>A witness's line over a checkpoint's text.</summary>
    /// <exception cref="InvalidOperationException">This is a log's key.</exception>
    public NoteSignature Cosign(string text, UnixSeconds time)
    {
        if (Verifier.Type != KeyType.Cosignature) throw new InvalidOperationException("A log's key signs; it doesn't cosign.");
        return new NoteSignature(Verifier.Name, Verifier.Id, Cosignature.Print(time, SignBytes(Cosignature.Message(text, time))));
    }

    public void Dispose() => _key.Dispose();

    private byte[] SignBytes(ReadOnlySpan<byte> message) => SignatureAlgorithm.Ed25519.Sign(_key, message);

    private static string Print(VerifierKey verifier, ReadOnlySpan<byte> seed) =>
        $"{Prefix}{verifier.Name}+{verifier.Id}+{Convert.ToBase64String([(byte)verifier.Type, .. seed])}";

    private static SigningKey? Read(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var parts = secret[Prefix.Length..].Split('+', 3);
        if (parts.Length != 3 || !KeyName.TryCreate(parts[0], out var name)) return null;
        if (!StrictText.TryBase64(parts[2], out var typed) || typed.Length != 1 + SeedLength) return null;
        if (!Enum.IsDefined((KeyType)typed[0])) return null;

        var key = FromSeed(name, (KeyType)typed[0], typed.AsSpan(1));
        if (string.Equals(key.Verifier.Id.ToString(), parts[1], StringComparison.Ordinal)) return key;

        key.Dispose();
        return null;
    }
}
