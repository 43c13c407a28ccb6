using System.Diagnostics;

namespace Ledger.Log;

/// <summary>What the log does, as spans: tiles that grow, heads that are signed, remembered and appended.</summary>
public static class LogTelemetry
{
    public const string Name = "Ledger.Log";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Null where nobody listens.</summary>
    internal static Activity? Step(string name) => Source.StartActivity(name);
}
