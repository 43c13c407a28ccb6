using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Exchange.Exports;
using Ledger.Projections;

namespace Ledger.Exchange.Reports;

/// <summary>What a mission reports of one local day: what the ledger learned on it, what occurred on it as far as is known, and who could look.</summary>
/// <remarks>A function of the first <c>Head.Count</c> events and the date alone, without any text that can be erased: the same report is made again byte for byte, years later.</remarks>
/// <param name="Date">Local to the agreement's time zone.</param>
/// <param name="From">The moment at which the day began, in UTC.</param>
/// <param name="To">The moment at which it ended.</param>
/// <param name="Reach">How far the events go: into the day, to its end, or beyond it.</param>
/// <param name="Before">The picture as it was when the day began; null where the agreement wasn't there yet.</param>
/// <param name="After">The picture at the count.</param>
/// <param name="OnTheDay">Figures of the cases that occurred on the day, as known at the count.</param>
/// <param name="Changes">What was recorded on the day, in the ledger's order; the longest lists are cut, the tally isn't.</param>
/// <param name="Occurred">Cases that occurred on the day.</param>
/// <param name="Coverage">Hours watched and lost that touch the day.</param>
public sealed record DailyReport(
    AgreementState Agreement, DateOnly Date, DateTimeOffset From, DateTimeOffset To, ReportReach Reach, ExportHead Head,
    ComplianceAnswer.Picture? Before, ComplianceAnswer.Picture After, ComplianceAnswer.Picture OnTheDay,
    ReportTally Tally, IReadOnlyList<ReportChange> Changes, IReadOnlyList<ViolationListItem> Occurred, IReadOnlyList<CoverageItem> Coverage)
{
    /// <summary>More rows than this are counted and not listed; the exports have all of them.</summary>
    public const int MostRows = 400;

    public TimeZoneInfo Zone { get; } = TimeZoneInfo.FindSystemTimeZoneById(Agreement.TimeZone);
}

/// <summary>What the events that a report stands on know of its day.</summary>
public enum ReportReach
{
    /// <summary>They end within the day: a provisional report.</summary>
    Provisional,

    /// <summary>They end with the day.</summary>
    Whole,

    /// <summary>They go on: the day as it was known later.</summary>
    Later,
}

/// <summary>How much was recorded on the day.</summary>
/// <param name="Recorded">New cases.</param>
/// <param name="Revised">Casualty figures revised and records amended.</param>
/// <param name="Replied">Replies of parties.</param>
/// <param name="Disputed">Disputes raised.</param>
/// <param name="Ruled">Findings, attributions and resolutions.</param>
/// <param name="Withdrawn">Records withdrawn.</param>
public sealed record ReportTally(int Recorded, int Revised, int Replied, int Disputed, int Ruled, int Withdrawn)
{
    public static readonly ReportTally None = new(0, 0, 0, 0, 0, 0);

    internal ReportTally With(ReportGroup group) => group switch
    {
        ReportGroup.Recorded => this with { Recorded = Recorded + 1 },
        ReportGroup.Revised => this with { Revised = Revised + 1 },
        ReportGroup.Replied => this with { Replied = Replied + 1 },
        ReportGroup.Disputed => this with { Disputed = Disputed + 1 },
        ReportGroup.Ruled => this with { Ruled = Ruled + 1 },
        ReportGroup.Withdrawn => this with { Withdrawn = Withdrawn + 1 },
        _ => this,
    };
}

public enum ReportGroup { Recorded, Revised, Replied, Disputed, Ruled, Withdrawn, Other }

/// <summary>One act of the day on one case.</summary>
/// <param name="Sequence">The event's number in the ledger.</param>
/// <param name="What">The words' key of what was done: <c>disputed</c>, <c>confirmed</c> ...</param>
/// <param name="Code">List and code that say more: grounds, severity, reason.</param>
/// <param name="Party">Whose act, whom a record alleges, or to whom the case is counted by a ruling; null where none is named.</param>
/// <param name="Killed">Best figure of people killed before and after a revision.</param>
/// <param name="Case">The case as it stood at the report's count.</param>
public sealed record ReportChange(
    long Sequence, DateTimeOffset At, ReportGroup Group, string What, (string List, string Code)? Code, PartyId? Party, (int? Before, int? After)? Killed, ViolationState Case);
