using System.Security.Cryptography;
using Ledger.EventStore;
using Ledger.EventStore.EventStoreDb;
using Ledger.EventStore.EventStoreDb.Vault;
using Ledger.EventStore.InMemory;
using Ledger.EventStore.Sqlite;
using Ledger.EventStore.Sqlite.Vault;
using Ledger.EventStore.Vault;
using Ledger.Log.Signing;

namespace Ledger.Node;

/// <summary>What a node stands on: store, vault and keys. Which they are is decided here and nowhere else.</summary>
/// <param name="HashingKey">32 bytes that key the hashes of credentials; the same on every node of a ledger.</param>
/// <param name="Keys">With which the log is signed.</param>
/// <param name="Notices">What the operator should know of the store.</param>
internal sealed record NodeParts(
    DataDirectoryLock? Lock, IEventStore Store, ErasingVault Vault, byte[] HashingKey, SignerKeys Keys, IReadOnlyList<string> Notices) : IAsyncDisposable
{
    /// <summary>Why a file takes no writes now, in a sentence; null where all is well, and with stores that aren't files.</summary>
    public Func<string?> Refusing { get; private init; } = () => null;

    public static string TileFileIn(string data) => Path.Combine(data, "tiles.db");

    /// <exception cref="StoreUnavailableException">Something can't be opened; the message is for people.</exception>
    public static async Task<NodeParts> OpenAsync(NodeOptions options, CancellationToken cancellation)
    {
        if (options.Store == StoreKind.Memory)
            return new NodeParts(null, new InMemoryEventStore(), new ErasingVault(new InMemoryVault(options.Time)), RandomNumberGenerator.GetBytes(32), SignerKeys.InMemory(), []);

        var held = DataDirectoryLock.Take(options.Data);
        try
        {
            var secrets = OpenSecrets(options.Secrets);
            return options.Store == StoreKind.Sqlite
                ? await OpenSqliteAsync(options, held, secrets, cancellation)
                : await OpenEventStoreDbAsync(options, held, secrets, cancellation);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>For what runs no node: a file's directory is locked all the same, and a server needs none.</summary>
    /// <exception cref="StoreUnavailableException">Something can't be opened; the message is for people.</exception>
    public static Task<NodeParts> OpenStoresAsync(NodeOptions options, CancellationToken cancellation) =>
        options.Store == StoreKind.EventStoreDb
            ? OpenEventStoreDbAsync(options, null, OpenSecrets(options.Secrets), cancellation)
            : OpenAsync(options, cancellation);

    public async ValueTask DisposeAsync()
    {
        await Vault.DisposeAsync();
        await Store.DisposeAsync();
        Lock?.Dispose();
    }

    private static async Task<NodeParts> OpenSqliteAsync(NodeOptions options, DataDirectoryLock held, SecretsDirectory secrets, CancellationToken cancellation)
    {
        var store = SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(options.Data, "events.db")));
        try
        {
            var (key, others) = VaultKeysOf(options, secrets);
            var vault = SqliteVault.Open(new SqliteVaultOptions(Path.Combine(options.Data, "vault.db"), key) { Time = options.Time, OtherKeys = others });
            if (options.VaultKey is not null && others.Count > 0) await vault.RewrapAsync(key, cancellation);
            return new NodeParts(held, store, new ErasingVault(vault), secrets.Key(SecretsDirectory.HmacKey), SignerKeys.In(options.Secrets), [])
            {
                Refusing = () => store.Refusing ?? vault.Refusing,
            };
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private static async Task<NodeParts> OpenEventStoreDbAsync(NodeOptions options, DataDirectoryLock? held, SecretsDirectory secrets, CancellationToken cancellation)
    {
        var server = options.Server ?? throw new StoreUnavailableException("The store is EventStoreDB, and nothing says where it is (Ledger:EventStoreDb:ConnectionString).");
        var vaultServer = options.VaultServer ?? server;
        var store = await EventStoreDbEventStore.ConnectAsync(server with { VaultUser = vaultServer.User?.Name }, cancellation);
        try
        {
            var (key, others) = VaultKeysOf(options, secrets);
            var vault = await EventStoreDbVault.ConnectAsync(new EventStoreDbVaultOptions(vaultServer, key) { Time = options.Time, OtherKeys = others }, cancellation);
            return new NodeParts(held, store, new ErasingVault(vault), secrets.Key(SecretsDirectory.HmacKey), SignerKeys.In(options.Secrets), store.Notices);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private static (WrappingKey Key, IReadOnlyList<WrappingKey> Others) VaultKeysOf(NodeOptions options, SecretsDirectory secrets)
    {
        var key = WrappingKey.FromBytes(options.VaultKey is { } given ? given.Span : secrets.Key(SecretsDirectory.VaultKey));
        List<WrappingKey> others = [];
        // A rotation that was interrupted has left rows under either key.
        if (secrets.TryNextKey(SecretsDirectory.VaultKey) is { } next) others.Add(WrappingKey.FromBytes(next));
        // Whoever moves the key out of the secrets directory names the file's as the previous one, or it is found here.
        if (options.VaultKey is not null && secrets.TryKey(SecretsDirectory.VaultKey) is { } kept) others.Add(WrappingKey.FromBytes(kept));
        if (options.PreviousVaultKey is { } previous) others.Add(WrappingKey.FromBytes(previous.Span));
        return (key, [.. others.Where(other => other.Id != key.Id).DistinctBy(other => other.Id)]);
    }

    private static SecretsDirectory OpenSecrets(string path)
    {
        try
        {
            return SecretsDirectory.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The secrets directory {path} (Ledger:Secrets) can't be used: {e.Message}", e);
        }
    }
}
