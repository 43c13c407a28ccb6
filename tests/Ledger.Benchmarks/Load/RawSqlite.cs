using System.Threading.Channels;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Ledger.Benchmarks.Load;

/// <summary>The floor: the least that SQLite must do to keep events durably. No streams by name, no checks, no triggers, no repeats.</summary>
internal sealed class RawSqlite : IAsyncDisposable
{
    private readonly Channel<Job> _queue = Channel.CreateUnbounded<Job>(new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _insert;
    private readonly Thread _writer;

    public RawSqlite(string file)
    {
        Batteries_V2.Init();
        Check(sqlite3_open_v2(file, out _db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, null));
        Check(sqlite3_exec(
            _db,
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL,
                id BLOB NOT NULL, type TEXT NOT NULL, data BLOB NOT NULL, metadata BLOB NOT NULL, UNIQUE (stream, revision)) STRICT;
            """));
        Check(sqlite3_prepare_v2(_db, "INSERT INTO events (stream, revision, id, type, data, metadata) VALUES (?, ?, ?, ?, ?, ?)", out _insert));
        _writer = new Thread(Write) { IsBackground = true };
        _writer.Start();
    }

    public Task AppendAsync(long stream, long revision, IReadOnlyList<Ledger.EventStore.EventToAppend> events)
    {
        var job = new Job(stream, revision, events);
        _queue.Writer.TryWrite(job);
        return job.Done.Task;
    }

    /// <summary>A plain scan that touches every column.</summary>
    public long Scan()
    {
        Check(sqlite3_prepare_v2(_db, "SELECT position, stream, revision, id, type, data, metadata FROM events ORDER BY position", out var scan));
        using (scan)
        {
            var rows = 0L;
            for (; sqlite3_step(scan) == SQLITE_ROW; rows++)
            {
                _ = sqlite3_column_int64(scan, 0) + sqlite3_column_int64(scan, 1) + sqlite3_column_int64(scan, 2);
                _ = sqlite3_column_blob(scan, 3).ToArray();
                _ = sqlite3_column_text(scan, 4).utf8_to_string();
                _ = sqlite3_column_blob(scan, 5).ToArray();
                _ = sqlite3_column_blob(scan, 6).ToArray();
            }

            return rows;
        }
    }

    public ValueTask DisposeAsync()
    {
        _queue.Writer.Complete();
        _writer.Join();
        _insert.Dispose();
        _db.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Write()
    {
        var batch = new List<Job>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var job)) batch.Add(job);
            Check(sqlite3_exec(_db, "BEGIN IMMEDIATE"));
            foreach (var job in batch) Insert(job);
            Check(sqlite3_exec(_db, "COMMIT"));
            foreach (var job in batch) job.Done.SetResult();
            batch.Clear();
        }
    }

    private void Insert(Job job)
    {
        Span<byte> id = stackalloc byte[16];
        var revision = job.Revision;
        foreach (var e in job.Events)
        {
            e.Id.TryWriteBytes(id);
            sqlite3_bind_int64(_insert, 1, job.Stream);
            sqlite3_bind_int64(_insert, 2, revision++);
            sqlite3_bind_blob(_insert, 3, id);
            sqlite3_bind_text(_insert, 4, e.Type);
            sqlite3_bind_blob(_insert, 5, e.Data.Span);
            sqlite3_bind_blob(_insert, 6, e.Metadata.Span);
            Check(sqlite3_step(_insert));
            sqlite3_reset(_insert);
        }
    }

    private static void Check(int code)
    {
        if (code is not (SQLITE_OK or SQLITE_DONE or SQLITE_ROW)) throw new InvalidOperationException(sqlite3_errstr(code).utf8_to_string());
    }

    private sealed record Job(long Stream, long Revision, IReadOnlyList<Ledger.EventStore.EventToAppend> Events)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
