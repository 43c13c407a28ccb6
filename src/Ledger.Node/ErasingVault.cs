using Ledger.EventStore;
using Ledger.EventStore.Vault;

namespace Ledger.Node;

/// <summary>A vault that opens nothing before every erasure in the history was applied to it: an old backup of it, put back, discloses nothing.</summary>
internal sealed class ErasingVault(IVault vault) : IVault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsApplied => _applied.Task.IsCompleted;

    /// <summary>Destroys what was erased before; from then on the vault opens.</summary>
    public async Task ApplyAsync(IReadOnlyCollection<string> erased, CancellationToken cancellation)
    {
        // Most starts find nothing there any more, and then nothing need be cleared away.
        foreach (var some in erased.Chunk(1000))
            if ((await vault.OpenAsync(some, cancellation)).Count > 0) await vault.DestroyAsync(some, cancellation);
        _applied.TrySetResult();
    }

    public ValueTask PutAsync(IReadOnlyCollection<Disclosure> disclosures, CancellationToken cancellation) => vault.PutAsync(disclosures, cancellation);

    public async ValueTask<IReadOnlyDictionary<string, Disclosure>> OpenAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        if (!IsApplied) await WaitAsync(cancellation);
        return await vault.OpenAsync(digests, cancellation);
    }

    public ValueTask DestroyAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation) => vault.DestroyAsync(digests, cancellation);

    public ValueTask<int> SweepAsync(
        DateTimeOffset olderThan, Func<IReadOnlyCollection<string>, CancellationToken, ValueTask<IReadOnlySet<string>>> isReferred, CancellationToken cancellation) =>
        vault.SweepAsync(olderThan, isReferred, cancellation);

    public ValueTask DisposeAsync() => vault.DisposeAsync();

    private async Task WaitAsync(CancellationToken cancellation)
    {
        try
        {
            await _applied.Task.WaitAsync(Patience, cancellation);
        }
        catch (TimeoutException e)
        {
            throw new StoreUnavailableException("The node is still reading what was erased; no text is shown before it has.", e);
        }
    }
}
