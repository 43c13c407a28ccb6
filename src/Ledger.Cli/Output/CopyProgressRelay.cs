using Ledger.Exchange.Imports;
using Ledger.Node;

namespace Ledger.Cli.Output;

/// <summary>One bar for several passes over the events; each says what it does, and how long it takes by itself.</summary>
internal sealed class CopyProgressRelay(IProgress<ImportProgress> progress) : IProgress<CopyProgress>
{
    private readonly Dictionary<string, long> _begun = [];

    public void Report(CopyProgress value)
    {
        if (!_begun.TryGetValue(value.Step, out var begun)) _begun[value.Step] = begun = TimeProvider.System.GetTimestamp();
        var elapsed = TimeProvider.System.GetElapsedTime(begun);
        double? done = value.Total is { } total ? value.Events / Math.Max(1.0, total) : null;
        progress.Report(new ImportProgress(
            value.Events, value.Events / Math.Max(0.001, elapsed.TotalSeconds), done, done is > 0.01 and < 1 ? elapsed * ((1 - done.Value) / done.Value) : null)
        {
            Step = value.Step,
        });
    }
}
