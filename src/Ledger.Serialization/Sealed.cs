using Ledger.Serialization.Forms;
using Newtonsoft.Json;

namespace Ledger.Serialization;

/// <summary>What of an event lies in the vault, as RFC 9901 §4.2.4.1 embeds it: <c>"_sd": [digest, …]</c> in the object that the field is hidden in.</summary>
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

        using var json = StoredReader.Open(data);
        try
        {
            while (json.Read())
            {
                if (json is { TokenType: JsonToken.PropertyName, Value: Digest }) Collect(json, digests);
            }
        }
        catch (JsonException e)
        {
            throw new StoredEventException("event", json.Path, e.Message, e);
        }

        return digests;
    }

    private static void Collect(JsonTextReader json, List<string> digests)
    {
        if (!json.Read() || json.TokenType != JsonToken.StartArray) return;
        while (json.Read() && json.TokenType == JsonToken.String) digests.Add((string)json.Value!);
    }
}
