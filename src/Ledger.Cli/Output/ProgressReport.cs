using System.Diagnostics;
using System.Globalization;
using Ledger.Exchange.Imports;
using Spectre.Console;

namespace Ledger.Cli.Output;

/// <summary>How far a long command is: a bar on a terminal, else a line now and then. It goes to the error stream, so that the answer stays clean.</summary>
internal static class ProgressReport
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    /// <summary>So many of so many, after so long.</summary>
    public static ImportProgress Of(long done, long all, TimeSpan elapsed)
    {
        var perSecond = elapsed > TimeSpan.Zero ? done / elapsed.TotalSeconds : 0;
        return new ImportProgress(done, perSecond, all == 0 ? 1 : (double)done / all, perSecond > 0 ? TimeSpan.FromSeconds((all - done) / perSecond) : null);
    }

    public static async Task<T> ShowAsync<T>(TextWriter error, string what, string unit, Func<IProgress<ImportProgress>, Task<T>> work)
    {
        if (Console.IsErrorRedirected) return await work(new Lines(error, what, unit));

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { CompletedStyle = Style.Plain, FinishedStyle = Style.Plain, RemainingStyle = Style.Plain }, new PercentageColumn { CompletedStyle = Style.Plain, Style = Style.Plain })
            .StartAsync(async context =>
            {
                var bar = context.AddTask(Markup.Escape(what), maxValue: 1);
                return await work(new Bar(bar, what, unit));
            });
    }

    private static string Said(ImportProgress p, string what, string unit)
    {
        var left = p.Left is { } time && time > TimeSpan.Zero ? $", {Terminal.Span(time)} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{p.Step ?? what}: {p.Rows:N0} {unit}, {p.RowsPerSecond:N0}/s{left}");
    }

    private sealed class Bar(ProgressTask bar, string what, string unit) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value)
        {
            bar.Description = Markup.Escape(Said(value, what, unit));
            bar.IsIndeterminate = value.Fraction is null;
            if (value.Fraction is { } done) bar.Value = done;
        }
    }

    private sealed class Lines(TextWriter error, string what, string unit) : IProgress<ImportProgress>
    {
        private readonly Lock _gate = new();
        private long _last = Stopwatch.GetTimestamp();

        public void Report(ImportProgress value)
        {
            lock (_gate)
            {
                if (Stopwatch.GetElapsedTime(_last) < LineEvery) return;
                _last = Stopwatch.GetTimestamp();
                error.WriteLine(Said(value, what, unit));
            }
        }
    }
}
