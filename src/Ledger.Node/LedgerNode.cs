using Ledger.Application.Commands;
using Ledger.EventStore;
using Ledger.EventStore.Sqlite;
using Ledger.EventStore.Vault;
using Ledger.Log;
using Ledger.Projections;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ledger.Node;

/// <summary>One node of the ledger, put together: store, vault, read side, and the pipeline for commands and queries.</summary>
/// <remarks>The API, the command line, tests and benchmarks all run this very composition.</remarks>
public sealed class LedgerNode : IAsyncDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan OrphansLive = TimeSpan.FromHours(1);

    private readonly DataDirectoryLock? _lock;
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ErasingVault _vault;
    private readonly IReadOnlyList<string> _notices;
    private readonly Task _sweeping;
    private readonly Task _erasing;
    private readonly DisclosureWatch _texts;
    private readonly Func<string?> _refusing;
    private Func<ViewProblem?> _also = () => null;
    private int _ended;

    private LedgerNode(NodeOptions options, NodeParts parts, TransparencyLog log, LedgerView view, ILogger logger)
    {
        (_lock, Store, _vault, HashingKey, _, _notices) = parts;
        (Log, View, _refusing) = (log, view, parts.Refusing);
        Clock = new LedgerClock(options.Time, () => view.NewestRecordedAt);
        _services = NodeServices.Build(Store, Vault, View, Clock, options.Time, HashingKey);
        Mediator = _services.GetRequiredService<IMediator>();
        Freshness = new Freshness(Store, View, isShared: options.Store == StoreKind.EventStoreDb);
        _erasing = EraseAgainAsync(logger);
        _texts = new DisclosureWatch(Store, View, Vault);
        _sweeping = SweepAsync(options.Time, logger);
    }

    public IEventStore Store { get; }

    public IVault Vault => _vault;

    public LedgerView View { get; }

    /// <summary>The transparency log over the very events that <see cref="View"/> shows.</summary>
    public TransparencyLog Log { get; }

    /// <summary>Whether this node still hears of what other nodes write.</summary>
    public Freshness Freshness { get; }

    public NodeHealth Health
    {
        get
        {
            var view = View.Health;
            var store = StoreHealth.Of(Store, Freshness, _notices, view.Status == ViewStatus.CatchingUp);
            return NodeHealth.Of(view, Log.Health, _vault.IsApplied, store, Freshness.IsLost ? Freshness.Age : TimeSpan.Zero, _texts.Problem, StoreHealth.Of(_refusing()), _also(), Clock.Trouble is { } doubt ? new ViewProblem(NodeHealth.ClockJumped, doubt) : null);
        }
    }

    /// <summary>What else has a problem that belongs to this node's health: the store of evidence, which the program has and the node hasn't.</summary>
    public void AlsoAsk(Func<ViewProblem?> question) => _also = question;

    public IMediator Mediator { get; }

    public LedgerClock Clock { get; }

    /// <summary>32 bytes that key the hashes of credentials.</summary>
    public byte[] HashingKey { get; }

    /// <summary>The log's name, part of what every event is committed to.</summary>
    public string Origin => Log.Origin.Value;

    /// <summary>A service of the application, such as the reader of disclosures.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Opens everything and starts to follow the store. Returns before the read side has caught up: see <see cref="LedgerView.Health"/>.</summary>
    /// <exception cref="StoreUnavailableException">Something can't be opened; the message is for people.</exception>
    public static async Task<LedgerNode> StartAsync(NodeOptions options, ILoggerFactory loggers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        var parts = await NodeParts.OpenAsync(options, cancellation);
        foreach (var notice in parts.Notices) NodeLines.StoreNotice(loggers.CreateLogger<LedgerNode>(), notice);
        TransparencyLog? log = null;
        try
        {
            log = await OpenLogAsync(options, parts, loggers, cancellation);
            var directory = options.Store == StoreKind.Memory ? null : Path.Combine(options.Data, "read-models");
            var view = await LedgerView.OpenAsync(
                parts.Store, parts.Vault, new LedgerViewOptions(directory, options.ReadModelMemory) { Key = parts.HashingKey }, loggers.CreateLogger<LedgerView>(), cancellation);
            return new LedgerNode(options, parts, log, view, loggers.CreateLogger<LedgerNode>());
        }
        catch
        {
            if (log is not null) await log.DisposeAsync();
            await parts.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends everything in order. A container that was given the node may end it too: the second time is nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1) return;
        await _stopping.CancelAsync();
        await _texts.DisposeAsync();
        await Freshness.DisposeAsync();
        await _sweeping;
        await _erasing;
        await _services.DisposeAsync();
        await View.DisposeAsync();
        await Log.DisposeAsync();
        await Vault.DisposeAsync();
        await Store.DisposeAsync();
        _lock?.Dispose();
        _stopping.Dispose();
    }

    private static async Task<TransparencyLog> OpenLogAsync(NodeOptions options, NodeParts parts, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var isKept = options.Store != StoreKind.Memory;
        var keys = options.Signer is var (command, key) ? parts.Keys.AndElsewhere(command, key) : parts.Keys;
        try
        {
            var log = await TransparencyLog.OpenAsync(
                parts.Store,
                new LogOptions(keys)
                {
                    TileFile = isKept ? NodeParts.TileFileIn(options.Data) : null,
                    SignerState = isKept ? options.SignerState : null,
                    Origin = isKept ? OriginFile.Check(options.Data, options.Origin) : options.Origin,
                    Policy = options.Policy,
                    Time = options.Time,
                },
                OriginFile.Fresh, loggers.CreateLogger<TransparencyLog>(), cancellation);
            if (isKept) OriginFile.Keep(options.Data, log.Origin.Value);
            return log;
        }
        catch (LogRefusedException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    /// <summary>Applies every erasure of the history again: the last process may have died between the event and the destruction, and a backup may have been put back.</summary>
    private async Task EraseAgainAsync(ILogger logger)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var erased = await View.ErasedDigestsAsync(_stopping.Token);
                await _vault.ApplyAsync(erased, _stopping.Token);
                return;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException e)
            {
                NodeLines.ErasurePutOff(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(1), _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Destroys what was put into the vault for an event that never came.</summary>
    private async Task SweepAsync(TimeProvider time, ILogger logger)
    {
        using var timer = new PeriodicTimer(SweepEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                try
                {
                    await Vault.SweepAsync(time.GetUtcNow() - OrphansLive, View.ReferredDigestsAsync, _stopping.Token);
                }
                catch (StoreUnavailableException e)
                {
                    NodeLines.SweepPutOff(logger, e);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The node stops.
        }
    }
}

internal static partial class NodeLines
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The vault's sweep is put off to the next round.")]
    public static partial void SweepPutOff(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Notice}")]
    public static partial void StoreNotice(ILogger logger, string notice);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Erasures can't be applied again yet; no text is shown before they are.")]
    public static partial void ErasurePutOff(ILogger logger, Exception e);
}
