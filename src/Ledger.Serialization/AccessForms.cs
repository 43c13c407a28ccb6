using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization;

/// <summary>The stored forms of keys and webhooks: whatever is secret or a person's name stands as a digest only.</summary>
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

    public static readonly Form<WebhookEvent.Registered> WebhookRegistered = ObjectForm.Of<WebhookEvent.Registered>(of =>
    {
        var webhookId = of.Field("webhookId", Ids.Webhook, x => x.WebhookId);
        var url = of.Field("url", Text, x => x.Url);
        var agreements = of.List("agreements", Ids.Agreement, x => x.Agreements);
        var types = of.List("types", Text, x => x.Types);
        var after = of.Field("after", Long, x => x.After);
        var secret = of.Digest("secret", x => x.Secret);
        return row => new WebhookEvent.Registered(
            row.Get(webhookId), row.Get(url), row.Get(agreements), row.Get(types), row.Get(after), row.Get(secret));
    });

    public static readonly Form<WebhookEvent.Removed> WebhookRemoved = ObjectForm.Empty<WebhookEvent.Removed>();
}
