using Ledger.EventStore.Sqlite.Sql;

namespace Ledger.EventStore.Sqlite.Looking;

/// <summary>Which texts a vault's file holds, asked one by one; none is opened.</summary>
public sealed class HeldTexts : IDisposable
{
    private readonly Database _database;
    private readonly Statement _find;

    /// <exception cref="StoreUnavailableException">The vault can't be read.</exception>
    public HeldTexts(string path, bool isLive)
    {
        try
        {
            _database = Database.OpenUntouched(path, isLive, FileLook.Busy);
            _find = _database.Prepare("SELECT 1 FROM disclosures WHERE digest = ?1");
        }
        catch (SqliteFault e)
        {
            throw new StoreUnavailableException($"The vault can't be read: {e.Message}.", e);
        }
    }

    public bool Holds(string digest)
    {
        var isThere = _find.Bind(1, digest).Step();
        _find.Reset();
        return isThere;
    }

    public void Dispose() => _database.Dispose();
}
