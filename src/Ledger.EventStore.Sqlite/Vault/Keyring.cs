using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.Sqlite.Vault;

/// <summary>The wrapping key for what is put now, and those that may still wrap older rows.</summary>
internal sealed record Keyring(WrappingKey Current, IReadOnlyList<WrappingKey> Others)
{
    public bool TryFind(string id, [NotNullWhen(true)] out WrappingKey? key)
    {
        key = Current.Id == id ? Current : Others.FirstOrDefault(other => other.Id == id);
        return key is not null;
    }

    public WrappingKey Find(string id) =>
        TryFind(id, out var key) ? key : throw new CryptographicException($"The wrapping key {id} is not at hand.");
}
