using System.Diagnostics.Metrics;
using Ledger.Node;

namespace Ledger.Api.Operations;

/// <summary>What operators watch of a node, beside what the commands say of themselves.</summary>
internal sealed class LedgerMetrics : IDisposable
{
    public const string Name = "Ledger.Api";

    private static readonly Meter Static = new(Name);

    private static readonly UpDownCounter<int> Feeds = Static.CreateUpDownCounter<int>(
        "ledger.feed.clients", description: "Open event streams.");

    private readonly Meter _meter;

    public LedgerMetrics(IMeterFactory meters, LedgerNode node)
    {
        _meter = meters.Create(Name);
        _meter.CreateObservableGauge("ledger.events", () => node.View.Count, description: "Events that answers cover.");
        _meter.CreateObservableGauge("ledger.projection.lag", () => node.View.Health.Lag.TotalSeconds, unit: "s", description: "How far answers lie behind the store.");
        _meter.CreateObservableGauge("ledger.projection.backlog", () => node.View.Health.Backlog, description: "Events read from the store that answers don't cover yet.");
        _meter.CreateObservableGauge("ledger.log.sealed", () => node.Log.Health.Sealed?.Size.Value ?? 0, description: "Events under the newest signed head.");
        _meter.CreateObservableGauge("ledger.log.published", () => node.Log.Health.Published?.Value ?? 0, description: "Events under the head that is served.");
        _meter.CreateObservableGauge("ledger.log.problems", () => node.Log.Health.Problems.Count, description: "What is wrong with the log; /health says it in words.");
        _meter.CreateObservableGauge("ledger.agreements", () => node.View.Agreements().Count, description: "Agreements registered.");
    }

    /// <summary>Counts one open feed until it is disposed.</summary>
    public static IDisposable CountFeed(string kind) => new OpenFeed(kind);

    public void Dispose() => _meter.Dispose();

    private sealed class OpenFeed : IDisposable
    {
        private readonly KeyValuePair<string, object?> _kind;

        public OpenFeed(string kind)
        {
            _kind = new KeyValuePair<string, object?>("kind", kind);
            Feeds.Add(1, _kind);
        }

        public void Dispose() => Feeds.Add(-1, _kind);
    }
}
