using System.Text.Json.Serialization;
using Ledger.Domain;
using Ledger.Projections;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Exchange.Answers;

/// <summary>The compliance picture per party: what any one count of events says, for ever in the same bytes.</summary>
/// <param name="AggregateClaims">How many published totals stand beside it.</param>
/// <param name="Statements">The caveats that go with the figures.</param>
public sealed record ComplianceAnswerBody(
    string AgreementId, AsOfAnswer AsOf, string Method, string Basis, IReadOnlyList<PartyFiguresAnswer> Parties,
    HoursAnswer Coverage, int AggregateClaims, IReadOnlyList<string> Statements)
{
    public static ComplianceAnswerBody Of(ComplianceAnswer.Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return new(
            picture.AgreementId.Value, new AsOfAnswer(picture.AsOf.Count, picture.AsOf.RecordedAt), picture.Method.Code(), picture.Basis.Code(),
            [.. picture.Parties.Select(PartyFiguresAnswer.Of)], HoursAnswer.Of(picture.Coverage), picture.AggregateClaims, picture.Statements);
    }
}

/// <param name="Count">Covers sequences 0 to count - 1.</param>
/// <param name="RecordedAt">Of the last covered event.</param>
public sealed record AsOfAnswer(
    long Count, [property: JsonConverter(typeof(Recorded)), JsonIgnore(Condition = Never)] DateTimeOffset? RecordedAt);

public sealed record PartyFiguresAnswer(
    string Party, [property: JsonIgnore(Condition = Never)] string? Standing, StatusCounts Counts, SeverityCounts ConfirmedBySeverity,
    long ConfirmedOnAllegation, FindingCounts DisputedByFinding, IReadOnlyList<CategoryFiguresAnswer> ByCategory,
    IReadOnlyList<CasualtyFigureAnswer> Casualties, long CasualtiesAsPrinted, DisputeCounts Disputes,
    [property: JsonIgnore(Condition = Never)] LastConfirmedAnswer? LastConfirmed,
    [property: JsonIgnore(Condition = Never)] int? DaysSinceLastConfirmed,
    [property: JsonIgnore(Condition = Never)] double? MedianHoursToDecision,
    [property: JsonConverter(typeof(Recorded)), JsonIgnore(Condition = Never)] DateTimeOffset? OldestOpenAt,
    IReadOnlyList<PeriodFigures>? Series)
{
    internal static PartyFiguresAnswer Of(PartyPicture p) => new(
        p.Party.Value, p.Standing?.Code(), p.Counts, p.ConfirmedBySeverity, p.ConfirmedOnAllegation, p.DisputedByFinding,
        [.. p.ByCategory.Select(c => new CategoryFiguresAnswer(c.Category.Code(), c.Counts))],
        [.. p.Casualties.Select(c => new CasualtyFigureAnswer(c.Kind.Code(), c.Who.Code(), c.Low, c.Best, c.High))],
        p.CasualtiesAsPrinted, p.Disputes, p.LastConfirmed is { } last ? new LastConfirmedAnswer(last.OccurredAt, last.RuledAt) : null,
        p.DaysSinceLastConfirmed, p.MedianHoursToDecision, p.OldestOpenAt, p.Series);
}

public sealed record CategoryFiguresAnswer(string Category, StatusCounts Counts);

public sealed record CasualtyFigureAnswer(string Kind, string Who, long Low, long Best, long High);

public sealed record LastConfirmedAnswer(DateTimeOffset OccurredAt, [property: JsonConverter(typeof(Recorded))] DateTimeOffset RuledAt);

public sealed record HoursAnswer(double MonitoredHours, double GapHours, IReadOnlyList<PartyGapAnswer> GapsByParty)
{
    internal static HoursAnswer Of(CoverageHours hours) => new(
        hours.MonitoredHours, hours.GapHours, [.. hours.GapsByParty.Select(gap => new PartyGapAnswer(gap.Party?.Value, gap.Hours))]);
}

/// <param name="Party">Who kept the monitors from looking; null = nobody.</param>
public sealed record PartyGapAnswer([property: JsonIgnore(Condition = Never)] string? Party, double Hours);
