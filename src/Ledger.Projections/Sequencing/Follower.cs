using Ledger.EventStore;
using Ledger.Projections.Storage;
using Microsoft.Extensions.Logging;

namespace Ledger.Projections.Sequencing;

/// <summary>The sequencer: follows the store's order, numbers the ledger's events, and has the read models take them.</summary>
internal sealed class Follower : IAsyncDisposable
{
    /// <summary>A segment of this many events is written to the file.</summary>
    private const int SegmentLength = 1 << 16;

    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly IEventStore _store;
    private readonly LedgerViewOptions _options;
    private readonly ILogger _logger;
    private readonly Generations? _generations;
    private readonly LedgerReader _reader;
    private readonly CancellationTokenSource _stop = new();
    private readonly Arrivals _arrivals = new();

    /// <summary>Held while events are taken, a flush begins, or one generation takes another's place.</summary>
    private readonly SemaphoreSlim _taking = new(1, 1);
    private readonly SemaphoreSlim _rebuilding = new(1, 1);

    private ReadModel _model;
    private Reached _reached;
    private ViewProblem? _newer;
    private ViewProblem? _fault;
    private ViewProblem? _unread;
    private Position? _headAtStart;
    private bool _isAtHead;
    private Task _following = Task.CompletedTask;
    private Task _flushing = Task.CompletedTask;

    /// <param name="Count">Events that queries cover.</param>
    /// <param name="Numbered">Events that have a number.</param>
    /// <param name="ReadTo">The store's order has been read up to here.</param>
    private sealed record Reached(long Count, long Numbered, Position? ReadTo, DateTimeOffset? RecordedAt);

    private Follower(IEventStore store, LedgerViewOptions options, ILogger logger, Generations? generations, ReadModel model)
    {
        (_store, _options, _logger, _generations, _model) = (store, options, logger, generations, model);
        _reader = new LedgerReader(store);
        _reached = new Reached(model.Applied, model.Applied, model.Newest, null);
    }

    public ReadModel Model => Volatile.Read(ref _model);

    public RecentEvents Recent { get; } = new();

    /// <summary>Beats whenever anything below changes.</summary>
    public Pulse Moved { get; } = new();

    public long Count => Volatile.Read(ref _reached).Count;

    public DateTimeOffset? NewestRecordedAt => Volatile.Read(ref _reached).RecordedAt;

    public long Numbered => Volatile.Read(ref _reached).Numbered;

    /// <summary>True where a fault keeps anything more from being taken.</summary>
    public bool HasStopped => Volatile.Read(ref _fault) is not null;

    public bool IsAtHead => Volatile.Read(ref _isAtHead);

    public bool IsCatchingUp => _fault is null && _newer is null && !IsAtHead;

    public static async Task<Follower> OpenAsync(
        IEventStore store, LedgerViewOptions options, ILogger logger, CancellationToken cancellation)
    {
        var generations = options.Directory is { } directory ? new Generations(directory) : null;
        try
        {
            return new Follower(store, options, logger, generations, await OpenModelAsync(store, options, generations, logger, cancellation));
        }
        catch (LedgerFaultException fault)
        {
            logger.LogCritical("{Message}", fault.Message);
            return new Follower(store, options, logger, generations, ReadModel.Create(null, options, store)) { _fault = fault.Problem };
        }
    }

    public void Start()
    {
        if (_fault is not null) return;
        _following = Task.Run(FollowAsync);
        _flushing = Task.Run(FlushNowAndThenAsync);
    }

    public ReadModel UseModel()
    {
        while (true)
        {
            var model = Model;
            if (model.TryUse()) return model;
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        }
    }

    /// <summary>True once the store's order has been read up to a position; false where the time runs out first.</summary>
    public async ValueTask<bool> ReadsToAsync(Position position, TimeSpan timeout, CancellationToken cancellation)
    {
        if (HasReadTo(position)) return true;
        var arrival = _arrivals.Of(position);
        if (HasReadTo(position)) return true;
        try
        {
            await arrival.WaitAsync(timeout, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return HasReadTo(position);
        }
    }

    public bool HasReadTo(Position position) => Volatile.Read(ref _reached).ReadTo is { } readTo && readTo >= position;

    /// <summary>True where queries cover everything up to a position.</summary>
    public bool Covers(Position position)
    {
        var reached = Volatile.Read(ref _reached);
        return reached.Count == reached.Numbered ? HasReadTo(position) : Model.Newest >= position;
    }

    /// <summary>True once queries cover everything that was stored when this was asked.</summary>
    public async Task<bool> IsAtHeadAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        if (_fault is not null || _newer is not null) return false;
        return await _store.ReadHeadAsync(cancellation) is not { } head
            || await Moved.UntilAsync(() => Covers(head), timeout, cancellation);
    }

    public ViewHealth Health(ViewProblem? other)
    {
        var reached = Volatile.Read(ref _reached);
        var status = _fault is not null ? ViewStatus.Faulted
            : _newer is not null ? ViewStatus.ReadOnly
            : IsAtHead ? ViewStatus.Ready
            : ViewStatus.CatchingUp;
        var lag = status == ViewStatus.CatchingUp && reached.RecordedAt is { } at ? TimeProvider.System.GetUtcNow() - at : TimeSpan.Zero;
        ViewProblem?[] problems = [_fault, _newer, Volatile.Read(ref _unread), other];
        return new ViewHealth(status, reached.Count, lag, _reader.Ahead, [.. problems.OfType<ViewProblem>()]);
    }

    /// <summary>Folds everything anew into another file, which then takes the place of the one in use.</summary>
    public async Task RebuildAsync(IProgress<long>? progress, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        await _rebuilding.WaitAsync(either.Token);
        try
        {
            var next = ReadModel.Create(_generations?.Next(), _options, _store);
            try
            {
                await FillAsync(next, progress, either.Token);
            }
            catch
            {
                next.IsReplaced = true;
                await next.ReleaseAsync();
                throw;
            }
        }
        finally
        {
            _rebuilding.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _flushing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _rebuilding.WaitAsync();
        if (_fault is null) await LastFlushAsync();
        await Model.ReleaseAsync();
        Moved.Beat();
        _stop.Dispose();
    }

    private static async Task<ReadModel> OpenModelAsync(
        IEventStore store, LedgerViewOptions options, Generations? generations, ILogger logger, CancellationToken cancellation)
    {
        if (generations is null) return ReadModel.Create(null, options, store);
        var current = generations.Current();
        generations.Sweep();
        if (current is not null)
        {
            try
            {
                return await ReadModel.OpenAsync(current, options, store, cancellation);
            }
            catch (ReadModelException e)
            {
                logger.LogWarning(e, "The read models can't be used and are made anew from the log: {Message}", e.Message);
            }
        }

        var folder = generations.Next();
        var model = ReadModel.Create(folder, options, store);
        generations.MakeCurrent(folder);
        generations.Sweep();
        return model;
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _headAtStart ??= await _store.ReadHeadAsync(_stop.Token);
                LookWhetherAtHead();
                await foreach (var page in _reader.ReadAsync(_reached.ReadTo, follow: true, _stop.Token)) await TakeAsync(page);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (LedgerFaultException fault)
            {
                Stop(fault.Problem, fault);
                return;
            }
            catch (StoreFaultException e)
            {
                Stop(new ViewProblem(e.Code, e.Message), e);
                return;
            }
            catch (StoreUnavailableException e)
            {
                _logger.LogWarning(e, "The store can't be followed; trying again: {Message}", e.Message);
                Volatile.Write(ref _unread, new ViewProblem(ViewProblems.StoreUnreadable, $"The store can't be read, and is tried again: {e.Message}"));
                await Task.Delay(RetryAfter, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                if (_stop.IsCancellationRequested) return;
                Stop(new ViewProblem(ViewProblems.ReadModel, $"The read models stopped: {e.Message}", Numbered), e);
                return;
            }
        }
    }

    private void Stop(ViewProblem problem, Exception why)
    {
        _logger.LogCritical(why, "{Message}", problem.Message);
        _fault = problem;
        Moved.Beat();
    }

    private async Task TakeAsync(DecodedPage page)
    {
        await _taking.WaitAsync(_stop.Token);
        using var take = ViewTelemetry.Step("take");
        Volatile.Write(ref _unread, null);
        try
        {
            var numbered = _reached.Numbered;
            try
            {
                foreach (var record in page.Records)
                {
                    Recent.Add(Take(record, numbered));
                    numbered++;
                }
            }
            finally
            {
                // What was taken before a fault is whole, and stays visible.
                // Of appends that were on their way together, on a shared store the later one may come first.
                var recordedAt = page.Records.Take((int)(numbered - _reached.Numbered)).Max(record => record.Metadata?.RecordedAt) is { } newest && !(newest < _reached.RecordedAt)
                    ? newest
                    : _reached.RecordedAt;
                var readTo = numbered == _reached.Numbered + page.Records.Count ? page.ReadTo : _reached.ReadTo;
                Volatile.Write(ref _reached, new Reached(_model.Applied, numbered, readTo, recordedAt));
                LookWhetherAtHead();
                if (readTo is { } reached) _arrivals.ReadTo(reached);
                Moved.Beat();
            }

            if (_model.Waiting >= SegmentLength) await _model.BeginFlushAsync();
        }
        finally
        {
            _taking.Release();
        }
    }

    private SequencedEvent Take(DecodedRecord record, long sequence)
    {
        if (_newer is null && (record.Event is not null || record.Failure is not null)) return _model.Apply(record);
        if (record.Failure is not null)
            throw new LedgerFaultException(ViewProblems.UnreadableEvent, $"The event at sequence {sequence} can't be read: {record.Failure.Message}", sequence);
        if (_newer is null)
        {
            _newer = new ViewProblem(
                ViewProblems.NewerEvent, $"This program doesn't know the event type {record.Stored.Type}. It goes on reading and numbering; figures stop here.", sequence);
            _logger.LogError("{Message}", _newer.Message);
        }

        return new SequencedEvent(
            sequence, record.Stored, record.Metadata!, record.Event, _model.AgreementOf(record.Stored.Stream), ReadModel.CaseIdOf(record.Stored.Stream));
    }

    private void LookWhetherAtHead()
    {
        if (_isAtHead || (_headAtStart is { } head && !HasReadTo(head))) return;
        Volatile.Write(ref _isAtHead, true);
    }

    private async Task FlushNowAndThenAsync()
    {
        using var timer = new PeriodicTimer(FlushEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await _taking.WaitAsync(_stop.Token);
                try
                {
                    // While a big backlog is read, segments fill up by themselves.
                    if (_fault is null && _isAtHead && !_model.IsFlushing) await _model.BeginFlushAsync();
                }
                finally
                {
                    _taking.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
        catch (Exception e)
        {
            Stop(new ViewProblem(ViewProblems.ReadModel, $"The read models can't be written: {e.Message}"), e);
        }
    }

    private async Task LastFlushAsync()
    {
        try
        {
            await Model.FlushAsync();
            Model.Settle();
        }
        catch (Exception e)
        {
            _logger.LogWarning(e, "The newest events aren't in the read models' file; the next start reads them again: {Message}", e.Message);
        }
    }

    private async Task FillAsync(ReadModel next, IProgress<long>? progress, CancellationToken cancellation)
    {
        var reader = new LedgerReader(_store);
        while (next.Applied < Count)
        {
            await foreach (var page in reader.ReadAsync(next.Newest, follow: false, cancellation))
            {
                if (!TakeInto(next, page.Records, Count)) break;
                if (next.Waiting >= SegmentLength) await next.BeginFlushAsync();
                progress?.Report(next.Applied);
            }

            if (Count - next.Applied < SegmentLength) break;
        }

        await _taking.WaitAsync(cancellation);
        try
        {
            // Nothing is taken meanwhile, so the two can be brought to the same event.
            if (next.Applied < _model.Applied)
                await foreach (var page in reader.ReadAsync(next.Newest, follow: false, cancellation))
                    if (!TakeInto(next, page.Records, _model.Applied)) break;
            await next.FlushAsync();
            if (next.Folder is { } folder) _generations!.MakeCurrent(folder);
            var old = _model;
            Volatile.Write(ref _model, next);
            old.IsReplaced = true;
            await old.ReleaseAsync();
            progress?.Report(next.Applied);
        }
        finally
        {
            _taking.Release();
        }
    }

    /// <returns>False once there are as many events as wanted.</returns>
    private static bool TakeInto(ReadModel model, IReadOnlyList<DecodedRecord> records, long wanted)
    {
        foreach (var record in records)
        {
            if (model.Applied >= wanted) return false;
            model.Apply(record);
        }

        return true;
    }
}
