using System.Security.Cryptography;
using Ledger.EventStore.Sqlite.Sql;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.Sqlite.Vault;

/// <summary>Where the vault's file lies, and who may read it.</summary>
/// <param name="FilePath">A file of its own: it alone is vacuumed, and it may be backed up on other terms than the events.</param>
/// <param name="Key">Wraps what is put from now on.</param>
public sealed record SqliteVaultOptions(string FilePath, WrappingKey Key)
{
    /// <summary>Keys that may still wrap older rows, after a rotation that was interrupted.</summary>
    public IReadOnlyList<WrappingKey> OtherKeys { get; init; } = [];

    /// <summary>Says when a disclosure was put.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long to wait for another program that has locked the file, before a write fails.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The embedded vault: one SQLite file, puts share commits, erasure leaves neither ciphertext nor wrapped key in the file or its WAL.</summary>
public sealed class SqliteVault : IVault
{
    private const int PageLength = 1000;

    internal static readonly SqliteFile File = new("vault", ApplicationId: 0x4C564C54 /* LVLT */, Version: 1, "Vault.sql");

    private readonly GroupCommit<VaultWriter> _writer;
    private readonly ConnectionPool<VaultReader> _readers;
    private readonly TimeProvider _time;
    private Keyring _keys;

    private SqliteVault(SqliteVaultOptions options, Keyring keys, VaultWriter first)
    {
        _keys = keys;
        _time = options.Time;
        _writer = new GroupCommit<VaultWriter>(File.Noun, first, () => OpenWriter(options), committed: () => { });
        _readers = new ConnectionPool<VaultReader>(
            File.Noun, () => new VaultReader(SqliteFile.OpenForReading(options.FilePath, options.BusyTimeout)));
    }

    /// <summary>Opens the file, and makes it where it is absent. An erasure that was interrupted is finished first.</summary>
    /// <exception cref="StoreUnavailableException">It can't be opened, isn't a vault, is of a newer program, or a key that it needs is missing.</exception>
    public static SqliteVault Open(SqliteVaultOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var keys = new Keyring(options.Key, options.OtherKeys);
        var writer = OpenWriter(options);
        try
        {
            writer.CheckKeys(keys, options.FilePath);
            writer.IdOf(keys.Current); // Noted before it wraps anything, so that a wrong key is told at the next opening.
            if (writer.IsErasureUnfinished()) writer.FinishErasure();
            return new SqliteVault(options, keys, writer);
        }
        catch (SqliteFault e)
        {
            writer.Dispose();
            throw new StoreUnavailableException($"The vault {options.FilePath} can't be opened: {e.Message}.", e);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>A consistent copy of a vault that another process may be writing, without what was erased from it. It opens with the same keys.</summary>
    /// <param name="to">Must not be there yet.</param>
    /// <exception cref="StoreUnavailableException">The vault can't be read, or the copy not be written.</exception>
    public static void CopyFile(string from, string to)
    {
        try
        {
            using var database = Database.Open(from, readOnly: true, TimeSpan.FromSeconds(5));
            database.Execute($"VACUUM INTO '{to.Replace("'", "''", StringComparison.Ordinal)}'");
        }
        catch (SqliteFault e)
        {
            throw new StoreUnavailableException($"The vault {from} can't be copied: {e.Message}.", e);
        }
    }

    /// <summary>Why it takes no texts now, in a sentence; null where the last ones were stored.</summary>
    public string? Refusing => _writer.Refusing;

    /// <summary>For tests: called between a commit and its answers.</summary>
    internal Action? AfterCommit
    {
        set => _writer.AfterCommit = value;
    }

    public async ValueTask PutAsync(IReadOnlyCollection<Disclosure> disclosures, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(disclosures);
        if (disclosures.Count == 0) return;
        var key = Keys.Current;
        // Encrypted here and not on the writer's thread, which everybody shares.
        var rows = disclosures.Select(d => DisclosureCipher.Seal(d, key)).ToArray();
        var putAt = _time.GetUtcNow().ToUnixTimeMilliseconds();
        await _writer.RunAsync(writer => Put(writer, rows, putAt, key), rows.Sum(r => r.Ciphertext.Length + 300), cancellation);
    }

    public ValueTask<IReadOnlyDictionary<string, Disclosure>> OpenAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(digests);
        cancellation.ThrowIfCancellationRequested();
        var rows = digests.Count == 0 ? [] : _readers.Use(r => r.Read(digests.Distinct()));
        var keys = Keys; // After the rows: whoever rewraps one puts its key on the ring first.
        try
        {
            var opened = rows.ToDictionary(row => row.Digest, row => DisclosureCipher.Open(row, keys.Find(row.Key.KeyId)));
            return ValueTask.FromResult<IReadOnlyDictionary<string, Disclosure>>(opened);
        }
        catch (CryptographicException e)
        {
            throw new StoreUnavailableException($"The vault is damaged, or a key is missing: {e.Message}", e);
        }
    }

    public async ValueTask DestroyAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(digests);
        await EraseAsync(digests, cancellation);
        await FinishErasuresAsync(cancellation);
    }

    public async ValueTask<int> SweepAsync(
        DateTimeOffset olderThan, Func<IReadOnlyCollection<string>, CancellationToken, ValueTask<IReadOnlySet<string>>> isReferred, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(isReferred);
        var destroyed = 0;
        while (_readers.Use(r => r.ReadToSweep(olderThan, PageLength)) is { Count: > 0 } page)
        {
            var referred = await isReferred(page, cancellation);
            // Each row of the page is either marked or erased, so the next page is another one.
            await _writer.RunAsync(writer => Mark(writer, page.Where(referred.Contains)), bytes: 0, cancellation);
            var orphans = page.Where(digest => !referred.Contains(digest)).ToArray();
            await EraseAsync(orphans, cancellation);
            destroyed += orphans.Length;
        }

        await FinishErasuresAsync(cancellation);
        return destroyed;
    }

    /// <summary>Wraps every data key by a new key. When this returns, the old key is needed no longer, and what it wrapped is gone from the file.</summary>
    /// <remarks>Puts and reads go on meanwhile. If it is interrupted, open the vault with both keys and call it again.</remarks>
    /// <exception cref="StoreUnavailableException">Not finished; call it again.</exception>
    public async ValueTask RewrapAsync(WrappingKey newKey, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(newKey);
        var before = Keys;
        // The old keys stay on the ring, in memory: somebody may hold rows that he read before they were rewrapped.
        var keys = new Keyring(newKey, [before.Current, .. before.Others]);
        Volatile.Write(ref _keys, keys);
        for (long? at = 0; at is not null;)
        {
            var after = at.Value;
            at = await _writer.RunAsync(writer => writer.RewrapPage(after, PageLength, keys), bytes: PageLength * 300, cancellation);
        }

        await _writer.RunAsync(writer => Forget(writer, keys.Current), bytes: 0, cancellation);
        await _writer.RunAloneAsync(Compact, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _readers.Dispose();
        await _writer.DisposeAsync();
    }

    private Keyring Keys => Volatile.Read(ref _keys);

    private static VaultWriter OpenWriter(SqliteVaultOptions options) =>
        File.OpenForWriting(options.FilePath, options.BusyTimeout, database => new VaultWriter(database));

    private bool Put(VaultWriter writer, SealedDisclosure[] rows, long putAt, WrappingKey sealedBy)
    {
        var key = Keys.Current;
        foreach (var row in rows)
        {
            // A rotation began after we had encrypted: its pass over the rows may be past this one's place already.
            var wrapped = key == sealedBy ? row.Key : KeyWrap.Rewrap(row.Key, sealedBy, key, row.Digest, row.Class);
            writer.Put(row with { Key = wrapped }, putAt, key);
        }

        return true;
    }

    private async ValueTask EraseAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        foreach (var page in digests.Chunk(PageLength))
            await _writer.RunAsync(writer => Erase(writer, page), bytes: 0, cancellation);
    }

    private async ValueTask FinishErasuresAsync(CancellationToken cancellation) =>
        await _writer.RunAloneAsync(FinishErasures, cancellation);

    private static bool Erase(VaultWriter writer, string[] digests)
    {
        foreach (var digest in digests) writer.Erase(digest);
        return true;
    }

    // Several erasures that wait together find their bytes cleared away by the first.
    private static bool FinishErasures(VaultWriter writer)
    {
        var unfinished = writer.IsErasureUnfinished();
        if (unfinished) writer.FinishErasure();
        return unfinished;
    }

    private static bool Mark(VaultWriter writer, IEnumerable<string> referred)
    {
        foreach (var digest in referred) writer.SetReferred(digest);
        return true;
    }

    private static bool Forget(VaultWriter writer, WrappingKey current)
    {
        writer.ForgetOtherKeys(current);
        return true;
    }

    private static bool Compact(VaultWriter writer)
    {
        writer.Compact();
        return true;
    }
}
