using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.EventStore;
using Ledger.Serialization;
using Ledger.Transparency;

namespace Ledger.Log.Chain;

/// <summary>What is recorded of the log itself, in a stream of its own that is never a leaf.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
internal abstract record LogEvent
{
    private LogEvent() { }

    /// <summary>Revision 0: the log's name and first key. Whoever comes with others is refused.</summary>
    /// <param name="Lost">Where the log before this one lost events: the head that it had signed.</param>
    public sealed record Created(Origin Origin, VerifierKey Key, SignedNote? Lost) : LogEvent;

    /// <summary>A head that the log signed.</summary>
    public sealed record Sealed(SignedCheckpoint Head) : LogEvent;

    /// <summary>A sealed head with enough cosignatures: what every node serves.</summary>
    public sealed record Published(SignedCheckpoint Head) : LogEvent;

    /// <summary>From here on another key signs.</summary>
    public sealed record KeyRotated(SignedNote Note) : LogEvent;
}

/// <summary>The stored form. A note is kept as its exact text; what stands beside it is there for people and queries, and isn't read back.</summary>
internal static class LogEvents
{
    public const string CreatedType = "log-created-v1";
    public const string SealedType = "log-checkpoint-sealed-v1";
    public const string PublishedType = "log-checkpoint-published-v1";
    public const string KeyRotatedType = "log-key-rotated-v1";

    private static readonly Guid Namespace = new("2f0d7c1e-53a9-4a55-9a35-5d0f6f4ce0a1");

    /// <summary>The event for the store. The same event always has the same id, so two nodes that seal the same head store it once.</summary>
    public static EventToAppend ToAppend(LogEvent e, DateTimeOffset now)
    {
        var (type, data) = e switch
        {
            LogEvent.Created c => (CreatedType, Json(json =>
            {
                json.WriteString("origin", c.Origin.Value);
                json.WriteString("vkey", c.Key.ToString());
                if (c.Lost is { } lost) json.WriteString("lost", lost.ToString());
            })),
            LogEvent.Sealed s => (SealedType, OfHead(s.Head)),
            LogEvent.Published p => (PublishedType, OfHead(p.Head)),
            LogEvent.KeyRotated r => (KeyRotatedType, Json(json => json.WriteString("note", r.Note.ToString()))),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        var metadata = Json(json => json.WriteString("recordedAt", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)));
        var id = DeterministicId.Version5(Namespace, [.. Encoding.ASCII.GetBytes(type), 0, .. data]);
        return new EventToAppend(id, type, data, metadata);
    }

    /// <summary>Null where it isn't an event that this program writes, or its note can't be read.</summary>
    public static LogEvent? Read(RecordedEvent stored)
    {
        try
        {
            using var json = JsonDocument.Parse(stored.Data);
            var data = json.RootElement;
            return stored.Type switch
            {
                CreatedType => ReadCreated(data),
                SealedType => HeadOf(data) is { } head ? new LogEvent.Sealed(head) : null,
                PublishedType => HeadOf(data) is { } head ? new LogEvent.Published(head) : null,
                KeyRotatedType => NoteOf(data, "note") is { } note ? new LogEvent.KeyRotated(note) : null,
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>When it was stored, by the clock of the node that did.</summary>
    public static DateTimeOffset? RecordedAt(RecordedEvent stored)
    {
        try
        {
            using var json = JsonDocument.Parse(stored.Metadata);
            return json.RootElement.GetProperty("recordedAt").GetDateTimeOffset();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static LogEvent.Created? ReadCreated(JsonElement data)
    {
        if (!Origin.TryCreate(data.GetProperty("origin").GetString(), out var origin)) return null;
        if (!VerifierKey.TryParse(data.GetProperty("vkey").GetString() ?? string.Empty, out var key, out _)) return null;
        return new LogEvent.Created(origin, key, data.TryGetProperty("lost", out _) ? NoteOf(data, "lost") : null);
    }

    private static byte[] OfHead(SignedCheckpoint head) => Json(json =>
    {
        json.WriteNumber("size", head.Checkpoint.Size.Value);
        json.WriteString("root", head.Checkpoint.Root.ToString());
        json.WriteString("note", head.ToString());
    });

    private static SignedCheckpoint? HeadOf(JsonElement data) =>
        SignedCheckpoint.TryParse(Encoding.UTF8.GetBytes(data.GetProperty("note").GetString() ?? string.Empty), out var head, out _) ? head : null;

    private static SignedNote? NoteOf(JsonElement data, string name) =>
        SignedNote.TryParse(Encoding.UTF8.GetBytes(data.GetProperty(name).GetString() ?? string.Empty), out var note, out _) ? note : null;

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }
}
