using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Coverage;

namespace Ledger.Api.Coverage;

/// <summary>Hours watched, hours lost and why, and their correction.</summary>
internal static class CoverageWrites
{
    public static void MapCoverageWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Coverage").Needs(Act.KeepCoverage);
        group.MapCommand("/agreements/{agreementId}/monitoring", (Call<MonitoringRequest> c) => Log(c), creates: true).WithSummary("Log hours watched");
        group.MapCommand("/agreements/{agreementId}/coverage-gaps", (Call<GapRequest> c) => Gap(c), creates: true).WithSummary("Record hours lost");
        group.MapCommand("/coverage/{coverageId}/correction", (Call<CorrectionRequest> c) => Correct(c)).WithSummary("Correct an entry's hours");
    }

    private static Target<CoverageCommand>? Log(Call<MonitoringRequest> c)
    {
        if (c.Agreement is not { } agreement) return null;
        var id = new CoverageId(c.Made(c.Body.CoverageId, "coverage"));
        return New(id, agreement, new CoverageCommand.LogMonitoring(id, agreement, c.Body.Site, Zone(c.Body.Zone), c.Body.From, c.Body.To));
    }

    private static Target<CoverageCommand>? Gap(Call<GapRequest> c)
    {
        if (c.Agreement is not { } agreement) return null;
        var id = new CoverageId(c.Made(c.Body.CoverageId, "coverage"));
        var party = c.Body.ResponsibleParty is { } named ? new PartyId(named) : (PartyId?)null;
        var description = c.Body.Description is { } text ? c.Seal.Text("description", text) : null;
        return New(id, agreement, new CoverageCommand.RecordGap(
            id, agreement, c.Body.Site, Zone(c.Body.Zone), c.Body.From, c.Body.To, c.Body.Cause, party, description));
    }

    private static Target<CoverageCommand>? Correct(Call<CorrectionRequest> c) => c.Coverage is { } id
        ? new(Streams.Of(id), new CoverageCommand.Correct(c.Body.From, c.Body.To, c.Seal.Text("reason", c.Body.Reason)))
        : null;

    private static Target<CoverageCommand> New(CoverageId id, AgreementId agreement, CoverageCommand command) =>
        new(Streams.Of(id), command) { NewIn = agreement };

    private static ZoneId? Zone(string? id) => id is null ? null : new ZoneId(id);
}
