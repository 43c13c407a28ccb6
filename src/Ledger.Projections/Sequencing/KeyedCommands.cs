using System.Buffers.Binary;
using System.Collections.Concurrent;
using Ledger.EventStore;

namespace Ledger.Projections.Sequencing;

/// <summary>Which commands with an Idempotency-Key made a subject, and where: 16 bytes each.</summary>
/// <remarks>
/// A repeat is looked for in the stream that it names. Where the client chooses what is made, the same key may come again
/// with another id, and that names another stream, in which nothing tells of the first.
/// </remarks>
internal sealed class KeyedCommands
{
    private const int NameBased = 5; // RFC 9562 §5.5: ids derived from a key; a command without one has a random or time-ordered id

    /// <summary>So many are kept as they came, before they are sorted in with the others.</summary>
    private const int Unsorted = 1 << 16;

    private Sorted _older = new([], []);
    private ConcurrentDictionary<long, long> _newer = new();
    private int _unsorted;

    /// <summary>By prefix. Neither array ever changes.</summary>
    private sealed record Sorted(long[] Prefixes, long[] Sequences)
    {
        public long? Find(long prefix) => Array.BinarySearch(Prefixes, prefix) is >= 0 and var place ? Sequences[place] : null;
    }

    public static bool Holds(StreamRevision revision, Guid commandId) => revision == StreamRevision.First && commandId.Version == NameBased;

    /// <summary>The first eight bytes, in the order of the text.</summary>
    public static long PrefixOf(Guid commandId)
    {
        Span<byte> bytes = stackalloc byte[16];
        commandId.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    /// <summary>One thread adds. Of two with the same prefix the first stays.</summary>
    public void Add(long prefix, long sequence)
    {
        if (_older.Find(prefix) is not null) return;
        // Counted here: the dictionary would take all of its locks to say how many it has.
        if (_newer.TryAdd(prefix, sequence) && ++_unsorted >= Unsorted) SortIn();
    }

    /// <summary>Takes what was saved, in the order of the prefixes; before anything is added.</summary>
    public void Load(long[] prefixes, long[] sequences) => _older = new Sorted(prefixes, sequences);

    /// <summary>The sequence of the event that such a command made, if it is the one: ids that share a prefix must be told apart by the event.</summary>
    public long? Find(Guid commandId)
    {
        // The newer first: what isn't there any more is among the older by then.
        var prefix = PrefixOf(commandId);
        return Volatile.Read(ref _newer).TryGetValue(prefix, out var sequence) ? sequence : Volatile.Read(ref _older).Find(prefix);
    }

    private void SortIn()
    {
        var (older, newer) = (_older, _newer.OrderBy(pair => pair.Key).ToArray());
        var (prefixes, sequences) = (new long[older.Prefixes.Length + newer.Length], new long[older.Prefixes.Length + newer.Length]);
        for (int at = 0, i = 0, j = 0; at < prefixes.Length; at++)
        {
            var isOlder = j == newer.Length || (i < older.Prefixes.Length && older.Prefixes[i] < newer[j].Key);
            (prefixes[at], sequences[at]) = isOlder ? (older.Prefixes[i], older.Sequences[i++]) : (newer[j].Key, newer[j++].Value);
        }

        Volatile.Write(ref _older, new Sorted(prefixes, sequences));
        Volatile.Write(ref _newer, new ConcurrentDictionary<long, long>());
        _unsorted = 0;
    }
}
