using System.Text.Json.Serialization;
using Ledger.Domain;
using Ledger.Exchange.Answers;
using Ledger.Projections;

namespace Ledger.Api.Compliance;

/// <summary>One entry of an account; the deltas add up to the figure.</summary>
internal sealed record PostingAnswer(
    long Sequence, Guid EventId, Guid ViolationId, string Status, long Delta, [property: JsonConverter(typeof(Recorded))] DateTimeOffset RecordedAt)
{
    public static PostingAnswer Of(Posting posting) => new(
        posting.Sequence, posting.EventId, posting.ViolationId.Value, posting.Status.Code(), posting.Delta, posting.RecordedAt);
}
