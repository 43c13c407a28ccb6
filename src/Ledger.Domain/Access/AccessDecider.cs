using System.Diagnostics;

namespace Ledger.Domain.Access;

/// <summary>An API key as its stream says it stands.</summary>
public sealed record KeyState(
    KeyId KeyId, Subject Subject, string DisplayName, Values<Role> Roles, PartyId? PartyId, Values<AgreementId> Agreements,
    DateTimeOffset? ExpiresAt, string SecretHash, DateTimeOffset RecordedAt, DateTimeOffset? RevokedAt, long Revision)
{
    /// <summary>Which of its secrets <see cref="SecretHash"/> is of: 0 came with the key, each rotation brings the next.</summary>
    public int Secret { get; init; }

    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>Secrets before it that went on opening when the newest one came, each until its end.</summary>
    public Values<EarlierSecret> Earlier { get; init; } = Values<EarlierSecret>.None;

    /// <summary>What waits for administrators to agree: the key itself, or another secret for it.</summary>
    public KeyProposal? Proposal { get; init; }

    /// <summary>True while the key itself waits, and opens nothing.</summary>
    public bool IsProposed => Proposal is { Number: 0 };

    public bool IsValidAt(DateTimeOffset now) => !IsOverAt(now) && !IsProposed;

    /// <summary>True once no secret and no approval can make it open any more.</summary>
    public bool IsOverAt(DateTimeOffset now) => RevokedAt is not null || now >= ExpiresAt;

    /// <summary>Which of its secrets a hash is of; null where it is of none that opens the key now.</summary>
    public int? SecretAt(string hash, DateTimeOffset now) => !IsValidAt(now) ? null
        : hash == SecretHash ? Secret
        : Earlier.FirstOrDefault(one => one.Hash == hash && now < one.Until)?.Number;

    /// <summary>True while the key opens by this one of its secrets.</summary>
    public bool OpensBy(int secret, DateTimeOffset now) => EndOf(secret) is { } end ? now < end && IsValidAt(now) : secret == Secret && IsValidAt(now);

    /// <summary>When this one of its secrets ends by itself, if ever.</summary>
    public DateTimeOffset? EndOf(int secret)
    {
        if (secret == Secret) return ExpiresAt;
        var until = Earlier.FirstOrDefault(one => one.Number == secret)?.Until ?? DateTimeOffset.MinValue;
        return ExpiresAt < until ? ExpiresAt : until;
    }

    /// <summary>True where the key sees this agreement: every one, or one that it names.</summary>
    public bool Sees(AgreementId agreement) => Agreements.Count == 0 || Agreements.Contains(agreement);
}

/// <summary>A secret that was replaced and goes on opening its key for a while.</summary>
public sealed record EarlierSecret(int Number, string Hash, DateTimeOffset Until);

/// <summary>A secret that waits for administrators to agree.</summary>
/// <param name="Number">0 = the key itself.</param>
/// <param name="Agreed">Whoever asked for it first.</param>
public sealed record KeyProposal(int Number, string SecretHash, int OverlapHours, int Required, Values<Subject> Agreed);

/// <summary>What may be done with a key.</summary>
public static class AccessDecider
{
    public static Decision<AccessEvent> Decide(AccessCommand command, KeyState? state, DateTimeOffset now, Actor actor) => (command, state) switch
    {
        (AccessCommand.IssueKey, not null) => new Refusal(Codes.KeyExists, "A key with this id exists."),
        (AccessCommand.IssueKey c, null) when AboutRoles(c.Roles) is { } refusal => refusal,
        (AccessCommand.IssueKey c, null) when c.Policy.For(c.Roles) is > 1 and var several =>
            new AccessEvent.KeyProposed(c.KeyId, c.Subject, c.DisplayName, c.Roles, c.PartyId, c.Agreements, c.ExpiresAt, c.SecretHash, several),
        (AccessCommand.IssueKey c, null) =>
            new AccessEvent.KeyIssued(c.KeyId, c.Subject, c.DisplayName, c.Roles, c.PartyId, c.Agreements, c.ExpiresAt, c.SecretHash),
        (AccessCommand.RevokeKey, { RevokedAt: not null }) => new Refusal(Codes.KeyRevoked, "The key is revoked already."),
        (AccessCommand.RevokeKey, not null) => new AccessEvent.KeyRevoked(),

        (AccessCommand.RotateKey or AccessCommand.ApproveKey, { RevokedAt: not null }) => new Refusal(Codes.KeyRevoked, "The key is revoked; issue another."),
        (AccessCommand.RotateKey or AccessCommand.ApproveKey, { } s) when s.IsOverAt(now) => new Refusal(Codes.KeyExpired, "The key has expired, and no secret opens it any more; issue another."),
        (AccessCommand.RotateKey, { IsProposed: true }) => new Refusal(Codes.KeyProposed, "The key waits for another administrator; revoke it and issue another if its secret is lost."),
        (AccessCommand.RotateKey c, { } s) when c.Number != s.Secret + 1 => new Refusal(Codes.KeyRotated, "Somebody else rotated the key at the same moment; look at it first."),
        (AccessCommand.RotateKey c, { } s) when c.Policy.For(s.Roles) is > 1 and var several => new AccessEvent.KeyRotationProposed(c.Number, c.SecretHash, c.OverlapHours, several),
        (AccessCommand.RotateKey c, _) => new AccessEvent.KeyRotated(c.Number, c.SecretHash, c.OverlapHours),

        (AccessCommand.ApproveKey, { Proposal: null }) => new Refusal(Codes.NothingToApprove, "Nothing about the key waits for approval."),
        (AccessCommand.ApproveKey, { Proposal: { } p }) when p.Agreed.Contains(actor.Subject) => new Refusal(Codes.SeparationOfDuties, "Another administrator approves what you asked for or agreed to."),
        (AccessCommand.ApproveKey, { } s) when s.Subject == actor.Subject => new Refusal(Codes.SeparationOfDuties, "Nobody approves a key of their own."),
        (AccessCommand.ApproveKey, { Proposal: { } p }) => new AccessEvent.KeyApproved(p.Number),

        (AccessCommand.RevokeKey or AccessCommand.RotateKey or AccessCommand.ApproveKey, null) => throw new InvalidOperationException("This is asked of a key that exists."),
        _ => throw new UnreachableException(),
    };

    /// <summary>What one subject may be at once, by one key or by several.</summary>
    public static Refusal? AboutRoles(IReadOnlyCollection<Role> roles) =>
        roles.Contains(Role.Liaison) && roles.Any(role => role is not (Role.Liaison or Role.Reader))
            ? new(Codes.RolesConflict, "A liaison speaks for a party and has no other role but reader.")
            : null;

    public static KeyState Evolve(KeyState? state, Fact<AccessEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return fact.Event switch
        {
            AccessEvent.KeyIssued e => new(
                e.KeyId, e.Subject, e.DisplayName, e.Roles, e.PartyId, e.Agreements, e.ExpiresAt, e.SecretHash, fact.RecordedAt, null, fact.Revision),
            AccessEvent.KeyRevoked when state is not null => state with { RevokedAt = fact.RecordedAt, Revision = fact.Revision },
            AccessEvent.KeyProposed e => new(
                e.KeyId, e.Subject, e.DisplayName, e.Roles, e.PartyId, e.Agreements, e.ExpiresAt, e.SecretHash, fact.RecordedAt, null, fact.Revision)
            {
                Proposal = new KeyProposal(0, e.SecretHash, 0, e.ApprovalsRequired, Values.Of(fact.Actor.Subject)),
            },
            AccessEvent.KeyRotated e when state is not null => Rotated(state, e, fact),
            AccessEvent.KeyRotationProposed e when state is not null => state with
            {
                Proposal = new KeyProposal(e.Number, e.SecretHash, e.OverlapHours, e.ApprovalsRequired, Values.Of(fact.Actor.Subject)),
                Revision = fact.Revision,
            },
            AccessEvent.KeyApproved when state is { Proposal: { } p } => Approved(state, p, fact),
            AccessEvent.KeyApproved => throw new InvalidOperationException("A yes is to something that was proposed."),
            AccessEvent.KeyRevoked or AccessEvent.KeyRotated or AccessEvent.KeyRotationProposed => throw new InvalidOperationException("A key's stream begins with its issue."),
            _ => throw new UnreachableException(),
        };
    }

    private static KeyState Approved(KeyState s, KeyProposal p, Fact<AccessEvent> fact)
    {
        var agreed = p.Agreed.Append(fact.Actor.Subject).ToValues();
        if (agreed.Count < p.Required) return s with { Proposal = p with { Agreed = agreed }, Revision = fact.Revision };
        return p.Number == 0
            ? s with { Proposal = null, Revision = fact.Revision }
            : Rotated(s, new AccessEvent.KeyRotated(p.Number, p.SecretHash, p.OverlapHours), fact);
    }

    /// <summary>Nobody's end is moved back: a rotation without an overlap ends every secret before it.</summary>
    private static KeyState Rotated(KeyState s, AccessEvent.KeyRotated e, Fact<AccessEvent> fact)
    {
        var end = fact.RecordedAt.AddHours(e.OverlapHours);
        var earlier = s.Earlier.Append(new EarlierSecret(s.Secret, s.SecretHash, end))
            .Select(one => one.Until < end ? one : one with { Until = end })
            .Where(one => fact.RecordedAt < one.Until);
        return s with { Secret = e.Number, SecretHash = e.SecretHash, RotatedAt = fact.RecordedAt, Earlier = earlier.ToValues(), Proposal = null, Revision = fact.Revision };
    }
}

/// <summary>A webhook as its stream says it stands.</summary>
/// <param name="Previous">The secret before the present one, and when it was replaced.</param>
/// <param name="ResumedAt">The revision of the last resumption; -1 where there was none.</param>
public sealed record WebhookState(
    WebhookId WebhookId, string Url, Values<AgreementId> Agreements, Values<string> Types, WebhookFilter Filter, long After, string Secret,
    (string Secret, DateTimeOffset ReplacedAt)? Previous, long ResumedAt, DateTimeOffset RecordedAt, bool Removed, long Revision);

/// <summary>What may be done with a webhook.</summary>
public static class WebhookDecider
{
    public static Decision<WebhookEvent> Decide(WebhookCommand command, WebhookState? state) => (command, state) switch
    {
        (WebhookCommand.Register, not null) => new Refusal(Codes.WebhookExists, "A webhook with this id exists."),
        (WebhookCommand.Register c, null) => new WebhookEvent.Registered(c.WebhookId, c.Url, c.Agreements, c.Types, c.After, c.Secret, c.Filter),
        (WebhookCommand.Remove, { Removed: true }) => new Refusal(Codes.WebhookRemoved, "The webhook is removed already."),
        (WebhookCommand.RotateSecret or WebhookCommand.Resume, { Removed: true }) => new Refusal(Codes.WebhookRemoved, "The webhook is removed."),
        (WebhookCommand.RotateSecret c, not null) => new WebhookEvent.SecretRotated(c.Secret),
        (WebhookCommand.Resume, not null) => new WebhookEvent.Resumed(),
        (WebhookCommand.Remove, not null) => new WebhookEvent.Removed(),
        (WebhookCommand.Remove or WebhookCommand.RotateSecret or WebhookCommand.Resume, null) => throw new InvalidOperationException("This is asked of a webhook that exists."),
        _ => throw new UnreachableException(),
    };

    public static WebhookState Evolve(WebhookState? state, Fact<WebhookEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return fact.Event switch
        {
            WebhookEvent.Registered e => new(
                e.WebhookId, e.Url, e.Agreements, e.Types, e.Filter, e.After, e.Secret, null, -1, fact.RecordedAt, false, fact.Revision),
            WebhookEvent.SecretRotated e when state is not null => state with { Secret = e.Secret, Previous = (state.Secret, fact.RecordedAt), Revision = fact.Revision },
            WebhookEvent.Resumed when state is not null => state with { ResumedAt = fact.Revision, Revision = fact.Revision },
            WebhookEvent.Removed when state is not null => state with { Removed = true, Revision = fact.Revision },
            WebhookEvent.Removed or WebhookEvent.SecretRotated or WebhookEvent.Resumed => throw new InvalidOperationException("A webhook's stream begins with its registration."),
            _ => throw new UnreachableException(),
        };
    }
}
