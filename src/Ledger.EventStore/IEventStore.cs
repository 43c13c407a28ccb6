namespace Ledger.EventStore;

/// <summary>The one port: a durable log of short streams with one order over all of them.</summary>
/// <remarks>
/// Outcomes that a caller must handle are values (<see cref="AppendOutcome"/>); a store that is broken or out of
/// reach throws <see cref="StoreUnavailableException"/>, and whether an append that threw was stored is unknown:
/// repeating the identical call is always safe.
/// Every adapter passes the one contract suite in <c>tests/Ledger.Testing</c>.
/// </remarks>
public interface IEventStore : IAsyncDisposable
{
    /// <summary>Appends all events or none, if the stream stands at <paramref name="expected"/>.</summary>
    /// <remarks>
    /// The same event ids with the same expectation are the same append: the first outcome comes again, nothing is stored,
    /// also after later events. Ids are compared, not bytes. A caller takes its place in the store's order before this
    /// method first yields, so that callers who stamp times under a lock and call in it keep times and order together.
    /// </remarks>
    /// <exception cref="ArgumentException">No stream name, no events, or an event without id or type: a defect of the caller.</exception>
    /// <exception cref="StoreUnavailableException">The outcome is unknown, or the store takes no writes.</exception>
    ValueTask<AppendOutcome> AppendAsync(
        StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, CancellationToken cancellation);

    /// <summary>Up to <paramref name="limit"/> events of one stream, from a revision (inclusive) or from the end that the direction begins at.</summary>
    /// <returns>An empty list where the stream doesn't exist or nothing lies in that direction.</returns>
    ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation);

    /// <summary>All events behind a position (exclusive; null = from the beginning) in the store's order, in pages, up to the head at the time of asking.</summary>
    IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAllAsync(Position? after, CancellationToken cancellation);

    /// <summary>As <see cref="ReadAllAsync"/>, and then whatever is appended later, without a gap or a double, until cancelled.</summary>
    IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(Position? after, CancellationToken cancellation);

    /// <summary>The position of the newest event, or null while the store is empty.</summary>
    ValueTask<Position?> ReadHeadAsync(CancellationToken cancellation);

    /// <summary>The first loss that the store itself has noticed, or null. It stays until somebody has looked and started anew.</summary>
    StoreFaultException? Fault => null;

    /// <summary>When the store last destroyed what its rules hide, as far as was seen; null for stores that never do. Whoever guards the history reads it again then.</summary>
    DateTimeOffset? LastScavenge => null;
}

public enum ReadDirection { Forwards, Backwards }

/// <summary>What came of an append.</summary>
public abstract record AppendOutcome
{
    private AppendOutcome() { }

    /// <summary>Stored durably, now or by an earlier identical append.</summary>
    /// <param name="Revision">Of the last event of this append.</param>
    /// <param name="Position">Of the last event of this append.</param>
    /// <param name="Repeated">True where an earlier identical append had stored it.</param>
    public sealed record Appended(StreamRevision Revision, Position Position, bool Repeated) : AppendOutcome;

    /// <summary>Somebody else wrote first; nothing was stored.</summary>
    /// <param name="Actual">The stream's newest revision; null where it doesn't exist.</param>
    public sealed record WrongExpectedRevision(StreamRevision? Actual) : AppendOutcome;

    /// <summary>More than <see cref="AppendLimits"/> allow; nothing was stored.</summary>
    public sealed record TooLarge(string Message) : AppendOutcome;
}

/// <summary>The same on every store, so that a ledger can move between them.</summary>
public static class AppendLimits
{
    public const int Events = 1_000;

    /// <summary>Bytes of data + metadata + 2 × type name, over all events of one append.</summary>
    public const int Bytes = 900 * 1024;

    /// <summary>Why these events can't be appended in one go, or null where they can.</summary>
    /// <exception cref="ArgumentException">There are none, or one has no type or no id: that is a defect of the caller.</exception>
    public static AppendOutcome.TooLarge? Check(IReadOnlyList<EventToAppend> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (events.Count == 0) throw new ArgumentException("An append needs at least one event.", nameof(events));
        if (events.Count > Events) return new($"An append takes at most {Events} events; this one has {events.Count}.");

        long bytes = 0;
        foreach (var e in events)
        {
            if (e.Id == Guid.Empty || e.Type.Length == 0) throw new ArgumentException("An event needs an id and a type.", nameof(events));
            bytes += e.Data.Length + e.Metadata.Length + (2L * e.Type.Length);
        }

        return bytes > Bytes ? new($"An append takes at most {Bytes} bytes; this one has {bytes}.") : null;
    }
}

/// <summary>The store answers, but what it holds isn't what it acknowledged: something of the ledger is gone, hidden, or another database's.</summary>
/// <remarks>Trying again doesn't help. /health shows it until somebody has looked.</remarks>
/// <param name="code">Stable, kebab-case, for programs.</param>
/// <param name="message">For people: which stream or position, and what is likely to have happened.</param>
public sealed class StoreFaultException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;
}

/// <summary>The store can't be reached, takes no writes, or an append's outcome is unknown.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
