using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Serialization;

namespace Ledger.Application;

/// <summary>One event of a stream, decoded once.</summary>
public sealed record HistoryEvent<TEvent>(RecordedEvent Stored, EventMetadata Metadata, TEvent Event)
{
    public Fact<TEvent> Fact => new(Event, Stored.Id, Metadata.Actor, Metadata.RecordedAt, Stored.Revision.Value);
}

/// <summary>Reads one subject's stream from the store: always current, never from a read model.</summary>
public sealed class HistoryReader(IEventStore store)
{
    private const int PageSize = 1_000;

    /// <exception cref="StoreUnavailableException">The stream holds an event that a newer version of the program wrote.</exception>
    public async ValueTask<IReadOnlyList<HistoryEvent<TEvent>>> ReadAsync<TEvent>(
        StreamName stream, StreamRevision? from, CancellationToken cancellation)
    {
        var history = new List<HistoryEvent<TEvent>>();
        while (true)
        {
            var page = await store.ReadStreamAsync(stream, ReadDirection.Forwards, from, PageSize, cancellation);
            foreach (var stored in page) history.Add(Decode<TEvent>(stored));
            if (page.Count < PageSize) return history;
            from = page[^1].Revision.Next;
        }
    }

    public async ValueTask<TState?> FoldAsync<TState, TEvent>(
        StreamName stream, Func<TState?, Fact<TEvent>, TState> evolve, CancellationToken cancellation)
        where TState : class
    {
        TState? state = null;
        foreach (var e in await ReadAsync<TEvent>(stream, null, cancellation)) state = evolve(state, e.Fact);
        return state;
    }

    private static HistoryEvent<TEvent> Decode<TEvent>(RecordedEvent stored) =>
        EventCodec.Decode(stored.Type, stored.Data).Event is TEvent known
            ? new HistoryEvent<TEvent>(stored, EventCodec.DecodeMetadata(stored.Metadata), known)
            : throw new StoreUnavailableException($"The stream {stored.Stream} holds an event of type {stored.Type}, which this version doesn't know. Upgrade this node.");
}
