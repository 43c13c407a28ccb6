using System.Diagnostics;
using System.Threading.Channels;
using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Log.Checking;
using Ledger.Log.Signing;
using Ledger.Log.Tree;
using Ledger.Transparency;
using Microsoft.Extensions.Logging;

namespace Ledger.Log.Sealing;

/// <summary>Follows the store, puts every event of the ledger into the tree, and signs what the tree has become.</summary>
/// <remarks>
/// One loop owns the tree and the chain of seals, so nothing here is locked. It reads the store's order by itself and beside the read
/// models: a history that the read models can't follow is logged and sealed all the same, and a fault in one isn't a fault in the other.
/// </remarks>
internal sealed class LogKeeper : IAsyncDisposable
{
    /// <summary>Leaves go into the tree in batches of this many while a backlog is read.</summary>
    private const int Batch = 4096;

    /// <summary>So many events waiting are sealed at once; fewer, when the oldest has waited for <see cref="SealAge"/>.</summary>
    private const int SealCount = 256;

    private const int SealsAtOnce = 500;

    /// <summary>Read again and held against the tiles on every start.</summary>
    private const int ReadAgain = 10_000;

    private static readonly TimeSpan SealAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenSeals = TimeSpan.FromMilliseconds(200);
    /// <summary>A page of fewer is what came since the last: more is left to gather before the next, because seals are further apart than commits.</summary>
    private const int FewEvents = 256;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ScavengeIsSeenAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan OtherSealerMayTake = TimeSpan.FromSeconds(10);

    private readonly IEventStore _store;
    private readonly LogOptions _options;
    private readonly ILogger _logger;
    private readonly SignerState _state;
    private readonly Witnesses? _witnesses;
    private readonly TreeCheck _check;
    private readonly Rereading _rereading;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Leaf> _pending = new(Batch);
    private readonly long _logged;
    private readonly long _started = Stopwatch.GetTimestamp();

    private LogChain _chain;
    private Position? _position;
    private long _next;
    private long _confirmed;
    private Position? _headAtStart;
    private bool _isAtHead;
    private bool _endsEarly;
    private int _ended;
    private LogProblem? _fault;
    private LogProblem? _behindSeals;
    private LogProblem? _behindOther;
    private LogProblem? _sealing;
    private IReadOnlyList<LogProblem> _witnessing = [];
    private WitnessHealth? _witnessed;
    private SignedCheckpoint? _refreshed;
    private SignedCheckpoint? _toPublish;
    private StreamRevision _awaited = StreamRevision.First;
    private TreeSize _mine;
    private TreeSize _asked;
    private long _waitingSince;
    private long _lastSeal;
    private long _lastAsked;
    private bool _isAskingDone = true;
    private bool _wereWitnessesAsked;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _keeping = Task.CompletedTask;
    private Task _checking = Task.CompletedTask;
    private Task _asking = Task.CompletedTask;

    public LogKeeper(IEventStore store, LogOptions options, LogTree tree, LogChain chain, SignerState state, Rereading rereading, ILogger logger)
    {
        (_store, _options, Tree, _chain, _state, _rereading, _logger) = (store, options, tree, chain, state, rereading, logger);
        _witnesses = options.Policy is { } policy && new Witnesses(policy, options.WitnessPatience) is { IsAsked: true } asked ? asked : null;
        _check = new TreeCheck(tree, () => Chain);
        _logged = tree.Size.Value;
        (_next, _position) = tree.StartFor(ReadAgain);
    }

    public LogTree Tree { get; }

    public LogChain Chain => Volatile.Read(ref _chain);

    /// <summary>The head that is served: the newest with enough cosignatures, or where none are asked for the newest.</summary>
    public SignedCheckpoint? Published
    {
        get
        {
            var chain = Chain;
            if (_witnesses is null) return NewestKnown(chain.Sealed);
            var refreshed = Volatile.Read(ref _refreshed);
            return refreshed is not null && refreshed.Checkpoint == chain.Published?.Checkpoint ? refreshed : chain.Published;
        }
    }

    /// <summary>Where the store has lost its newest seals, this node still has the last head that it signed or adopted, and goes on serving it.</summary>
    private SignedCheckpoint? NewestKnown(SignedCheckpoint? sealedHead) =>
        _behindOther is not null && _state.Head is { } head && head.Checkpoint.Size.Value > (sealedHead?.Checkpoint.Size.Value ?? 0) ? head : sealedHead;

    /// <summary>Completes when the tree has grown, or a head is sealed or published.</summary>
    public Task Moved => Volatile.Read(ref _moved).Task;

    public LogHealth Health
    {
        get
        {
            var chain = Chain;
            LogProblem?[] problems = [_fault, _behindSeals, _behindOther, _sealing, .. Volatile.Read(ref _witnessing)];
            var status = _fault is not null ? LogStatus.Faulted
                : _behindSeals is not null || _behindOther is not null ? LogStatus.ReadOnly
                : Volatile.Read(ref _isAtHead) ? LogStatus.Ready
                : LogStatus.CatchingUp;
            var newest = chain.Sealed?.Checkpoint;
            return new LogHealth(
                status, Volatile.Read(ref _next), newest is null ? null : new SealedHead(newest.Size, newest.Root, chain.SealedAt),
                Published?.Checkpoint.Size, [.. problems.OfType<LogProblem>()])
            {
                UnsealedFor = Volatile.Read(ref _next) > (newest?.Size.Value ?? 0) ? Stopwatch.GetElapsedTime(Math.Max(_started, Volatile.Read(ref _waitingSince))) : TimeSpan.Zero,
                Witnesses = Volatile.Read(ref _witnessed),
            };
        }
    }

    public void Start()
    {
        _keeping = Task.Run(KeepAsync);
        _checking = Task.Run(CheckForEverAsync);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1) return;
        await _stop.CancelAsync();
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _checking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _witnesses?.Dispose();
        Tree.Dispose();
        _stop.Dispose();
    }

    private abstract record Message
    {
        public sealed record Page(IReadOnlyList<RecordedEvent> Events) : Message;

        public sealed record Asked(WitnessRound Round) : Message;
    }

    private async Task KeepAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (LogFaultException fault)
            {
                Stop(fault);
                return;
            }
            catch (StoreFaultException fault)
            {
                Stop(new LogFaultException(fault.Code, fault.Message));
                return;
            }
            catch (Exception e)
            {
                // A store out of reach, a full disk: nothing that was taken is lost, and the next try begins behind it.
                if (_stop.IsCancellationRequested) return;
                Failed(e);
                await Task.Delay(RetryAfter, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Stop(LogFaultException fault)
    {
        LogLines.Faulted(_logger, fault.Problem.Code, fault.Message);
        Volatile.Write(ref _fault, fault.Problem);
        Beat();
    }

    private void Failed(Exception e)
    {
        LogLines.SealingFailed(_logger, e);
        _sealing = new LogProblem(LogProblems.SealingFailed, $"Sealing failed and is tried again: {e.Message}");
    }

    private async Task FollowAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var messages = Channel.CreateBounded<Message>(8);
        var reading = Task.Run(() => ReadAsync(messages.Writer, _position, stop.Token), CancellationToken.None);
        try
        {
            if (_headAtStart is null)
            {
                await ReadSealsAsync(stop.Token);
                await LookForTheEndAsync(stop.Token);
            }

            Task<bool>? more = null;
            while (true)
            {
                for (var started = Stopwatch.GetTimestamp(); messages.Reader.TryRead(out var message);)
                {
                    Take(message);
                    if (_pending.Count >= Batch) Grow();
                    if (Stopwatch.GetElapsedTime(started) > BetweenSeals) break;
                }

                LookWhetherAtHead();
                if (_isAtHead) await SealAndPublishAsync(messages.Writer, stop.Token);
                if (_next == SealedSize) _sealing = null;

                more ??= messages.Reader.WaitToReadAsync(stop.Token).AsTask();
                if (IsSomethingDue()) await Task.WhenAny(more, Task.Delay(Tick, stop.Token));
                else await Task.WhenAny(more, Task.Delay(_witnesses is null ? Timeout.InfiniteTimeSpan : RetryAfter, stop.Token));
                if (!more.IsCompleted) continue;
                if (!await more) return;
                more = null;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(ChannelWriter<Message> messages, Position? after, CancellationToken cancellation)
    {
        try
        {
            await foreach (var page in _store.SubscribeAsync(after, cancellation))
            {
                await messages.WriteAsync(new Message.Page(page), cancellation);
                if (page.Count < FewEvents) await Task.Delay(Gathering, cancellation);
            }

            messages.TryComplete();
        }
        catch (Exception e)
        {
            messages.TryComplete(e);
        }
    }

    private void Take(Message message)
    {
        switch (message)
        {
            case Message.Page page:
                foreach (var stored in page.Events) Take(stored);
                break;
            case Message.Asked asked:
                Take(asked.Round);
                break;
        }
    }

    private void Take(RecordedEvent stored)
    {
        if (LeafStreams.Contains(stored.Stream.Value))
        {
            var leaf = Leaf.Of(_chain.Origin, _next, stored);
            if (_next < _logged) _check.Check(leaf);
            else Add(leaf);
            Volatile.Write(ref _next, _next + 1);
        }
        else if (stored.Stream == _chain.Stream)
        {
            TakeSeal(stored);
        }

        _position = stored.Position;
    }

    private void Add(Leaf leaf)
    {
        if (_pending.Count == 0) _waitingSince = Stopwatch.GetTimestamp();
        _pending.Add(leaf);
    }

    private void TakeSeal(RecordedEvent stored)
    {
        // What was read at the start comes by again in the store's order, and its root is looked at then.
        var isKnown = stored.Revision <= _chain.Revision;
        var then = isKnown ? _chain : _chain.Then(stored);
        if (LogEvents.Read(stored) is LogEvent.Sealed { Head: var head }) Confirm(head);
        if (isKnown) return;
        Volatile.Write(ref _chain, then);
        if (then.Published is { } published) TakePublished(published);
        _waitingSince = Stopwatch.GetTimestamp();
        Beat();
    }

    /// <summary>Another node may have got the lines that this one's round lacked.</summary>
    private void TakePublished(SignedCheckpoint head)
    {
        if (_witnessed is not { IsMet: false } || head.Checkpoint.Size.Value < _asked.Value || _witnesses?.Of(head) is not { IsMet: true } lines) return;
        Volatile.Write(ref _witnessed, lines);
        Volatile.Write(ref _witnessing, [.. _witnessing.Where(problem => problem.Code != LogProblems.WitnessPolicyUnmet)]);
    }

    /// <summary>A head that was signed, by this node or another, must be one of this history.</summary>
    private void Confirm(SignedCheckpoint head)
    {
        var size = head.Checkpoint.Size.Value;
        if (size > _next && size > Tree.Size.Value)
        {
            _behindSeals ??= new LogProblem(
                LogProblems.StoreBehindSeals, $"A seal names {size} events, but the store holds {_next} before it: events that were signed for are gone.", _next);
            return;
        }

        if (size > Tree.Size.Value) Grow();
        if (Tree.RootAt(head.Checkpoint.Size) != head.Checkpoint.Root)
        {
            if (Tree.RootOfLeaves(head.Checkpoint.Size) == head.Checkpoint.Root)
                throw new LogFaultException(LogProblems.ChangedTile, "A tile above the leaves isn't what was written. The file of the tiles can be deleted; it is made anew from the store.");
            throw new LogFaultException(
                LogProblems.Fork, $"The seal over {size} events names another root than the stored events have: an event from sequence {_confirmed} to {size - 1} isn't the one that was sealed, or two histories were signed.", _confirmed);
        }

        _confirmed = size;
        Adopt(head);
    }

    /// <summary>Remembers a head, but never one that contradicts what this node signed or adopted before.</summary>
    private void Adopt(SignedCheckpoint head)
    {
        if (_state.Head?.Checkpoint is { } signed && signed.Size.Value <= Tree.Size.Value && Tree.RootAt(signed.Size) != signed.Root)
            throw new LogFaultException(LogProblems.Fork, $"This node has signed or adopted another history of {signed.Size} events than the stored one.", 0);
        _state.Keep(head);
    }

    private void Grow()
    {
        if (_pending.Count == 0) return;
        Tree.Append(_pending, _position, _chain);
        Beat();
        _pending.Clear();
    }

    /// <summary>What the stream of seals says to its end, so that even a node that stops at the first event serves the newest head.</summary>
    private async Task ReadSealsAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var page = await _store.ReadStreamAsync(_chain.Stream, ReadDirection.Forwards, _chain.Revision.Next, SealsAtOnce, cancellation);
            foreach (var stored in page) Volatile.Write(ref _chain, _chain.Then(stored));
            if (page.Count < SealsAtOnce) return;
        }
    }

    private async Task LookForTheEndAsync(CancellationToken cancellation)
    {
        _headAtStart = await _store.ReadHeadAsync(cancellation);
        // A store that was cut below the place where reading begins would just stay silent.
        if (!_isAtHead) _endsEarly = _position is { } from && (_headAtStart is not { } head || head < from);
    }

    private void LookWhetherAtHead()
    {
        if (_isAtHead || (_headAtStart is { } head && (_position is not { } position || position < head))) return;
        LookWhatIsAhead();
        Volatile.Write(ref _isAtHead, true);
    }

    /// <summary>Is the store behind what this node knows was logged or signed? Then nothing is signed until the events are back.</summary>
    private void LookWhatIsAhead()
    {
        var held = _next;
        _behindOther = null;
        if (_endsEarly || held < _logged)
        {
            _behindOther = _endsEarly
                ? new LogProblem(LogProblems.MissingEvent, $"The store ends somewhere before sequence {held}; {_logged} events were logged.", held)
                : new LogProblem(LogProblems.MissingEvent, $"The store ends before sequence {held}; {_logged} events were logged.", held);
            return;
        }

        if (_state.Head?.Checkpoint is not { } signed) return;
        if (signed.Size.Value > held)
        {
            _behindOther = new LogProblem(
                LogProblems.StoreBehindSigner, $"This node has signed or adopted a head of {signed.Size} events, but the store holds {held}: an old backup was restored. Bring the missing events back; only 'ledger recover' begins anew without them.", held);
            return;
        }

        if (signed.Size.Value > Tree.Size.Value) Grow();
        Adopt(_state.Head);
    }

    private long SealedSize => _chain.Sealed?.Checkpoint.Size.Value ?? 0;

    private bool IsSomethingDue() => _isAtHead && _fault is null && (_next > SealedSize || _toPublish is not null || _chain.Revision < _awaited);

    private async Task SealAndPublishAsync(ChannelWriter<Message> messages, CancellationToken cancellation)
    {
        if (_behindOther is { Code: LogProblems.StoreBehindSigner }) LookWhatIsAhead();
        if (_fault is not null || _behindSeals is not null || _behindOther is not null) return;
        if (!_options.Seals) return;

        await LookAtWitnessesAsync(cancellation);
        if (_behindOther is not null) return;
        if (IsSealDue()) await SealAsync(cancellation);
        if (_toPublish is not null && _chain.Revision >= _awaited) await PublishAsync(cancellation);
        AskWitnesses(messages, cancellation);
    }

    private bool IsSealDue() =>
        _chain.Revision >= _awaited
        && _next > SealedSize
        && Since(_lastSeal) >= BetweenSeals
        && (_next - SealedSize >= SealCount || Since(_waitingSince) >= SealAge);

    private async Task SealAsync(CancellationToken cancellation)
    {
        _lastSeal = Stopwatch.GetTimestamp();
        if (_store.Fault is { } lost) throw lost;

        if (_options.Keys.Of(_chain.Keys.Newest) is not { } signer)
        {
            _sealing = new LogProblem(LogProblems.NoSignerKey, $"This node doesn't hold the log's key {_chain.Keys.Newest.Name}+{_chain.Keys.Newest.Id}: lay its file signer-{_chain.Keys.Newest.Id}.key into the secrets directory (Ledger:Secrets).");
            return;
        }

        // Another node may have sealed what this one hasn't read yet: a head is signed only on top of the last one.
        var newest = await _store.ReadStreamAsync(_chain.Stream, ReadDirection.Backwards, null, 1, cancellation);
        if (newest.Count == 0 || newest[0].Revision != _chain.Revision)
        {
            _awaited = newest.Count == 0 ? _awaited : newest[0].Revision;
            return;
        }

        Grow();
        Tree.ReadBack(new TreeSize(SealedSize));
        LookWhatIsAhead();
        if (_behindOther is not null) return;

        var head = signer.Sign(new Checkpoint(_chain.Origin, Tree.Size, Tree.Root));
        Adopt(head); // Durable before anybody can see it.
        _mine = head.Checkpoint.Size;
        if (!await AppendAsync(new LogEvent.Sealed(head), cancellation)) _mine = default; // Another node's came first, and it asks the witnesses.
        _sealing = null;
    }

    private async Task PublishAsync(CancellationToken cancellation)
    {
        var head = _toPublish!;
        if (_chain.Published is { } published && published.Checkpoint.Size.Value >= head.Checkpoint.Size.Value) _toPublish = null;
        else await AppendAsync(new LogEvent.Published(head), cancellation);
    }

    /// <summary>Stored or not, what stands there now comes round by the subscription; until then nothing more is appended.</summary>
    /// <returns>Whether it was stored.</returns>
    private async Task<bool> AppendAsync(LogEvent e, CancellationToken cancellation)
    {
        using var append = LogTelemetry.Step(e is LogEvent.Published ? "publish" : "seal");
        var outcome = await _store.AppendAsync(
            _chain.Stream, ExpectedRevision.At(_chain.Revision), [LogEvents.ToAppend(e, _options.Time.GetUtcNow())], cancellation);
        _awaited = outcome switch
        {
            AppendOutcome.Appended appended => appended.Revision,
            AppendOutcome.WrongExpectedRevision { Actual: { } actual } => actual,
            _ => throw new InvalidDataException($"The stream {_chain.Stream} is gone or takes no seal."),
        };
        return outcome is AppendOutcome.Appended;
    }

    /// <summary>At a start, before anything is signed: has a reachable witness seen more than the store holds, or another history?</summary>
    private async Task LookAtWitnessesAsync(CancellationToken cancellation)
    {
        if (_wereWitnessesAsked) return;
        if (_witnesses is null || _chain.Sealed is not { } head)
        {
            _wereWitnessesAsked = true;
            return;
        }

        var round = await _witnesses.AskAsync(head, ProofTo(head), cancellation);
        _wereWitnessesAsked = true;
        if (round.Ahead is var (witness, size) && size.Value > _next)
        {
            _behindOther = new LogProblem(
                LogProblems.StoreBehindWitness, $"The witness {witness} has seen a head of {size} events, but the store holds {_next}: an old backup was restored.", _next);
            return;
        }

        Take(round);
    }

    private void AskWitnesses(ChannelWriter<Message> messages, CancellationToken cancellation)
    {
        if (_witnesses is null || !Volatile.Read(ref _isAskingDone) || _toPublish is not null || _chain.Sealed is not { } head) return;
        var isNew = _chain.Published is not { } published || published.Checkpoint.Size.Value < head.Checkpoint.Size.Value;
        var isMine = _mine == head.Checkpoint.Size;
        var since = Since(_lastAsked);
        var wait = isNew
            ? isMine ? (_witnessing.Count == 0 ? TimeSpan.Zero : AskAgain) : OtherSealerMayTake
            : isMine ? Refresh : Timeout.InfiniteTimeSpan;
        if (wait == Timeout.InfiniteTimeSpan || since < wait || (isNew && !isMine && Since(_waitingSince) < OtherSealerMayTake)) return;

        _lastAsked = Stopwatch.GetTimestamp();
        Volatile.Write(ref _isAskingDone, false);
        _asking = Task.Run(
            async () =>
            {
                try
                {
                    await messages.WriteAsync(new Message.Asked(await _witnesses.AskAsync(head, ProofTo(head), cancellation)), cancellation);
                }
                catch (Exception e) when (e is OperationCanceledException or ChannelClosedException or LogFaultException)
                {
                    // The node stops, or the loop begins anew and asks again; a changed tile is found by whoever reads the tiles next.
                }
                finally
                {
                    Volatile.Write(ref _isAskingDone, true);
                }
            },
            CancellationToken.None);
    }

    private Func<TreeSize, IReadOnlyList<Hash>> ProofTo(SignedCheckpoint head) => old => Tree.Consistency(old, head.Checkpoint.Size);

    private void Take(WitnessRound round)
    {
        List<LogProblem> problems = [.. round.Alarms];
        if (round.Ahead is var (witness, size) && size.Value > _next)
            problems.Add(new LogProblem(LogProblems.WitnessAlarm, $"The witness {witness} says that it has seen {size} events; the store holds {_next}."));
        _asked = round.Head.Checkpoint.Size;
        Volatile.Write(ref _witnessed, round.Lines);
        if (round.Lines.IsMet) TakeCosigned(round.Head);
        else problems.Add(new LogProblem(LogProblems.WitnessPolicyUnmet, $"Too few witnesses cosigned the head of {round.Head.Checkpoint.Size} events; the last published head stays. Missing: {string.Join("; ", round.Missing)}."));
        foreach (var problem in problems.Where(problem => _witnessing.All(known => known.Code != problem.Code))) LogLines.Witnessing(_logger, problem.Message);
        Volatile.Write(ref _witnessing, problems);
    }

    private void TakeCosigned(SignedCheckpoint head)
    {
        if (_chain.Published is { } published && published.Checkpoint.Size.Value >= head.Checkpoint.Size.Value) Volatile.Write(ref _refreshed, head);
        else _toPublish = head;
    }

    private async Task CheckForEverAsync()
    {
        try
        {
            while (!Volatile.Read(ref _isAtHead)) await Task.Delay(Tick, _stop.Token);
            while (_fault is null && _behindOther is null)
            {
                var scavenge = _store.LastScavenge;
                try
                {
                    await _rereading.RoundAsync(_store, Tree, () => Chain, _stop.Token);
                }
                catch (StoreUnavailableException e)
                {
                    LogLines.RereadingPutOff(_logger, e);
                }
                catch (StoreFaultException e)
                {
                    Stop(new LogFaultException(e.Code, e.Message));
                    return;
                }

                // What a scavenge destroyed while a round was on its way, or since, only another round can tell.
                var ended = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(ended) < _rereading.Pause && _store.LastScavenge == scavenge) await Task.Delay(ScavengeIsSeenAfter, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node stops.
        }
        catch (LogFaultException fault)
        {
            Stop(fault);
        }
    }

    private void Beat() => Interlocked.Exchange(ref _moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private static TimeSpan Since(long timestamp) => timestamp == 0 ? TimeSpan.MaxValue : Stopwatch.GetElapsedTime(timestamp);
}

internal static partial class LogLines
{
    [LoggerMessage(Level = LogLevel.Critical, Message = "The log stops sealing ({Code}): {Why}")]
    public static partial void Faulted(ILogger logger, string code, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sealing failed and is tried again.")]
    public static partial void SealingFailed(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What}")]
    public static partial void Witnessing(ILogger logger, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reading the store again is put off to the next round.")]
    public static partial void RereadingPutOff(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The tiles can't be used and are made anew from the store.")]
    public static partial void TilesThrownAway(ILogger logger, Exception e);
}
