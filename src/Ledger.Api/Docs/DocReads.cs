using Ledger.Api.Http;
using Scalar.AspNetCore;

namespace Ledger.Api.Docs;

/// <summary>The OpenAPI document and the page that shows it; both come from this server alone.</summary>
internal static class DocReads
{
    // The reference page's script styles itself; nothing may be fetched from anywhere else, whatever a later version of it tries.
    private const string Policy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static IServiceCollection AddDocs(this IServiceCollection services)
    {
        services.AddSingleton<OperationDocs>();
        services.AddOpenApi("v1", options => options.AddDocumentTransformer<ApiDocument>());
        return services;
    }

    public static void MapDocs(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").Add(endpoint => endpoint.RequestDelegate = Once(endpoint.RequestDelegate!));
        app.MapScalarApiReference("/docs", options =>
        {
            options.Title = "Ceasefire Ledger";
            options.OpenApiRoutePattern = "/openapi/{documentName}.json";
            options.DefaultFonts = false;
            options.Telemetry = false;
            options.DisableAgent();
        }).Add(endpoint => endpoint.RequestDelegate = Guarded(endpoint.RequestDelegate!));
    }

    private static RequestDelegate Once(RequestDelegate make)
    {
        var made = new MadeOnce(make);
        return context => context.Request.RouteValues["documentName"] is "v1" ? made.ServeAsync(context) : Problem.NotFound().ExecuteAsync(context);
    }

    private static RequestDelegate Guarded(RequestDelegate page) => context =>
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return page(context);
    };
}
