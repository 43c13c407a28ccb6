using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Simulation;

/// <summary>One act of the simulated mission: who asks what of which subject, and when.</summary>
/// <param name="Key">Names the act among all of the simulation; the same on every run.</param>
public abstract record SimulatedStep(string Key, Actor Actor, DateTimeOffset At)
{
    public sealed record OnAgreement(string Key, Actor Actor, DateTimeOffset At, AgreementId Agreement, AgreementCommand Command)
        : SimulatedStep(Key, Actor, At);

    /// <param name="IfMatch">The revision that a decision is taken on.</param>
    /// <param name="DependsOn">Another case that must stand in the ledger before this act.</param>
    public sealed record OnViolation(
        string Key, Actor Actor, DateTimeOffset At, ViolationId Violation, ViolationCommand Command, long? IfMatch, ViolationId? DependsOn)
        : SimulatedStep(Key, Actor, At);

    public sealed record OnCoverage(string Key, Actor Actor, DateTimeOffset At, CoverageId Coverage, CoverageCommand Command)
        : SimulatedStep(Key, Actor, At);

    public sealed record OnClaim(string Key, Actor Actor, DateTimeOffset At, ClaimId Claim, ClaimCommand Command) : SimulatedStep(Key, Actor, At);
}

/// <summary>An event of the simulated mission, as a ledger would hold it.</summary>
/// <param name="Stream">The subject's stream, such as <c>violation-…</c>.</param>
/// <param name="Revision">Its place in the stream, from 0.</param>
/// <param name="Event">One of the domain's event records.</param>
/// <param name="RecordedAt">On the mission's own clock; never runs backwards.</param>
public sealed record SimulatedEvent(string Stream, long Revision, object Event, Actor Actor, DateTimeOffset RecordedAt);
