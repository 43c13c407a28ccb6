using Ledger.EventStore.Sqlite.Sql;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.Sqlite.Vault;

/// <summary>One pooled reading connection of the vault.</summary>
internal sealed class VaultReader : IDisposable
{
    private readonly Database _database;
    private readonly Statement _read;
    private readonly Statement _readToSweep;

    public VaultReader(Database database)
    {
        _database = database;
        _read = database.Prepare(
            """
            SELECT d.class, d.ciphertext, d.wrapped_key, k.name
            FROM disclosures d JOIN wrapping_keys k ON k.id = d.key WHERE d.digest = ?1
            """);
        _readToSweep = database.Prepare("SELECT digest FROM disclosures WHERE referred = 0 AND put_at < ?1 ORDER BY put_at LIMIT ?2");
    }

    /// <summary>The rows that are there, from one snapshot.</summary>
    public List<SealedDisclosure> Read(IEnumerable<string> digests)
    {
        var rows = new List<SealedDisclosure>();
        _database.Execute("BEGIN");
        foreach (var digest in digests)
        {
            if (_read.Bind(1, digest).Step()) rows.Add(ReadRow(digest));
            _read.Reset();
        }

        _database.Execute("COMMIT");
        return rows;
    }

    /// <summary>The oldest rows of which no event is known to refer to them.</summary>
    public List<string> ReadToSweep(DateTimeOffset olderThan, int limit)
    {
        var digests = new List<string>();
        _readToSweep.Bind(1, olderThan.ToUnixTimeMilliseconds()).Bind(2, limit);
        while (_readToSweep.Step()) digests.Add(_readToSweep.Text(0));
        _readToSweep.Reset();
        return digests;
    }

    public void Dispose() => _database.Dispose();

    private SealedDisclosure ReadRow(string digest) => new(
        digest, Classes.Parse(_read.Text(0)), _read.Blob(1).ToArray(), new WrappedKey(_read.Text(3), _read.Blob(2).ToArray()));
}
