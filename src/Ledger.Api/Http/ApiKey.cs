using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Ledger.Domain;

namespace Ledger.Api.Http;

/// <summary>The text of an API key: <c>cfl_{key id}_{32 random bytes, base64url}</c>. It is shown once; only its HMAC is kept.</summary>
internal static class ApiKey
{
    private const string Prefix = "cfl_";
    private const int SecretBytes = 32;
    private const int SecretLength = 43; // base64url of 32 bytes, without padding

    public static string Make(KeyId id) => $"{Prefix}{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>True where a text has the form of a key that was made here: one that nobody can guess.</summary>
    public static bool IsMade(string text) =>
        text.Length > Prefix.Length + SecretLength
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text[^(SecretLength + 1)] == '_'
        && Base64Url.IsValid(text.AsSpan(text.Length - SecretLength));

    /// <summary>What is kept of a key: HMAC-SHA-256 under the server's secret, base64url.</summary>
    public static string Hash(ReadOnlySpan<byte> serverSecret, string text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(serverSecret, Encoding.UTF8.GetBytes(text), hash);
        return Base64Url.EncodeToString(hash);
    }
}
