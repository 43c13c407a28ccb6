using System.Collections.Concurrent;
using Ledger.Api.Hosting;
using Ledger.Application;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Exchange.Imports;
using Ledger.Node;

namespace Ledger.Api.Imports;

/// <summary>Runs imports one after the other, on the node that is the worker, and goes on where it stopped.</summary>
/// <remarks>
/// How far a job is stands in its stream, at most once a second. After a stop the rows behind that line are read again: those that were stored
/// meanwhile are repeats, so nothing is stored twice; only the tally may then call a row repeated that was stored by this very job.
/// </remarks>
internal sealed partial class ImportJobs(LedgerNode node, LedgerSettings settings, ImportFolder folder, ILogger<ImportJobs> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, bool> _ended = new();
    private readonly ConcurrentDictionary<Guid, ImportProgress> _running = new();
    private int _waiting;

    /// <summary>How far this node is with it; null where it doesn't run it.</summary>
    public ImportProgress? ProgressOf(Guid id) => _running.GetValueOrDefault(id);

    public int Running => _running.Count;

    /// <summary>Jobs that come after the one that runs.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.Worker) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunWaitingAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The store, most likely: nothing is lost, the job's stream says where to go on.
                Interrupted(logger, e);
            }

            await Task.Delay(LookEvery, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunWaitingAsync(CancellationToken cancellation)
    {
        var waiting = new List<ImportStream>();
        foreach (var id in folder.All().Where(id => !_ended.ContainsKey(id)))
        {
            if (await ImportStream.FindAsync(node.Store, id, cancellation) is not { } job) continue;
            if (job.HasEnded)
            {
                folder.Clear(id);
                _ended[id] = true;
            }
            else
            {
                waiting.Add(job);
            }
        }

        Volatile.Write(ref _waiting, waiting.Count);
        foreach (var job in waiting.OrderBy(job => job.Asked.At))
        {
            Interlocked.Decrement(ref _waiting);
            await RunAsync(job, cancellation);
        }

        Forget(waiting.Where(job => !job.HasEnded).Select(job => job.Asked.ImportId).ToHashSet());
    }

    private void Forget(HashSet<Guid> waiting)
    {
        try
        {
            folder.Forget(waiting, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotForgotten(logger, e);
        }
    }

    private async Task RunAsync(ImportStream job, CancellationToken cancellation)
    {
        var asked = job.Asked;
        try
        {
            await job.FinishAsync(await ImportAsync(job, cancellation), cancellation);
        }
        catch (ImportFileException e)
        {
            await job.FailAsync(e.Message, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failed(logger, e, asked.ImportId);
            await job.FailAsync("The file that was handed in can't be read any more. Hand it in again: what was stored isn't stored twice.", cancellation);
        }
        catch (Exception e) when (e is not (StoreUnavailableException or StoreFaultException or OperationCanceledException))
        {
            // Whatever it is, it would be so again: this job ends, and those behind it go on.
            Failed(logger, e, asked.ImportId);
            await job.FailAsync("Something in the file or its mapping is what this program doesn't expect; it is logged. What was stored until then stays, and isn't stored twice.", cancellation);
        }
        finally
        {
            _running.TryRemove(asked.ImportId, out _);
        }

        folder.Clear(asked.ImportId);
        _ended[asked.ImportId] = true;
    }

    private async Task<ImportReached> ImportAsync(ImportStream job, CancellationToken cancellation)
    {
        var asked = job.Asked;
        var agreement = new AgreementId(asked.AgreementId);
        var current = await node.Get<AgreementCache>().GetAsync(agreement, cancellation) ?? throw new ImportFileException("There is no such agreement.");
        using var file = ImportFile.Open(folder.FileOf(asked), FrameOf(asked, ImportFrame.Of(current.State, current.Zone)), OptionsOf(asked));
        // Whatever a mapping makes of a row, it reaches no other agreement than the one that it was handed in for.
        var machine = Principal.Machine("import") with { Agreements = Values.Of(agreement) };
        var target = new NodeTarget(node.Mediator, machine, asked.ImportId.ToString("D"), asked.DryRun);

        await using var errors = OpenErrors(asked.ImportId, job.Reached.ErrorsLength);
        using var writer = new StreamWriter(errors, leaveOpen: true);
        if (errors.Length == 0) ProblemsCsv.WriteHeader(writer);
        var (before, from, saved) = (job.Reached, job.Reached.Line, TimeProvider.System.GetTimestamp());
        var last = from;
        var result = await new ImportRunner(target).RunAsync(
            file.Rows.Where(row => row.Line > from),
            new ImportWatch
            {
                Before = ResultOf(before),
                Fraction = () => file.Fraction,
                Progress = new Told(progress => _running[asked.ImportId] = progress),
                OnProblem = problem => ProblemsCsv.Write(writer, problem),
                OnStored = row => { if (!asked.DryRun) target.Twins.Stored(row); },
                OnSettled = async (line, tally, token) =>
                {
                    last = line;
                    if (TimeProvider.System.GetElapsedTime(saved) < WriteEvery) return;
                    await job.ReachAsync(await ReachedAsync(line, tally), token);
                    saved = TimeProvider.System.GetTimestamp();
                },
            },
            cancellation);
        var twins = await target.Twins.WriteAsync(() => new StreamWriter(folder.TwinsOf(asked.ImportId)), cancellation);
        return (await ReachedAsync(last, result)) with { Twins = twins };

        async Task<ImportReached> ReachedAsync(long line, ImportResult tally)
        {
            await writer.FlushAsync(cancellation);
            errors.Flush(flushToDisk: true);
            return new ImportReached(line, tally.Rows, tally.Stored, tally.Revised, tally.Repeated, tally.Refused, tally.Malformed, tally.Skipped, errors.Length);
        }
    }

    /// <summary>What was written behind the line that the job reached is written again.</summary>
    private FileStream OpenErrors(Guid import, long length)
    {
        var file = new FileStream(folder.ErrorsOf(import), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        file.SetLength(Math.Min(length, file.Length));
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    public static ImportFrame FrameOf(ImportAsked asked, ImportFrame frame) => frame.With(asked.Parties.ToDictionary(pair => pair.Key, pair => new PartyId(pair.Value)));

    public ImportOptions OptionsOf(ImportAsked asked) => new(asked.Format)
    {
        Mapping = asked.HasMapping ? folder.MappingOf(asked.ImportId) : null, Gazetteer = ImportFolder.GazetteerIn(folder.Of(asked.ImportId)), Version = asked.Version, Encoding = asked.Encoding, Delimiter = asked.Delimiter, Sheet = asked.Sheet,
    };

    private static ImportResult ResultOf(ImportReached reached) =>
        new(reached.Rows, reached.Stored, reached.Revised, reached.Repeated, reached.Refused, reached.Malformed, reached.Skipped, [], TimeSpan.Zero);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An import was interrupted and goes on.")]
    private static partial void Interrupted(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Files of an import that ended a month ago can't be deleted: they hold what was rejected, in clear.")]
    private static partial void NotForgotten(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "The import {Import} can't go on.")]
    private static partial void Failed(ILogger logger, Exception e, Guid import);

    private sealed class Told(Action<ImportProgress> tell) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => tell(value);
    }
}
