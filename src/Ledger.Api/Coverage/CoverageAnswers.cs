using System.Text.Json.Serialization;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Exchange.Answers;
using Ledger.Projections;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Api.Coverage;

/// <summary>Hours watched, or hours lost and why.</summary>
/// <param name="Corrected">Left out while nobody has corrected the hours.</param>
internal sealed record CoverageAnswer(
    Guid CoverageId, string Kind, string Site, string? Zone, DateTimeOffset From, DateTimeOffset To, string? Cause, string? ResponsibleParty,
    string? Description, bool? Corrected, [property: JsonConverter(typeof(Recorded))] DateTimeOffset RecordedAt)
{
    public static CoverageAnswer Of(CoverageItem item, Disclosed texts) => new(
        item.CoverageId.Value, item.Kind.Code(), item.Site, item.Zone?.Value, item.From, item.To, item.Cause?.Code(), item.ResponsibleParty?.Value,
        texts.TextOf(item.Description), item.Corrected ? true : null, item.RecordedAt);
}

/// <summary>A published total: listed, never counted.</summary>
internal sealed record ClaimAnswer(
    Guid ClaimId, ClaimantAnswer ClaimedBy, [property: JsonIgnore(Condition = Never)] string? Against, DateTimeOffset From, DateTimeOffset To,
    IReadOnlyList<ClaimFigureAnswer> Figures, ClaimSourceAnswer Source, string? Text, bool Withdrawn,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset RecordedAt)
{
    public static ClaimAnswer Of(ClaimItem item, Disclosed texts) => new(
        item.ClaimId.Value, new ClaimantAnswer(item.ClaimedBy.Party?.Value, item.ClaimedBy.Body), item.Against?.Value, item.From, item.To,
        [.. item.Figures.Select(figure => new ClaimFigureAnswer(figure.Of, figure.Min, figure.Max))],
        new ClaimSourceAnswer(item.Source.Name, item.Source.Reference), texts.TextOf(item.Text), item.Withdrawn, item.RecordedAt);
}

internal sealed record ClaimantAnswer(string? Party, string? Body);

internal sealed record ClaimFigureAnswer(string Of, long Min, long? Max);

internal sealed record ClaimSourceAnswer(string Name, string? Reference);
