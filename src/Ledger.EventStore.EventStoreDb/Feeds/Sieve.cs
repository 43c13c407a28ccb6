using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb.Feeds;

/// <summary>Goes through the whole order of the server: keeps what the port shows, drops what was seen, and notices what is gone.</summary>
/// <remarks>
/// The server mixes its own events, the vault's and perhaps other people's into one order. What it says of a stream's
/// metadata, deletions and scavenges is read on the way, because nobody else would tell.
/// </remarks>
internal sealed class Sieve(StoreWatch watch, Position? after)
{
    // The next revision of each stream seen. Keyed by 64 bits of its name's hash: the names would be most of the memory.
    private readonly Dictionary<ulong, long> _next = [];
    private readonly Dictionary<string, string> _limited = [];
    private readonly bool _fromTheStart = after is null;
    private readonly Position? _after = after;
    private bool _live;

    /// <summary>The last event that was handed on: where a broken feed goes on.</summary>
    public Position? Last { get; private set; } = after;

    /// <summary>Its id, where it was this feed that saw it.</summary>
    public Guid? LastId { get; private set; }

    /// <summary>The last record of any kind.</summary>
    public Position? Seen { get; private set; } = after;

    /// <summary>The event as the port shows it, or null where it isn't the port's or was handed on before.</summary>
    /// <exception cref="StoreFaultException">The log tells of a loss.</exception>
    public RecordedEvent? Take(ReadResp.Types.Recorded e)
    {
        var position = WireEvents.PositionOf(e);
        if (Seen is null || position > Seen) Seen = position;
        watch.SawUpTo(position.Commit);
        var stream = e.StreamIdentifier.StreamName.Span;
        if (Last is { } last && position <= last)
        {
            CheckRepeat(e, position, stream);
            return null;
        }

        if (LedgerStreams.IsSystem(stream) || IsSystemType(e))
        {
            TakeSystem(e, stream);
            return null;
        }

        if (LedgerStreams.IsVault(stream)) return null;
        if (LedgerStreams.MustStayWhole(stream)) CheckDense(e, stream);
        var recorded = WireEvents.Read(e);
        (Last, LastId) = (position, recorded.Id);
        return recorded;
    }

    /// <summary>All that was there has been read, so what the metadata says now is what holds.</summary>
    /// <exception cref="StoreFaultException">A stream's metadata hides or limits its events.</exception>
    public void CaughtUp()
    {
        _live = true;
        foreach (var (stream, limit) in _limited) throw Truncated(stream, limit);
    }

    /// <summary>True where the port shows such an event.</summary>
    public static bool Shows(ReadResp.Types.Recorded e)
    {
        var stream = e.StreamIdentifier.StreamName.Span;
        return !LedgerStreams.IsSystem(stream) && !LedgerStreams.IsVault(stream) && !IsSystemType(e);
    }

    private static bool IsSystemType(ReadResp.Types.Recorded e) =>
        e.Metadata.TryGetValue("type", out var type) && type.StartsWith('$');

    // A subscription that was begun anew, or a server that repeats itself: then it was seen. What wasn't came too late to be put into the order.
    private void CheckRepeat(ReadResp.Types.Recorded e, Position position, ReadOnlySpan<byte> stream)
    {
        if (position <= _after || !LedgerStreams.MustStayWhole(stream) || IsSystemType(e)) return;
        if (_next.TryGetValue(Hash(stream), out var next) && (long)e.StreamRevision < next) return;
        throw watch.Note(
            StoreFaults.EventsOutOfOrder,
            $"Revision {e.StreamRevision} of the stream {Encoding.UTF8.GetString(stream)} came at position {position}, behind one at {Last}: the server's order isn't the one that it told.");
    }

    private void CheckDense(ReadResp.Types.Recorded e, ReadOnlySpan<byte> stream)
    {
        var key = Hash(stream);
        var revision = (long)e.StreamRevision;
        // Of a stream that began before this feed did, the first revision seen is taken as it is.
        var expected = _next.TryGetValue(key, out var next) ? next : _fromTheStart ? 0 : revision;
        if (revision != expected)
        {
            throw watch.Note(
                StoreFaults.EventsMissing,
                $"In the stream {Encoding.UTF8.GetString(stream)} revision {expected} should be next, but {revision} is: what lay between is gone.");
        }

        _next[key] = revision + 1;
    }

    private void TakeSystem(ReadResp.Types.Recorded e, ReadOnlySpan<byte> stream)
    {
        var type = e.Metadata.TryGetValue("type", out var t) ? t : "";
        if (type == "$metadata" && stream.StartsWith("$$"u8) && LedgerStreams.MustStayWhole(stream[2..])) TakeMetadata(e, Encoding.UTF8.GetString(stream[2..]));
        else if (type == "$streamDeleted" && LedgerStreams.MustStayWhole(stream))
            throw watch.Note(StoreFaults.StreamDeleted, $"The stream {Encoding.UTF8.GetString(stream)} was deleted for ever (a tombstone).");
        else if (stream.StartsWith("$scavenge"u8) && WireEvents.Created(e) is { } at) watch.SawScavenge(at);
    }

    private void TakeMetadata(ReadResp.Types.Recorded e, string stream)
    {
        if (LimitIn(e.Data.Memory) is not { } limit) _limited.Remove(stream);
        else if (_live) throw Truncated(stream, limit);
        else _limited[stream] = limit; // It may have been taken back later; that is seen at the end.
    }

    private StoreFaultException Truncated(string stream, string limit) => watch.Note(
        StoreFaults.StreamTruncated, $"The metadata of the stream {stream} says {limit}: events are hidden, and the next scavenge destroys them.");

    private static string? LimitIn(ReadOnlyMemory<byte> metadata)
    {
        try
        {
            using var json = JsonDocument.Parse(metadata);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            foreach (var name in (string[])["$maxAge", "$maxCount", "$tb"])
                if (json.RootElement.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
                    return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? string.Create(CultureInfo.InvariantCulture, $"{name} {number}") : name;
            return null;
        }
        catch (JsonException)
        {
            return null; // What the server can't read either limits nothing.
        }
    }

    // FNV-1a. Two streams in a million share a key once in thirty million ledgers.
    private static ulong Hash(ReadOnlySpan<byte> name)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in name) hash = (hash ^ b) * 1099511628211UL;
        return hash;
    }
}
