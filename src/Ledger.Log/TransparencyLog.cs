using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Log.Checking;
using Ledger.Log.Sealing;
using Ledger.Log.Signing;
using Ledger.Log.Tree;
using Ledger.Transparency;
using Microsoft.Extensions.Logging;

namespace Ledger.Log;

/// <summary>The transparency log of a running node: every event of the ledger is a leaf, every head is signed, and all of it is there to be checked.</summary>
public sealed class TransparencyLog : IAsyncDisposable
{
    private readonly IEventStore _store;
    private readonly LogOptions _options;
    private readonly LogKeeper _keeper;

    private TransparencyLog(IEventStore store, LogOptions options, LogKeeper keeper) => (_store, _options, _keeper) = (store, options, keeper);

    /// <summary>The log's name: the first line of every head, and part of what every event is committed to.</summary>
    public Origin Origin => _keeper.Chain.Origin;

    /// <summary>The key that signs now.</summary>
    public VerifierKey Key => _keeper.Chain.Keys.Newest;

    /// <summary>The key that the log began with.</summary>
    public VerifierKey FirstKey => _keeper.Chain.Keys.First;

    /// <summary>The notes by which the key changed, oldest first.</summary>
    public IReadOnlyList<SignedNote> KeyChanges => _keeper.Chain.Rotations;

    public LogHealth Health => _keeper.Health;

    /// <summary>The head that is served; null before the first.</summary>
    public SignedCheckpoint? Published => _keeper.Published;

    /// <summary>Finds the log of the store or begins it, and starts to follow. Returns before it has caught up: see <see cref="Health"/>.</summary>
    /// <param name="fresh">A name for a log that has none yet.</param>
    /// <exception cref="LogRefusedException">The log has another name or key, or the signer's state isn't this log's.</exception>
    public static async Task<TransparencyLog> OpenAsync(
        IEventStore store, LogOptions options, Func<string> fresh, ILogger logger, CancellationToken cancellation) =>
        await OpenAsync(store, options, fresh, Rereading.Usual, logger, cancellation);

    internal static async Task<TransparencyLog> OpenAsync(
        IEventStore store, LogOptions options, Func<string> fresh, Rereading rereading, ILogger logger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        var begin = await LogBirth.OpenAsync(store, options.Origin, fresh, options.Keys, options.Time, cancellation);
        CheckPolicy(options.Policy, begin);
        var state = SignerState.Open(options.SignerState, begin.Origin);
        var (tree, _, chain) = LogTree.Open(options.TileFile, begin, e => LogLines.TilesThrownAway(logger, e));
        var keeper = new LogKeeper(store, options, tree, chain, state, rereading, logger);
        keeper.Start();
        return new TransparencyLog(store, options, keeper);
    }

    /// <summary>A tile's bytes, once a sealed head reaches so far; null where none does within the time.</summary>
    public async Task<byte[]?> TileAsync(TileId id, TimeSpan timeout, CancellationToken cancellation) =>
        await IsSealedAsync(id.LiesWithin, timeout, cancellation) ? _keeper.Tree.Tile(id) : null;

    /// <summary>A bundle's bytes, once a sealed head reaches so far; null where none does within the time.</summary>
    public async Task<byte[]?> BundleAsync(BundleId id, TimeSpan timeout, CancellationToken cancellation) =>
        await IsSealedAsync(id.LiesWithin, timeout, cancellation) ? _keeper.Tree.Bundle(id) : null;

    /// <summary>The receipt of an event under the published head; null while that doesn't reach so far.</summary>
    public TlogProof? Proof(LeafIndex sequence)
    {
        if (Published is not { } head || sequence.Value >= head.Checkpoint.Size.Value) return null;
        return new TlogProof(sequence, _keeper.Tree.Inclusion(sequence, head.Checkpoint.Size), head);
    }

    /// <summary>True once a head covers so many events and is published; false at the timeout.</summary>
    public Task<bool> WaitForPublishedAsync(long count, TimeSpan timeout, CancellationToken cancellation) =>
        UntilAsync(() => Published is { } head && head.Checkpoint.Size.Value >= count, timeout, cancellation);

    public async ValueTask DisposeAsync() => await _keeper.DisposeAsync();

    /// <summary>A policy that believes another key for this very log is a mistake that nobody would notice until it matters.</summary>
    private static void CheckPolicy(TrustPolicy? policy, LogChain begin)
    {
        if (policy is null) return;
        var ofThisLog = policy.Logs.Where(log => begin.Origin.IsNamedAs(log.Key.Name)).ToList();
        if (ofThisLog.Count > 0 && !ofThisLog.Any(log => log.Key.Equals(begin.Keys.First)))
            throw new LogRefusedException($"The policy (Ledger:Policy) names another key for '{begin.Origin}' than this log began with, {begin.Keys.First}.");
    }

    private Task<bool> IsSealedAsync(Func<TreeSize, bool> liesWithin, TimeSpan timeout, CancellationToken cancellation) =>
        UntilAsync(() => _keeper.Chain.Sealed is { } head && liesWithin(head.Checkpoint.Size), timeout, cancellation);

    private async Task<bool> UntilAsync(Func<bool> isSo, TimeSpan timeout, CancellationToken cancellation)
    {
        var limit = Task.Delay(timeout, cancellation);
        while (true)
        {
            var moved = _keeper.Moved;
            if (isSo()) return true;
            if (await Task.WhenAny(moved, limit) == limit)
            {
                cancellation.ThrowIfCancellationRequested();
                return isSo();
            }
        }
    }
}
