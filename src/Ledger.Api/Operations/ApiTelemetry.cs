using System.Diagnostics;

namespace Ledger.Api.Operations;

/// <summary>What the program does beside its commands, as spans: files of evidence that are kept, jobs that get on.</summary>
internal static class ApiTelemetry
{
    public const string Name = "Ledger.Api";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Null where nobody listens.</summary>
    public static Activity? Step(string name) => Source.StartActivity(name);
}
