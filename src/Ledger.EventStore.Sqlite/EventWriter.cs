using Ledger.EventStore.Sqlite.Sql;

namespace Ledger.EventStore.Sqlite;

/// <summary>Appends within the writer's transaction. The file is asked anew in each; nothing is remembered that a rollback would make untrue.</summary>
internal sealed class EventWriter : IWriteSession
{
    private const long NoStream = -1;

    private readonly StreamEnds _ends;
    private readonly Statement _findStream;
    private readonly Statement _addStream;
    private readonly Statement _readNewestRevision;
    private readonly Statement _readNewestPosition;
    private readonly Statement _readNewestStream;
    private readonly Statement _addEvent;
    private readonly Statement _readIds;

    // The ends of both tables within this transaction: nobody else writes while it is open.
    private long _newestPosition;
    private long _newestStream;

    public EventWriter(Database database, StreamEnds ends)
    {
        (Database, _ends) = (database, ends);
        _findStream = database.Prepare("SELECT id FROM streams WHERE name = ?1");
        _addStream = database.Prepare("INSERT INTO streams (id, name) VALUES (?1, ?2)");
        _readNewestStream = database.Prepare("SELECT ifnull(max(id), 0) FROM streams");
        _readNewestRevision = database.Prepare("SELECT revision FROM events WHERE stream = ?1 ORDER BY revision DESC LIMIT 1");
        _readNewestPosition = database.Prepare("SELECT ifnull(max(position), 0) FROM events");
        _addEvent = database.Prepare("INSERT INTO events (position, stream, revision, id, type, data, metadata) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _readIds = database.Prepare("SELECT id, position FROM events WHERE stream = ?1 AND revision >= ?2 ORDER BY revision LIMIT ?3");
    }

    public Database Database { get; }

    public void Begin()
    {
        Database.Begin();
        _newestPosition = ReadNumber(_readNewestPosition);
        _newestStream = ReadNumber(_readNewestStream);
    }

    public AppendOutcome Append(StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events)
    {
        _ends.Write(stream);
        var id = FindStream(stream);
        var next = id == NoStream ? 0 : ReadNextRevision(id);
        if (expected.First.Value == next) return Store(id == NoStream ? AddStream(stream) : id, next, events);
        if (id != NoStream && FindRepeat(id, expected.First.Value, events) is { } earlier) return earlier;
        return new AppendOutcome.WrongExpectedRevision(next == 0 ? null : new StreamRevision(next - 1));
    }

    public void Dispose() => Database.Dispose();

    private long FindStream(StreamName stream)
    {
        var id = _findStream.Bind(1, stream.Value).Step() ? _findStream.Integer(0) : NoStream;
        _findStream.Reset();
        return id;
    }

    private long AddStream(StreamName stream)
    {
        _addStream.Bind(1, _newestStream + 1).Bind(2, stream.Value).Run();
        return ++_newestStream;
    }

    private long ReadNextRevision(long stream)
    {
        var next = _readNewestRevision.Bind(1, stream).Step() ? _readNewestRevision.Integer(0) + 1 : 0;
        _readNewestRevision.Reset();
        return next;
    }

    private static long ReadNumber(Statement statement)
    {
        statement.Step();
        var number = statement.Integer(0);
        statement.Reset();
        return number;
    }

    private AppendOutcome.Appended Store(long stream, long revision, IReadOnlyList<EventToAppend> events)
    {
        Span<byte> id = stackalloc byte[16];
        foreach (var e in events)
        {
            e.Id.TryWriteBytes(id, bigEndian: true, out _);
            _addEvent.Bind(1, ++_newestPosition).Bind(2, stream).Bind(3, revision++).Bind(4, id)
                .Bind(5, e.Type).Bind(6, e.Data.Span).Bind(7, e.Metadata.Span).Run();
        }

        return new AppendOutcome.Appended(new StreamRevision(revision - 1), Places.ToPosition(_newestPosition), Repeated: false);
    }

    // The history is the table of what was done: the same ids at the expected revisions are the same append.
    private AppendOutcome.Appended? FindRepeat(long stream, long first, IReadOnlyList<EventToAppend> events)
    {
        Span<byte> id = stackalloc byte[16];
        _readIds.Bind(1, stream).Bind(2, first).Bind(3, events.Count);
        var position = 0L;
        var same = 0;
        while (same < events.Count && _readIds.Step())
        {
            events[same].Id.TryWriteBytes(id, bigEndian: true, out _);
            if (!_readIds.Blob(0).SequenceEqual(id)) break;
            position = _readIds.Integer(1);
            same++;
        }

        _readIds.Reset();
        return same == events.Count
            ? new AppendOutcome.Appended(new StreamRevision(first + same - 1), Places.ToPosition(position), Repeated: true)
            : null;
    }
}

/// <summary>Rowids as the port's positions and back.</summary>
internal static class Places
{
    // One number is all there is; it stands in both halves, as it does on the other stores.
    public static Position ToPosition(long rowid) => new((ulong)rowid, (ulong)rowid);

    public static long ToRowid(Position? position) => position is { } p ? (long)Math.Min(p.Commit, long.MaxValue) : 0;
}
