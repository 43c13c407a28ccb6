using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ledger.Application.Queries;

/// <summary>A stored event whose JSON hides properties as RFC 9901 §4.2.4.1 says: <c>_sd</c> holds their digests, <c>_sdOf</c> their names in the same order.</summary>
/// <remarks>An object with <c>_sd</c> alone hides even the names: the confidential part. It is left as it stands.</remarks>
internal sealed class HiddenTexts : IDisposable
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly JsonDocument _event;
    private readonly List<string> _restored = [];

    private HiddenTexts(JsonDocument @event) => _event = @event;

    /// <summary>Null where nothing is hidden: a scan for a few bytes is far cheaper than a parse.</summary>
    public static HiddenTexts? In(ReadOnlyMemory<byte> data) =>
        data.Span.IndexOf("\"_sdOf\""u8) < 0 ? null : new HiddenTexts(JsonDocument.Parse(data));

    public void AddDigestsTo(HashSet<string> digests) => Collect(_event.RootElement, digests);

    /// <summary>The event with every text that is still there put back, and what proves each of them.</summary>
    public JoinedEvent Restore(Disclosed texts)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Plain)) Write(json, _event.RootElement, texts);
        return new JoinedEvent(bytes.WrittenMemory, _restored);
    }

    public void Dispose() => _event.Dispose();

    private static void Collect(JsonElement element, HashSet<string> digests)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Collect(item, digests);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var (digest, _) in Hidden(element)) digests.Add(digest);
            foreach (var property in element.EnumerateObject()) Collect(property.Value, digests);
        }
    }

    private void Write(Utf8JsonWriter json, JsonElement element, Disclosed texts)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(json, element, texts);
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Write(json, item, texts);
                json.WriteEndArray();
                break;
            default:
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(element), skipInputValidation: true);
                break;
        }
    }

    private void WriteObject(Utf8JsonWriter json, JsonElement element, Disclosed texts)
    {
        var hidden = Hidden(element);
        json.WriteStartObject();
        foreach (var property in element.EnumerateObject())
        {
            if (hidden.Count > 0 && (property.NameEquals("_sd"u8) || property.NameEquals("_sdOf"u8))) continue;
            json.WritePropertyName(property.Name);
            Write(json, property.Value, texts);
        }

        WriteHidden(json, hidden, texts);
        json.WriteEndObject();
    }

    private void WriteHidden(Utf8JsonWriter json, List<(string Digest, string Name)> hidden, Disclosed texts)
    {
        var gone = new List<(string Digest, string Name)>();
        foreach (var (digest, name) in hidden)
        {
            if (texts.Find(digest) is not { } disclosure || disclosure.Name != name) gone.Add((digest, name));
            else
            {
                WriteText(json, name, disclosure.ValueJson());
                _restored.Add(disclosure.Encoded);
            }
        }

        if (gone.Count == 0) return;
        json.WriteStartArray("_sd"u8);
        foreach (var (digest, _) in gone) json.WriteStringValue(digest);
        json.WriteEndArray();
        json.WriteStartArray("_sdOf"u8);
        foreach (var (_, name) in gone) json.WriteStringValue(name);
        json.WriteEndArray();
    }

    /// <summary>A text as it was said, whatever escapes its disclosure spells it with.</summary>
    private static void WriteText(Utf8JsonWriter json, string name, string valueJson)
    {
        using var value = JsonDocument.Parse(valueJson);
        if (value.RootElement.ValueKind == JsonValueKind.String) json.WriteString(name, value.RootElement.GetString());
        else
        {
            json.WritePropertyName(name);
            json.WriteRawValue(valueJson);
        }
    }

    private static List<(string Digest, string Name)> Hidden(JsonElement element) =>
        element.TryGetProperty("_sd"u8, out var digests) && element.TryGetProperty("_sdOf"u8, out var names)
        && digests.ValueKind == JsonValueKind.Array && names.ValueKind == JsonValueKind.Array
        && digests.GetArrayLength() == names.GetArrayLength()
            ? [.. digests.EnumerateArray().Zip(names.EnumerateArray(), (digest, name) => (digest.GetString()!, name.GetString()!))]
            : [];
}
