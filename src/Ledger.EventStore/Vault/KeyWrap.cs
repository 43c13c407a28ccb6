using System.Security.Cryptography;
using System.Text;

namespace Ledger.EventStore.Vault;

/// <summary>A disclosure's data key, encrypted by a wrapping key.</summary>
/// <param name="KeyId">The id of the wrapping key.</param>
/// <param name="Bytes">60 bytes: nonce (12), encrypted data key (32), tag (16).</param>
public sealed record WrappedKey(string KeyId, ReadOnlyMemory<byte> Bytes);

/// <summary>Wraps data keys: AES-256-GCM (NIST SP 800-38D), bound to the digest and class that the key belongs to.</summary>
/// <remarks>Nonces are random; under one wrapping key SP 800-38D allows 2^32 of them, far beyond the life of a vault.</remarks>
public static class KeyWrap
{
    /// <summary>Encrypts a data key for one disclosure.</summary>
    public static WrappedKey Wrap(ReadOnlySpan<byte> dataKey, WrappingKey key, string digest, DisclosureClass @class)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new WrappedKey(key.Id, Gcm.Encrypt(key.Bytes, dataKey, Binding("key", digest, @class)));
    }

    /// <summary>Decrypts a data key.</summary>
    /// <exception cref="CryptographicException">Another wrapping key, another digest or class, or changed bytes.</exception>
    public static byte[] Unwrap(WrappedKey wrapped, WrappingKey key, string digest, DisclosureClass @class)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(key);
        if (wrapped.KeyId != key.Id) throw new CryptographicException($"The data key was wrapped by key {wrapped.KeyId}, not by {key.Id}.");
        return Gcm.Decrypt(key.Bytes, wrapped.Bytes.Span, Binding("key", digest, @class));
    }

    /// <summary>The same data key under another wrapping key.</summary>
    /// <exception cref="CryptographicException">As for <see cref="Unwrap"/>.</exception>
    public static WrappedKey Rewrap(WrappedKey wrapped, WrappingKey from, WrappingKey to, string digest, DisclosureClass @class)
    {
        var dataKey = Unwrap(wrapped, from, digest, @class);
        try
        {
            return Wrap(dataKey, to, digest, @class);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    // Associated data: a row's parts can't be exchanged for another row's, nor a key for a text.
    internal static byte[] Binding(string purpose, string digest, DisclosureClass @class) =>
        Encoding.UTF8.GetBytes($"ceasefire-ledger vault {purpose}/v1\n{digest}\n{Name(@class)}\n");

    // Spelled out because they are bound into ciphertexts for ever; the enum's names and numbers may move.
    private static string Name(DisclosureClass @class) => @class switch
    {
        DisclosureClass.Case => "case",
        DisclosureClass.Confidential => "confidential",
        DisclosureClass.DisplayName => "display-name",
        _ => throw new ArgumentOutOfRangeException(nameof(@class), @class, "Not a class of disclosures."),
    };
}

/// <summary>AES-256-GCM with the nonce before and the tag behind the ciphertext.</summary>
internal static class Gcm
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var sealedBytes = new byte[NonceLength + plain.Length + TagLength];
        var nonce = sealedBytes.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceLength, plain.Length), sealedBytes.AsSpan(NonceLength + plain.Length), bound);
        return sealedBytes;
    }

    public static byte[] Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> bound)
    {
        if (sealedBytes.Length < NonceLength + TagLength) throw new CryptographicException("Too short to be a nonce, a ciphertext and a tag.");
        var plain = new byte[sealedBytes.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(sealedBytes[..NonceLength], sealedBytes.Slice(NonceLength, plain.Length), sealedBytes[^TagLength..], plain, bound);
        return plain;
    }
}
