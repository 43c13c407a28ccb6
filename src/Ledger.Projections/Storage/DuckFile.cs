using System.Collections.Concurrent;
using System.Globalization;
using DuckDB.NET.Data;

namespace Ledger.Projections.Storage;

/// <summary>One DuckDB database: a connection that writes, and as many that read as there are readers.</summary>
internal sealed class DuckFile : IDisposable
{
    private readonly string _connectionString;
    private readonly bool _inMemory;
    private readonly ConcurrentBag<DuckDBConnection> _idle = [];
    private bool _disposed;

    private DuckFile(string connectionString, bool inMemory, DuckDBConnection writer) =>
        (_connectionString, _inMemory, Writer) = (connectionString, inMemory, writer);

    /// <summary>The one connection that writes; one thread at a time.</summary>
    public DuckDBConnection Writer { get; }

    /// <param name="path">Null = in memory.</param>
    public static DuckFile Open(string? path, string memoryLimit, int threads)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"Data Source={path ?? ":memory:"};memory_limit={memoryLimit};threads={threads}");
        var writer = new DuckDBConnection(text);
        try
        {
            writer.Open();
        }
        catch (Exception e) when (e is DuckDBException or InvalidOperationException)
        {
            writer.Dispose();
            throw new ReadModelException($"The read model {path} can't be opened: {e.Message}", e);
        }

        var file = new DuckFile(text, path is null, writer);
        // Insertion order is by sequence anyway; not having to keep it lets DuckDB write and scan in parallel.
        file.Execute("SET preserve_insertion_order = false");
        return file;
    }

    public void Execute(string sql)
    {
        using var command = Writer.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a query whose columns are all BIGINT, not null, and hands its rows on.</summary>
    public void Read(string sql, RowReader read, CancellationToken cancellation) =>
        With(connection =>
        {
            ColumnReader.Read(connection, sql, read, cancellation);
            return true;
        });

    /// <summary>The same, each row as the numbers that stand in it.</summary>
    public void Sum(string sql, SumReader read, CancellationToken cancellation)
    {
        var numbers = Array.Empty<long>();
        Read(
            sql,
            row =>
            {
                if (numbers.Length == 0) numbers = new long[row.Columns];
                for (var column = 0; column < numbers.Length; column++) numbers[column] = row[column];
                read(numbers);
            },
            cancellation);
    }

    /// <summary>Runs a query whose columns may be anything.</summary>
    public List<T> ReadRows<T>(string sql, Func<DuckDBDataReader, T> row) =>
        With(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read()) rows.Add(row(reader));
            return rows;
        });

    /// <summary>As <see cref="ReadRows"/>, one row after another while the query still runs: memory doesn't grow with the rows.</summary>
    public IEnumerable<T> StreamRows<T>(string sql, Func<DuckDBDataReader, T> row)
    {
        // A connection of its own: it may be left in the middle, and is then no use to anybody.
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return row(reader);
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection)) connection.Dispose();
        Writer.Dispose();
    }

    /// <summary>A connection that reads, for a while.</summary>
    public T Use<T>(Func<DuckDBConnection, T> use) => With(use);

    private T With<T>(Func<DuckDBConnection, T> use)
    {
        var connection = _idle.TryTake(out var idle) ? idle : Connect();
        var result = use(connection);
        // Only after success: a connection that failed may hold half a result.
        if (_disposed) connection.Dispose();
        else _idle.Add(connection);
        return result;
    }

    private DuckDBConnection Connect()
    {
        var connection = _inMemory ? Writer.Duplicate() : new DuckDBConnection(_connectionString);
        connection.Open();
        return connection;
    }
}
