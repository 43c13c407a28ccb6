namespace Ledger.Projections.Sequencing;

/// <summary>Of every case the number of its record, of its newest event, and its revision: some 50 bytes a case, and all that a lookup takes.</summary>
/// <remarks>Open addressing with linear probing; hashes are seeded, because ids are chosen by clients.</remarks>
internal sealed class CaseIndex
{
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64() | 1;
    private Slot[] _slots = new Slot[1024];
    private int _count;

    public struct Slot
    {
        public Guid Id;
        public long First;
        public long Last;
        public int Revision;

        internal bool IsTaken;
    }

    public int Count => _count;

    /// <summary>A reference into the table, valid until the next <see cref="Add"/>; null reference where the case isn't there.</summary>
    public ref Slot Find(Guid id)
    {
        ref var slot = ref Probe(_slots, id);
        if (slot.IsTaken) return ref slot;
        return ref System.Runtime.CompilerServices.Unsafe.NullRef<Slot>();
    }

    public void Add(Guid id, long first, long last, int revision)
    {
        if ((_count + 1) * 10L > _slots.Length * 7L) Grow();
        ref var slot = ref Probe(_slots, id);
        if (!slot.IsTaken) _count++;
        slot = new Slot { Id = id, First = first, Last = last, Revision = revision, IsTaken = true };
    }

    private void Grow()
    {
        var wider = new Slot[_slots.Length * 2];
        foreach (ref var slot in _slots.AsSpan())
            if (slot.IsTaken) Probe(wider, slot.Id) = slot;
        _slots = wider;
    }

    private ref Slot Probe(Slot[] slots, Guid id)
    {
        var mask = slots.Length - 1;
        for (var place = (int)(HashOf(id) >> 20) & mask; ; place = (place + 1) & mask)
        {
            ref var slot = ref slots[place];
            if (!slot.IsTaken || slot.Id == id) return ref slot;
        }
    }

    private ulong HashOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        var (a, b) = (BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes[8..]));
        var high = Math.BigMul(a ^ _seed, (b + _seed) | 1, out var low);
        return (high ^ low) * 0x9E3779B97F4A7C15;
    }
}
