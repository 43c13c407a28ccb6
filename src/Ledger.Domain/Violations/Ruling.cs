namespace Ledger.Domain.Violations;

/// <summary>What a verifier says yes to. Only endorsements of exactly the same ruling add up.</summary>
/// <remarks>Rationale and the basis of an attribution are each verifier's own words and aren't part of it.</remarks>
public abstract record Ruling
{
    private Ruling() { }

    /// <param name="Attribution">Null = attribution stays as it is.</param>
    public sealed record Confirm(Severity Severity, Attribution? Attribution) : Ruling;

    public sealed record Dismiss(DismissalReason Reason, ViolationId? DuplicateOf) : Ruling;

    public sealed record LeaveUnresolved(UnresolvedReason Reason) : Ruling;

    public sealed record Attribute(Attribution Attribution) : Ruling;

    public sealed record Resolve(DisputeId DisputeId, DisputeOutcome Outcome, Remedy? Remedy) : Ruling;

    public sealed record Reopen : Ruling;

    public bool IsSameAs(Ruling other) => Essence(this) == Essence(other);

    private static Ruling Essence(Ruling ruling) => ruling switch
    {
        Confirm c => c with { Attribution = Essence(c.Attribution) },
        Attribute a => new Attribute(Essence(a.Attribution)!),
        Resolve { Remedy: Remedy.Reattributed r } s => s with { Remedy = new Remedy.Reattributed(Essence(r.Attribution)!) },
        _ => ruling,
    };

    private static Attribution? Essence(Attribution? attribution) => attribution is null ? null : attribution with { Basis = null };
}

/// <summary>What follows from an upheld dispute.</summary>
public abstract record Remedy
{
    private Remedy() { }

    /// <param name="Reason">Any but duplicate.</param>
    public sealed record Dismissed(DismissalReason Reason) : Remedy;

    public sealed record Reattributed(Attribution Attribution) : Remedy;

    public sealed record Reopened : Remedy;

    public sealed record Amended(ReportChanges Changes) : Remedy;
}
