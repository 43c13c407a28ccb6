using Ledger.Node;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Ledger.Api.Operations;

/// <summary>Who is told: Prometheus always, at /metrics; an OpenTelemetry collector where the standard variables name one.</summary>
/// <remarks>
/// OTEL_EXPORTER_OTLP_ENDPOINT, or one of its signals' own (…_TRACES_ENDPOINT, …_METRICS_ENDPOINT, …_LOGS_ENDPOINT), turns OTLP on; every other
/// OTEL_ variable means what the specification says. Spans have kinds, outcomes and routes; neither bodies nor headers nor queries are in them.
/// </remarks>
internal static class Observation
{
    private const string Service = "ceasefire-ledger";

    private static readonly string[] Endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    ];

    public static IServiceCollection AddObservation(this IServiceCollection services, IConfiguration configuration)
    {
        var telemetry = services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(LedgerMetrics.Name, "System.Runtime")
            .AddMeter([.. NodeTelemetry.Meters])
            .AddAspNetCoreInstrumentation()
            .AddPrometheusExporter());
        if (configuration["OTEL_SERVICE_NAME"] is null)
            telemetry.ConfigureResource(resource => resource.AddService(Service, serviceVersion: typeof(Observation).Assembly.GetName().Version?.ToString()));
        if (!Endpoints.Any(name => !string.IsNullOrWhiteSpace(configuration[name]))) return services;

        telemetry.WithTracing(traces => traces
            .AddSource([.. NodeTelemetry.Sources, ApiTelemetry.Name])
            // Probes and scrapes come every few seconds and say nothing.
            .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsProbe(context.Request.Path)));
        telemetry.WithLogging(logging => { }, options => options.IncludeFormattedMessage = true);
        telemetry.UseOtlpExporter();
        return services;
    }

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments("/metrics", StringComparison.Ordinal);
}
