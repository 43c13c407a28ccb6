using System.Security.Cryptography;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Feeds;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.EventStoreDb.Vault;

/// <summary>Which server, as which user, and which key wraps.</summary>
/// <param name="Server">Of the second connection string: its user writes the vault's streams and, alone, the metadata that makes an erased key go with a scavenge.</param>
/// <param name="Key">Wraps what is put from now on.</param>
public sealed record EventStoreDbVaultOptions(EventStoreDbOptions Server, WrappingKey Key)
{
    /// <summary>Keys that may still wrap older rows, after a rotation that was interrupted.</summary>
    public IReadOnlyList<WrappingKey> OtherKeys { get; init; } = [];

    /// <summary>Says when a disclosure was put.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Before every id, so that tests have vaults of their own on a shared server.</summary>
    internal string Prefix { get; init; } = "";
}

/// <summary>The vault beside the ledger in the same cluster: for each disclosure a stream of its ciphertext and one of its wrapped keys.</summary>
/// <remarks>
/// <c>vault-{digest}</c> holds the ciphertext, <c>vaultkey-{digest}</c> the map of wrapped keys, updated by expected revision. An
/// erasure limits both to their newest event ($maxCount 1) and appends an empty one: the key and the text are hidden from
/// then on, and the next scavenge removes their bytes. Readers of events never see these streams.
/// </remarks>
public sealed class EventStoreDbVault : IVault
{
    private const int PageLength = 1000;

    // Enough to keep a server busy, few enough to leave it to others.
    private const int AtOnce = 32;

    private readonly ClusterConnection _cluster;
    private readonly StoreWatch _watch;
    private readonly Appender _appender;
    private readonly VaultStreams _streams;
    private readonly VaultScan _scan;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _sweeping = new(1);
    private Keyring _keys;

    private EventStoreDbVault(EventStoreDbVaultOptions options, ClusterConnection cluster)
    {
        _watch = new StoreWatch();
        var reader = new StreamReader(cluster, _watch);
        _cluster = cluster;
        _keys = new Keyring(options.Key, options.OtherKeys);
        _appender = new Appender(cluster, reader, _watch);
        _streams = new VaultStreams(options.Prefix, reader, _appender);
        _scan = new VaultScan(cluster, _streams);
        _time = options.Time;
    }

    /// <summary>Connects and checks the keys.</summary>
    /// <exception cref="StoreUnavailableException">As for the store; or a key that the vault needs is missing or another one.</exception>
    public static async Task<EventStoreDbVault> ConnectAsync(EventStoreDbVaultOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var vault = new EventStoreDbVault(options, new ClusterConnection(options.Server));
        try
        {
            await Opening.OpenAsync(vault._cluster, new AllReader(vault._cluster, new StoreWatch()), cancellation);
            await vault._streams.CheckKeysAsync(vault._keys, cancellation);
            return vault;
        }
        catch
        {
            await vault.DisposeAsync();
            throw;
        }
    }

    public async ValueTask PutAsync(IReadOnlyCollection<Disclosure> disclosures, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(disclosures);
        var putAt = _time.GetUtcNow();
        IReadOnlyCollection<SealedDisclosure> rows = [.. disclosures.DistinctBy(d => d.Digest).Select(disclosure => DisclosureCipher.Seal(disclosure, Keys.Current))];
        if (rows.Count > AtOnce) rows = await PutNewAsync(rows, putAt, cancellation);
        await EachAsync(rows, async (row, token) =>
        {
            await _streams.PutAsync(row, putAt, token);
            return true;
        }, cancellation);
    }

    /// <summary>Many at a time, one behind another on one call: all texts, and then the keys of those that were stored.</summary>
    /// <returns>Those that are there already, or half: they are looked at one by one.</returns>
    private async Task<IReadOnlyCollection<SealedDisclosure>> PutNewAsync(IReadOnlyCollection<SealedDisclosure> rows, DateTimeOffset putAt, CancellationToken cancellation)
    {
        var texts = await AppendNewAsync(rows, _streams.NewText, cancellation);
        var put = await AppendNewAsync(texts, row => _streams.NewKeys(row, putAt), cancellation);
        var digests = put.Select(row => row.Digest).ToHashSet(StringComparer.Ordinal);
        return [.. rows.Where(row => !digests.Contains(row.Digest))];
    }

    /// <returns>The rows whose append was stored.</returns>
    private async Task<IReadOnlyCollection<SealedDisclosure>> AppendNewAsync(
        IReadOnlyCollection<SealedDisclosure> rows, Func<SealedDisclosure, StreamAppend> appendOf, CancellationToken cancellation)
    {
        var outcomes = new List<AppendOutcome>(rows.Count);
        using var sending = new OrderedAppends(_cluster, _appender, _watch, (_, outcome) => outcomes.Add(outcome));
        await sending.RunAsync(rows.Select(appendOf).ToAsyncEnumerable(), cancellation);
        return [.. rows.Zip(outcomes).Where(pair => pair.Second is AppendOutcome.Appended).Select(pair => pair.First)];
    }

    public async ValueTask<IReadOnlyDictionary<string, Disclosure>> OpenAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(digests);
        var rows = await EachAsync(digests.Distinct(), _streams.ReadAsync, cancellation);
        var keys = Keys; // After the rows: whoever rewraps one puts its key on the ring first.
        try
        {
            return rows.OfType<SealedRow>().ToDictionary(row => row.Digest, row => row.Open(keys));
        }
        catch (CryptographicException e)
        {
            throw new StoreUnavailableException($"The vault is damaged, or a key is missing: {e.Message}", e);
        }
    }

    public async ValueTask DestroyAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(digests);
        await EachAsync(digests.Distinct(), _streams.DestroyAsync, cancellation);
    }

    /// <inheritdoc/>
    /// <remarks>The first sweep of a vault reads the server's whole order; where it got to is stored, and the next goes on from there.</remarks>
    public async ValueTask<int> SweepAsync(
        DateTimeOffset olderThan, Func<IReadOnlyCollection<string>, CancellationToken, ValueTask<IReadOnlySet<string>>> isReferred, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(isReferred);
        await _sweeping.WaitAsync(cancellation);
        try
        {
            await _scan.ReadOnAsync(cancellation);
            var destroyed = 0;
            while (_scan.OldestBefore(olderThan, PageLength) is { Count: > 0 } page)
            {
                var referred = await isReferred(page, cancellation);
                var outcomes = await EachAsync(page.Where(digest => !referred.Contains(digest)), _streams.DestroyAsync, cancellation);
                destroyed += outcomes.Count(gone => gone);
                _scan.Judged(page);
            }

            await _scan.RememberAsync(cancellation);
            return destroyed;
        }
        finally
        {
            _sweeping.Release();
        }
    }

    /// <summary>Wraps every data key by a new key. When this returns, the old key is needed no longer; a scavenge removes what it wrapped.</summary>
    /// <remarks>Puts and reads go on meanwhile. If it is interrupted, open the vault with both keys and call it again. Other nodes need the new key before it is called.</remarks>
    /// <exception cref="StoreUnavailableException">Not finished; call it again.</exception>
    public async ValueTask RewrapAsync(WrappingKey newKey, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(newKey);
        var before = Keys;
        // The old keys stay on the ring, in memory: somebody may hold rows that he read before they were rewrapped.
        var keys = new Keyring(newKey, [before.Current, .. before.Others]);
        Volatile.Write(ref _keys, keys);
        await _streams.CheckKeysAsync(keys, cancellation);
        var all = new VaultScan(_cluster, _streams);
        await all.ReadOnFromTheStartAsync(cancellation);
        await EachAsync(all.Waiting(), (digest, token) => _streams.RewrapAsync(digest, keys, token), cancellation);
        await _streams.ForgetOtherKeysAsync(keys, cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _cluster.Dispose();
        _sweeping.Dispose();
        return ValueTask.CompletedTask;
    }

    private Keyring Keys => Volatile.Read(ref _keys);

    private static async Task<IReadOnlyCollection<TOutcome>> EachAsync<T, TOutcome>(
        IEnumerable<T> items, Func<T, CancellationToken, Task<TOutcome>> act, CancellationToken cancellation)
    {
        var outcomes = new System.Collections.Concurrent.ConcurrentBag<TOutcome>();
        await Parallel.ForEachAsync(
            items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (item, token) => outcomes.Add(await act(item, token)));
        return outcomes;
    }
}
