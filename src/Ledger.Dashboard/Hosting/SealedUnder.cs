using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace Ledger.Dashboard.Hosting;

/// <summary>Seals sessions and antiforgery tokens under keys that follow from a secret of the ledger.</summary>
/// <remarks>
/// ASP.NET Core would make keys of its own and keep them somewhere: another node couldn't open what this one sealed, and a container without a
/// home would forget everybody at each start. Here the same secret gives the same keys, by HKDF and the purpose; each text gets a key of its own
/// from a random salt, so that a nonce can't come twice.
/// </remarks>
internal sealed class SealedUnder(byte[] secret, string purpose = "dashboard") : IDataProtectionProvider, IDataProtector
{
    private const int Salt = 16;
    private const int Tag = 16;

    public IDataProtector CreateProtector(string purpose1)
    {
        // Lengths first: "a" within "b/c" isn't "a/b" within "c".
        ArgumentNullException.ThrowIfNull(purpose1);
        return new SealedUnder(secret, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{purpose}/{purpose1.Length}:{purpose1}"));
    }

    public byte[] Protect(byte[] plaintext)
    {
        ArgumentNullException.ThrowIfNull(plaintext);
        var sealedText = new byte[Salt + Tag + plaintext.Length];
        RandomNumberGenerator.Fill(sealedText.AsSpan(0, Salt));
        using var cipher = Cipher(sealedText.AsSpan(0, Salt));
        cipher.Encrypt(Nonce, plaintext, sealedText.AsSpan(Salt + Tag), sealedText.AsSpan(Salt, Tag));
        return sealedText;
    }

    public byte[] Unprotect(byte[] protectedData)
    {
        ArgumentNullException.ThrowIfNull(protectedData);
        if (protectedData.Length < Salt + Tag) throw new CryptographicException("It is too short to be sealed here.");
        var plain = new byte[protectedData.Length - Salt - Tag];
        using var cipher = Cipher(protectedData.AsSpan(0, Salt));
        cipher.Decrypt(Nonce, protectedData.AsSpan(Salt + Tag), protectedData.AsSpan(Salt, Tag), plain);
        return plain;
    }

    private static byte[] Nonce => new byte[12];

    private AesGcm Cipher(ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, salt, Encoding.UTF8.GetBytes(purpose));
        return new AesGcm(key, Tag);
    }
}
