namespace Ledger.Domain;

/// <summary>What a decider says to a command: these events, or no and why.</summary>
public abstract record Decision<TEvent>
{
    private Decision() { }

    public sealed record Accepted(IReadOnlyList<TEvent> Events) : Decision<TEvent>;

    public sealed record Refused(Refusal Why) : Decision<TEvent>;

    public static implicit operator Decision<TEvent>(Refusal why) => new Refused(why);

    public static implicit operator Decision<TEvent>(TEvent @event) => new Accepted([@event]);

    public static implicit operator Decision<TEvent>(TEvent[] events) => new Accepted(events);
}

/// <summary>No, by a rule. Codes are stable, programs rely on them; messages are for people.</summary>
public sealed record Refusal(string Code, string Message)
{
    /// <summary>True where the rule is about who acts (HTTP 403), false where it is about the state of things (HTTP 409).</summary>
    public bool IsAboutWho => Code is
        Codes.NotAllowed or Codes.NotYourParty or Codes.PartyCannotRule or Codes.SeparationOfDuties
        or Codes.NotTheRecorder or Codes.NotYourDispute;
}

/// <summary>Every refusal code of the rules (domain.md, "Rules"), and those that their endpoints need beside them.</summary>
public static class Codes
{
    // Who may
    public const string NotAllowed = "not-allowed";
    public const string NotYourParty = "not-your-party";
    public const string PartyCannotRule = "party-cannot-rule";
    public const string SeparationOfDuties = "separation-of-duties";
    public const string NotTheRecorder = "not-the-recorder";
    public const string NotYourDispute = "not-your-dispute";

    // What exists
    public const string UnknownAgreement = "unknown-agreement";
    public const string UnknownParty = "unknown-party";
    public const string UnknownProvision = "unknown-provision";
    public const string UnknownZone = "unknown-zone";
    public const string UnknownViolation = "unknown-violation";
    public const string ReservedParty = "reserved-party";
    public const string AgreementExists = "agreement-exists";
    public const string PartyExists = "party-exists";
    public const string ProvisionExists = "provision-exists";
    public const string ZoneExists = "zone-exists";
    public const string ViolationExists = "violation-exists";
    public const string CoverageExists = "coverage-exists";
    public const string ClaimExists = "claim-exists";
    public const string KeyExists = "key-exists";
    public const string WebhookExists = "webhook-exists";
    public const string DisputeExists = "dispute-exists";

    // When
    public const string OccurredInFuture = "occurred-in-future";
    public const string OutsideTerm = "outside-term";
    public const string ReplyWindowOpen = "reply-window-open";
    public const string NotYetWatched = "period-in-future";

    // The state of the agreement
    public const string AlreadySuspended = "already-suspended";
    public const string NotSuspended = "not-suspended";
    public const string AgreementEnded = "agreement-ended";

    // The state of the case
    public const string NothingToReopen = "nothing-to-reopen";
    public const string DisputeOpen = "dispute-open";
    public const string DisputeClosed = "dispute-closed";
    public const string DisputeAlreadyOpen = "dispute-already-open";
    public const string AlreadyRuled = "already-ruled";
    public const string FindingStands = "finding-stands";
    public const string CaseClosed = "case-closed";
    public const string CaseFull = "case-full";
    public const string DuplicateOfClosed = "duplicate-of-closed";
    public const string SameOrigin = "same-origin";
    public const string EvidenceNeeded = "evidence-needed";
    public const string PrivateTarget = "private-target";
    public const string NothingToErase = "nothing-to-erase";
    public const string AlreadyStripped = "already-stripped";
    public const string EvidenceErased = "evidence-erased";

    // Claims, keys and webhooks
    public const string AlreadyWithdrawn = "already-withdrawn";
    public const string KeyRevoked = "key-revoked";
    public const string KeyExpired = "key-expired";
    public const string KeyRotated = "key-rotated";
    public const string KeyProposed = "key-proposed";
    public const string NothingToApprove = "nothing-to-approve";
    public const string AccountBlocked = "account-blocked";
    public const string AccountNotBlocked = "account-not-blocked";
    public const string RolesConflict = "roles-conflict";
    public const string WebhookRemoved = "webhook-removed";
}
