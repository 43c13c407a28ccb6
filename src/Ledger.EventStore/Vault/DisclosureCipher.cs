using System.Security.Cryptography;
using System.Text;

namespace Ledger.EventStore.Vault;

/// <summary>A disclosure as a vault holds it. Without its key it is noise, so destroying the key destroys it.</summary>
/// <param name="Digest">The vault's key: base64url of SHA-256 over the encoded disclosure.</param>
/// <param name="Ciphertext">Nonce (12 bytes), AES-256-GCM ciphertext of the encoded disclosure's ASCII, tag (16).</param>
public sealed record SealedDisclosure(string Digest, DisclosureClass Class, ReadOnlyMemory<byte> Ciphertext, WrappedKey Key);

/// <summary>Encrypts disclosures: a fresh data key each, wrapped by the vault's wrapping key. The same for every vault.</summary>
public static class DisclosureCipher
{
    /// <summary>Encrypts a disclosure under a data key of its own.</summary>
    public static SealedDisclosure Seal(Disclosure disclosure, WrappingKey key)
    {
        ArgumentNullException.ThrowIfNull(disclosure);
        Span<byte> dataKey = stackalloc byte[WrappingKey.Length];
        RandomNumberGenerator.Fill(dataKey);
        try
        {
            var text = Gcm.Encrypt(dataKey, Encoding.ASCII.GetBytes(disclosure.Encoded), KeyWrap.Binding("text", disclosure.Digest, disclosure.Class));
            return new SealedDisclosure(disclosure.Digest, disclosure.Class, text, KeyWrap.Wrap(dataKey, key, disclosure.Digest, disclosure.Class));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    /// <summary>Decrypts a disclosure and checks it against its digest.</summary>
    /// <exception cref="CryptographicException">Another key, or changed bytes.</exception>
    public static Disclosure Open(SealedDisclosure row, WrappingKey key)
    {
        ArgumentNullException.ThrowIfNull(row);
        var dataKey = KeyWrap.Unwrap(row.Key, key, row.Digest, row.Class);
        try
        {
            var encoded = Encoding.ASCII.GetString(Gcm.Decrypt(dataKey, row.Ciphertext.Span, KeyWrap.Binding("text", row.Digest, row.Class)));
            var disclosure = Disclosure.Parse(row.Class, encoded);
            return disclosure.Digest == row.Digest
                ? disclosure
                : throw new CryptographicException($"The vault's row {row.Digest} holds a disclosure with the digest {disclosure.Digest}.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }
}
