using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Ledger.Projections.Words;

/// <summary>A text to be found by its words.</summary>
/// <param name="Case">The sequence of the case's record, where a later text of the same field takes this one's place; null where texts add up.</param>
/// <param name="Text">Null takes what stood there away and puts nothing in its place.</param>
/// <param name="Digest">Where the text lies in the vault; by it it is forgotten.</param>
internal sealed record WordPiece(long Sequence, long? Case, Guid Violation, string Agreement, CaseText Field, string? Text, string? Digest)
{
    /// <summary>False for a case's record: it is the first event, so nothing can have stood there, and looking costs as much as writing.</summary>
    public bool Replaces => Case < Sequence;
}

/// <summary>The SQLite file of words. One connection, one user at a time: whoever calls holds the indexer's gate.</summary>
internal sealed class WordIndex : IDisposable
{
    /// <summary>Of the file's form: raise it with every change of Words.sql.</summary>
    private const int Version = 2;

    private readonly SqliteConnection _connection;
    private readonly WordStatement _addPiece;
    private readonly WordStatement _addWords;
    private readonly WordStatement _endPiece;

    private WordIndex(SqliteConnection connection)
    {
        _connection = connection;
        _addPiece = new WordStatement(connection, "INSERT INTO pieces (violation, agreement, field, case_sequence, from_sequence, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _addWords = new WordStatement(connection, "INSERT INTO words (rowid, text) VALUES (last_insert_rowid(), ?1)");
        _endPiece = new WordStatement(connection, "UPDATE pieces SET until_sequence = ?1 WHERE case_sequence = ?2 AND field = ?3 AND until_sequence > ?1");
    }

    /// <param name="path">Null = in memory.</param>
    public static WordIndex Open(string? path)
    {
        if (path is null || IsOfThisVersion(path)) return OpenFile(path);
        // It is only an index: a damaged one, and one of another form, is made anew.
        foreach (var file in new[] { path, path + "-wal", path + "-shm" }) File.Delete(file);
        return OpenFile(path);
    }

    public (long Count, Guid EventId) Checkpoint()
    {
        using var command = Command("SELECT count, event_id FROM checkpoint");
        using var reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), Guid.Parse(reader.GetString(1))) : (0, Guid.Empty);
    }

    public void Clear() => Execute("DELETE FROM words; DELETE FROM pieces; DELETE FROM checkpoint;");

    public void Write(IEnumerable<WordPiece> pieces, IEnumerable<string> erased, long count, Guid eventId)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var piece in pieces)
        {
            if (piece.Replaces) _endPiece.Bind(1, piece.Sequence).Bind(2, piece.Case).Bind(3, (long)piece.Field).Run();
            if (piece.Text is { } text) Add(piece, text);
        }

        Delete(erased);
        Execute(
            "INSERT INTO checkpoint VALUES (0, $count, $event) ON CONFLICT (id) DO UPDATE SET count = $count, event_id = $event",
            ("$count", count), ("$event", eventId.ToString("D")));
        transaction.Commit();
    }

    /// <summary>Takes texts out so that no byte of them is left in the file or its WAL. Where none of them is there, it costs next to nothing.</summary>
    public void Forget(IEnumerable<string> digests)
    {
        using (var transaction = _connection.BeginTransaction())
        {
            Delete(digests);
            transaction.Commit();
        }

        FinishForgetting();
    }

    /// <summary>Clears away what was deleted. Safe to interrupt anywhere: the note that it is to be done goes last.</summary>
    public void FinishForgetting()
    {
        if (!IsForgetting()) return;
        // Deleted rows leave words in the index's older segments: only this clears them.
        Execute("INSERT INTO words (words) VALUES ('optimize')");
        Execute("VACUUM");
        Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        Execute("DELETE FROM forgetting");
    }

    /// <summary>The cases of an agreement in whose texts, as they stood at a count, every word occurs.</summary>
    public HashSet<Guid> Find(string agreement, IReadOnlyList<string> words, long count, CancellationToken cancellation)
    {
        HashSet<Guid>? found = null;
        foreach (var word in words)
        {
            cancellation.ThrowIfCancellationRequested();
            var cases = CasesWith(agreement, word, count);
            if (found is null) found = cases;
            else found.IntersectWith(cases);
        }

        return found ?? [];
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _addPiece, _addWords, _endPiece }) statement.Dispose();
        _connection.Dispose();
    }

    private static bool IsOfThisVersion(string path)
    {
        try
        {
            using var connection = Connect(path);
            using var command = Command(connection, "SELECT (SELECT user_version FROM pragma_user_version) = $version OR NOT EXISTS (SELECT 1 FROM sqlite_schema)");
            command.Parameters.AddWithValue("$version", Version);
            return command.ExecuteScalar() is not 0L;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private static WordIndex OpenFile(string? path)
    {
        var connection = Connect(path);
        try
        {
            // Deleted bytes are overwritten; the index can always be made anew, so a commit needn't wait for the disk.
            Execute(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA user_version = {Version};");
            using var schema = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("Ledger.Projections.Words.sql")!);
            Execute(connection, schema.ReadToEnd());
            var index = new WordIndex(connection);
            index.FinishForgetting();
            return index;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteConnection Connect(string? path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path ?? ":memory:", Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private HashSet<Guid> CasesWith(string agreement, string word, long count)
    {
        using var command = Command("""
            SELECT DISTINCT p.violation FROM words w JOIN pieces p ON p.id = w.rowid
            WHERE w.text MATCH $word AND p.agreement = $agreement AND p.from_sequence < $count AND p.until_sequence >= $count
            """);
        command.Parameters.AddWithValue("$word", word);
        command.Parameters.AddWithValue("$agreement", agreement);
        command.Parameters.AddWithValue("$count", count);
        using var reader = command.ExecuteReader();
        var cases = new HashSet<Guid>();
        while (reader.Read()) cases.Add(new Guid(reader.GetFieldValue<byte[]>(0), bigEndian: true));
        return cases;
    }

    private void Add(WordPiece piece, string text)
    {
        _addPiece.Bind(1, piece.Violation).Bind(2, piece.Agreement).Bind(3, (long)piece.Field).Bind(4, piece.Case).Bind(5, piece.Sequence).Bind(6, piece.Digest).Run();
        _addWords.Bind(1, text).Run();
    }

    private void Delete(IEnumerable<string> digests)
    {
        foreach (var digest in digests)
        {
            Execute("INSERT OR IGNORE INTO forgetting SELECT 0 FROM pieces WHERE digest = $digest", ("$digest", digest));
            Execute("DELETE FROM words WHERE rowid IN (SELECT id FROM pieces WHERE digest = $digest)", ("$digest", digest));
            Execute("DELETE FROM pieces WHERE digest = $digest", ("$digest", digest));
        }
    }

    private bool IsForgetting()
    {
        using var command = Command("SELECT 1 FROM forgetting");
        return command.ExecuteScalar() is not null;
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters) => Execute(_connection, sql, parameters);

    private static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(connection, sql);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql) => Command(_connection, sql);

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
