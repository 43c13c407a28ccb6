using System.Diagnostics;

namespace Ledger.Exchange.Imports;

/// <summary>What watches an import while it runs.</summary>
public sealed record ImportWatch
{
    public IProgress<ImportProgress>? Progress { get; init; }

    /// <summary>How much of the file has been read, 0 to 1, where that is known.</summary>
    public Func<double>? Fraction { get; init; }

    /// <summary>Takes each row that isn't in the ledger, in the order of the file; null = the first ones are kept for the result.</summary>
    public Action<RowProblem>? OnProblem { get; init; }

    /// <summary>Called after each batch with the last line that is settled, and the tally up to it.</summary>
    public Func<long, ImportResult, CancellationToken, Task>? OnSettled { get; init; }

    /// <summary>Called with each row that brought a case that is new.</summary>
    public Action<ImportRow>? OnStored { get; init; }

    /// <summary>What an earlier part of the same import came to; null = it begins here.</summary>
    public ImportResult? Before { get; init; }
}

/// <summary>Sends rows to a target in the order of the file, some batches under way at once, and keeps the tally.</summary>
/// <remarks>A row that can't be read, or that a rule refuses, stops none of the others. What can't be reached stops the import; running it again stores no double.</remarks>
public sealed class ImportRunner(IImportTarget target)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(200);

    public Task<ImportResult> RunAsync(IAsyncEnumerable<ImportRow> rows, IProgress<ImportProgress>? progress, Func<double>? fraction, CancellationToken cancellation) =>
        RunAsync(rows.ToBlockingEnumerable(cancellation), new ImportWatch { Progress = progress, Fraction = fraction }, cancellation);

    /// <summary>Reading and mapping go on while earlier batches wait for the disk.</summary>
    public async Task<ImportResult> RunAsync(IEnumerable<ImportRow> rows, ImportWatch watch, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(watch);
        var tally = new Tally(watch);
        var underWay = new Queue<(ImportRow[] Batch, Task<IReadOnlyList<RowOutcome>> Outcomes)>();
        // The caller's thread may be one that mustn't be held: everything from here on runs beside it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (var batch in rows.Chunk(target.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            underWay.Enqueue((batch, SendAsync(batch, cancellation)));
            if (underWay.Count >= target.Concurrency) await SettleAsync(underWay.Dequeue(), tally, watch, cancellation);
        }

        while (underWay.TryDequeue(out var next)) await SettleAsync(next, tally, watch, cancellation);
        return tally.Done();
    }

    private Task<IReadOnlyList<RowOutcome>> SendAsync(ImportRow[] batch, CancellationToken cancellation)
    {
        var good = Array.FindAll(batch, row => row.Entry is not null);
        return good.Length == 0 ? Task.FromResult<IReadOnlyList<RowOutcome>>([]) : target.RecordAsync(good, cancellation);
    }

    private static async ValueTask SettleAsync(
        (ImportRow[] Batch, Task<IReadOnlyList<RowOutcome>> Outcomes) sent, Tally tally, ImportWatch watch, CancellationToken cancellation)
    {
        var outcomes = await sent.Outcomes;
        var next = 0;
        foreach (var row in sent.Batch)
        {
            if (row.Entry is not null) tally.Count(row, outcomes[next++]);
            else tally.CountUnsent(row);
        }

        tally.Report();
        if (watch.OnSettled is { } settled) await settled(sent.Batch[^1].Line, tally.Now(), cancellation);
    }

    private sealed class Tally(ImportWatch watch)
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly SortedDictionary<string, long> _refused = new(watch.Before?.Refused.ToDictionary() ?? [], StringComparer.Ordinal);
        private readonly SortedDictionary<string, long> _skipped = new(watch.Before?.Skipped.ToDictionary() ?? [], StringComparer.Ordinal);
        private readonly List<RowProblem> _problems = [];
        private long _rows = watch.Before?.Rows ?? 0;
        private long _stored = watch.Before?.Stored ?? 0;
        private long _revised = watch.Before?.Revised ?? 0;
        private long _repeated = watch.Before?.Repeated ?? 0;
        private long _malformed = watch.Before?.Malformed ?? 0;
        private long _reported;

        public void Count(ImportRow row, RowOutcome outcome)
        {
            _rows++;
            switch (outcome)
            {
                case RowOutcome.Stored:
                    _stored++;
                    if (row.Command is not null) watch.OnStored?.Invoke(row);
                    break;
                case RowOutcome.Revised: _revised++; break;
                case RowOutcome.Repeated: _repeated++; break;
                case RowOutcome.Refused no:
                    _refused[no.Code] = _refused.GetValueOrDefault(no.Code) + 1;
                    Tell(new RowProblem(row.Line, row.Id, no.Code, null, null, no.Message));
                    break;
                default: throw new UnreachableException();
            }
        }

        public void CountUnsent(ImportRow row)
        {
            _rows++;
            if (row.Skipped is { } why) _skipped[why] = _skipped.GetValueOrDefault(why) + 1;
            else
            {
                _malformed++;
                foreach (var e in row.Errors.OrderBy(error => error.Column, StringComparer.Ordinal)) Tell(new RowProblem(row.Line, row.Id, "malformed", e.Column, e.Value, e.Fix));
            }
        }

        public void Report()
        {
            if (watch.Progress is null) return;
            if (_reported != 0 && Stopwatch.GetElapsedTime(_reported) < ReportEvery) return;
            _reported = Stopwatch.GetTimestamp();
            watch.Progress.Report(HowFar());
        }

        public ImportResult Done()
        {
            watch.Progress?.Report(HowFar() with { Fraction = 1, Left = TimeSpan.Zero });
            return Now();
        }

        public ImportResult Now() =>
            new(_rows, _stored, _revised, _repeated, _refused.ToDictionary(), _malformed, _skipped.ToDictionary(), _problems, Stopwatch.GetElapsedTime(_started));

        private void Tell(RowProblem problem)
        {
            if (watch.OnProblem is { } take) take(problem);
            else if (_problems.Count < ImportResult.MostProblems) _problems.Add(problem);
        }

        private ImportProgress HowFar()
        {
            var rows = _rows - (watch.Before?.Rows ?? 0);
            var elapsed = Stopwatch.GetElapsedTime(_started);
            var rate = elapsed > TimeSpan.Zero ? rows / elapsed.TotalSeconds : 0;
            double? done = watch.Fraction?.Invoke();
            return new ImportProgress(_rows, rate, done, done is > 0.01 and < 1 ? elapsed * ((1 - done.Value) / done.Value) : null);
        }
    }
}
