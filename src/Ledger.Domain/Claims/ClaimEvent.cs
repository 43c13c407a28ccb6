namespace Ledger.Domain.Claims;

/// <summary>A fact recorded about one published total. It stands beside the picture, never in it.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record ClaimEvent
{
    private ClaimEvent() { }

    public sealed record AggregateClaimRecorded(
        ClaimId ClaimId, AgreementId AgreementId, Claimant ClaimedBy, PartyId? Against, DateTimeOffset From, DateTimeOffset To,
        Values<ClaimFigure> Figures, ClaimSource Source, Prose? Text) : ClaimEvent;

    public sealed record AggregateClaimWithdrawn(Prose Reason) : ClaimEvent;
}

/// <summary>Who published it: a party of the agreement, or another body by name.</summary>
public sealed record Claimant(PartyId? Party, string? Body);

/// <param name="Of">A category's code, or violations, incidents, shots, strikes, killed, injured.</param>
public sealed record ClaimFigure(string Of, long Min, long? Max);

public sealed record ClaimSource(string Name, string? Reference);

/// <summary>What may be asked of an aggregate claim.</summary>
public abstract record ClaimCommand
{
    private ClaimCommand() { }

    public sealed record Record(
        ClaimId ClaimId, AgreementId AgreementId, Claimant ClaimedBy, PartyId? Against, DateTimeOffset From, DateTimeOffset To,
        Values<ClaimFigure> Figures, ClaimSource Source, Prose? Text) : ClaimCommand;

    public sealed record Withdraw(Prose Reason) : ClaimCommand;
}
