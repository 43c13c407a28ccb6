using System.Net;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Node;
using Ledger.Projections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ledger.Api.Operations;

/// <summary>What probes and operators ask; none of it needs a key, but figures from afar do.</summary>
internal static class OperationReads
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services.AddSingleton<LedgerMetrics>();

    public static void MapOperationReads(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Operations");
        health.MapGet("/live", (HttpContext context) => Live(context));
        health.MapGet("/ready", (HttpContext context, LedgerNode node) => Health(context, node));
        health.MapGet("", (HttpContext context, LedgerNode node) => Health(context, node));
        app.MapCspReports();
        app.MapPrometheusScrapingEndpoint("/metrics").Add(endpoint => endpoint.RequestDelegate = Guarded(endpoint.RequestDelegate!));
    }

    private static ContentHttpResult Live(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text("{\"status\":\"live\"}", "application/json");
    }

    private static JsonHttpResult<HealthAnswer> Health(HttpContext context, LedgerNode node)
    {
        var health = node.Health;
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            HealthAnswer.Of(health), ReadJson.Plain.HealthAnswer,
            statusCode: health.Status == ViewStatus.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static RequestDelegate Guarded(RequestDelegate scrape) => async context =>
        await (await RefusalAsync(context) is { } problem ? problem.ExecuteAsync(context) : scrape(context));

    private static async ValueTask<Problem?> RefusalAsync(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)) return null;
        var (principal, problem) = await context.TryPrincipalAsync();
        if (principal is null) return problem;
        return principal.May(Act.ReadMetrics) ? null : Problem.NotAllowed();
    }
}
