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

    /// <summary>A key that opens nothing yet: so many administrators must agree, whoever asked included.</summary>
    public sealed record KeyProposed(
        KeyId KeyId, Subject Subject, string DisplayName, Values<Role> Roles, PartyId? PartyId, Values<AgreementId> Agreements,
        DateTimeOffset? ExpiresAt, string SecretHash, int ApprovalsRequired) : AccessEvent;

    /// <summary>Another secret for a key, which opens nothing yet; the present ones go on. It takes the place of one that was proposed before.</summary>
    public sealed record KeyRotationProposed(int Number, string SecretHash, int OverlapHours, int ApprovalsRequired) : AccessEvent;

    /// <summary>One administrator's yes to what is proposed. The yes that fills the number lets the secret open, and ends those before it as a rotation does.</summary>
    /// <param name="Number">Which secret; 0 is the key itself.</param>
    public sealed record KeyApproved(int Number) : AccessEvent;

    /// <summary>Another secret opens the key from here on.</summary>
    /// <param name="Number">Which of the key's secrets it is: 0 came with the key. It stands in the part of a key's text that may be shown.</param>
    /// <param name="SecretHash">As that of <see cref="KeyIssued"/>.</param>
    /// <param name="OverlapHours">So long the secrets before it go on opening; 0 = they end with this event.</param>
    public sealed record KeyRotated(int Number, string SecretHash, int OverlapHours) : AccessEvent;
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
    /// <param name="Filter">Which cases; version 1 had none.</param>
    public sealed record Registered(
        WebhookId WebhookId, string Url, Values<AgreementId> Agreements, Values<string> Types, long After, string Secret, WebhookFilter Filter) : WebhookEvent;

    /// <param name="Secret">Digest of the new secret. The old one goes on signing beside it for a day.</param>
    public sealed record SecretRotated(string Secret) : WebhookEvent;

    /// <summary>A paused delivery goes on from where it stopped.</summary>
    public sealed record Resumed : WebhookEvent;

    public sealed record Removed : WebhookEvent;
}

/// <summary>Which cases a webhook is about. Several values of one kind mean <em>or</em>; none filters nothing; with any, only events of cases are pushed.</summary>
/// <param name="Parties">Alleged, accountable or affected; <c>undetermined</c> is one here.</param>
/// <param name="Severities">Of a standing confirmation.</param>
/// <param name="Area">Where the case's representative point lies.</param>
public sealed record WebhookFilter(Values<PartyId> Parties, Values<Violations.Category> Categories, Values<Violations.Severity> Severities, WebhookArea? Area)
{
    public static readonly WebhookFilter None = new(Values<PartyId>.None, Values<Violations.Category>.None, Values<Violations.Severity>.None, null);

    public bool IsNone => this == None;

    /// <summary>True where a case, as it stands, is one of them.</summary>
    public bool Holds(Violations.ViolationState @case)
    {
        ArgumentNullException.ThrowIfNull(@case);
        return (Categories.Count == 0 || Categories.Contains(@case.Report.Category))
            && (Parties.Count == 0 || Parties.Any(party => party.Value == PartyId.Undetermined ? @case.AccountableParty is null : @case.Names(party)))
            && (Severities.Count == 0 || (@case.Finding is Violations.Finding.Confirmed confirmed && Severities.Contains(confirmed.Severity)))
            && (Area is not { } area || (@case.Report.Location?.RepresentativePoint is { } point && area.Holds(point)));
    }
}

/// <summary>A box in degrees; west is greater than east where the antimeridian lies between.</summary>
public sealed record WebhookArea(double West, double South, double East, double North)
{
    public bool Holds(GeoPoint point) =>
        point.Latitude >= South && point.Latitude <= North
        && (West <= East ? point.Longitude >= West && point.Longitude <= East : point.Longitude >= West || point.Longitude <= East);
}

/// <summary>Which keys take several administrators, and how many: the operator's setting.</summary>
public sealed record KeyPolicy(int Approvals, Values<Role> Roles)
{
    /// <summary>One is enough for every key.</summary>
    public static readonly KeyPolicy None = new(1, Values<Role>.None);

    /// <summary>How many people have ever been administrators, revoked ones too; null where others may be, whom the history doesn't know.</summary>
    public int? AdministratorsEver { get; init; }

    /// <remarks>
    /// While one person alone has ever been an administrator, nobody can be the second pair of eyes: the first makes the second alone, and with
    /// no other role. The number never falls again: whoever revokes all others doesn't become one who needs nobody.
    /// </remarks>
    public int For(IReadOnlyCollection<Role> roles) =>
        !roles.Any(Roles.Contains) ? 1
        : roles.All(role => role == Role.Administrator) && AdministratorsEver is { } known ? Math.Clamp(known, 1, Approvals)
        : Approvals;
}

/// <summary>What an administrator may ask of keys.</summary>
public abstract record AccessCommand
{
    private AccessCommand() { }

    public sealed record IssueKey(
        KeyId KeyId, Subject Subject, string DisplayName, Values<Role> Roles, PartyId? PartyId, Values<AgreementId> Agreements,
        DateTimeOffset? ExpiresAt, string SecretHash) : AccessCommand
    {
        public KeyPolicy Policy { get; init; } = KeyPolicy.None;
    }

    public sealed record RevokeKey : AccessCommand;

    /// <param name="Number">The next one, as whoever asks sees the key: of two who ask at once the second is told.</param>
    public sealed record RotateKey(int Number, string SecretHash, int OverlapHours) : AccessCommand
    {
        public KeyPolicy Policy { get; init; } = KeyPolicy.None;
    }

    public sealed record ApproveKey : AccessCommand;
}

/// <summary>What an administrator may ask of webhooks.</summary>
public abstract record WebhookCommand
{
    private WebhookCommand() { }

    public sealed record Register(
        WebhookId WebhookId, string Url, Values<AgreementId> Agreements, Values<string> Types, long After, string Secret, WebhookFilter Filter) : WebhookCommand;

    /// <param name="Secret">Digest of the new secret.</param>
    public sealed record RotateSecret(string Secret) : WebhookCommand;

    public sealed record Resume : WebhookCommand;

    public sealed record Remove : WebhookCommand;
}
