using System.Text.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using JsonException = System.Text.Json.JsonException;

namespace Ledger.Serialization.Forms;

/// <summary>JSON as objects in memory: for unknown types and fields and for upcasting, which are rare.</summary>
internal static class Json
{
    /// <summary>A whole document that must be an object.</summary>
    /// <exception cref="StoredEventException">It isn't.</exception>
    public static JObject Document(string type, ReadOnlySpan<byte> data)
    {
        EnsureStrict(type, data);
        return Parse(type, data) as JObject ?? throw new StoredEventException(type, "", "an object is expected.");
    }

    /// <summary>A value that is known to be strict JSON.</summary>
    /// <exception cref="StoredEventException">Newtonsoft.Json can't hold it.</exception>
    public static JToken Parse(string type, ReadOnlySpan<byte> data)
    {
        try
        {
            // Texts that look like dates must come back as the same texts.
            using var json = new JsonTextReader(new StringReader(TextBuffer.Strict.GetString(data))) { DateParseHandling = DateParseHandling.None };
            return JToken.ReadFrom(json);
        }
        catch (Exception e) when (e is Newtonsoft.Json.JsonException or ArgumentException)
        {
            throw new StoredEventException(type, "", "it can't be held: " + e.Message, e);
        }
    }

    public static byte[] Bytes(JObject document) => StoredWriter.Bytes(document, static (json, document) => document.WriteTo(json));

    // Newtonsoft.Json also reads what isn't JSON, such as comments and single quotes.
    private static void EnsureStrict(string type, ReadOnlySpan<byte> data)
    {
        try
        {
            var json = new Utf8JsonReader(data);
            while (json.Read())
            {
            }
        }
        catch (JsonException e)
        {
            throw new StoredEventException(type, JsonPath.To(data, long.MaxValue), "it isn't JSON.", e);
        }
    }
}
