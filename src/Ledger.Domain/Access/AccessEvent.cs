namespace Ledger.Domain.Access;

/// <summary>A fact recorded about one API key: the operator's acts are in the history too.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record AccessEvent
{
    private AccessEvent() { }

    /// <param name="DisplayName">Digest of the display name, which lies in the vault.</param>
    /// <param name="Agreements">The only agreements that it sees; none = all.</param>
    /// <param name="SecretHash">HMAC-SHA-256 of the key under the server's secret, base64url. The key itself is shown once and kept nowhere.</param>
    public sealed record KeyIssued(
        KeyId KeyId, Subject Subject, string DisplayName, Values<Role> Roles, PartyId? PartyId, Values<AgreementId> Agreements,
        DateTimeOffset? ExpiresAt, string SecretHash) : AccessEvent;

    public sealed record KeyRevoked : AccessEvent;
}

/// <summary>A fact recorded about one webhook.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record WebhookEvent
{
    private WebhookEvent() { }

    /// <param name="Agreements">Whose events are pushed; none = all.</param>
    /// <param name="Types">Which types are pushed; none = all.</param>
    /// <param name="After">The sequence to start behind.</param>
    /// <param name="Secret">Digest of the signing secret, which lies in the vault.</param>
    public sealed record Registered(
        WebhookId WebhookId, string Url, Values<AgreementId> Agreements, Values<string> Types, long After, string Secret) : WebhookEvent;

    public sealed record Removed : WebhookEvent;
}

/// <summary>What an administrator may ask of keys.</summary>
public abstract record AccessCommand
{
    private AccessCommand() { }

    public sealed record IssueKey(
        KeyId KeyId, Subject Subject, string DisplayName, Values<Role> Roles, PartyId? PartyId, Values<AgreementId> Agreements,
        DateTimeOffset? ExpiresAt, string SecretHash) : AccessCommand;

    public sealed record RevokeKey : AccessCommand;
}

/// <summary>What an administrator may ask of webhooks.</summary>
public abstract record WebhookCommand
{
    private WebhookCommand() { }

    public sealed record Register(
        WebhookId WebhookId, string Url, Values<AgreementId> Agreements, Values<string> Types, long After, string Secret) : WebhookCommand;

    public sealed record Remove : WebhookCommand;
}
