namespace Ledger.Domain.Coverage;

/// <summary>A fact recorded about hours watched or lost.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record CoverageEvent
{
    private CoverageEvent() { }

    /// <param name="From">Inclusive.</param>
    /// <param name="To">Exclusive.</param>
    public sealed record MonitoringLogged(
        CoverageId CoverageId, AgreementId AgreementId, string Site, ZoneId? Zone, DateTimeOffset From, DateTimeOffset To) : CoverageEvent;

    /// <param name="ResponsibleParty">Who kept the monitors from looking, if anybody did.</param>
    public sealed record GapRecorded(
        CoverageId CoverageId, AgreementId AgreementId, string Site, ZoneId? Zone, DateTimeOffset From, DateTimeOffset To,
        GapCause Cause, PartyId? ResponsibleParty, Prose? Description) : CoverageEvent;

    /// <summary>The entry's hours as they are now; from = to: nothing was watched, or lost.</summary>
    public sealed record Corrected(DateTimeOffset From, DateTimeOffset To, Prose Reason) : CoverageEvent;
}

public enum GapCause { AccessDenied, AccessConditional, Equipment, Weather, Security, Other }

/// <summary>What monitors may ask of the coverage book.</summary>
public abstract record CoverageCommand
{
    private CoverageCommand() { }

    public sealed record LogMonitoring(
        CoverageId CoverageId, AgreementId AgreementId, string Site, ZoneId? Zone, DateTimeOffset From, DateTimeOffset To) : CoverageCommand;

    public sealed record RecordGap(
        CoverageId CoverageId, AgreementId AgreementId, string Site, ZoneId? Zone, DateTimeOffset From, DateTimeOffset To,
        GapCause Cause, PartyId? ResponsibleParty, Prose? Description) : CoverageCommand;

    public sealed record Correct(DateTimeOffset From, DateTimeOffset To, Prose Reason) : CoverageCommand;
}
