using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Exchange.Imports;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger rebuild</c>: the read models anew from the history.</summary>
internal static class RebuildCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var where = new Where();
        var command = new Command("rebuild", "Fold the read models anew from the history. The history itself isn't touched.");
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var ledger = await where.OpenDataAsync(parsed, create: false, cancellation);
            await ledger.CatchUpAsync(cancellation);
            var view = ledger.Node.View;
            var (total, started) = (view.Count, Stopwatch.GetTimestamp());
            await ProgressReport.ShowAsync(error, "Rebuilding", "events", async progress =>
            {
                await view.RebuildAsync(new Counted(progress, total, started), cancellation);
                return total;
            });
            var elapsed = Stopwatch.GetElapsedTime(started);
            await error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:0.0} s, {total / Math.Max(0.001, elapsed.TotalSeconds):N0} events/s"));
            await output.WriteLineAsync($"The read models are folded anew from {Terminal.Figure(total)} events.");
            return Exit.Ok;
        });
        return command;
    }

    private sealed class Counted(IProgress<ImportProgress> to, long total, long started) : IProgress<long>
    {
        public void Report(long value)
        {
            var elapsed = Stopwatch.GetElapsedTime(started);
            var done = total == 0 ? 1 : (double)value / total;
            to.Report(new ImportProgress(value, value / Math.Max(0.001, elapsed.TotalSeconds), done, done is > 0.01 and < 1 ? elapsed * ((1 - done) / done) : null));
        }
    }
}
