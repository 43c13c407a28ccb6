using System.Text.Json.Serialization;
using Ledger.Api.Access;
using Ledger.Api.Agreements;
using Ledger.Api.Claims;
using Ledger.Api.Coverage;
using Ledger.Api.Violations;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Api.Http.Binding;

/// <summary>Every request record, and how its values are written. The OpenAPI document is made from the same.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    RespectNullableAnnotations = true,
    MaxDepth = 33,
    Converters =
    [
        typeof(InstantConverter), typeof(WholeConverter), typeof(LongConverter),
        typeof(KebabConverter<Category>), typeof(KebabConverter<Weapon>), typeof(KebabConverter<ObservedUnit>), typeof(KebabConverter<ObservationMeans>),
        typeof(KebabConverter<Severity>), typeof(KebabConverter<Confidence>), typeof(KebabConverter<ReplyKind>), typeof(KebabConverter<DisputeGrounds>),
        typeof(KebabConverter<DisputeOutcome>), typeof(KebabConverter<DismissalReason>), typeof(KebabConverter<UnresolvedReason>),
        typeof(KebabConverter<CasualtyKind>), typeof(KebabConverter<CasualtyWho>), typeof(KebabConverter<Reliability>),
        typeof(KebabConverter<TimePrecision>), typeof(KebabConverter<Standing>), typeof(KebabConverter<GapCause>),
    ])]
[JsonSerializable(typeof(AgreementRequest))]
[JsonSerializable(typeof(PartyRequest))]
[JsonSerializable(typeof(ProvisionRequest))]
[JsonSerializable(typeof(ZoneRequest))]
[JsonSerializable(typeof(PolicyChangeRequest))]
[JsonSerializable(typeof(TurnRequest))]
[JsonSerializable(typeof(MonitoringRequest))]
[JsonSerializable(typeof(GapRequest))]
[JsonSerializable(typeof(CorrectionRequest))]
[JsonSerializable(typeof(AggregateClaimRequest))]
[JsonSerializable(typeof(ViolationRequest))]
[JsonSerializable(typeof(EvidenceRequest))]
[JsonSerializable(typeof(EvidencePartRequest))]
[JsonSerializable(typeof(FiledEvidenceRequest))]
[JsonSerializable(typeof(CorroborationRequest))]
[JsonSerializable(typeof(ReplyRequest))]
[JsonSerializable(typeof(CasualtiesRequest))]
[JsonSerializable(typeof(AmendmentRequest))]
[JsonSerializable(typeof(AttributionRequest))]
[JsonSerializable(typeof(ErasureRequest))]
[JsonSerializable(typeof(ReasonRequest))]
[JsonSerializable(typeof(DisputeRequest))]
[JsonSerializable(typeof(DisputeAnswerRequest))]
[JsonSerializable(typeof(ResolutionRequest))]
[JsonSerializable(typeof(ConfirmationRequest))]
[JsonSerializable(typeof(DismissalRequest))]
[JsonSerializable(typeof(UnresolvedRequest))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(RotationRequest))]
[JsonSerializable(typeof(Webhooks.WebhookRequest))]
[JsonSerializable(typeof(Webhooks.WebhookAreaRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
