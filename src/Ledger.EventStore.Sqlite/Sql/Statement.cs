using System.Text;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Ledger.EventStore.Sqlite.Sql;

/// <summary>A compiled statement. Bind by place (from 1), step through rows, read columns (from 0), reset.</summary>
internal sealed class Statement : IDisposable
{
    private readonly Database _database;
    private readonly sqlite3_stmt _handle;

    public Statement(Database database, sqlite3_stmt handle)
    {
        _database = database;
        _handle = handle;
    }

    public Statement Bind(int place, long value)
    {
        _database.Check(sqlite3_bind_int64(_handle, place, value));
        return this;
    }

    public Statement Bind(int place, ReadOnlySpan<byte> value)
    {
        _database.Check(sqlite3_bind_blob(_handle, place, value));
        return this;
    }

    public Statement Bind(int place, string value)
    {
        Span<byte> buffer = stackalloc byte[512];
        var utf8 = Encoding.UTF8.TryGetBytes(value, buffer, out var length) ? buffer[..length] : Encoding.UTF8.GetBytes(value);
        _database.Check(sqlite3_bind_text(_handle, place, utf8));
        return this;
    }

    /// <summary>True where there is a row to read.</summary>
    /// <exception cref="SqliteFault">SQLite refused or failed; the statement is reset and can be used again.</exception>
    public bool Step()
    {
        var code = sqlite3_step(_handle);
        if (code is SQLITE_ROW) return true;
        if (code is SQLITE_DONE) return false;
        try
        {
            _database.Check(code);
            return false;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Steps once for its effect, and resets.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>Ends the reading, and with it the snapshot that it held.</summary>
    public void Reset() => sqlite3_reset(_handle); // Its code only repeats the last step's, which has been looked at.

    public long Integer(int column) => sqlite3_column_int64(_handle, column);

    /// <summary>The bytes, valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => sqlite3_column_blob(_handle, column);

    /// <summary>A text's bytes, valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Utf8(int column) => sqlite3_column_blob(_handle, column);

    public string Text(int column) => sqlite3_column_text(_handle, column).utf8_to_string();

    public void Dispose() => _handle.Dispose();
}
