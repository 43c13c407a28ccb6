using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Api.Access;
using Ledger.Api.Agreements;
using Ledger.Api.Compliance;
using Ledger.Api.Coverage;
using Ledger.Api.Evidence;
using Ledger.Api.Feeds;
using Ledger.Api.Operations;
using Ledger.Api.Violations;
using Ledger.Api.Webhooks;
using Ledger.Exchange.Answers;

namespace Ledger.Api.Reading;

/// <summary>How answers are written: the same answer has the same bytes, because properties stand in the order of their record and nothing depends on culture or clock.</summary>
/// <remarks>What has no value is left out; a property that always stands there says so itself.</remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(UtcTime), typeof(GeoJsonArea)])]
[JsonSerializable(typeof(ListAnswer<AgreementAnswer>))]
[JsonSerializable(typeof(CaseAnswer))]
[JsonSerializable(typeof(ListAnswer<ListItemAnswer>))]
[JsonSerializable(typeof(ListAnswer<PossibleDuplicateAnswer>))]
[JsonSerializable(typeof(ComplianceAnswerBody))]
[JsonSerializable(typeof(ListAnswer<PostingAnswer>))]
[JsonSerializable(typeof(ListAnswer<CoverageAnswer>))]
[JsonSerializable(typeof(ListAnswer<ClaimAnswer>))]
[JsonSerializable(typeof(ListAnswer<EventItem>))]
[JsonSerializable(typeof(EventsAnswer))]
[JsonSerializable(typeof(ListAnswer<KeyAnswer>))]
[JsonSerializable(typeof(ListAnswer<AccountAnswer>))]
[JsonSerializable(typeof(ListAnswer<WebhookAnswer>))]
[JsonSerializable(typeof(ListAnswer<EvidenceReadingAnswer>))]
[JsonSerializable(typeof(CloudEvent))]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class ReadJson : JsonSerializerContext
{
    /// <summary>Texts go out in their own letters: answers are UTF-8, and no browser takes JSON for a page.</summary>
    public static ReadJson Plain => Holder.Plain;

    // A class of its own, because nothing says in which order the parts of a partial class are initialised.
    private static class Holder
    {
        public static readonly ReadJson Plain = new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}

/// <summary>A page of a list.</summary>
/// <param name="NextCursor">Where to go on; null where that was all.</param>
internal sealed record ListAnswer<T>(
    IReadOnlyList<T> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);
