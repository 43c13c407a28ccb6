using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Projections;

/// <summary>How cases are counted (domain.md, "How figures are counted"). Its code is what <c>method</c> says.</summary>
public enum CountingMethod { RecordsV1, OccurrencesV1, IncidentDaysV1, LethalV1 }

/// <summary>Whose account: the accountable party's, or the alleged party's.</summary>
public enum AccountBasis { Accountable, Alleged }

public enum SeriesInterval { Day, Week, Month }

public sealed record ComplianceQuery(AgreementId Agreement)
{
    public CaseFilter Cases { get; init; } = CaseFilter.None;

    /// <summary>One party only; <see cref="PartyId.Undetermined"/> is one here. Null = all.</summary>
    public PartyId? Party { get; init; }

    public SeriesInterval? Interval { get; init; }

    /// <summary>A longer series is <see cref="ComplianceAnswer.TooManyPeriods"/>, which costs next to nothing (and says at least how many): whoever wants fewer, longer periods then asks again.</summary>
    public int MostPeriods { get; init; } = ComplianceAnswer.TooManyPeriods.Most;

    public CountingMethod Method { get; init; } = CountingMethod.RecordsV1;

    public AccountBasis Basis { get; init; } = AccountBasis.Accountable;
}

/// <summary>What comes of asking for the compliance picture.</summary>
public abstract record ComplianceAnswer
{
    private ComplianceAnswer() { }

    /// <summary>About how much memory it takes; the figures of one period, some 170 bytes, are 1.</summary>
    internal virtual int Size => 1;

    /// <param name="Parties">In alphabetical order of their ids, <c>undetermined</c> last.</param>
    /// <param name="AggregateClaims">How many published totals stand beside it.</param>
    /// <param name="Statements">The caveats that go with the figures.</param>
    public sealed record Picture(
        AgreementId AgreementId, Covered AsOf, CountingMethod Method, AccountBasis Basis, IReadOnlyList<PartyPicture> Parties,
        CoverageHours Coverage, int AggregateClaims, IReadOnlyList<string> Statements) : ComplianceAnswer
    {
        internal override int Size => 8 + Parties.Sum(party => 12 + party.ByCategory.Count + (party.Series?.Count ?? 0));
    }

    /// <summary>There was no such agreement at this count (404).</summary>
    public sealed record UnknownAgreement : ComplianceAnswer;

    /// <summary>The query names a party or a zone that the agreement didn't have at this count (400, or 404 in a path).</summary>
    public sealed record UnknownName(string Filter, string Value) : ComplianceAnswer;

    /// <summary>The caller sees times less exactly than a series of such periods would show them (400).</summary>
    public sealed record TooFine : ComplianceAnswer;

    /// <summary>The series would have more periods than the query takes, or than anybody gets (400).</summary>
    public sealed record TooManyPeriods(int Periods) : ComplianceAnswer
    {
        public const int Most = 5_000;
    }
}

/// <summary>The figures of one party's account.</summary>
/// <param name="Party"><see cref="PartyId.Undetermined"/> for the account of nobody.</param>
/// <param name="Standing">Null for the account of nobody.</param>
/// <param name="Casualties">Kinds that nobody claimed figures of are left out: no figures is no claim, never 0.</param>
/// <param name="CasualtiesAsPrinted">Rows whose bounds are out of order and kept as the source printed them.</param>
/// <param name="DaysSinceLastConfirmed">Whole days from its occurrence to the as-of moment.</param>
/// <param name="MedianHoursToDecision">From recorded to the first ruling, over the cases that have been ruled on.</param>
/// <param name="OldestOpenAt">When the oldest alleged or disputed case was recorded.</param>
public sealed record PartyPicture(
    PartyId Party, Standing? Standing, StatusCounts Counts, SeverityCounts ConfirmedBySeverity, long ConfirmedOnAllegation,
    FindingCounts DisputedByFinding, IReadOnlyList<CategoryCounts> ByCategory, IReadOnlyList<CasualtyFigure> Casualties,
    long CasualtiesAsPrinted, DisputeCounts Disputes, LastConfirmed? LastConfirmed, int? DaysSinceLastConfirmed,
    double? MedianHoursToDecision, DateTimeOffset? OldestOpenAt, IReadOnlyList<PeriodFigures>? Series);

/// <param name="Recorded">The sum of the other seven.</param>
public sealed record StatusCounts(
    long Recorded, long Alleged, long Disputed, long Confirmed, long Dismissed, long Unresolved, long Withdrawn, long Duplicate)
{
    public static readonly StatusCounts Zero = new(0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>The count of one status.</summary>
    public long Of(ViolationStatus status) => status switch
    {
        ViolationStatus.Alleged => Alleged,
        ViolationStatus.Disputed => Disputed,
        ViolationStatus.Confirmed => Confirmed,
        ViolationStatus.Dismissed => Dismissed,
        ViolationStatus.Unresolved => Unresolved,
        ViolationStatus.Withdrawn => Withdrawn,
        ViolationStatus.Duplicate => Duplicate,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

public sealed record SeverityCounts(long Minor, long Serious, long Ungraded);

/// <summary>What stands behind the disputed cases.</summary>
public sealed record FindingCounts(long None, long Confirmed, long Dismissed, long Unresolved);

public sealed record CategoryCounts(Category Category, StatusCounts Counts);

/// <param name="Who">Total = over cases their total, or the sum of their parts; other rows are parts as far as known.</param>
public sealed record CasualtyFigure(CasualtyKind Kind, CasualtyWho Who, long Low, long Best, long High);

public sealed record DisputeCounts(long Raised, long Open, long Upheld, long Rejected, long Withdrawn);

/// <summary>The confirmed case that occurred latest.</summary>
public sealed record LastConfirmed(DateTimeOffset OccurredAt, DateTimeOffset RuledAt);

/// <param name="Period">2020-10-18, 2020-W42 or 2020-10.</param>
public sealed record PeriodFigures(string Period, StatusCounts Counts, double MonitoredHours);

/// <summary>Hours watched and lost; watched time is united per site and added over sites.</summary>
public sealed record CoverageHours(double MonitoredHours, double GapHours, IReadOnlyList<PartyGap> GapsByParty);

/// <param name="Party">Who kept the monitors from looking; null = nobody.</param>
public sealed record PartyGap(PartyId? Party, double Hours);

/// <summary>What a figure is made of.</summary>
public sealed record PostingsQuery(ComplianceQuery Figures)
{
    /// <summary>Whose account; <see cref="PartyId.Undetermined"/> is one here.</summary>
    public required PartyId Party { get; init; }

    public Values<ViolationStatus> Statuses { get; init; } = Values<ViolationStatus>.None;
}

/// <summary>One entry of an account; the deltas add up to the figure under the query's method.</summary>
public sealed record Posting(
    long Sequence, Guid EventId, ViolationId ViolationId, ViolationStatus Status, long Delta, DateTimeOffset RecordedAt);
