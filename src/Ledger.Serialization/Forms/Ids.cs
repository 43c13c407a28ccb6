using Ledger.Domain;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization.Forms;

/// <summary>Ids are plain strings.</summary>
internal static class Ids
{
    public static readonly Form<AgreementId> Agreement = Text.As(value => new AgreementId(value), id => id.Value);
    public static readonly Form<PartyId> Party = Text.As(value => new PartyId(value), id => id.Value);
    public static readonly Form<ProvisionId> Provision = Text.As(value => new ProvisionId(value), id => id.Value);
    public static readonly Form<ZoneId> Zone = Text.As(value => new ZoneId(value), id => id.Value);
    public static readonly Form<KeyId> Key = Text.As(value => new KeyId(value), id => id.Value);
    public static readonly Form<WebhookId> Webhook = Text.As(value => new WebhookId(value), id => id.Value);
    public static readonly Form<Subject> Subject = Text.As(value => new Subject(value), id => id.Value);
    public static readonly Form<ViolationId> Violation = Uuid.As(value => new ViolationId(value), id => id.Value);
    public static readonly Form<DisputeId> Dispute = Uuid.As(value => new DisputeId(value), id => id.Value);
    public static readonly Form<CoverageId> Coverage = Uuid.As(value => new CoverageId(value), id => id.Value);
    public static readonly Form<ClaimId> Claim = Uuid.As(value => new ClaimId(value), id => id.Value);
}
