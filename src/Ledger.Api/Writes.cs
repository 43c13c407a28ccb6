using Ledger.Api.Access;
using Ledger.Api.Agreements;
using Ledger.Api.Claims;
using Ledger.Api.Coverage;
using Ledger.Api.Evidence;
using Ledger.Api.Http.Binding;
using Ledger.Api.Imports;
using Ledger.Api.Violations;
using Ledger.Api.Webhooks;

namespace Ledger.Api;

/// <summary>Everything that enters the history through HTTP.</summary>
internal static class Writes
{
    public static IServiceCollection AddWrites(this IServiceCollection services) =>
        RequestSchemas.Add(services).AddSingleton<Http.Commands>().AddSingleton<EvidenceFiles>().AddSingleton<EvidenceReadings>().AddHostedService<EvidenceErasure>().AddSingleton(EvidenceStore.Open).AddHostedService<EvidenceStore>().AddSingleton<VirusScanner>().AddSingleton<BatchEndpoint>().AddWebhooks().AddImports();

    public static IEndpointRouteBuilder MapWrites(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapKeyWrites();
        api.MapAccountWrites();
        api.MapWebhookWrites();
        api.MapAgreementWrites();
        api.MapCoverageWrites();
        api.MapClaimWrites();
        api.MapViolationWrites();
        api.MapBatch();
        api.MapEvidence();
        api.MapImports();
        return app;
    }
}
