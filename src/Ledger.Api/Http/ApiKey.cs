using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ledger.Domain;

namespace Ledger.Api.Http;

/// <summary>The text of an API key: <c>cfl_{key id}_{32 random bytes, base64url}</c>, after the n-th rotation <c>cfl_{key id}.{n}_…</c>. It is shown once; only its HMAC is kept.</summary>
/// <remarks>What stands before the underscore and the last 43 characters is no secret: it says which key it is, and by which of its secrets, wherever it is found.</remarks>
internal static class ApiKey
{
    private const string Mark = "cfl_";
    private const int SecretBytes = 32;
    private const int SecretLength = 43; // base64url of 32 bytes, without padding

    public static string Make(KeyId id, int secret = 0) => $"{Prefix(id, secret)}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>The part of a key's text that may be logged and shown. No key's id has a dot in it.</summary>
    public static string Prefix(KeyId id, int secret) => secret == 0 ? $"{Mark}{id}" : string.Create(CultureInfo.InvariantCulture, $"{Mark}{id}.{secret}");

    /// <summary>Whose prefix it is, and of which secret; null where it is none.</summary>
    public static (KeyId Key, int Secret)? SecretOf(string prefix)
    {
        if (!prefix.StartsWith(Mark, StringComparison.Ordinal)) return null;
        var parts = prefix[Mark.Length..].Split('.');
        var secret = 0;
        if (parts.Length > 2 || !Slug.IsValid(parts[0])) return null;
        if (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out secret)) return null;
        return (new KeyId(parts[0]), secret);
    }

    /// <summary>True where a text has the form of a key that was made here: one that nobody can guess.</summary>
    public static bool IsMade(string text) =>
        text.Length > Mark.Length + SecretLength
        && text.StartsWith(Mark, StringComparison.Ordinal)
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
