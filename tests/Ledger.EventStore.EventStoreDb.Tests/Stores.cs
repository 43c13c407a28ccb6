using Ledger.EventStore.EventStoreDb.Vault;
using Ledger.EventStore.Vault;
using Ledger.Testing.EventStores;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

public sealed class The_store_on_the_wire_double() : DurableEventStoreContract(Doubles.OpenStoreAsync)
{
    protected override bool KeepsTheOrderOfCalls => false;
}

public sealed class The_vault_on_the_wire_double() : DurableVaultContract(Doubles.OpenVaultAsync);

/// <summary>A double for each directory that a contract names: given the same again, the same server is still there.</summary>
internal static class Doubles
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Lazy<Task<DoubleNode>>> ByDirectory = new();

    public static async ValueTask<IEventStore> OpenStoreAsync(string directory) =>
        await EventStoreDbEventStore.ConnectAsync(EventStoreDbOptions.Parse(await ConnectionStringAsync(directory)), CancellationToken.None);

    public static async ValueTask<IVault> OpenVaultAsync(string directory, TimeProvider time) =>
        await EventStoreDbVault.ConnectAsync(
            new EventStoreDbVaultOptions(EventStoreDbOptions.Parse(await ConnectionStringAsync(directory)), Keys.First) { Time = time }, CancellationToken.None);

    private static async Task<string> ConnectionStringAsync(string directory) =>
        (await ByDirectory.GetOrAdd(directory, _ => new(() => DoubleNode.StartAsync())).Value).ConnectionString;
}

internal static class Keys
{
    public static readonly WrappingKey First = WrappingKey.FromBytes([.. Enumerable.Range(0, 32).Select(n => (byte)n)]);

    public static readonly WrappingKey Second = WrappingKey.FromBytes([.. Enumerable.Range(100, 32).Select(n => (byte)n)]);
}
