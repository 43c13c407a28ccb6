namespace Ledger.EventStore.Vault;

/// <summary>Where disclosures lie: encrypted, keyed by digest, insert-only until destroyed.</summary>
/// <remarks>Written before the event that refers to it; a row that no event refers to after an hour is destroyed by <see cref="SweepAsync"/>.</remarks>
public interface IVault : IAsyncDisposable
{
    /// <summary>Stores disclosures durably. One that is there already stays as it is.</summary>
    ValueTask PutAsync(IReadOnlyCollection<Disclosure> disclosures, CancellationToken cancellation);

    /// <summary>The disclosures that are still there, by digest. A missing one was erased, or was never stored.</summary>
    ValueTask<IReadOnlyDictionary<string, Disclosure>> OpenAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation);

    /// <summary>Destroys data keys and rows beyond recovery. Destroying twice is destroying once.</summary>
    ValueTask DestroyAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation);

    /// <summary>Destroys rows that were put before <paramref name="olderThan"/> and that <paramref name="isReferred"/> says no event refers to.</summary>
    /// <returns>How many were destroyed.</returns>
    ValueTask<int> SweepAsync(
        DateTimeOffset olderThan, Func<IReadOnlyCollection<string>, CancellationToken, ValueTask<IReadOnlySet<string>>> isReferred, CancellationToken cancellation);
}
