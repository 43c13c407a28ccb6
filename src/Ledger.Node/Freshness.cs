using Ledger.EventStore;
using Ledger.Projections;

namespace Ledger.Node;

/// <summary>Whether a node that shares its store still hears what the others write: a key that was revoked there must be dead here.</summary>
/// <remarks>Once a second it asks the store for its newest event and waits until this node has read so far.</remarks>
public sealed class Freshness : IAsyncDisposable
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    private readonly IEventStore _store;
    private readonly LedgerView _view;
    private readonly bool _isShared;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _asking = Task.CompletedTask;
    private long _heardAt = TimeProvider.System.GetTimestamp();

    internal Freshness(IEventStore store, LedgerView view, bool isShared)
    {
        (_store, _view, _isShared) = (store, view, isShared);
        if (isShared) _asking = Task.Run(AskAsync);
    }

    /// <summary>How long ago this node knew all that was stored; nothing for a store of its own.</summary>
    public TimeSpan Age => _isShared ? TimeProvider.System.GetElapsedTime(Volatile.Read(ref _heardAt)) : TimeSpan.Zero;

    /// <summary>True where who has which key can't be said any more.</summary>
    public bool IsLost => Age > Limit;

    /// <summary>Older than this is too old.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AskAsync()
    {
        using var timer = new PeriodicTimer(AskEvery);
        do
        {
            try
            {
                var asked = TimeProvider.System.GetTimestamp();
                var head = await _store.ReadHeadAsync(_stop.Token);
                if (head is not { } position || await _view.WaitUntilReadAsync(position, Limit, _stop.Token)) Volatile.Write(ref _heardAt, asked);
            }
            catch (Exception e) when (e is StoreUnavailableException or StoreFaultException)
            {
                // It gets older, and whoever asks for it sees that.
            }
        }
        while (await timer.WaitForNextTickAsync(_stop.Token));
    }
}
