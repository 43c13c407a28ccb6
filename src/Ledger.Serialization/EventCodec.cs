using Newtonsoft.Json.Linq;

namespace Ledger.Serialization;

/// <summary>An event as it goes into the store.</summary>
/// <param name="Type">The stored type name with its version, such as <c>violation-recorded-v1</c>.</param>
/// <param name="Data">UTF-8 JSON.</param>
public sealed record EncodedEvent(string Type, byte[] Data);

/// <summary>An event as it comes out of the store, in its newest form.</summary>
/// <param name="Type">The type name of that newest form; for an unknown type, the name that was stored.</param>
/// <param name="Event">The domain's event; null where this program doesn't know the type.</param>
/// <param name="Extra">Fields that this program doesn't know, at the places where they stood; the whole JSON of an unknown type; else null.</param>
public sealed record DecodedEvent(string Type, object? Event, JObject? Extra);

/// <summary>The stored form of every event, for ever.</summary>
/// <remarks>Static and safe for many threads at once. The types and their forms are listed in <see cref="StoredTypes"/>.</remarks>
public static class EventCodec
{
    /// <param name="event">One of the domain's event records.</param>
    /// <exception cref="ArgumentException">It is none of them, or holds what could not be read again.</exception>
    public static EncodedEvent Encode(object @event) => StoredTypes.Registry.Encode(@event);

    /// <summary>Reads an event of any version ever stored.</summary>
    /// <exception cref="StoredEventException">The bytes aren't what the type name promises.</exception>
    public static DecodedEvent Decode(string type, ReadOnlyMemory<byte> data) => StoredTypes.Registry.Decode(type, data);

    /// <summary>Writes an event back with the fields that this program doesn't know.</summary>
    public static byte[] Encode(DecodedEvent decoded) => StoredTypes.Registry.Encode(decoded);

    /// <exception cref="ArgumentException">The salt isn't 32 bytes, or the time is finer than a microsecond.</exception>
    public static byte[] EncodeMetadata(EventMetadata metadata) => MetadataForm.Encode(metadata);

    /// <exception cref="StoredEventException">The bytes aren't an event's metadata.</exception>
    public static EventMetadata DecodeMetadata(ReadOnlyMemory<byte> metadata) => MetadataForm.Decode(metadata);

    /// <summary>Every digest in any <c>_sd</c> of an event, in the order in which they stand: what of it lies in the vault.</summary>
    /// <exception cref="StoredEventException">The bytes aren't JSON.</exception>
    public static IReadOnlyList<string> SealedDigests(ReadOnlyMemory<byte> data) => Sealed.Digests(data);
}
