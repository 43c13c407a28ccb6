using System.Collections.Concurrent;
using System.Text;
using Ledger.Api.Tests.Writes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Tests.Operations;

/// <summary>OTLP over a real socket: what a collector gets, and what it must never get.</summary>
public sealed class Telling_a_collector : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<byte[]>> _came = new();
    private WebApplication _collector = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _collector = builder.Build();
        _collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _came.GetOrAdd(signal, _ => new()).Enqueue(body.ToArray());
            return Results.Bytes([], "application/x-protobuf");
        });
        await _collector.StartAsync();
    }

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public async Task Commands_come_as_spans_and_figures_and_nothing_that_was_said_comes_at_all()
    {
        const string Secret = "kept-from-everybody-7f3a";
        await using (var ledger = await TestLedger.StartAsync(
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={_collector.Urls.First()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_BSP_SCHEDULE_DELAY=100", "--OTEL_METRIC_EXPORT_INTERVAL=200"))
        {
            await ledger.CaseAsync(body => body["confidential"]!["witness"]!["name"] = Secret);
            await ledger.Administrator.PostTextAsync("agreements", $$"""{ "agreementId": "{{Secret}} not an id" }""");
            await ledger.Administrator.GetAsync($"agreements?cursor={Secret}");
            ledger.Server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Ledger").LogWarning("A line of the log.");
            await UntilAsync(() => Has("logs", "A line of the log.") && Has("traces", "Ledger.Application") && Has("traces", "/api/v1/agreements/{agreementId}/violations") && Has("metrics", "ledger.commands"));
        }

        // The end of the server flushes the rest, so nothing of it can still be on its way.
        Assert.True(Has("traces", "ceasefire-ledger"), "The service isn't named.");
        foreach (var word in (string[])[Secret, TestLedger.AdministratorKey, "Shelling was heard", "Bearer"])
            foreach (var signal in _came.Keys) Assert.False(Has(signal, word), $"'{word}' came among the {signal}.");
    }

    [Fact]
    public async Task Without_the_variable_nobody_is_told()
    {
        await using (var ledger = await TestLedger.StartAsync("--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")) await ledger.CaseAsync();
        Assert.Empty(_came);
    }

    private bool Has(string signal, string word) => _came.TryGetValue(signal, out var bodies) && bodies.Any(body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) >= 0);

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!isSo()) await Task.Delay(50, patience.Token);
    }
}
