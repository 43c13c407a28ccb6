using System.Runtime.CompilerServices;

namespace Ledger.EventStore.Sqlite.Looking;

/// <summary>An event file that is only read. What is appended by others meanwhile may be seen or not.</summary>
internal sealed class UntouchedEventStore : IEventStore
{
    private readonly ConnectionPool<EventReader> _readers;

    public UntouchedEventStore(string path, bool isLive) => _readers = new ConnectionPool<EventReader>(SqliteEventStore.File.Noun, () => FileLook.Reader(path, isLive));

    public ValueTask<AppendOutcome> AppendAsync(StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, CancellationToken cancellation) =>
        throw new StoreUnavailableException("The event file was opened for looking; it takes no writes.");

    public ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<RecordedEvent>>(_readers.Use(r => r.ReadStream(stream, direction, from, limit)));

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAllAsync(Position? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (await ReadHeadAsync(cancellation) is not { } head) yield break;
        while (_readers.Use(r => r.ReadPage(Places.ToRowid(after), Places.ToRowid(head))) is { Count: > 0 } page)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return page;
            after = page[^1].Position;
        }
    }

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(Position? after, CancellationToken cancellation) =>
        throw new NotSupportedException("Whoever only looks isn't told of what comes.");

    public ValueTask<Position?> ReadHeadAsync(CancellationToken cancellation)
    {
        var newest = _readers.Use(r => r.ReadNewestPosition());
        return ValueTask.FromResult<Position?>(newest == 0 ? null : Places.ToPosition(newest));
    }

    public ValueTask DisposeAsync()
    {
        _readers.Dispose();
        return ValueTask.CompletedTask;
    }
}
