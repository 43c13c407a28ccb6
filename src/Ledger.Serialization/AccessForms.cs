using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Violations;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization;

/// <summary>The stored forms of keys, accounts, webhooks and readings: whatever is secret or a person's name stands as a digest only.</summary>
internal static class AccessForms
{
    public static readonly Form<AccessEvent.KeyIssued> KeyIssued = ObjectForm.Of<AccessEvent.KeyIssued>(of =>
    {
        var keyId = of.Field("keyId", Ids.Key, x => x.KeyId);
        var subject = of.Field("subject", Ids.Subject, x => x.Subject);
        var displayName = of.Digest("displayName", x => x.DisplayName);
        var roles = of.List("roles", Code<Role>(), x => x.Roles);
        var partyId = of.Optional("partyId", Ids.Party, x => x.PartyId);
        var agreements = of.List("agreements", Ids.Agreement, x => x.Agreements);
        var expiresAt = of.Optional("expiresAt", Time, x => x.ExpiresAt);
        var secretHash = of.Field("secretHash", Text, x => x.SecretHash);
        return row => new AccessEvent.KeyIssued(
            row.Get(keyId), row.Get(subject), row.Get(displayName), row.Get(roles), row.Get(partyId), row.Get(agreements),
            row.Get(expiresAt), row.Get(secretHash));
    });

    public static readonly Form<AccessEvent.KeyRevoked> KeyRevoked = ObjectForm.Empty<AccessEvent.KeyRevoked>();

    public static readonly Form<AccessEvent.KeyRotated> KeyRotated = ObjectForm.Of<AccessEvent.KeyRotated>(of =>
    {
        var number = of.Field("number", Whole, x => x.Number);
        var secretHash = of.Field("secretHash", Text, x => x.SecretHash);
        var overlapHours = of.Field("overlapHours", Whole, x => x.OverlapHours);
        return row => new AccessEvent.KeyRotated(row.Get(number), row.Get(secretHash), row.Get(overlapHours));
    });

    public static readonly Form<AccessEvent.KeyProposed> KeyProposed = ObjectForm.Of<AccessEvent.KeyProposed>(of =>
    {
        var keyId = of.Field("keyId", Ids.Key, x => x.KeyId);
        var subject = of.Field("subject", Ids.Subject, x => x.Subject);
        var displayName = of.Digest("displayName", x => x.DisplayName);
        var roles = of.List("roles", Code<Role>(), x => x.Roles);
        var partyId = of.Optional("partyId", Ids.Party, x => x.PartyId);
        var agreements = of.List("agreements", Ids.Agreement, x => x.Agreements);
        var expiresAt = of.Optional("expiresAt", Time, x => x.ExpiresAt);
        var secretHash = of.Field("secretHash", Text, x => x.SecretHash);
        var approvalsRequired = of.Field("approvalsRequired", Whole, x => x.ApprovalsRequired);
        return row => new AccessEvent.KeyProposed(
            row.Get(keyId), row.Get(subject), row.Get(displayName), row.Get(roles), row.Get(partyId), row.Get(agreements),
            row.Get(expiresAt), row.Get(secretHash), row.Get(approvalsRequired));
    });

    public static readonly Form<AccessEvent.KeyRotationProposed> KeyRotationProposed = ObjectForm.Of<AccessEvent.KeyRotationProposed>(of =>
    {
        var number = of.Field("number", Whole, x => x.Number);
        var secretHash = of.Field("secretHash", Text, x => x.SecretHash);
        var overlapHours = of.Field("overlapHours", Whole, x => x.OverlapHours);
        var approvalsRequired = of.Field("approvalsRequired", Whole, x => x.ApprovalsRequired);
        return row => new AccessEvent.KeyRotationProposed(row.Get(number), row.Get(secretHash), row.Get(overlapHours), row.Get(approvalsRequired));
    });

    public static readonly Form<AccessEvent.KeyApproved> KeyApproved = ObjectForm.Of<AccessEvent.KeyApproved>(of =>
    {
        var number = of.Field("number", Whole, x => x.Number);
        return row => new AccessEvent.KeyApproved(row.Get(number));
    });

    private static readonly Form<WebhookArea> AreaForm = ObjectForm.Of<WebhookArea>(of =>
    {
        var west = of.Field("west", Number, x => x.West);
        var south = of.Field("south", Number, x => x.South);
        var east = of.Field("east", Number, x => x.East);
        var north = of.Field("north", Number, x => x.North);
        return row => new WebhookArea(row.Get(west), row.Get(south), row.Get(east), row.Get(north));
    });

    public static readonly Form<WebhookEvent.Registered> WebhookRegistered = ObjectForm.Of<WebhookEvent.Registered>(of =>
    {
        var webhookId = of.Field("webhookId", Ids.Webhook, x => x.WebhookId);
        var url = of.Field("url", Text, x => x.Url);
        var agreements = of.List("agreements", Ids.Agreement, x => x.Agreements);
        var types = of.List("types", Text, x => x.Types);
        var after = of.Field("after", Long, x => x.After);
        var secret = of.Digest("secret", x => x.Secret);
        var parties = of.List("parties", Ids.Party, x => x.Filter.Parties);
        var categories = of.List("categories", Code<Category>(), x => x.Filter.Categories);
        var severities = of.List("severities", Code<Severity>(), x => x.Filter.Severities);
        var area = of.Optional("area", AreaForm, x => x.Filter.Area);
        return row => new WebhookEvent.Registered(
            row.Get(webhookId), row.Get(url), row.Get(agreements), row.Get(types), row.Get(after), row.Get(secret),
            new WebhookFilter(row.Get(parties), row.Get(categories), row.Get(severities), row.Get(area)));
    });

    public static readonly Form<WebhookEvent.SecretRotated> WebhookSecretRotated = ObjectForm.Of<WebhookEvent.SecretRotated>(of =>
    {
        var secret = of.Digest("secret", x => x.Secret);
        return row => new WebhookEvent.SecretRotated(row.Get(secret));
    });

    public static readonly Form<WebhookEvent.Resumed> WebhookResumed = ObjectForm.Empty<WebhookEvent.Resumed>();

    public static readonly Form<ReadingEvent.EvidenceRead> EvidenceRead = ObjectForm.Of<ReadingEvent.EvidenceRead>(of =>
    {
        var agreement = of.Field("agreementId", Ids.Agreement, x => x.AgreementId);
        var sha256 = of.Field("sha256", Text, x => x.Sha256);
        var violations = of.List("violations", Ids.Violation, x => x.Violations);
        var original = of.Field("original", YesNo, x => x.Original);
        return row => new ReadingEvent.EvidenceRead(row.Get(agreement), row.Get(sha256), row.Get(violations), row.Get(original));
    });

    public static readonly Form<AccountEvent.Ended> AccountEnded = ObjectForm.Of<AccountEvent.Ended>(of =>
    {
        var subject = of.Field("subject", Ids.Subject, x => x.Subject);
        return row => new AccountEvent.Ended(row.Get(subject));
    });

    public static readonly Form<AccountEvent.Blocked> AccountBlocked = ObjectForm.Of<AccountEvent.Blocked>(of =>
    {
        var subject = of.Field("subject", Ids.Subject, x => x.Subject);
        return row => new AccountEvent.Blocked(row.Get(subject));
    });

    public static readonly Form<AccountEvent.Unblocked> AccountUnblocked = ObjectForm.Of<AccountEvent.Unblocked>(of =>
    {
        var subject = of.Field("subject", Ids.Subject, x => x.Subject);
        return row => new AccountEvent.Unblocked(row.Get(subject));
    });

    public static readonly Form<WebhookEvent.Removed> WebhookRemoved = ObjectForm.Empty<WebhookEvent.Removed>();
}
