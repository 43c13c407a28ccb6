using System.Diagnostics;
using Ledger.Domain.Agreements;

namespace Ledger.Domain.Coverage;

using static CoverageCommand;

/// <summary>An entry of hours watched or lost as its stream says it stands.</summary>
/// <param name="Cause">Null for hours watched.</param>
public sealed record CoverageState(
    CoverageId CoverageId, AgreementId AgreementId, string Site, ZoneId? Zone, DateTimeOffset From, DateTimeOffset To,
    GapCause? Cause, PartyId? ResponsibleParty, Prose? Description, bool Corrected, DateTimeOffset RecordedAt, long Revision)
{
    public bool IsGap => Cause is not null;
}

/// <summary>What may be done with an entry of the coverage book.</summary>
public static class CoverageDecider
{
    /// <summary>As far as a clock in the field may run ahead of ours.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <param name="agreement">The agreement that the entry belongs to; null where it doesn't exist.</param>
    public static Decision<CoverageEvent> Decide(CoverageCommand command, CoverageState? state, AgreementState? agreement, DateTimeOffset now) =>
        (command, state) switch
        {
            (LogMonitoring or RecordGap, not null) => new Refusal(Codes.CoverageExists, "An entry with this id exists and says something else."),
            (LogMonitoring c, null) when (Unknown(agreement, c.Zone, null) ?? Ahead(c.To, now)) is { } no => no,
            (LogMonitoring c, null) =>
                new CoverageEvent.MonitoringLogged(c.CoverageId, c.AgreementId, c.Site, c.Zone, c.From, c.To),
            (RecordGap c, null) when Unknown(agreement, c.Zone, c.ResponsibleParty) is { } no => no,
            (RecordGap c, null) =>
                new CoverageEvent.GapRecorded(c.CoverageId, c.AgreementId, c.Site, c.Zone, c.From, c.To, c.Cause, c.ResponsibleParty, c.Description),
            (Correct, null) => throw new InvalidOperationException("A correction is asked of an entry that exists."),
            (Correct c, { IsGap: false }) when Ahead(c.To, now) is { } ahead => ahead,
            (Correct c, _) => new CoverageEvent.Corrected(c.From, c.To, c.Reason),
            _ => throw new UnreachableException(),
        };

    public static CoverageState Evolve(CoverageState? state, Fact<CoverageEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return fact.Event switch
        {
            CoverageEvent.MonitoringLogged e => new(
                e.CoverageId, e.AgreementId, e.Site, e.Zone, e.From, e.To, null, null, null, false, fact.RecordedAt, fact.Revision),
            CoverageEvent.GapRecorded e => new(
                e.CoverageId, e.AgreementId, e.Site, e.Zone, e.From, e.To, e.Cause, e.ResponsibleParty, e.Description, false, fact.RecordedAt, fact.Revision),
            CoverageEvent.Corrected e when state is not null => state with { From = e.From, To = e.To, Corrected = true, Revision = fact.Revision },
            CoverageEvent.Corrected => throw new InvalidOperationException("A coverage stream begins with its entry."),
            _ => throw new UnreachableException(),
        };
    }

    private static Refusal? Unknown(AgreementState? agreement, ZoneId? zone, PartyId? party)
    {
        if (agreement is null) return new(Codes.UnknownAgreement, "There is no such agreement.");
        if (zone is { } z && agreement.ZoneOf(z) is null) return new(Codes.UnknownZone, $"The agreement has no zone '{z}'.");
        if (party is { } p && agreement.PartyOf(p) is null) return new(Codes.UnknownParty, $"The agreement has no party '{p}'.");
        return null;
    }

    private static Refusal? Ahead(DateTimeOffset to, DateTimeOffset now) =>
        to > now + ClockTolerance ? new(Codes.NotYetWatched, "Hours that lie ahead haven't been watched yet.") : null;
}
