using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ledger.Exchange.Imports;

/// <summary>Sends rows to a target, some batches side by side, and keeps the tally.</summary>
/// <remarks>A row that can't be read, or that a rule refuses, stops none of the others. What can't be reached stops the import; running it again stores no double.</remarks>
public sealed class ImportRunner(IImportTarget target)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(200);

    /// <param name="fraction">How much of the file has been read, 0 to 1, where that is known.</param>
    public async Task<ImportResult> RunAsync(
        IAsyncEnumerable<ImportRow> rows, IProgress<ImportProgress>? progress, Func<double>? fraction, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var tally = new Tally(progress, fraction);
        var options = new ParallelOptions { MaxDegreeOfParallelism = target.Concurrency, CancellationToken = cancellation };
        await Parallel.ForEachAsync(rows.Chunk(target.BatchSize), options, async (batch, ct) => await SendAsync(batch, tally, ct));
        return tally.Done();
    }

    private async ValueTask SendAsync(ImportRow[] batch, Tally tally, CancellationToken cancellation)
    {
        var good = batch.Where(row => row.Command is not null).ToArray();
        var outcomes = good.Length == 0 ? [] : await target.RecordAsync(good, cancellation);
        for (var i = 0; i < good.Length; i++) tally.Count(good[i], outcomes[i]);
        foreach (var bad in batch.Where(row => row.Command is null)) tally.CountMalformed(bad);
        tally.Report();
    }

    private sealed class Tally(IProgress<ImportProgress>? progress, Func<double>? fraction)
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly ConcurrentDictionary<string, long> _refused = new(StringComparer.Ordinal);
        private readonly ConcurrentBag<RowProblem> _problems = [];
        private long _rows;
        private long _stored;
        private long _repeated;
        private long _malformed;
        private long _reported;

        public void Count(ImportRow row, RowOutcome outcome)
        {
            Interlocked.Increment(ref _rows);
            switch (outcome)
            {
                case RowOutcome.Stored: Interlocked.Increment(ref _stored); break;
                case RowOutcome.Repeated: Interlocked.Increment(ref _repeated); break;
                case RowOutcome.Refused no:
                    _refused.AddOrUpdate(no.Code, 1, (_, n) => n + 1);
                    _problems.Add(new RowProblem(row.Line, row.Id, no.Code, null, null, no.Message));
                    break;
                default: throw new UnreachableException();
            }
        }

        public void CountMalformed(ImportRow row)
        {
            Interlocked.Increment(ref _rows);
            Interlocked.Increment(ref _malformed);
            foreach (var e in row.Errors) _problems.Add(new RowProblem(row.Line, row.Id, "malformed", e.Column, e.Value, e.Fix));
        }

        public void Report()
        {
            if (progress is null) return;

            // Whoever finds that the last report is old enough makes the next one; the others go on working.
            var last = Interlocked.Read(ref _reported);
            if (last != 0 && Stopwatch.GetElapsedTime(last) < ReportEvery) return;
            if (Interlocked.CompareExchange(ref _reported, Stopwatch.GetTimestamp(), last) == last) progress.Report(Now());
        }

        public ImportResult Done()
        {
            progress?.Report(Now() with { Fraction = 1, Left = TimeSpan.Zero });
            return new ImportResult(
                _rows, _stored, _repeated, _refused.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(), _malformed,
                [.. _problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column, StringComparer.Ordinal)],
                Stopwatch.GetElapsedTime(_started));
        }

        private ImportProgress Now()
        {
            var rows = Interlocked.Read(ref _rows);
            var elapsed = Stopwatch.GetElapsedTime(_started);
            var rate = elapsed > TimeSpan.Zero ? rows / elapsed.TotalSeconds : 0;
            double? done = fraction?.Invoke();
            return new ImportProgress(rows, rate, done, done is > 0.01 and < 1 ? elapsed * ((1 - done.Value) / done.Value) : null);
        }
    }
}
