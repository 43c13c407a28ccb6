using System.Diagnostics.Metrics;
using Ledger.Api.Hosting;
using Ledger.Api.Imports;
using Ledger.Api.Webhooks;
using Ledger.Domain;
using Ledger.Node;
using Ledger.Projections;

namespace Ledger.Api.Operations;

/// <summary>What operators watch of a node, beside what its rooms say of themselves (<see cref="NodeTelemetry"/>).</summary>
/// <remarks>Ids of webhooks and names of witnesses are the only words in it that people chose; nothing of a case is.</remarks>
internal sealed class LedgerMetrics : IDisposable
{
    public const string Name = "Ledger.Api";

    private static int _streams;

    private readonly Meter _meter;
    private readonly LedgerNode _node;
    private readonly LedgerSettings _settings;
    private readonly WebhookDelivery _delivery;
    private readonly ImportJobs _imports;

    public LedgerMetrics(IMeterFactory meters, LedgerNode node, LedgerSettings settings, WebhookDelivery delivery, ImportJobs imports)
    {
        (_meter, _node, _settings, _delivery, _imports) = (meters.Create(Name), node, settings, delivery, imports);
        WatchHealth();
        WatchLog();
        WatchReaders();
    }

    /// <summary>Counts one open event stream until it is disposed.</summary>
    public static IDisposable CountFeed() => new OpenFeed();

    public void Dispose() => _meter.Dispose();

    private void WatchHealth()
    {
        Gauge("ledger.health.status", null, "1 for the status that the node has: ready, catching-up, read-only, faulted.", Statuses);
        Gauge("ledger.health.problem", null, "1 for every code that /health lists now, 0 for all others; deploy/README.md says what to do about each.", Problems);
        Gauge("ledger.events", "{event}", "Events that answers cover.", () => _node.View.Count);
        Gauge("ledger.agreements", "{agreement}", "Agreements registered.", () => _node.View.Agreements().Count);
        Gauge("ledger.projection.lag", "s", "How far answers lie behind the store.", () => _node.Health.Lag.TotalSeconds);
        Gauge("ledger.projection.backlog", "{event}", "Events read from the store that answers don't cover yet.", () => _node.View.Health.Backlog);
        if (_settings.Store != StoreKind.Memory) Gauge("ledger.disk.free", "By", "What the disk of the data directory has left.", () => new DriveInfo(_settings.Data).AvailableFreeSpace);
    }

    private void WatchLog()
    {
        Gauge("ledger.log.size", "{event}", "Events that the log has taken, sealed or not.", () => _node.Log.Health.Size);
        Gauge("ledger.log.sealed", "{event}", "Events under the newest signed head.", () => _node.Log.Health.Sealed?.Size.Value ?? 0);
        Gauge("ledger.log.published", "{event}", "Events under the head that is served.", () => _node.Log.Health.Published?.Value ?? 0);
        Gauge("ledger.log.unsealed", "{event}", "Events that no signed head covers yet.", () => _node.Log.Health.Unsealed);
        Gauge("ledger.log.unsealed.age", "s", "For how long there have been unsealed events without a new seal; 0 where all are sealed.", () => _node.Log.Health.UnsealedFor.TotalSeconds);
        Gauge("ledger.log.seal.age", "s", "Since the newest seal, by the clock of the node that sealed; it grows while nothing is recorded.", SealAge);
        Gauge("ledger.log.quorum", null, "1 where enough witnesses cosigned in the newest round, 0 where not; absent where none is asked.", Quorum);
        Gauge("ledger.log.witness.cosigned", null, "1 for a witness whose cosignature came in the newest round, 0 for one whose didn't.", Cosigned);
    }

    private void WatchReaders()
    {
        Gauge("ledger.feed.clients", "{client}", "Open event streams.", () => Volatile.Read(ref _streams));
        Gauge("ledger.webhook.backlog", "{event}", "Events behind the place that a webhook has reached.", () => OfWebhooks(d => Math.Max(0, _node.View.Count - 1 - d.UpTo)));
        Gauge("ledger.webhook.failures", "{try}", "Tries in a row that a webhook's target has failed.", () => OfWebhooks(d => d.Failures));
        Gauge("ledger.webhook.paused", null, "1 for a webhook whose target said that it is gone (410), until an administrator resumes it.", () => OfWebhooks(d => d.State == "paused" ? 1 : 0));
        Gauge("ledger.import.jobs", "{job}", "Imports that this node has before it or runs.", ImportsByState);
    }

    private void Gauge<T>(string name, string? unit, string description, Func<T> value)
        where T : struct => _meter.CreateObservableGauge(name, value, unit, description);

    private void Gauge<T>(string name, string? unit, string description, Func<IEnumerable<Measurement<T>>> values)
        where T : struct => _meter.CreateObservableGauge(name, values, unit, description);

    private IEnumerable<Measurement<int>> Statuses()
    {
        var status = _node.Health.Status;
        return Enum.GetValues<ViewStatus>().Select(each => Of(each == status, "status", each.Code()));
    }

    private IEnumerable<Measurement<int>> Problems()
    {
        var now = _node.Health.Problems.Select(problem => problem.Code).ToHashSet(StringComparer.Ordinal);
        return WhatToDo.Table.Keys.Union(now).Select(code => Of(now.Contains(code), "code", code));
    }

    private IEnumerable<Measurement<double>> SealAge() =>
        _node.Log.Health.Sealed is { } head ? [new Measurement<double>(Math.Max(0, (TimeProvider.System.GetUtcNow() - head.At).TotalSeconds))] : [];

    private IEnumerable<Measurement<int>> Quorum() => _node.Log.Health.Witnesses is { } witnesses ? [new Measurement<int>(witnesses.IsMet ? 1 : 0)] : [];

    private IEnumerable<Measurement<int>> Cosigned() =>
        _node.Log.Health.Witnesses is { } witnesses ? witnesses.Cosigned.Select(witness => Of(witness.Value, "witness", witness.Key)) : [];

    private IEnumerable<Measurement<long>> OfWebhooks(Func<DeliveryAnswer, long> figure)
    {
        foreach (var hook in _node.View.Webhooks().Where(hook => !hook.Removed))
            if (_delivery.Of(hook.WebhookId) is { } delivery) yield return new Measurement<long>(figure(delivery), new KeyValuePair<string, object?>("webhook", hook.WebhookId.Value));
    }

    private IEnumerable<Measurement<int>> ImportsByState() =>
        [new(_imports.Running, new KeyValuePair<string, object?>("state", "running")), new(_imports.Waiting, new KeyValuePair<string, object?>("state", "waiting"))];

    private static Measurement<int> Of(bool isSo, string label, string value) => new(isSo ? 1 : 0, new KeyValuePair<string, object?>(label, value));

    private sealed class OpenFeed : IDisposable
    {
        public OpenFeed() => Interlocked.Increment(ref _streams);

        public void Dispose() => Interlocked.Decrement(ref _streams);
    }
}
