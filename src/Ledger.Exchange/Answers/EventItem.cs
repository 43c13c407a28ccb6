using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Application.Queries;
using Ledger.Domain;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Exchange.Answers;

/// <summary>An event of the ledger. With the log's origin, these fields and <c>raw</c> are all that recomputing its leaf takes.</summary>
/// <param name="Type">As stored, with its version.</param>
/// <param name="AgreementId">Null for keys and webhooks.</param>
/// <param name="Data">Its stored JSON, free texts back where they were.</param>
public sealed record EventItem(
    long Sequence, string Position, Guid EventId, string Stream, long Revision, string Type,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset RecordedAt,
    [property: JsonIgnore(Condition = Never)] string? AgreementId, Guid? ViolationId, ActorAnswer Actor,
    [property: JsonConverter(typeof(StoredJson))] ReadOnlyMemory<byte> Data, RawEvent? Raw)
{
    public static EventItem Of(FeedItem item, bool raw)
    {
        ArgumentNullException.ThrowIfNull(item);
        var (e, stored) = (item.Event, item.Event.Stored);
        return new(
            e.Sequence, stored.Position.ToString(), stored.Id, stored.Stream.Value, stored.Revision.Value, stored.Type, e.Metadata.RecordedAt,
            e.Agreement?.Value, e.Violation?.Value, ActorAnswer.Of(e.Metadata.Actor), item.Data,
            raw && !item.IsBlurred ? new RawEvent(stored.Data, stored.Metadata, item.Disclosures) : null);
    }
}

/// <param name="Subject">A pseudonym.</param>
/// <param name="Role">The one role that this act was done in.</param>
public sealed record ActorAnswer(string Subject, string Role, string? PartyId)
{
    internal static ActorAnswer Of(Actor actor) => new(actor.Subject.Value, actor.Role.Code(), actor.Party?.Value);
}

/// <summary>The stored bytes, base64: exactly what the leaf commits to. Left out where the reader sees the event less exactly than it is stored.</summary>
/// <param name="Disclosures">
/// Of each text that <c>data</c> shows and the stored bytes hold only as a digest (<c>_sd</c>): base64url of [salt, name, value], whose SHA-256
/// in base64url is that digest (RFC 9901 §4.2.3). Empty where no such text is shown: none was, it was erased, or it is confidential.
/// </param>
public sealed record RawEvent(ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata, IReadOnlyList<string> Disclosures);

/// <summary>JSON that is there already, written as it stands, on one line.</summary>
public sealed class StoredJson : JsonConverter<ReadOnlyMemory<byte>>
{
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Answers are written, never read.");

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options)
    {
        if (value.Span.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            writer.WriteRawValue(value.Span, skipInputValidation: true);
            return;
        }

        // Another program may have laid it out in lines; a feed has one event a line.
        using var json = JsonDocument.Parse(value);
        json.RootElement.WriteTo(writer);
    }
}
