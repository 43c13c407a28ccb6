using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ledger.EventStore.Vault;

/// <summary>Who may have a disclosure read to them.</summary>
public enum DisclosureClass
{
    /// <summary>A free text of a case: whoever may read the case.</summary>
    Case,

    /// <summary>The confidential part of a case: monitors and verifiers of the agreement, and auditors.</summary>
    Confidential,

    /// <summary>A subject's display name: administrators and auditors.</summary>
    DisplayName,
}

/// <summary>A name and a value kept out of the event, which holds only their salted digest (RFC 9901, SD-JWT §4.2).</summary>
/// <param name="Encoded">base64url of the UTF-8 JSON array [salt, name, value].</param>
/// <param name="Digest">base64url of SHA-256 over the ASCII bytes of <paramref name="Encoded"/>.</param>
public sealed record Disclosure(DisclosureClass Class, string Name, string Encoded, string Digest)
{
    private const string Expected = "Not a disclosure: base64url of [salt, name, value] is expected.";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Seals a value under a fresh 32-byte salt.</summary>
    /// <param name="valueJson">The value as JSON text.</param>
    public static Disclosure Seal(DisclosureClass @class, string name, string valueJson)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartArray();
            json.WriteStringValue(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
            json.WriteStringValue(name);
            json.WriteRawValue(valueJson);
            json.WriteEndArray();
        }

        var encoded = Base64Url.EncodeToString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        return new Disclosure(@class, name, encoded, DigestOf(encoded));
    }

    /// <summary>Seals a text.</summary>
    public static Disclosure SealText(DisclosureClass @class, string name, string text) =>
        Seal(@class, name, JsonSerializer.Serialize(text, TextJson.Default.String));

    /// <summary>Reads a disclosure back from its encoded form.</summary>
    /// <exception cref="FormatException">The text isn't a disclosure.</exception>
    public static Disclosure Parse(DisclosureClass @class, string encoded)
    {
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(encoded));
            return json.RootElement is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() == 3
                && array[0].ValueKind == JsonValueKind.String && array[1].ValueKind == JsonValueKind.String
                ? new Disclosure(@class, array[1].GetString()!, encoded, DigestOf(encoded))
                : throw new FormatException(Expected);
        }
        catch (JsonException e)
        {
            throw new FormatException(Expected, e);
        }
    }

    /// <summary>The value as JSON text.</summary>
    public string ValueJson()
    {
        using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(Encoded));
        return json.RootElement[2].GetRawText();
    }

    public static string DigestOf(string encoded) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(encoded)));
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
[System.Text.Json.Serialization.JsonSourceGenerationOptions]
internal sealed partial class TextJson : System.Text.Json.Serialization.JsonSerializerContext;
