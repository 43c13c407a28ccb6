using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Ledger.Projections.Words;

/// <summary>A text to be found by its words.</summary>
/// <param name="Text">Null takes what stood there away and puts nothing in its place.</param>
/// <param name="Digest">Where the text lies in the vault; by it it is forgotten.</param>
/// <param name="Replaces">False where nothing can have stood there: a case's record is its first event, and looking costs as much as writing.</param>
internal sealed record WordPiece(long Sequence, Guid Violation, string Agreement, CaseText Field, string? Text, string? Digest, bool Replaces = true);

/// <summary>The SQLite file of words. One connection, one user at a time: whoever calls holds the indexer's gate.</summary>
internal sealed class WordIndex : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    private SqliteTransaction? _transaction;

    private WordIndex(SqliteConnection connection) => _connection = connection;

    /// <param name="path">Null = in memory.</param>
    public static WordIndex Open(string? path)
    {
        try
        {
            return OpenFile(path);
        }
        catch (SqliteException) when (path is not null)
        {
            // It is only an index: a damaged one is made anew.
            SqliteConnection.ClearAllPools();
            foreach (var file in new[] { path, path + "-wal", path + "-shm" }) File.Delete(file);
            return OpenFile(path);
        }
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
        using var transaction = Begin();
        foreach (var piece in pieces)
        {
            if (piece.Replaces && piece.Field != CaseText.Statement) End(piece);
            if (piece.Text is not null) Add(piece);
        }

        Delete(erased);
        Run(
            "INSERT INTO checkpoint VALUES (0, $count, $event) ON CONFLICT (id) DO UPDATE SET count = $count, event_id = $event",
            ("$count", count), ("$event", eventId.ToString("D")));
        transaction.Commit();
    }

    /// <summary>Takes texts out so that no byte of them is left in the file or its WAL. Where none of them is there, it costs next to nothing.</summary>
    public void Forget(IEnumerable<string> digests)
    {
        using (var transaction = Begin())
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
        foreach (var command in _prepared.Values) command.Dispose();
        _connection.Dispose();
    }

    private static WordIndex OpenFile(string? path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path ?? ":memory:", Pooling = false }.ToString());
        try
        {
            connection.Open();
            var index = new WordIndex(connection);
            // Deleted bytes are overwritten; the index can always be made anew, so a commit needn't wait for the disk.
            index.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;");
            using var schema = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("Ledger.Projections.Words.sql")!);
            index.Execute(schema.ReadToEnd());
            index.FinishForgetting();
            return index;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
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
        while (reader.Read()) cases.Add(Guid.Parse(reader.GetString(0)));
        return cases;
    }

    private void End(WordPiece piece) => Run(
        "UPDATE pieces SET until_sequence = $sequence WHERE violation = $violation AND field = $field AND until_sequence > $sequence",
        ("$sequence", piece.Sequence), ("$violation", piece.Violation.ToString("D")), ("$field", (int)piece.Field));

    private void Add(WordPiece piece)
    {
        Run(
            "INSERT INTO pieces (violation, agreement, field, from_sequence, digest) VALUES ($violation, $agreement, $field, $sequence, $digest)",
            ("$violation", piece.Violation.ToString("D")), ("$agreement", piece.Agreement), ("$field", (int)piece.Field),
            ("$sequence", piece.Sequence), ("$digest", (object?)piece.Digest ?? DBNull.Value));
        Run("INSERT INTO words (rowid, text) VALUES (last_insert_rowid(), $text)", ("$text", piece.Text!));
    }

    private void Delete(IEnumerable<string> digests)
    {
        foreach (var digest in digests)
        {
            Run("INSERT OR IGNORE INTO forgetting SELECT 0 FROM pieces WHERE digest = $digest", ("$digest", digest));
            Run("DELETE FROM words WHERE rowid IN (SELECT id FROM pieces WHERE digest = $digest)", ("$digest", digest));
            Run("DELETE FROM pieces WHERE digest = $digest", ("$digest", digest));
        }
    }

    private bool IsForgetting()
    {
        using var command = Command("SELECT 1 FROM forgetting");
        return command.ExecuteScalar() is not null;
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private SqliteTransaction Begin() => _transaction = _connection.BeginTransaction();

    /// <summary>Runs a statement that was prepared when it was first used: preparing costs more than running.</summary>
    private void Run(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command)) _prepared[sql] = command = Command(sql);
        command.Transaction = _transaction;
        for (var place = 0; place < parameters.Length; place++) Set(command.Parameters, place, parameters[place]);
        command.ExecuteNonQuery();
    }

    /// <summary>A statement's parameters come in the same order each time.</summary>
    private static void Set(SqliteParameterCollection held, int place, (string Name, object Value) parameter)
    {
        if (place == held.Count) held.AddWithValue(parameter.Name, parameter.Value);
        else held[place].Value = parameter.Value;
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
