using System.Text;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Ledger.Projections.Storage;

/// <summary>Writes rows into a table column by column, 2,048 at a time, straight into DuckDB's vectors.</summary>
/// <remarks>The row-wise appender takes some 100 ns a value; a rebuild writes a hundred values an event and more.</remarks>
internal sealed unsafe class ColumnAppender : IDisposable
{
    public const int ChunkLength = 2048; // duckdb_vector_size()

    private readonly DuckDB.NET.Native.DuckDBAppender _appender;
    private readonly DuckDBLogicalType[] _types;
    private readonly DuckDBDataChunk _chunk;
    private byte[] _text = new byte[256];

    public ColumnAppender(DuckDBConnection connection, string table, IReadOnlyList<DuckDBType> columns)
    {
        var state = NativeMethods.Appender.DuckDBAppenderCreate(connection.NativeConnection, null!, table, out _appender);
        if (state != DuckDBState.Success) throw new ReadModelException($"Table {table} can't be appended to.");
        _types = [.. columns.Select(NativeMethods.LogicalType.DuckDBCreateLogicalType)];
        var handles = _types.Select(type => type.DangerousGetHandle()).ToArray();
        _chunk = NativeMethods.DataChunks.DuckDBCreateDataChunk(handles, (ulong)handles.Length);
    }

    /// <summary>The values of a column in the chunk that is being filled.</summary>
    public Span<T> Column<T>(int index) where T : unmanaged =>
        new(NativeMethods.Vectors.DuckDBVectorGetData(Vector(index)), ChunkLength);

    public void SetText(int index, int row, string value)
    {
        // The vector takes a copy. One byte at least: a pointer into an empty array is null, which DuckDB doesn't take.
        var longest = Math.Max(1, Encoding.UTF8.GetMaxByteCount(value.Length));
        if (_text.Length < longest) _text = new byte[longest];
        var length = Encoding.UTF8.GetBytes(value, _text);
        fixed (byte* first = _text) NativeMethods.Vectors.DuckDBVectorAssignStringElementLength(Vector(index), (ulong)row, first, length);
    }

    public void Append(int rows)
    {
        NativeMethods.DataChunks.DuckDBDataChunkSetSize(_chunk, (ulong)rows);
        Check(NativeMethods.Appender.DuckDBAppendDataChunk(_appender, _chunk));
        NativeMethods.DataChunks.DuckDBDataChunkReset(_chunk);
    }

    public void Flush() => Check(NativeMethods.Appender.DuckDBAppenderFlush(_appender));

    public void Dispose()
    {
        _chunk.Dispose();
        foreach (var type in _types) type.Dispose();
        _appender.Dispose();
    }

    private IntPtr Vector(int index) => NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, index);

    private static void Check(DuckDBState state)
    {
        if (state != DuckDBState.Success) throw new ReadModelException("DuckDB refused rows.");
    }
}
