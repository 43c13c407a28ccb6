namespace Ledger.Domain.Agreements;

/// <summary>A fact recorded about one agreement.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record AgreementEvent
{
    private AgreementEvent() { }

    public sealed record Registered(
        AgreementId AgreementId,
        string Title,
        string TimeZone,
        Values<Instrument> Instruments,
        Values<Party> Parties,
        Values<Guarantor> Guarantors,
        Values<Provision> Provisions,
        Term Term,
        bool Exercise,
        Policy Policy) : AgreementEvent;

    public sealed record PartyAdded(Party Party) : AgreementEvent;

    public sealed record ProvisionAdded(Provision Provision) : AgreementEvent;

    public sealed record ZoneDefined(Zone Zone) : AgreementEvent;

    /// <param name="Policy">The whole policy as it stands from here on.</param>
    public sealed record PolicyChanged(Policy Policy) : AgreementEvent;

    /// <param name="Safeguards">As they stand from here on. They came after version 1 of the policy and stand in an event of their own, so that who knows nothing of them reads the rest as before.</param>
    public sealed record SafeguardsChanged(Safeguards Safeguards) : AgreementEvent;

    /// <summary>One administrator's yes to exactly this policy, where more than one must say it; nothing changes yet.</summary>
    /// <param name="Policy">The whole policy as it would stand.</param>
    public sealed record PolicyChangeApproved(Policy Policy, Safeguards Safeguards) : AgreementEvent;

    public sealed record Suspended(DateTimeOffset At, Prose? Reason) : AgreementEvent;

    public sealed record Resumed(DateTimeOffset At, Prose? Reason) : AgreementEvent;

    public sealed record Ended(DateTimeOffset At, Prose? Reason) : AgreementEvent;
}

/// <summary>A text or declaration that belongs to the agreement.</summary>
/// <param name="InstrumentId">A slug.</param>
/// <param name="Sha256">Of the document, 64 lower-case hexadecimal digits.</param>
public sealed record Instrument(string InstrumentId, string Title, DateOnly Date, string? Reference = null, string? Sha256 = null);

public enum Standing { Signatory, NonSignatory }

/// <summary>Who is bound, or acts without having signed.</summary>
/// <param name="Labels">Names by language tag.</param>
/// <param name="BoundFrom">Acts before it are marked, not refused.</param>
public sealed record Party(
    PartyId PartyId, string Name, Values<Label> Labels, Standing Standing = Standing.Signatory, DateTimeOffset? BoundFrom = null);

/// <summary>A name in one language.</summary>
public sealed record Label(string Language, string Name);

public sealed record Guarantor(string Name);

/// <summary>One clause.</summary>
/// <param name="Prohibits">What it forbids, where it can be said in categories.</param>
/// <param name="Instrument">The instrument that it stands in.</param>
public sealed record Provision(
    ProvisionId ProvisionId, string Text, Values<Violations.Category> Prohibits, string? Instrument = null,
    DateTimeOffset? From = null, DateTimeOffset? Until = null);

/// <summary>A named area.</summary>
public sealed record Zone(ZoneId ZoneId, string Name, Area Polygon);

/// <summary>When the agreement is in force: from inclusive, until exclusive or open.</summary>
public sealed record Term(DateTimeOffset From, DateTimeOffset? Until = null);

/// <summary>What the parties agreed on how rulings are made. Defaults suit a small mission.</summary>
/// <param name="ConfirmationsRequired">Verifiers that must say the same before a case counts as confirmed.</param>
/// <param name="RulingsRequired">The same for dismissal, unresolved, attribution and the resolution of disputes.</param>
/// <param name="OnePerDelegation">The verifiers who make a quorum belong to different delegations.</param>
/// <param name="RedisputeNeedsEvidence">Who disputes a case again brings evidence.</param>
/// <param name="ConfirmersMayResolve">Who confirmed a case may resolve a dispute about it.</param>
/// <param name="ReplyWindowHours">Hours from recording before a case may be confirmed.</param>
/// <param name="ErasureApprovals">Administrators that must ask for the same erasure.</param>
public sealed record Policy(
    int ConfirmationsRequired = 1,
    int RulingsRequired = 1,
    bool OnePerDelegation = false,
    bool RedisputeNeedsEvidence = false,
    bool ConfirmersMayResolve = true,
    int ReplyWindowHours = 0,
    int ErasureApprovals = 1)
{
    public static readonly Policy Default = new();
}

/// <summary>The part of the policy that guards people: what readers and liaisons see, and who may change the policy.</summary>
/// <param name="PlacePrecisionMetres">Readers and liaisons see places no more exactly than this; 0 = as recorded.</param>
/// <param name="TimePrecision">Readers and liaisons see times of occurrence no more exactly than this; minute = as recorded.</param>
/// <param name="PolicyApprovals">Administrators that must ask for the same change of the policy.</param>
public sealed record Safeguards(int PlacePrecisionMetres = 0, TimePrecision TimePrecision = TimePrecision.Minute, int PolicyApprovals = 1)
{
    public static readonly Safeguards None = new();

    public bool IsBlurred => PlacePrecisionMetres > 0 || TimePrecision != TimePrecision.Minute;
}
