namespace Ledger.Projections.Register;

/// <summary>Of every event of a case, which event of the same case came next: whether a version stood at a count is then one look.</summary>
/// <remarks>Four bytes an event. Written by the sequencer alone, read by queries: an entry is set once and never changes.</remarks>
internal sealed class Successors
{
    private const int BlockLength = 1 << 16;

    private uint[]?[] _blocks = new uint[]?[16];

    /// <summary>True where the version that begins at a sequence is the one that stood after the first <paramref name="count"/> events.</summary>
    public bool Stands(long sequence, long count)
    {
        var blocks = Volatile.Read(ref _blocks);
        var block = (int)(sequence / BlockLength);
        var step = block < blocks.Length && blocks[block] is { } steps ? Volatile.Read(ref steps[sequence % BlockLength]) : 0;
        return step == 0 || sequence + step >= count;
    }

    public void Set(long previous, long next)
    {
        var block = (int)(previous / BlockLength);
        if (block >= _blocks.Length)
        {
            var wider = new uint[]?[Math.Max(block + 1, _blocks.Length * 2)];
            _blocks.CopyTo(wider, 0);
            Volatile.Write(ref _blocks, wider);
        }

        var steps = _blocks[block];
        if (steps is null) Volatile.Write(ref _blocks[block], steps = new uint[BlockLength]);
        Volatile.Write(ref steps[previous % BlockLength], checked((uint)(next - previous)));
    }
}
