using System.Buffers.Text;
using Ledger.Domain;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization;

/// <summary>What is stored beside each event: who, when, and by which request.</summary>
/// <param name="RecordedAt">The server's clock, UTC, to the microsecond.</param>
/// <param name="RequestHash">SHA-256 of the request's RFC 8785 JSON without what may be erased, base64url.</param>
/// <param name="TraceParent">W3C trace context.</param>
/// <param name="SchemaVersion">The version of this record's form.</param>
/// <param name="Salt">base64url of 32 random bytes: keeps the public commitment from being guessed.</param>
public sealed record EventMetadata(
    DateTimeOffset RecordedAt, Actor Actor, Guid CommandId, string RequestHash, string? CorrelationId, string? TraceParent,
    int SchemaVersion, string Salt);

internal static class MetadataForm
{
    private const int SaltBytes = 32;

    private static readonly ObjectForm<Actor> ActorForm = ObjectForm.Of<Actor>(of =>
    {
        var subject = of.Field("subject", Ids.Subject, x => x.Subject);
        var role = of.Field("role", Code<Role>(), x => x.Role);
        var party = of.Optional("partyId", Ids.Party, x => x.Party);
        return row => new Actor(row.Get(subject), row.Get(role), row.Get(party));
    });

    private static readonly ObjectForm<EventMetadata> Form = ObjectForm.Of<EventMetadata>(of =>
    {
        var recordedAt = of.Field("recordedAt", Microseconds, x => x.RecordedAt);
        var actor = of.Field("actor", ActorForm, x => x.Actor);
        var commandId = of.Field("commandId", Uuid, x => x.CommandId);
        var requestHash = of.Field("requestHash", Text, x => x.RequestHash);
        var correlationId = of.Optional("correlationId", Text, x => x.CorrelationId);
        var traceParent = of.Optional("traceParent", Text, x => x.TraceParent);
        var schemaVersion = of.Field("schemaVersion", Whole, x => x.SchemaVersion);
        var salt = of.Field("salt", Text, x => x.Salt);
        return row => new EventMetadata(
            row.Get(recordedAt), row.Get(actor), row.Get(commandId), row.Get(requestHash), row.Get(correlationId), row.Get(traceParent),
            row.Get(schemaVersion), row.Get(salt));
    });

    public static byte[] Encode(EventMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);

        // A short salt would let anybody guess a case from the public log, and nothing could mend it afterwards.
        if (!Base64Url.IsValid(metadata.Salt, out var bytes) || bytes != SaltBytes)
            throw new ArgumentException("The salt must be base64url of 32 bytes.", nameof(metadata));

        // The leaf commits to microseconds; a finer time would differ between memory and store.
        if (metadata.RecordedAt.Ticks % TimeSpan.TicksPerMicrosecond != 0)
            throw new ArgumentException("The time of recording must be in whole microseconds.", nameof(metadata));

        return StoredWriter.Bytes(Form, metadata);
    }

    public static EventMetadata Decode(ReadOnlyMemory<byte> metadata) => StoredReader.Read("metadata", metadata.Span, Form, out _);
}
