using Ledger.Domain;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Projections;

/// <summary>Which page of a list.</summary>
/// <param name="Limit">1 to 500.</param>
/// <param name="Cursor">The <c>NextCursor</c> of the page before; null = the first page.</param>
/// <param name="CountIsAsked">True where the caller was asked for this count (<c>asOf</c>): a cursor that pins another one is then refused.</param>
public sealed record PageRequest(int Limit = 50, string? Cursor = null, bool CountIsAsked = false);

/// <summary>What comes of asking for a page.</summary>
public abstract record Page<T>
{
    private Page() { }

    /// <param name="NextCursor">Opaque; pins the count and the filters. Null = that was all.</param>
    /// <param name="Covered">What the list covers: the count that the cursor pinned, where one was given.</param>
    public sealed record Listed(IReadOnlyList<T> Items, string? NextCursor, Covered Covered) : Page<T>;

    /// <summary>The cursor isn't one of ours, or belongs to other filters (400).</summary>
    public sealed record BadCursor : Page<T>;

    /// <summary>There was no such agreement at this count (404).</summary>
    public sealed record UnknownAgreement : Page<T>;

    /// <summary>A filter names a party or a zone that the agreement didn't have at this count (400).</summary>
    public sealed record UnknownName(string Filter, string Value) : Page<T>;

    /// <summary>A filter that this caller may not use here, and why (400).</summary>
    public sealed record NotForYou(string Filter, string Why) : Page<T>;

    /// <summary>The word index doesn't cover this count within the time given (503 not-yet-visible).</summary>
    public sealed record WordsBehind : Page<T>;
}

/// <summary>Which cases. Several values of one filter mean <em>or</em>; an empty one filters nothing.</summary>
public sealed record CaseFilter
{
    public static readonly CaseFilter None = new();

    /// <summary>occurred.from is not earlier.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>occurred.from is earlier.</summary>
    public DateTimeOffset? To { get; init; }

    public Values<Category> Categories { get; init; } = Values<Category>.None;

    public Values<ZoneId> Zones { get; init; } = Values<ZoneId>.None;
}

/// <summary>West, south, east, north in degrees; west is greater than east where the antimeridian lies between.</summary>
public readonly record struct BoundingBox(double West, double South, double East, double North);

/// <summary>Which cases of the register, newest occurred first.</summary>
public sealed record ViolationQuery(AgreementId Agreement)
{
    public CaseFilter Cases { get; init; } = CaseFilter.None;

    public Values<ViolationStatus> Statuses { get; init; } = Values<ViolationStatus>.None;

    /// <summary>Accountable parties; <see cref="PartyId.Undetermined"/> is one here.</summary>
    public Values<PartyId> Parties { get; init; } = Values<PartyId>.None;

    public BoundingBox? Box { get; init; }

    /// <summary>Words that must all occur in the case's own texts.</summary>
    public string? Words { get; init; }
}

/// <summary>A case as the list shows it.</summary>
/// <param name="AccountableParty">Null = undetermined.</param>
/// <param name="Severity">Of a standing confirmation.</param>
/// <param name="Killed">Best figure; null where nobody claimed any.</param>
/// <param name="Sequence">Of its last event.</param>
public sealed record ViolationListItem(
    ViolationId ViolationId, ViolationStatus Status, Category Category, Occurred Occurred, Location? Location, ZoneId? Zone,
    PartyId? AccountableParty, PartyId? AllegedParty, Severity? Severity, long? Killed, int OpenDisputes,
    DateTimeOffset RecordedAt, long Sequence);

public enum CoverageKind { Monitoring, Gap }

public sealed record CoverageQuery(AgreementId Agreement)
{
    /// <summary>Entries that touch this time.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    public Values<ZoneId> Zones { get; init; } = Values<ZoneId>.None;

    public Values<string> Sites { get; init; } = Values<string>.None;

    public Values<CoverageKind> Kinds { get; init; } = Values<CoverageKind>.None;
}

/// <summary>Hours watched or lost, newest first.</summary>
public sealed record CoverageItem(
    CoverageId CoverageId, CoverageKind Kind, string Site, ZoneId? Zone, DateTimeOffset From, DateTimeOffset To,
    GapCause? Cause, PartyId? ResponsibleParty, Prose? Description, bool Corrected, DateTimeOffset RecordedAt, long Sequence);

public sealed record ClaimQuery(AgreementId Agreement)
{
    /// <summary>Claims whose time touches this time.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }
}

/// <summary>A published total as it stands, newest first.</summary>
public sealed record ClaimItem(
    ClaimId ClaimId, Claimant ClaimedBy, PartyId? Against, DateTimeOffset From, DateTimeOffset To, Values<ClaimFigure> Figures,
    ClaimSource Source, Prose? Text, bool Withdrawn, DateTimeOffset RecordedAt, long Sequence);
