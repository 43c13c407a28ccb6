using Ledger.Application.Commands;
using Ledger.EventStore.Sqlite;
using Ledger.Projections;

namespace Ledger.Node;

/// <summary>What the rooms of a node say of themselves, by name, for whoever listens. None of them knows who does.</summary>
public static class NodeTelemetry
{
    /// <summary>Meters: figures.</summary>
    public static IReadOnlyList<string> Meters { get; } = [Telemetry.Name, StoreTelemetry.Name, ViewTelemetry.Name];

    /// <summary>Activity sources: spans of commands, with kinds, outcomes and codes, never content.</summary>
    public static IReadOnlyList<string> Sources { get; } = [Telemetry.Name];
}
