using System.Text.Json;
using Ledger.Serialization.Forms;

namespace Ledger.Serialization;

/// <summary>What of an event lies in the vault.</summary>
/// <remarks>As RFC 9901 §4.2.4.1 embeds digests: <c>"_sd": [digest, …]</c> in the object that the property is hidden in.</remarks>
internal static class Sealed
{
    /// <summary>The digests of an object's hidden properties.</summary>
    public const string Digest = "_sd";

    /// <summary>The names of the same properties in the same order, so that a typed reader finds its way without the vault.</summary>
    public const string Names = "_sdOf";

    public static List<string> Digests(ReadOnlyMemory<byte> data)
    {
        var digests = new List<string>();

        // Most events hide nothing, and a scan for three bytes is far cheaper than a parse. A name could also be spelled with an escape.
        if (data.Span.IndexOf("_sd"u8) < 0 && !data.Span.Contains((byte)'\\')) return digests;

        var json = new Utf8JsonReader(data.Span);
        try
        {
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("_sd"u8)) Collect(ref json, digests);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new StoredEventException("event", JsonPath.To(data.Span, long.MaxValue), "it isn't JSON.", e);
        }

        return digests;
    }

    private static void Collect(ref Utf8JsonReader json, List<string> digests)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) return;
        while (json.Read() && json.TokenType == JsonTokenType.String) digests.Add(json.GetString()!);
    }
}
