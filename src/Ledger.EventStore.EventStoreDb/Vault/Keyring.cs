using System.Security.Cryptography;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.EventStoreDb.Vault;

/// <summary>The key that wraps, and those that may still unwrap.</summary>
internal sealed record Keyring(WrappingKey Current, IReadOnlyList<WrappingKey> Others)
{
    public IEnumerable<WrappingKey> All => [Current, .. Others];

    public WrappingKey? TryFind(string id) => All.FirstOrDefault(key => key.Id == id);

    /// <exception cref="CryptographicException">It isn't on the ring.</exception>
    public WrappingKey Find(string id) => TryFind(id) ?? throw new CryptographicException($"the wrapping key {id} is needed and isn't there.");
}
