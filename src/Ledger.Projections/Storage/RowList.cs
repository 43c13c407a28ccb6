namespace Ledger.Projections.Storage;

/// <summary>Rows that one thread appends while others read those that are there already.</summary>
/// <remarks>In blocks, so that it grows without copying and stays off the large-object heap. A row never changes once it is in.</remarks>
internal sealed class RowList<T> where T : struct
{
    private const int BlockLength = 256;

    private T[][] _blocks = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public ref readonly T this[int index] => ref _blocks[index / BlockLength][index % BlockLength];

    public void Add(in T row)
    {
        var (block, place) = (_count / BlockLength, _count % BlockLength);
        if (place == 0) AddBlock(block);
        _blocks[block][place] = row;
        Volatile.Write(ref _count, _count + 1);
    }

    private void AddBlock(int block)
    {
        if (block == _blocks.Length)
        {
            var wider = new T[Math.Max(4, block * 2)][];
            _blocks.CopyTo(wider, 0);
            Volatile.Write(ref _blocks, wider);
        }

        _blocks[block] = new T[BlockLength];
    }
}
