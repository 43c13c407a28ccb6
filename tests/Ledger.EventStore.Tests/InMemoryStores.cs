using Ledger.EventStore.InMemory;
using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Tests;

public sealed class The_in_memory_store() : EventStoreContract(_ => new InMemoryEventStore());

public sealed class The_in_memory_vault() : VaultContract((_, time) => new InMemoryVault(time));
