using Ledger.EventStore.Sqlite.Sql;
using Ledger.EventStore.Sqlite.Vault;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.Sqlite.Looking;

/// <summary>Files looked at as they lie there: nothing is opened for writing, nothing is made, nothing is mended.</summary>
/// <remarks>Where a process uses the file, pass isLive: its newest pages are in the WAL then, and a long look holds up its checkpoints.</remarks>
public static class FileLook
{
    internal static readonly TimeSpan Busy = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with the event file, a sentence each; empty where it is whole and its guards stand.</summary>
    public static IReadOnlyList<string> Events(string path, bool isLive) => Faults(path, isLive, SqliteEventStore.File);

    /// <summary>What is wrong with the vault's file, its keys aside.</summary>
    public static IReadOnlyList<string> Vault(string path, bool isLive) => Faults(path, isLive, SqliteVault.File);

    /// <summary>What the keys at hand open of the vault.</summary>
    /// <param name="most">Rows that are tried, spread over the file.</param>
    /// <exception cref="StoreUnavailableException">It can't be read.</exception>
    public static VaultLook VaultOpens(string path, bool isLive, IReadOnlyList<WrappingKey> keys, int most, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        try
        {
            using var database = Database.OpenUntouched(path, isLive, Busy);
            var missing = new List<string>();
            using (var rows = database.PrepareOnce("SELECT name, proof FROM wrapping_keys"))
            {
                while (rows.Step())
                    if (!keys.Any(key => key.Id == rows.Text(0)) || !rows.Blob(1).SequenceEqual(keys.First(key => key.Id == rows.Text(0)).Proof())) missing.Add(rows.Text(0));
            }

            var held = database.ReadInteger("SELECT count(*) FROM disclosures");
            if (missing.Count > 0) return new VaultLook(held, 0, [], missing);
            using var reader = new VaultReader(database);
            var (tried, shut) = (0L, new List<string>());
            foreach (var digest in Spread(database, held, most))
            {
                cancellation.ThrowIfCancellationRequested();
                tried++;
                if (!Opens(reader, digest, keys)) shut.Add(digest);
            }

            return new VaultLook(held, tried, shut, []);
        }
        catch (SqliteFault e)
        {
            throw new StoreUnavailableException($"The vault can't be read: {e.Message}.", e);
        }
    }

    /// <summary>The events as they lie in the file; appends are refused.</summary>
    /// <exception cref="StoreUnavailableException">It can't be opened.</exception>
    public static IEventStore OpenEvents(string path, bool isLive) => new UntouchedEventStore(path, isLive);

    internal static EventReader Reader(string path, bool isLive) => new(Database.OpenUntouched(path, isLive, Busy));

    private static bool Opens(VaultReader reader, string digest, IReadOnlyList<WrappingKey> keys)
    {
        try
        {
            return reader.Read([digest]).All(row => DisclosureCipher.Open(row, keys.First(key => key.Id == row.Key.KeyId)).Digest.Length > 0);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return false;
        }
    }

    private static List<string> Spread(Database database, long held, int most)
    {
        var step = Math.Max(1, held / most);
        var digests = new List<string>();
        using var rows = database.PrepareOnce("SELECT digest FROM disclosures WHERE rowid % ?1 = 0 LIMIT ?2");
        rows.Bind(1, step).Bind(2, most);
        while (rows.Step()) digests.Add(rows.Text(0));
        return digests;
    }

    private static List<string> Faults(string path, bool isLive, SqliteFile file)
    {
        try
        {
            using var database = Database.OpenUntouched(path, isLive, Busy);
            file.CheckIsOurs(database, path);
            List<string> faults = [.. Rows(database, "PRAGMA integrity_check(20)").Where(row => row != "ok").Select(row => $"SQLite finds it damaged: {row}.")];
            using var fresh = Database.Open(":memory:", readOnly: false, Busy);
            fresh.Execute(file.ReadSchema());
            var (should, does) = (Schema(fresh), Schema(database));
            faults.AddRange(should.Where(part => !does.ContainsKey(part.Key)).Select(part => $"It lacks the {part.Key}."));
            faults.AddRange(should.Where(part => does.TryGetValue(part.Key, out var sql) && sql != part.Value).Select(part => $"Its {part.Key} isn't the one that this program makes."));
            faults.AddRange(does.Where(part => !should.ContainsKey(part.Key)).Select(part => $"It has the {part.Key}, which this program doesn't make."));
            return faults;
        }
        catch (SqliteFault e)
        {
            return [e.IsNotADatabase ? "It isn't a SQLite database." : $"It can't be read: {e.Message}."];
        }
        catch (StoreUnavailableException e)
        {
            return [e.Message];
        }
    }

    private static List<string> Rows(Database database, string sql)
    {
        var found = new List<string>();
        using var rows = database.PrepareOnce(sql);
        while (rows.Step()) found.Add(rows.Text(0));
        return found;
    }

    private static Dictionary<string, string> Schema(Database database)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        using var rows = database.PrepareOnce("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_stat%' ORDER BY type DESC, name");
        while (rows.Step()) parts[rows.Text(0)] = rows.Text(1);
        return parts;
    }
}

/// <param name="Held">Texts that the vault holds.</param>
/// <param name="Tried">So many of them were decrypted.</param>
/// <param name="Shut">Digests of those that didn't open: their bytes were changed.</param>
/// <param name="MissingKeys">Ids of keys that wrap something and aren't at hand.</param>
public sealed record VaultLook(long Held, long Tried, IReadOnlyList<string> Shut, IReadOnlyList<string> MissingKeys);
