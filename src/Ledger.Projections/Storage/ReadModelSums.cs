using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DuckDB.NET.Data;

namespace Ledger.Projections.Storage;

/// <summary>What the tables of a read model hold, in three numbers each: how many rows, and their hashes added up in two ways. Any changed figure changes them.</summary>
/// <remarks>
/// Rows are only ever added, so each save adds the sums of its own. They don't depend on the order of rows or on when segments were written: the
/// same events make the same sums, in a file, folded anew, or in memory. They aren't proof against somebody who looks for rows whose hashes
/// cancel out; the code beside them is made with a key of the node's secrets, so nobody else writes sums that fit.
/// </remarks>
internal sealed class ReadModelSums
{
    /// <summary>They are what the sums are held against, and so not in them.</summary>
    private static readonly string[] Others = ["model", "checkpoint", "proof"];

    private readonly IReadOnlyList<(string Table, string Columns)> _tables;
    private readonly SortedDictionary<string, Sum> _sums = new(StringComparer.Ordinal);

    private ReadModelSums(IReadOnlyList<(string, string)> tables) => _tables = tables;

    /// <summary>Of the tables that there are, with nothing in them yet.</summary>
    public static ReadModelSums Empty(DuckDBConnection connection)
    {
        var tables = new List<(string, string)>();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT table_name, string_agg(column_name, ', ' ORDER BY column_index) FROM duckdb_columns() WHERE NOT internal GROUP BY table_name ORDER BY table_name";
        using var row = command.ExecuteReader();
        while (row.Read())
            if (!Others.Contains(row.GetString(0))) tables.Add((row.GetString(0), row.GetString(1)));
        return new ReadModelSums(tables);
    }

    /// <summary>Of everything that lies there.</summary>
    public static ReadModelSums Of(DuckDBConnection connection) => Empty(connection).With(connection);

    /// <summary>These and what was added since, as the connection sees it.</summary>
    public ReadModelSums With(DuckDBConnection connection)
    {
        var sums = new ReadModelSums(_tables);
        using var command = connection.CreateCommand();
        command.CommandText = string.Join(" UNION ALL ", _tables.Select(table => Question(table.Table, table.Columns, _sums.GetValueOrDefault(table.Table).Rows)));
        using var row = command.ExecuteReader();
        while (row.Read())
            sums._sums[row.GetString(0)] = _sums.GetValueOrDefault(row.GetString(0)).And(new Sum(row.GetInt64(1), row.GetFieldValue<ulong>(2), row.GetInt64(3)));
        return sums;
    }

    /// <summary>Tables that don't hold the same.</summary>
    public IReadOnlyList<string> Differences(ReadModelSums other) =>
        [.. _sums.Keys.Union(other._sums.Keys).Where(table => _sums.GetValueOrDefault(table) != other._sums.GetValueOrDefault(table)).Order(StringComparer.Ordinal)];

    /// <summary>A code over the sums and the event that they reach to.</summary>
    public string Code(ReadOnlySpan<byte> key, long count, Guid lastEvent)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"ledger read models {ReadModelFile.Version}\n{count} {lastEvent:D}\n");
        foreach (var (table, sum) in _sums) text.Append(CultureInfo.InvariantCulture, $"{table} {sum.Rows} {sum.Mixed} {sum.Added}\n");
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Question(string table, string columns, long from) => string.Create(CultureInfo.InvariantCulture, $"""
        SELECT '{table}', count(*), coalesce(bit_xor(h), 0)::UBIGINT, coalesce(sum(h >> 32), 0)::BIGINT
        FROM (SELECT hash({columns}) AS h FROM {table} WHERE rowid >= {from})
        """);

    private readonly record struct Sum(long Rows, ulong Mixed, long Added)
    {
        public Sum And(Sum other) => new(Rows + other.Rows, Mixed ^ other.Mixed, Added + other.Added);
    }
}
