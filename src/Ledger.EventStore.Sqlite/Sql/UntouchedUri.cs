namespace Ledger.EventStore.Sqlite.Sql;

/// <summary>How SQLite is told to leave a file and its neighbours alone.</summary>
public static class UntouchedUri
{
    /// <summary>Immutable where nobody writes and nothing is left in a WAL: then not even a -shm is made beside it. Else read-only.</summary>
    public static string Of(string path, bool isLive)
    {
        var wal = new FileInfo(path + "-wal");
        var isAtRest = !isLive && (!wal.Exists || wal.Length == 0);
        return $"{new Uri(Path.GetFullPath(path)).AbsoluteUri}?{(isAtRest ? "immutable=1" : "mode=ro")}";
    }
}
