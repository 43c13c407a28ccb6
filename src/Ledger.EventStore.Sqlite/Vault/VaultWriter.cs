using Ledger.EventStore.Sqlite.Sql;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.Sqlite.Vault;

/// <summary>What the vault's writer does within its transactions, and alone.</summary>
internal sealed class VaultWriter : IWriteSession
{
    private readonly Statement _put;
    private readonly Statement _announceErasure;
    private readonly Statement _erase;
    private readonly Statement _isErasureUnfinished;
    private readonly Statement _setReferred;
    private readonly Statement _findKey;
    private readonly Statement _addKey;
    private readonly Statement _readOtherwiseWrapped;
    private readonly Statement _rewrap;

    public VaultWriter(Database database)
    {
        Database = database;
        // Freed bytes are zeroed at once; VACUUM then removes what moved within pages before.
        database.Execute("PRAGMA secure_delete = ON");
        _put = database.Prepare("INSERT INTO disclosures (digest, class, ciphertext, wrapped_key, key, put_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _announceErasure = database.Prepare("INSERT INTO erasures (digest) SELECT digest FROM disclosures WHERE digest = ?1 ON CONFLICT DO NOTHING");
        _erase = database.Prepare("DELETE FROM disclosures WHERE digest = ?1");
        _isErasureUnfinished = database.Prepare("SELECT 1 FROM erasures LIMIT 1");
        _setReferred = database.Prepare("UPDATE disclosures SET referred = 1 WHERE digest = ?1");
        _findKey = database.Prepare("SELECT id FROM wrapping_keys WHERE name = ?1");
        _addKey = database.Prepare("INSERT INTO wrapping_keys (name, proof) VALUES (?1, ?2) RETURNING id");
        _readOtherwiseWrapped = database.Prepare(
            """
            SELECT d.rowid, d.digest, d.class, d.wrapped_key, k.name
            FROM disclosures d JOIN wrapping_keys k ON k.id = d.key
            WHERE d.rowid > ?1 AND d.key <> ?2 ORDER BY d.rowid LIMIT ?3
            """);
        _rewrap = database.Prepare("UPDATE disclosures SET wrapped_key = ?2, key = ?3 WHERE rowid = ?1");
    }

    public Database Database { get; }

    public void Begin() => Database.Begin();

    public void Put(SealedDisclosure row, long putAt, WrappingKey key) =>
        _put.Bind(1, row.Digest).Bind(2, Classes.ToText(row.Class)).Bind(3, row.Ciphertext.Span)
            .Bind(4, row.Key.Bytes.Span).Bind(5, IdOf(key)).Bind(6, putAt).Run();

    /// <summary>Deletes a row, and notes that its bytes are still to be cleared away.</summary>
    public void Erase(string digest)
    {
        _announceErasure.Bind(1, digest).Run();
        _erase.Bind(1, digest).Run();
    }

    public bool IsErasureUnfinished()
    {
        var unfinished = _isErasureUnfinished.Step();
        _isErasureUnfinished.Reset();
        return unfinished;
    }

    /// <summary>Clears what was erased from the file and from its WAL. Outside any transaction.</summary>
    /// <remarks>Safe to interrupt anywhere: the notes of what was erased go last.</remarks>
    public void FinishErasure()
    {
        Compact();
        Database.Execute("DELETE FROM erasures");
    }

    /// <summary>Rewrites the file without freed bytes, and empties the WAL. Outside any transaction.</summary>
    public void Compact()
    {
        Database.Execute("VACUUM");
        // The answer's first column is 1 where a reader kept old pages in the WAL for longer than the busy timeout.
        if (Database.ReadInteger("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
            throw new StoreUnavailableException("Erased bytes are still in the vault's WAL, because somebody has been reading it all the time. Erase again.");
    }

    public void SetReferred(string digest) => _setReferred.Bind(1, digest).Run();

    public long IdOf(WrappingKey key)
    {
        var id = _findKey.Bind(1, key.Id).Step() ? _findKey.Integer(0) : -1;
        _findKey.Reset();
        return id > 0 ? id : AddKey(key);
    }

    /// <summary>Rewraps the next rows that another key wraps.</summary>
    /// <returns>The last row's place, from which to go on, or null where none is left.</returns>
    public long? RewrapPage(long after, int limit, Keyring keys)
    {
        var to = IdOf(keys.Current);
        var rows = ReadOtherwiseWrapped(after, to, limit);
        foreach (var (rowid, digest, @class, wrapped) in rows)
        {
            var rewrapped = KeyWrap.Rewrap(wrapped, keys.Find(wrapped.KeyId), keys.Current, digest, @class);
            _rewrap.Bind(1, rowid).Bind(2, rewrapped.Bytes.Span).Bind(3, to).Run();
        }

        return rows.Count == 0 ? null : rows[^1].Rowid;
    }

    /// <summary>Forgets the wrapping keys that wrap nothing any more.</summary>
    public void ForgetOtherKeys(WrappingKey current)
    {
        using var forget = Database.PrepareOnce("DELETE FROM wrapping_keys WHERE name <> ?1 AND id NOT IN (SELECT key FROM disclosures)");
        forget.Bind(1, current.Id).Run();
    }

    /// <exception cref="StoreUnavailableException">A key that the file needs is missing, or is another key of the same name.</exception>
    public void CheckKeys(Keyring keys, string path)
    {
        using var rows = Database.PrepareOnce("SELECT name, proof FROM wrapping_keys");
        while (rows.Step())
        {
            var name = rows.Text(0);
            if (!keys.TryFind(name, out var key))
                throw new StoreUnavailableException($"The vault {path} is wrapped by the key {name}, which was not given. Restore that key; without it the vault can't be read.");
            if (!rows.Blob(1).SequenceEqual(key.Proof()))
                throw new StoreUnavailableException($"The vault {path} was wrapped by another key with the name {name}. Restore that key; without it the vault can't be read.");
        }
    }

    public void Dispose() => Database.Dispose();

    private long AddKey(WrappingKey key)
    {
        _addKey.Bind(1, key.Id).Bind(2, key.Proof()).Step();
        var id = _addKey.Integer(0);
        _addKey.Reset();
        return id;
    }

    private List<(long Rowid, string Digest, DisclosureClass Class, WrappedKey Key)> ReadOtherwiseWrapped(long after, long to, int limit)
    {
        var rows = new List<(long, string, DisclosureClass, WrappedKey)>();
        _readOtherwiseWrapped.Bind(1, after).Bind(2, to).Bind(3, limit);
        while (_readOtherwiseWrapped.Step())
        {
            var wrapped = new WrappedKey(_readOtherwiseWrapped.Text(4), _readOtherwiseWrapped.Blob(3).ToArray());
            rows.Add((_readOtherwiseWrapped.Integer(0), _readOtherwiseWrapped.Text(1), Classes.Parse(_readOtherwiseWrapped.Text(2)), wrapped));
        }

        _readOtherwiseWrapped.Reset();
        return rows;
    }
}

/// <summary>The classes as they are stored, for ever.</summary>
internal static class Classes
{
    public static string ToText(DisclosureClass @class) => @class switch
    {
        DisclosureClass.Case => "case",
        DisclosureClass.Confidential => "confidential",
        DisclosureClass.DisplayName => "display-name",
        _ => throw new ArgumentOutOfRangeException(nameof(@class), @class, "Not a class of disclosures."),
    };

    public static DisclosureClass Parse(string text) => text switch
    {
        "case" => DisclosureClass.Case,
        "confidential" => DisclosureClass.Confidential,
        "display-name" => DisclosureClass.DisplayName,
        _ => throw new StoreUnavailableException($"The vault is damaged: it holds a disclosure of class {text}."),
    };
}
