using Ledger.EventStore.Sqlite.Vault;
using Ledger.EventStore.Vault;
using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Sqlite.Tests;

public sealed class The_sqlite_store() : DurableEventStoreContract(
    directory => SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(directory, "events.db"))));

public sealed class The_sqlite_vault() : DurableVaultContract(
    (directory, time) => SqliteVault.Open(new SqliteVaultOptions(Path.Combine(directory, "vault.db"), Keys.First) { Time = time }));

internal static class Keys
{
    public static readonly WrappingKey First = WrappingKey.FromBytes([.. Enumerable.Range(0, 32).Select(n => (byte)n)]);

    public static readonly WrappingKey Second = WrappingKey.FromBytes([.. Enumerable.Range(100, 32).Select(n => (byte)n)]);
}
