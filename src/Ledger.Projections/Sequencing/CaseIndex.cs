namespace Ledger.Projections.Sequencing;

/// <summary>Of every case the number of its record, of its newest event, and its revision: some 45 bytes a case, and all that a lookup takes.</summary>
/// <remarks>Open addressing with linear probing; hashes are seeded, because ids are chosen by clients. It grows by half: doubled, it would be mostly air.</remarks>
internal sealed class CaseIndex
{
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64() | 1;
    private Slot[] _slots = new Slot[1024];
    private int _count;

    /// <remarks>28 bytes: sequences as 32 bits, which are four thousand million events, and the revision plus one, so that zero is a free slot.</remarks>
    public struct Slot
    {
        private uint _first;
        private uint _last;
        private int _revisions;

        public Guid Id { get; private set; }

        public readonly long First => _first;

        public readonly long Last => _last;

        public readonly int Revision => _revisions - 1;

        internal readonly bool IsTaken => _revisions != 0;

        public static Slot Of(Guid id, long first, long last, int revision) =>
            new() { Id = id, _first = checked((uint)first), _last = checked((uint)last), _revisions = revision + 1 };

        public void Advance(long last, int revision) => (_last, _revisions) = (checked((uint)last), revision + 1);
    }

    public int Count => _count;

    /// <summary>A reference into the table, valid until the next <see cref="Add"/>; null reference where the case isn't there.</summary>
    public ref Slot Find(Guid id)
    {
        ref var slot = ref Probe(_slots, id);
        if (slot.IsTaken) return ref slot;
        return ref System.Runtime.CompilerServices.Unsafe.NullRef<Slot>();
    }

    /// <summary>Makes room for so many, and some more.</summary>
    public void Reserve(int cases) => Resize(Math.Max(_slots.Length, (int)(cases * 4L / 3)));

    public void Add(Guid id, long first, long last, int revision)
    {
        if ((_count + 1) * 5L > _slots.Length * 4L) Resize(_slots.Length / 2 * 3);
        ref var slot = ref Probe(_slots, id);
        if (!slot.IsTaken) _count++;
        slot = Slot.Of(id, first, last, revision);
    }

    private void Resize(int length)
    {
        var wider = new Slot[length];
        foreach (ref var slot in _slots.AsSpan())
            if (slot.IsTaken) Probe(wider, slot.Id) = slot;
        _slots = wider;
    }

    private ref Slot Probe(Slot[] slots, Guid id)
    {
        for (var place = (int)((HashOf(id) >> 32) * (ulong)slots.Length >> 32); ; place = place + 1 == slots.Length ? 0 : place + 1)
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
