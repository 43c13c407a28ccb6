using System.Diagnostics;
using Ledger.Application.Commands;
using Ledger.EventStore.Sqlite;
using Ledger.Files;
using Ledger.Log;
using Ledger.Projections;

namespace Ledger.Node;

/// <summary>What the rooms of a node say of themselves, by name, for whoever listens. None of them knows who does.</summary>
public static class NodeTelemetry
{
    /// <summary>Meters: figures.</summary>
    public static IReadOnlyList<string> Meters { get; } = [Telemetry.Name, StoreTelemetry.Name, ViewTelemetry.Name];

    /// <summary>Activity sources: spans of commands with their steps, and of what happens behind them; kinds, outcomes and codes, never content.</summary>
    public static IReadOnlyList<string> Sources { get; } = [Telemetry.Name, StoreTelemetry.Name, ViewTelemetry.Name, LogTelemetry.Name, FilesTelemetry.Name, Name];

    /// <summary>This room's own: what an operator's commands do to a directory.</summary>
    public const string Name = "Ledger.Node";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Null where nobody listens.</summary>
    internal static Activity? Step(string name) => Source.StartActivity(name);
}
