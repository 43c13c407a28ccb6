using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Ledger.Projections.Words;

/// <summary>A compiled statement that is run for every text. Bind by place (from 1), then run; a place keeps its value until it is bound anew.</summary>
/// <remarks>Past ADO.NET, whose parameters by name and readers of no rows cost as much as the words.</remarks>
internal sealed class WordStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;

    public WordStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(sqlite3_prepare_v3(_database, sql, SQLITE_PREPARE_PERSISTENT, out _handle));
    }

    public WordStatement Bind(int place, long? value)
    {
        Check(value is { } number ? sqlite3_bind_int64(_handle, place, number) : sqlite3_bind_null(_handle, place));
        return this;
    }

    public WordStatement Bind(int place, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        Check(sqlite3_bind_blob(_handle, place, bytes));
        return this;
    }

    public WordStatement Bind(int place, string? value)
    {
        Check(value is null ? sqlite3_bind_null(_handle, place) : BindText(place, value));
        return this;
    }

    public void Run()
    {
        var code = sqlite3_step(_handle);
        try
        {
            if (code != SQLITE_DONE) Check(code);
        }
        finally
        {
            _ = sqlite3_reset(_handle); // Its code only repeats the step's.
        }
    }

    public void Dispose() => _handle.Dispose();

    private int BindText(int place, string value)
    {
        Span<byte> buffer = stackalloc byte[512];
        return sqlite3_bind_text(_handle, place, Encoding.UTF8.TryGetBytes(value, buffer, out var length) ? buffer[..length] : Encoding.UTF8.GetBytes(value));
    }

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}
