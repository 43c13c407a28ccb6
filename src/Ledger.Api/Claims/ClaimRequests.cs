using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Ledger.Api.Http.Binding;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Api.Claims;

/// <summary>A published total. It stands beside the picture, never in it.</summary>
internal sealed record AggregateClaimRequest : IChecked
{
    public Guid? ClaimId { get; init; }

    public required ClaimantRequest ClaimedBy { get; init; }

    /// <summary>Must be there; null = nobody is named.</summary>
    [Slug] public required string? Against { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    [NotEmpty] public required IReadOnlyList<FigureRequest> Figures { get; init; }

    public required ClaimSourceRequest Source { get; init; }

    [Text] public string? Text { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (To < From) faults.Add("to", "Must not lie before from.");
    }
}

/// <summary>Who published it: a party of the agreement, or another body by name.</summary>
internal sealed record ClaimantRequest : IChecked
{
    [Slug] public string? Party { get; init; }

    [Name] public string? Body { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if ((Party is null) == string.IsNullOrWhiteSpace(Body)) faults.Add("Must name either a party or a body.");
    }
}

internal sealed record FigureRequest : IChecked
{
    private static readonly string[] Others = ["violations", "incidents", "shots", "strikes", "killed", "injured"];

    /// <summary>A category, or violations, incidents, shots, strikes, killed, injured.</summary>
    [Name] public required string Of { get; init; }

    [Range(0, 10_000_000)] public required int Min { get; init; }

    [Range(0, 10_000_000)] public int? Max { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (!Others.Contains(Of) && !Kebab<Category>.TryParse(Of, out _))
            faults.Add("of", $"Must be one of: {string.Join(", ", Others.Concat(Kebab<Category>.All))}.");
        if (Max < Min) faults.Add("max", "Must be at least min.");
    }
}

internal sealed record ClaimSourceRequest
{
    [Name] public required string Name { get; init; }

    [Text] public string? Reference { get; init; }
}
