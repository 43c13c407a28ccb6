using Ledger.EventStore.EventStoreDb;
using Ledger.Transparency;

namespace Ledger.Node;

/// <summary>Which store holds the events.</summary>
public enum StoreKind
{
    /// <summary>A SQLite file in the data directory: durable, nothing to install.</summary>
    Sqlite,

    /// <summary>An EventStoreDB or KurrentDB, one node or a cluster, which several nodes of the ledger share.</summary>
    EventStoreDb,

    /// <summary>Nothing outlives the process: for trying things out and for tests.</summary>
    Memory,
}

/// <summary>Where a node keeps what it keeps.</summary>
/// <param name="Data">Directory of log, vault and read models. One process at a time.</param>
public sealed record NodeOptions(string Data)
{
    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    /// <summary>Which server, and as whom; with <see cref="StoreKind.EventStoreDb"/>.</summary>
    public EventStoreDbOptions? Server { get; init; }

    /// <summary>The vault's streams on that server, as another user; null = the same.</summary>
    public EventStoreDbOptions? VaultServer { get; init; }

    /// <summary>Directory of keys, mode 0700; not part of a backup of the data.</summary>
    public string Secrets { get; init; } = Path.TrimEndingDirectorySeparator(Data) + ".secrets";

    /// <summary>The log's name. Kept with the data from the first start; another one later is refused.</summary>
    public string? Origin { get; init; }

    /// <summary>The file of the last head that this node signed or adopted; outside the data and its backups.</summary>
    public string SignerState { get; init; } = Path.TrimEndingDirectorySeparator(Data) + ".signer-state";

    /// <summary>A command that signs for the log with a key that is kept elsewhere, and that key; null = keys lie in <see cref="Secrets"/>.</summary>
    public (string Command, VerifierKey Key)? Signer { get; init; }

    /// <summary>The key that wraps the vault's data keys, 32 bytes; null = <c>vault.key</c> in <see cref="Secrets"/>, made at the first start.</summary>
    public ReadOnlyMemory<byte>? VaultKey { get; init; }

    /// <summary>The key before <see cref="VaultKey"/>: whatever it still wraps is wrapped anew at the start, and then it is needed no longer.</summary>
    public ReadOnlyMemory<byte>? PreviousVaultKey { get; init; }

    /// <summary>Witnesses and quorum.</summary>
    public TrustPolicy? Policy { get; init; }

    /// <summary>How much memory the read models may take (DuckDB's notation).</summary>
    public string ReadModelMemory { get; init; } = "96MiB";

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
