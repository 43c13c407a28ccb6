using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ledger.Transparency;

/// <summary>The digest under which an event refers to a disclosure: base64url of 32 bytes, as it stands in <c>_sd</c>.</summary>
public readonly record struct DisclosureDigest(Hash Value)
{
    public override string ToString() => Base64Url.EncodeToString(Value.Bytes);
}

/// <summary>A field that lies outside its event: RFC 9901 (SD-JWT) §4.2.1, base64url of the JSON array [salt, name, value].</summary>
/// <param name="Encoded">The stored text; its exact characters are what the digest is of.</param>
public sealed record Disclosure(string Encoded)
{
    /// <summary>RFC 9901 §4.2.3: the digest of the disclosure's ASCII.</summary>
    public DisclosureDigest Digest => new(MerkleHash.Sha256(Encoding.UTF8.GetBytes(Encoded)));

    /// <param name="salt">Text with at least 128 random bits; this ledger takes base64url of 32 bytes.</param>
    /// <param name="json">The value as JSON, taken as it is.</param>
    public static Disclosure Of(string salt, string name, string json) =>
        new(Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"[{Quote(salt)}, {Quote(name)}, {json}]")));

    /// <summary>The name, and the value as JSON; false where this is no disclosure.</summary>
    public bool TryRead([NotNullWhen(true)] out string? name, [NotNullWhen(true)] out string? json)
    {
        (name, json) = (null, null);
        if (!Base64Url.IsValid(Encoded)) return false;
        try
        {
            using var array = JsonDocument.Parse(Base64Url.DecodeFromChars(Encoded));
            if (array.RootElement is not { ValueKind: JsonValueKind.Array } items || items.GetArrayLength() != 3) return false;
            if (items[0].ValueKind != JsonValueKind.String || items[1].ValueKind != JsonValueKind.String) return false;
            (name, json) = (items[1].GetString()!, items[2].GetRawText());
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // JSON has no parser here that refuses without throwing; unpaired surrogates come as InvalidOperationException.
            return false;
        }
    }

    private static string Quote(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
