using SQLitePCL;
using static SQLitePCL.raw;

namespace Ledger.EventStore.Sqlite.Sql;

/// <summary>SQLite's own refusal or fault, with its extended result code.</summary>
internal sealed class SqliteFault(int code, string message) : Exception($"{message} (SQLite result {code})")
{
    /// <summary>Extended result code; its low byte is the primary one.</summary>
    public int Code { get; } = code;

    public bool IsNotADatabase => (Code & 0xff) is SQLITE_NOTADB;
}

/// <summary>One connection, used by one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];
    private Statement? _begin;
    private Statement? _commit;

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle) => _handle = handle;

    /// <exception cref="SqliteFault">The file can't be opened.</exception>
    public static Database Open(string path, bool readOnly, TimeSpan busyTimeout)
    {
        return Open(path, readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, busyTimeout);
    }

    /// <summary>Opens a file so that nothing of it or beside it changes.</summary>
    /// <param name="isLive">Another process writes to it: then its WAL is read too, and its index of that is shared.</param>
    /// <exception cref="SqliteFault">The file can't be opened.</exception>
    public static Database OpenUntouched(string path, bool isLive, TimeSpan busyTimeout)
    {
        var database = Open(UntouchedUri.Of(path, isLive), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busyTimeout);
        database.Execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;");
        return database;
    }

    private static Database Open(string path, int mode, TimeSpan busyTimeout)
    {
        // NOMUTEX: a connection is never shared between threads at the same time, so its lock would guard nothing.
        var flags = SQLITE_OPEN_NOMUTEX | mode;
        var code = sqlite3_open_v2(path, out var handle, flags, null);
        if (code != SQLITE_OK)
        {
            using (handle) throw new SqliteFault(code, $"{path}: {sqlite3_errstr(code).utf8_to_string()}");
        }

        var database = new Database(handle);
        try
        {
            sqlite3_extended_result_codes(handle, 1);
            database.Check(sqlite3_busy_timeout(handle, (int)busyTimeout.TotalMilliseconds));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that answer with no rows, or whose rows don't matter.</summary>
    public void Execute(string sql) => Check(sqlite3_exec(_handle, sql));

    /// <summary>Begins a transaction that writes.</summary>
    public void Begin() => (_begin ??= Prepare("BEGIN IMMEDIATE")).Run();

    public void Commit() => (_commit ??= Prepare("COMMIT")).Run();

    /// <summary>Compiles a statement that is used for as long as the connection is open, which disposes of it.</summary>
    public Statement Prepare(string sql)
    {
        var statement = PrepareOnce(sql);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Compiles a statement that the caller disposes of.</summary>
    public Statement PrepareOnce(string sql)
    {
        Check(sqlite3_prepare_v3(_handle, sql, SQLITE_PREPARE_PERSISTENT, out var statement));
        return new Statement(this, statement);
    }

    /// <summary>The first column of the first row.</summary>
    public long ReadInteger(string sql)
    {
        using var statement = PrepareOnce(sql);
        return statement.Step() ? statement.Integer(0) : throw new SqliteFault(SQLITE_DONE, $"No row: {sql}");
    }

    /// <summary>The first column of the first row.</summary>
    public string ReadText(string sql)
    {
        using var statement = PrepareOnce(sql);
        return statement.Step() ? statement.Text(0) : throw new SqliteFault(SQLITE_DONE, $"No row: {sql}");
    }

    /// <summary>Rolls back what is open, and closes.</summary>
    public void Dispose()
    {
        // SQLite keeps a connection, its locks and its transaction for as long as one of its statements lives.
        foreach (var statement in _statements) statement.Dispose();
        _handle.Dispose();
    }

    internal void Check(int code)
    {
        if (code is not (SQLITE_OK or SQLITE_ROW or SQLITE_DONE)) throw Fault(code);
    }

    private SqliteFault Fault(int code) => new(code, sqlite3_errmsg(_handle).utf8_to_string());
}
