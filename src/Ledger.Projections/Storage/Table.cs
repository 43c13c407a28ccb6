using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Ledger.Projections.Storage;

/// <summary>A table of the read models: its columns, and how each is filled from a row in memory.</summary>
/// <remarks>No column is ever null: an absent number is a value that can't occur, so that vectors are copied whole.</remarks>
internal abstract class Table(string name, int ordinal)
{
    public string Name => name;

    /// <summary>Its place in every <see cref="Segment"/>.</summary>
    public int Ordinal => ordinal;

    public abstract string Definition { get; }

    public abstract object NewRows();

    /// <summary>Writes a segment's rows of this table.</summary>
    public abstract void Write(DuckDBConnection connection, Segment segment);
}

internal delegate TValue Getter<T, out TValue>(in T row) where T : struct;

internal sealed class Table<T>(string name, int ordinal, params Column<T>[] columns) : Table(name, ordinal) where T : struct
{
    public override string Definition =>
        $"CREATE TABLE {Name} ({string.Join(", ", columns.Select(column => $"{column.Name} {column.SqlType} NOT NULL"))})";

    public override object NewRows() => new RowList<T>();

    public override void Write(DuckDBConnection connection, Segment segment)
    {
        var rows = segment.Rows(this);
        if (rows.Count == 0) return;
        using var appender = new ColumnAppender(connection, Name, [.. columns.Select(column => column.Type)]);
        for (var first = 0; first < rows.Count; first += ColumnAppender.ChunkLength)
        {
            var length = Math.Min(ColumnAppender.ChunkLength, rows.Count - first);
            for (var c = 0; c < columns.Length; c++) columns[c].Fill(appender, c, rows, first, length);
            appender.Append(length);
        }

        appender.Flush();
    }
}

/// <summary>One column of a table.</summary>
internal abstract class Column<T>(string name, string sqlType, DuckDBType type) where T : struct
{
    public string Name => name;

    public string SqlType => sqlType;

    public DuckDBType Type => type;

    public abstract void Fill(ColumnAppender appender, int index, RowList<T> rows, int first, int length);

    public static Column<T> Long(string name, Getter<T, long> get) => new Fixed<long>(name, "BIGINT", DuckDBType.BigInt, get);

    public static Column<T> Int(string name, Getter<T, int> get) => new Fixed<int>(name, "INTEGER", DuckDBType.Integer, get);

    public static Column<T> Short(string name, Getter<T, short> get) => new Fixed<short>(name, "SMALLINT", DuckDBType.SmallInt, get);

    public static Column<T> Byte(string name, Getter<T, byte> get) => new Fixed<byte>(name, "UTINYINT", DuckDBType.UnsignedTinyInt, get);

    public static Column<T> Real(string name, Getter<T, double> get) => new Fixed<double>(name, "DOUBLE", DuckDBType.Double, get);

    public static Column<T> Uuid(string name, Getter<T, Guid> get) =>
        new Fixed<Int128>(name, "UUID", DuckDBType.Uuid, (in T row) => Uuids.ToDuck(get(in row)));

    public static Column<T> Text(string name, Getter<T, string> get) => new Varchar(name, get);

    private sealed class Fixed<TValue>(string name, string sqlType, DuckDBType type, Getter<T, TValue> get) : Column<T>(name, sqlType, type)
        where TValue : unmanaged
    {
        public override void Fill(ColumnAppender appender, int index, RowList<T> rows, int first, int length)
        {
            var values = appender.Column<TValue>(index);
            for (var i = 0; i < length; i++) values[i] = get(in rows[first + i]);
        }
    }

    private sealed class Varchar(string name, Getter<T, string> get) : Column<T>(name, "VARCHAR", DuckDBType.Varchar)
    {
        public override void Fill(ColumnAppender appender, int index, RowList<T> rows, int first, int length)
        {
            for (var i = 0; i < length; i++) appender.SetText(index, i, get(in rows[first + i]));
        }
    }
}
