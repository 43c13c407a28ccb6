using System.Diagnostics;

namespace Ledger.Files;

/// <summary>Spans of what is done to files.</summary>
public static class FilesTelemetry
{
    public const string Name = "Ledger.Files";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Null where nobody listens.</summary>
    internal static Activity? Step(string name) => Source.StartActivity(name);
}
