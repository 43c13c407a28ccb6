using Ledger.EventStore.Vault;

namespace Ledger.EventStore.InMemory;

/// <summary>The vault without a disk, and so without ciphers: what it holds never leaves the process.</summary>
/// <param name="time">Says when a disclosure was put, for <see cref="SweepAsync"/>.</param>
public sealed class InMemoryVault(TimeProvider time) : IVault
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Disclosure Disclosure, DateTimeOffset PutAt)> _rows = [];

    public ValueTask PutAsync(IReadOnlyCollection<Disclosure> disclosures, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            foreach (var d in disclosures) _rows.TryAdd(d.Digest, (d, time.GetUtcNow()));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyDictionary<string, Disclosure>> OpenAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var found = new Dictionary<string, Disclosure>();
        lock (_gate)
        {
            foreach (var digest in digests)
                if (_rows.TryGetValue(digest, out var row)) found[digest] = row.Disclosure;
        }

        return ValueTask.FromResult<IReadOnlyDictionary<string, Disclosure>>(found);
    }

    public ValueTask DestroyAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            foreach (var digest in digests) _rows.Remove(digest);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> SweepAsync(
        DateTimeOffset olderThan, Func<IReadOnlyCollection<string>, CancellationToken, ValueTask<IReadOnlySet<string>>> isReferred, CancellationToken cancellation)
    {
        string[] old;
        lock (_gate) old = [.. _rows.Where(r => r.Value.PutAt < olderThan).Select(r => r.Key)];
        if (old.Length == 0) return 0;

        var referred = await isReferred(old, cancellation);
        var orphans = old.Where(digest => !referred.Contains(digest)).ToArray();
        await DestroyAsync(orphans, cancellation);
        return orphans.Length;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
