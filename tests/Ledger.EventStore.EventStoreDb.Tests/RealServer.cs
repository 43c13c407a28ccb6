using Ledger.EventStore.EventStoreDb.Vault;
using Ledger.EventStore.Vault;
using Ledger.Testing.EventStores;
using Xunit.Abstractions;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>The server that LEDGER_EVENTSTOREDB names, a connection string; without it these tests run on a double of the same name, and say so.</summary>
public sealed class The_store_on_the_server_named_by_LEDGER_EVENTSTOREDB(ITestOutputHelper output)
    : DurableEventStoreContract(directory => RealServer.OpenStoreAsync(directory, output))
{
    protected override bool KeepsTheOrderOfCalls => false;
}

public sealed class The_vault_on_the_server_named_by_LEDGER_EVENTSTOREDB(ITestOutputHelper output)
    : DurableVaultContract((directory, time) => RealServer.OpenVaultAsync(directory, time, output));

internal static class RealServer
{
    private static readonly string? Named = Environment.GetEnvironmentVariable("LEDGER_EVENTSTOREDB") is { Length: > 0 } named ? named : null;

    public static async ValueTask<IEventStore> OpenStoreAsync(string directory, ITestOutputHelper output)
    {
        if (Named is null)
        {
            output.WriteLine("LEDGER_EVENTSTOREDB names no server: this ran on the wire double.");
            return await Doubles.OpenStoreAsync(directory);
        }

        var store = await EventStoreDbEventStore.ConnectAsync(EventStoreDbOptions.Parse(Named, "LEDGER_EVENTSTOREDB"), CancellationToken.None);
        output.WriteLine($"This ran on a real server, version {store.ServerVersion}, leader {store.Leader}.");
        return store;
    }

    public static async ValueTask<IVault> OpenVaultAsync(string directory, TimeProvider time, ITestOutputHelper output)
    {
        output.WriteLine(Named is null ? "LEDGER_EVENTSTOREDB names no server: this ran on the wire double." : "This ran on a real server.");
        return Named is null
            ? await Doubles.OpenVaultAsync(directory, time)
            : await EventStoreDbVault.ConnectAsync(
                new EventStoreDbVaultOptions(EventStoreDbOptions.Parse(Named, "LEDGER_EVENTSTOREDB"), Keys.First) { Time = time, Prefix = $"{Path.GetFileName(directory)}-" }, CancellationToken.None);
    }
}
