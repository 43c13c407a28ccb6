using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Ledger.Projections.Storage;

/// <summary>One row of a result whose columns are numbers, BIGINT where nothing else is said.</summary>
internal unsafe readonly ref struct DuckRow(ReadOnlySpan<nint> columns, int row)
{
    private readonly ReadOnlySpan<nint> _columns = columns;

    public long this[int column] => ((long*)_columns[column])[row];

    public int Int(int column) => ((int*)_columns[column])[row];

    public byte Byte(int column) => ((byte*)_columns[column])[row];

    public int Columns => _columns.Length;

    /// <summary>A UUID column: DuckDB keeps it as a signed 128-bit number with the first bit turned over, so that it sorts as text does.</summary>
    public Guid Uuid(int column) => Uuids.FromDuck(((Int128*)_columns[column])[row]);
}

internal delegate void RowReader(DuckRow row);

internal delegate void SumReader(ReadOnlySpan<long> row);

/// <summary>Reads numbers where DuckDB has them: a series over years has tens of thousands of figures.</summary>
internal static class ColumnReader
{
    public static void Read(DuckDBConnection connection, string sql, RowReader read, CancellationToken cancellation)
    {
        var native = connection.NativeConnection;
        using var stop = cancellation.Register(() => NativeMethods.Startup.DuckDBInterrupt(native));
        var state = NativeMethods.Query.DuckDBQuery(native, sql, out var result);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (state != DuckDBState.Success) throw new ReadModelException(NativeMethods.Query.DuckDBResultError(ref result));
            while (true)
            {
                using var chunk = NativeMethods.Query.DuckDBFetchChunk(result);
                if (chunk.IsInvalid) return;
                ReadChunk(chunk, read);
            }
        }
        finally
        {
            NativeMethods.Query.DuckDBDestroyResult(ref result);
        }
    }

    private static unsafe void ReadChunk(DuckDBDataChunk chunk, RowReader read)
    {
        var columns = new nint[NativeMethods.DataChunks.DuckDBDataChunkGetColumnCount(chunk)];
        for (var c = 0; c < columns.Length; c++)
            columns[c] = (nint)NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, c));
        var rows = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        for (var i = 0; i < rows; i++) read(new DuckRow(columns, i));
    }
}

internal static class Uuids
{
    private static readonly Int128 FirstBit = Int128.MinValue;

    public static Int128 ToDuck(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return System.Buffers.Binary.BinaryPrimitives.ReadInt128BigEndian(bytes) ^ FirstBit;
    }

    public static Guid FromDuck(Int128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt128BigEndian(bytes, value ^ FirstBit);
        return new Guid(bytes, bigEndian: true);
    }
}
