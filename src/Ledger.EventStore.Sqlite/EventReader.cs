using System.Text;
using Ledger.EventStore.Sqlite.Sql;

namespace Ledger.EventStore.Sqlite;

/// <summary>One pooled reading connection with its statements. Every page is a snapshot of its own, so that no reader holds up a checkpoint.</summary>
internal sealed class EventReader : IDisposable
{
    /// <summary>Few enough that a page is quickly there, many enough that its fixed cost doesn't count.</summary>
    private const int PageEvents = 512;

    // A page of large events ends early, so that memory doesn't depend on what was stored.
    private const int PageBytes = 4 * 1024 * 1024;

    private const string Columns = "e.position, e.stream, e.revision, e.id, e.type, e.data, e.metadata";

    private readonly Database _database;
    private readonly Statement _readNewestPosition;
    private readonly Statement _readAll;
    private readonly Statement _readForwards;
    private readonly Statement _readBackwards;
    private readonly Statement _findStream;
    private readonly Statement _findName;

    private const int MostRemembered = 1_024;

    private readonly Dictionary<string, long> _streamIds = new(StringComparer.Ordinal);

    // A stream never changes its name. Neighbours in the log often share a stream, so a small table answers most.
    private readonly (long Id, StreamName Name)[] _names = new (long, StreamName)[1024];

    // Event types are few, and each stands in thousands of events.
    private readonly string?[] _types = new string?[256];

    public EventReader(Database database)
    {
        _database = database;
        _readNewestPosition = database.Prepare("SELECT ifnull(max(position), 0) FROM events");
        _readAll = database.Prepare($"SELECT {Columns} FROM events e WHERE e.position > ?1 AND e.position <= ?2 ORDER BY e.position LIMIT ?3");
        _readForwards = database.Prepare($"SELECT {Columns} FROM events e WHERE e.stream = ?1 AND e.revision >= ?2 ORDER BY e.revision LIMIT ?3");
        _readBackwards = database.Prepare($"SELECT {Columns} FROM events e WHERE e.stream = ?1 AND e.revision <= ?2 ORDER BY e.revision DESC LIMIT ?3");
        _findStream = database.Prepare("SELECT id FROM streams WHERE name = ?1");
        _findName = database.Prepare("SELECT name FROM streams WHERE id = ?1");
    }

    public long ReadNewestPosition()
    {
        try
        {
            _readNewestPosition.Step();
            return _readNewestPosition.Integer(0);
        }
        finally
        {
            _readNewestPosition.Reset();
        }
    }

    /// <summary>Events behind one rowid up to another, both in the store's order.</summary>
    public List<RecordedEvent> ReadPage(long after, long upTo) =>
        Read(_readAll.Bind(1, after).Bind(2, upTo).Bind(3, PageEvents), PageBytes);

    public List<RecordedEvent> ReadStream(StreamName stream, ReadDirection direction, StreamRevision? from, int limit)
    {
        if (FindStream(stream) is not { } id) return [];
        var read = direction == ReadDirection.Forwards
            ? _readForwards.Bind(2, from?.Value ?? 0)
            : _readBackwards.Bind(2, from?.Value ?? long.MaxValue);
        return Read(read.Bind(1, id).Bind(3, limit), long.MaxValue);
    }

    public void Dispose() => _database.Dispose();

    /// <summary>A stream's id never changes, and streams never vanish: what was found once is remembered.</summary>
    private long? FindStream(StreamName stream)
    {
        if (_streamIds.TryGetValue(stream.Value, out var known)) return known;
        try
        {
            if (!_findStream.Bind(1, stream.Value).Step()) return null;
            if (_streamIds.Count >= MostRemembered) _streamIds.Clear();
            return _streamIds[stream.Value] = _findStream.Integer(0);
        }
        finally
        {
            _findStream.Reset();
        }
    }

    private List<RecordedEvent> Read(Statement rows, long limitBytes)
    {
        var events = new List<RecordedEvent>();
        try
        {
            for (var bytes = 0L; bytes < limitBytes && rows.Step();)
            {
                var e = ReadRow(rows);
                events.Add(e);
                bytes += e.Data.Length + e.Metadata.Length;
            }

            return events;
        }
        finally
        {
            rows.Reset();
        }
    }

    private RecordedEvent ReadRow(Statement row)
    {
        var data = row.Blob(5);
        var metadata = row.Blob(6);
        // One array for both: an event is kept or dropped whole.
        var bytes = new byte[data.Length + metadata.Length];
        data.CopyTo(bytes);
        metadata.CopyTo(bytes.AsSpan(data.Length));
        return new RecordedEvent(
            Places.ToPosition(row.Integer(0)),
            NameOf(row.Integer(1)),
            new StreamRevision(row.Integer(2)),
            new Guid(row.Blob(3), bigEndian: true),
            TypeOf(row.Utf8(4)),
            bytes.AsMemory(0, data.Length),
            bytes.AsMemory(data.Length));
    }

    private string TypeOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return ""; // No writer of ours left one.
        ref var known = ref _types[(utf8.Length * 31 + utf8[utf8.Length / 2] * 7 + utf8[0]) % _types.Length];
        return known is not null && Ascii.Equals(utf8, known) ? known : known = Encoding.UTF8.GetString(utf8);
    }

    private StreamName NameOf(long id)
    {
        ref var known = ref _names[id % _names.Length];
        if (known.Id != id) known = (id, FindName(id));
        return known.Name;
    }

    private StreamName FindName(long id)
    {
        try
        {
            return _findName.Bind(1, id).Step()
                ? new StreamName(_findName.Text(0))
                : throw new StoreUnavailableException($"The event file is damaged: an event belongs to stream {id}, which has no name.");
        }
        finally
        {
            _findName.Reset();
        }
    }
}
