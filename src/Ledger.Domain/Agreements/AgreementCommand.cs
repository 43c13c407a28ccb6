namespace Ledger.Domain.Agreements;

/// <summary>What an administrator may ask of an agreement.</summary>
public abstract record AgreementCommand
{
    private AgreementCommand() { }

    public sealed record Register(
        AgreementId AgreementId,
        string Title,
        string TimeZone,
        Values<Instrument> Instruments,
        Values<Party> Parties,
        Values<Guarantor> Guarantors,
        Values<Provision> Provisions,
        Term Term,
        bool Exercise,
        Policy Policy) : AgreementCommand
    {
        public Safeguards Safeguards { get; init; } = Safeguards.None;
    }

    public sealed record AddParty(Party Party) : AgreementCommand;

    public sealed record AddProvision(Provision Provision) : AgreementCommand;

    public sealed record DefineZone(Zone Zone) : AgreementCommand;

    public sealed record ChangePolicy(
        Change<int> ConfirmationsRequired,
        Change<int> RulingsRequired,
        Change<bool> OnePerDelegation,
        Change<bool> RedisputeNeedsEvidence,
        Change<bool> ConfirmersMayResolve,
        Change<int> ReplyWindowHours,
        Change<int> ErasureApprovals) : AgreementCommand
    {
        public Change<int> PlacePrecisionMetres { get; init; }

        public Change<TimePrecision> TimePrecision { get; init; }

        public Change<int> PolicyApprovals { get; init; }
    }

    public sealed record Suspend(DateTimeOffset At, Prose? Reason) : AgreementCommand;

    public sealed record Resume(DateTimeOffset At, Prose? Reason) : AgreementCommand;

    public sealed record End(DateTimeOffset At, Prose? Reason) : AgreementCommand;
}
