using Ledger.EventStore;
using Ledger.EventStore.EventStoreDb.Vault;
using Ledger.EventStore.Sqlite;
using Ledger.EventStore.Sqlite.Vault;
using Ledger.EventStore.Vault;

namespace Ledger.Node;

/// <summary>Changes the key that wraps the vault's data keys. The node must not be running on this data.</summary>
/// <remarks>On a shared store the other nodes must have been started with the next key in their secrets (<c>vault.key.next</c>) first; they open rows under either.</remarks>
public static class VaultKeys
{
    /// <summary>Makes a new key in the secrets directory and wraps everything by it. Interrupted, it goes on where it was when it is called again.</summary>
    /// <exception cref="StoreUnavailableException">It can't be done; the message is for people.</exception>
    public static async Task RotateAsync(NodeOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var held = DataDirectoryLock.Take(options.Data);
        var secrets = SecretsDirectory.Open(options.Secrets);
        var (present, next) = (WrappingKey.FromBytes(secrets.Key(SecretsDirectory.VaultKey)), WrappingKey.FromBytes(secrets.NextKey(SecretsDirectory.VaultKey)));
        if (options.Store == StoreKind.EventStoreDb)
        {
            var server = new EventStoreDbVaultOptions((options.VaultServer ?? options.Server)!, present) { OtherKeys = [next], Time = options.Time };
            await using var vault = await EventStoreDbVault.ConnectAsync(server, cancellation);
            await vault.RewrapAsync(next, cancellation);
        }
        else
        {
            using var rewrap = NodeTelemetry.Step("rewrap");
            await using var vault = SqliteVault.Open(new SqliteVaultOptions(Path.Combine(options.Data, "vault.db"), present) { OtherKeys = [next], Time = options.Time });
            await vault.RewrapAsync(next, cancellation);
        }

        using var promote = NodeTelemetry.Step("promote");
        secrets.Promote(SecretsDirectory.VaultKey);
    }
}
