using System.Globalization;

namespace Ledger.EventStore.Sqlite.Sql;

/// <summary>What a file must say of itself before anything is written to it.</summary>
/// <param name="Noun">What people call it, such as "event file".</param>
/// <param name="ApplicationId">Kept in SQLite's header, so that `file` and we can tell it from other databases.</param>
/// <param name="Version">Of the schema; a file of a newer one is refused.</param>
/// <param name="SchemaResource">The embedded .sql file that makes the schema.</param>
internal sealed record SqliteFile(string Noun, int ApplicationId, int Version, string SchemaResource)
{
    /// <summary>Opens the file for writing; makes it, whole or not at all, where it is absent or empty.</summary>
    /// <param name="begin">Makes of the connection what its user needs, such as prepared statements.</param>
    /// <exception cref="StoreUnavailableException">It can't be opened, isn't ours, is damaged, or is of a newer version.</exception>
    public TSession OpenForWriting<TSession>(string path, TimeSpan busyTimeout, Func<Database, TSession> begin)
    {
        Database? database = null;
        try
        {
            database = Database.Open(path, readOnly: false, busyTimeout);
            if (IsEmpty(database)) Create(database);
            CheckIsOurs(database, path);
            TurnToWal(database, path);
            database.Execute(WriterPragmas);
            return begin(database);
        }
        catch (SqliteFault e)
        {
            database?.Dispose();
            throw e.IsNotADatabase
                ? new StoreUnavailableException($"{path} isn't a SQLite database, so it isn't the {Noun} of a Ceasefire Ledger. Nothing was changed in it.", e)
                : new StoreUnavailableException($"The {Noun} {path} can't be opened: {e.Message}.", e);
        }
        catch
        {
            database?.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that the writer has opened before, for reading only.</summary>
    /// <exception cref="SqliteFault">It can't be opened.</exception>
    public static Database OpenForReading(string path, TimeSpan busyTimeout)
    {
        var database = Database.Open(path, readOnly: true, busyTimeout);
        database.Execute(ReaderPragmas);
        return database;
    }

    private const string WriterPragmas =
        """
        -- An acknowledged commit survives a power cut: WAL is fsynced at each commit. NORMAL would only do so at checkpoints.
        PRAGMA synchronous = FULL;
        -- REPLACE then fires the DELETE triggers too; a second guard beside the BEFORE INSERT one.
        PRAGMA recursive_triggers = ON;
        -- The schema was read from a file, so its triggers and checks may not call anything with side effects.
        PRAGMA trusted_schema = OFF;
        -- A damaged page is reported when it is read, not written on.
        PRAGMA cell_size_check = ON;
        -- 16 MiB of pages: the rims of the indexes that each commit touches stay in memory.
        PRAGMA cache_size = -16384;
        -- Pages (of 4 KiB) in the WAL before they are copied home. More than the usual 1,000, so that rim pages that
        -- every commit rewrites are copied once, not ten times; still small enough to be copied in milliseconds.
        PRAGMA wal_autocheckpoint = 4000;
        -- A WAL that once grew large, behind a long reader, is cut back to 64 MiB.
        PRAGMA journal_size_limit = 67108864;
        """;

    private const string ReaderPragmas =
        """
        -- A connection that reads can't write, whatever SQL reaches it.
        PRAGMA query_only = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        """;

    // A file that was just made, or whose making was interrupted before the schema was committed.
    private static bool IsEmpty(Database database) =>
        database.ReadInteger("SELECT count(*) FROM sqlite_schema") == 0
        && database.ReadInteger("PRAGMA application_id") == 0
        && database.ReadInteger("PRAGMA user_version") == 0;

    // Schema, application_id and user_version are one transaction: no file is ever half ours.
    private void Create(Database database) => database.Execute(string.Create(
        CultureInfo.InvariantCulture,
        $"BEGIN IMMEDIATE; {ReadSchema()} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}; COMMIT;"));

    public void CheckIsOurs(Database database, string path)
    {
        var application = database.ReadInteger("PRAGMA application_id");
        if (application != ApplicationId)
            throw new StoreUnavailableException($"{path} is a SQLite database, but not the {Noun} of a Ceasefire Ledger (application id {application}, not {ApplicationId}). Nothing was changed in it.");

        var version = database.ReadInteger("PRAGMA user_version");
        if (version > Version)
            throw new StoreUnavailableException($"The {Noun} {path} was written by a newer program: its schema is {version}, this program knows {Version} and older. Use the newer program; nothing was changed in the file.");
    }

    // Readers go on while one writes, and a commit is one sequential write and one fsync. The mode stays in the file.
    private static void TurnToWal(Database database, string path)
    {
        var mode = database.ReadText("PRAGMA journal_mode = WAL");
        if (mode != "wal")
            throw new StoreUnavailableException($"{path} lies on a file system without shared memory (journal mode {mode}). Put the data on a local disk.");
    }

    public string ReadSchema()
    {
        using var stream = typeof(SqliteFile).Assembly.GetManifestResourceStream(SchemaResource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
