using System.Runtime.CompilerServices;
using Ledger.EventStore.Sqlite.Sql;

namespace Ledger.EventStore.Sqlite;

/// <summary>Where the event file lies.</summary>
/// <param name="FilePath">Its directory must exist; take its <see cref="DataDirectoryLock"/> first, because commits wake subscribers of this process only.</param>
public sealed record SqliteEventStoreOptions(string FilePath)
{
    /// <summary>How long to wait for another program that has locked the file, such as a copying tool, before an append fails.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The embedded store: one SQLite file in WAL mode, one writer with group commit, readers beside it.</summary>
/// <remarks>Reads run on the caller's thread: a page is there in about a millisecond, and a hop to another thread would cost more than it frees.</remarks>
public sealed class SqliteEventStore : IEventStore
{
    internal static readonly SqliteFile File = new("event file", ApplicationId: 0x4C454447 /* LEDG */, Version: 1, "EventStore.sql");

    private readonly GroupCommit<EventWriter> _writer;
    private readonly ConnectionPool<EventReader> _readers;
    private readonly CommitSignal _commits = new();
    private readonly StreamEnds _ends;

    private SqliteEventStore(SqliteEventStoreOptions options, StreamEnds ends)
    {
        _ends = ends;
        _writer = new GroupCommit<EventWriter>(File.Noun, OpenWriter(options, ends), () => OpenWriter(options, ends), Committed);
        _readers = new ConnectionPool<EventReader>(
            File.Noun, () => new EventReader(SqliteFile.OpenForReading(options.FilePath, options.BusyTimeout)));
    }

    /// <summary>Opens the file, and makes it where it is absent.</summary>
    /// <exception cref="StoreUnavailableException">It can't be opened, isn't an event file, or is of a newer program.</exception>
    public static SqliteEventStore Open(SqliteEventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SqliteEventStore(options, new StreamEnds());
    }

    /// <summary>Reads an event file that another process may be writing: everything behind a position, up to what was committed when it began.</summary>
    /// <exception cref="StoreUnavailableException">The file can't be read.</exception>
    public static IEnumerable<IReadOnlyList<RecordedEvent>> ReadFile(string path, Position? after)
    {
        using var readers = new ConnectionPool<EventReader>(File.Noun, () => new EventReader(SqliteFile.OpenForReading(path, TimeSpan.FromSeconds(5))));
        var head = readers.Use(reader => reader.ReadNewestPosition());
        for (var at = Places.ToRowid(after); readers.Use(reader => reader.ReadPage(at, head)) is { Count: > 0 } page; at = Places.ToRowid(page[^1].Position)) yield return page;
    }

    /// <summary>Why it takes no appends now, in a sentence; null where the last one was stored.</summary>
    public string? Refusing => _writer.Refusing;

    /// <summary>For tests: called between a commit and its answers.</summary>
    internal Action? AfterCommit
    {
        set => _writer.AfterCommit = value;
    }

    public ValueTask<AppendOutcome> AppendAsync(
        StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream.Value, nameof(stream));
        if (AppendLimits.Check(events) is { } tooLarge) return ValueTask.FromResult<AppendOutcome>(tooLarge);
        var bytes = 0;
        foreach (var e in events) bytes += e.Data.Length + e.Metadata.Length + e.Type.Length;
        return _writer.RunAsync(writer => writer.Append(stream, expected, events), bytes, cancellation);
    }

    public ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IReadOnlyList<RecordedEvent>>(direction == ReadDirection.Forwards && from is { Value: > 0 } begin
            ? ReadOn(stream, begin, limit)
            : _readers.Use(r => r.ReadStream(stream, direction, from, limit)));
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAllAsync(
        Position? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (await ReadHeadAsync(cancellation) is not { } head) yield break;
        while (ReadPage(after, head, cancellation) is { Count: > 0 } page)
        {
            yield return page;
            after = page[^1].Position;
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Position? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var next = _commits.Next; // Before the reading, or a commit in between would be slept through.
            if (ReadPage(after, upTo: null, cancellation) is { Count: > 0 } page)
            {
                yield return page;
                after = page[^1].Position;
            }
            else
            {
                await next.WaitAsync(cancellation);
            }
        }
    }

    public ValueTask<Position?> ReadHeadAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var newest = _readers.Use(r => r.ReadNewestPosition());
        return ValueTask.FromResult<Position?>(newest == 0 ? null : Places.ToPosition(newest));
    }

    /// <summary>Finishes the appends that wait, ends the subscriptions, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        // Readers first: whoever closes last copies the WAL home and removes it, and a reading connection may not.
        _commits.Close(nameof(SqliteEventStore));
        _readers.Dispose();
        await _writer.DisposeAsync();
    }

    private static EventWriter OpenWriter(SqliteEventStoreOptions options, StreamEnds ends) =>
        File.OpenForWriting(options.FilePath, options.BusyTimeout, database => new EventWriter(database, ends));

    private void Committed()
    {
        _ends.End();
        _commits.Pulse();
    }

    private List<RecordedEvent> ReadOn(StreamName stream, StreamRevision from, int limit)
    {
        if (_ends.IsBehind(stream, from)) return [];
        var transactions = _ends.Transactions;
        var events = _readers.Use(r => r.ReadStream(stream, ReadDirection.Forwards, from, limit));
        if (events.Count < limit) _ends.Keep(stream, events.Count > 0 ? events[^1].Revision : new StreamRevision(from.Value - 1), transactions);
        return events;
    }

    private List<RecordedEvent> ReadPage(Position? after, Position? upTo, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _readers.Use(r => r.ReadPage(Places.ToRowid(after), upTo is null ? long.MaxValue : Places.ToRowid(upTo)));
    }
}
