using Ledger.Api.Access;
using Ledger.Api.Agreements;
using Ledger.Api.Audit;
using Ledger.Api.Labels;
using Ledger.Api.Log;
using Ledger.Api.Compliance;
using Ledger.Api.Coverage;
using Ledger.Api.Docs;
using Ledger.Api.Evidence;
using Ledger.Api.Exports;
using Ledger.Api.Feeds;
using Ledger.Api.Operations;
using Ledger.Api.Reading;
using Ledger.Api.Reports;
using Ledger.Api.Schemas;
using Ledger.Api.Violations;
using Ledger.Api.Webhooks;

namespace Ledger.Api;

/// <summary>Everything that can be asked through HTTP.</summary>
internal static class Reads
{
    public static IServiceCollection AddReads(this IServiceCollection services) =>
        services.AddSingleton<Reader>().AddSingleton<Follower>().AddOperations().AddDocs();

    public static IEndpointRouteBuilder MapReads(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapAgreementReads();
        api.MapViolationReads();
        api.MapPossibleDuplicateReads();
        api.MapComplianceReads();
        api.MapCoverageReads();
        api.MapEventReads();
        api.MapAtomReads();
        api.MapCodeReads();
        api.MapKeyReads();
        api.MapAccountReads();
        api.MapWebhookReads();
        api.MapEvidenceReadings();
        api.MapExportReads();
        api.MapReportReads();
        api.MapPackageReads();
        app.MapOperationReads();
        app.MapLogReads();
        app.MapSchemaReads();
        app.MapDocs();
        return app;
    }
}
