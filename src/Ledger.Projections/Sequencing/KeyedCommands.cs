using System.Buffers.Binary;
using System.Collections.Concurrent;
using Ledger.EventStore;

namespace Ledger.Projections.Sequencing;

/// <summary>Which commands with an Idempotency-Key made a subject, and where: some 40 bytes each.</summary>
/// <remarks>
/// A repeat is looked for in the stream that it names. Where the client chooses what is made, the same key may come again
/// with another id, and that names another stream, in which nothing tells of the first.
/// </remarks>
internal sealed class KeyedCommands
{
    private const int NameBased = 5; // RFC 9562 §5.5: ids derived from a key; a command without one has a random or time-ordered id

    private readonly ConcurrentDictionary<long, long> _sequences = new();

    public static bool Holds(StreamRevision revision, Guid commandId) => revision == StreamRevision.First && commandId.Version == NameBased;

    /// <summary>The first eight bytes, in the order of the text.</summary>
    public static long PrefixOf(Guid commandId)
    {
        Span<byte> bytes = stackalloc byte[16];
        commandId.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    public void Add(long prefix, long sequence) => _sequences.TryAdd(prefix, sequence);

    /// <summary>The sequence of the event that such a command made, if it is the one: ids that share a prefix must be told apart by the event.</summary>
    public long? Find(Guid commandId) => _sequences.TryGetValue(PrefixOf(commandId), out var sequence) ? sequence : null;
}
