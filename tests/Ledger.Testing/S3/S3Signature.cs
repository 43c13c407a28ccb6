using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ledger.Testing.S3;

/// <summary>Signature Version 4 of a request's headers, made again from the secret (docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header").</summary>
internal static class S3Signature
{
    /// <summary>S3's code for what is wrong with a request; null where its signature and its content's hash are right.</summary>
    public static string? Fault(HttpRequest request, byte[] body, string accessKey, string secretKey)
    {
        if (request.Headers.Authorization.ToString() is not { Length: > 0 } authorization || !authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal)) return "AccessDenied";
        var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var credential = parts["Credential"].Split('/');
        if (credential[0] != accessKey) return "InvalidAccessKeyId";
        var content = request.Headers["x-amz-content-sha256"].ToString();
        // Only a hash of the very bytes is taken: no UNSIGNED-PAYLOAD, no chunks.
        if (content != Hex(SHA256.HashData(body))) return "XAmzContentSHA256Mismatch";
        var signed = parts["SignedHeaders"].Split(';');
        var headers = string.Concat(signed.Select(name => $"{name}:{string.Join(' ', request.Headers[name].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries))}\n"));
        var query = string.Join('&', request.Query.SelectMany(pair => pair.Value.Select(value => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(value ?? "")}")).Order(StringComparer.Ordinal));
        var path = string.Join('/', request.Path.Value!.Split('/').Select(Uri.EscapeDataString));
        var canonical = $"{request.Method}\n{path}\n{query}\n{headers}\n{parts["SignedHeaders"]}\n{content}";
        var scope = string.Join('/', credential[1..]);
        var text = $"AWS4-HMAC-SHA256\n{request.Headers["x-amz-date"]}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = credential[1..].Aggregate(Encoding.UTF8.GetBytes("AWS4" + secretKey), Mac);
        return Hex(Mac(key, text)) == parts["Signature"] ? null : "SignatureDoesNotMatch";
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
