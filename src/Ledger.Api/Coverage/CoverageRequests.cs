using System.Text.Json;
using Ledger.Api.Http.Binding;
using Ledger.Domain.Coverage;

namespace Ledger.Api.Coverage;

/// <summary>Hours watched at a site.</summary>
internal sealed record MonitoringRequest : IChecked
{
    public Guid? CoverageId { get; init; }

    [Name] public required string Site { get; init; }

    [Slug] public string? Zone { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (To < From) faults.Add("to", "Must not lie before from.");
    }
}

/// <summary>Hours lost at a site, and why.</summary>
internal sealed record GapRequest : IChecked
{
    public Guid? CoverageId { get; init; }

    [Name] public required string Site { get; init; }

    [Slug] public string? Zone { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    public required GapCause Cause { get; init; }

    /// <summary>Who kept the monitors from looking, if anybody did.</summary>
    [Slug] public string? ResponsibleParty { get; init; }

    [Text] public string? Description { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (To < From) faults.Add("to", "Must not lie before from.");
    }
}

/// <summary>The entry's hours as they really were; from = to: nothing was watched, or lost.</summary>
internal sealed record CorrectionRequest : IChecked
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    [Text] public required string Reason { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (To < From) faults.Add("to", "Must not lie before from.");
    }
}
