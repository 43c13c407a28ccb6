using System.Globalization;
using System.Text;
using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Transparency;
using Microsoft.Data.Sqlite;

namespace Ledger.Log.Tree;

/// <summary>The tiles and how far they reach, in one SQLite file: rows only grow, and all of it can be made anew from the store.</summary>
internal sealed class TileFile : IDisposable
{
    /// <summary>The commitments, from which entry bundles are printed.</summary>
    public const int Commitments = -1;

    private readonly string _path;
    private readonly bool _isTemporary;
    private readonly string _connectionString;

    private TileFile(string path, bool isTemporary)
    {
        (_path, _isTemporary) = (path, isTemporary);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true }.ToString();
    }

    private TileFile(string address)
    {
        _path = address;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = address, Mode = SqliteOpenMode.ReadOnly, Pooling = true }.ToString();
    }

    /// <summary>Opens the file, or begins it where it is absent.</summary>
    /// <exception cref="SqliteException">It isn't a file of tiles, or can't be written.</exception>
    public static TileFile Open(string? path)
    {
        var file = new TileFile(path ?? Path.Combine(Path.GetTempPath(), $"ledger-tiles-{Guid.CreateVersion7():N}.db"), path is null);
        using var connection = file.Connect();
        // WAL: readers aren't held up by the writer. NORMAL: what a power cut takes away is read from the store again.
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
        using var look = connection.CreateCommand();
        look.CommandText = "SELECT count(*) FROM sqlite_schema WHERE name = 'progress'";
        if ((long)look.ExecuteScalar()! == 0) Begin(connection);
        return file;
    }

    /// <summary>Opens the file for looking.</summary>
    public static TileFile OpenUntouched(string address) => new(address);

    /// <summary>Deletes the file, for it to be made anew.</summary>
    public static void Delete(string path)
    {
        foreach (var end in (string[])["", "-wal", "-shm"]) File.Delete(path + end);
    }

    /// <summary>What was written last; null where nothing was.</summary>
    public (TreeSize Size, Position? Position, LogChain Chain)? ReadProgress(LogChain begin)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT origin, stream, size, position, revision, sealed, sealed_at, published FROM progress";
        using var row = command.ExecuteReader();
        if (!row.Read()) return null;
        if (row.GetString(0) != begin.Origin.Value || row.GetString(1) != begin.Stream.Value) throw new InvalidDataException("These are the tiles of another log.");
        var rotations = ReadRotations(connection);
        if (!KeyHistory.TryFollow(begin.Keys.First, rotations, out var keys, out _)) throw new InvalidDataException("The keys beside the tiles don't follow from each other.");
        return (
            new TreeSize(row.GetInt64(2)),
            Position.TryParse(row.IsDBNull(3) ? null : row.GetString(3), out var position) ? position : null,
            begin with
            {
                Revision = new StreamRevision(row.GetInt64(4)),
                Keys = keys,
                Rotations = [.. rotations],
                Sealed = Head(row, 5),
                SealedAt = row.IsDBNull(6) ? default : DateTimeOffset.Parse(row.GetString(6), CultureInfo.InvariantCulture),
                Published = Head(row, 7),
            });
    }

    /// <summary>The largest tree of at most this size whose end in the store's order is known.</summary>
    public (long Size, Position? Position) AnchorAt(long size)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT size, position FROM anchors WHERE size <= $size ORDER BY size DESC LIMIT 1";
        command.Parameters.AddWithValue("$size", size);
        using var row = command.ExecuteReader();
        return row.Read() && Position.TryParse(row.GetString(1), out var position) ? (row.GetInt64(0), position) : (0, null);
    }

    /// <summary>All that belongs to one growth, or nothing of it.</summary>
    public void Write(
        IEnumerable<(int Level, long Index, ReadOnlyMemory<byte> Hashes)> rows, IEnumerable<(long Size, Position Position)> anchors, TreeSize size, Position? position, LogChain chain)
    {
        using var grow = LogTelemetry.Step("tiles");
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        using (var tile = connection.CreateCommand())
        {
            tile.CommandText = "INSERT INTO tiles (level, idx, hashes) VALUES ($level, $idx, $hashes) ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes";
            var (level, index, hashes) = (tile.Parameters.Add("$level", SqliteType.Integer), tile.Parameters.Add("$idx", SqliteType.Integer), tile.Parameters.Add("$hashes", SqliteType.Blob));
            foreach (var row in rows)
            {
                (level.Value, index.Value, hashes.Value) = (row.Level, row.Index, row.Hashes.ToArray());
                tile.ExecuteNonQuery();
            }
        }

        foreach (var anchor in anchors) Execute(connection, "INSERT OR IGNORE INTO anchors (size, position) VALUES ($0, $1)", anchor.Size, anchor.Position.ToString());
        for (var place = 0; place < chain.Rotations.Length; place++)
            Execute(connection, "INSERT OR IGNORE INTO rotations (place, note) VALUES ($0, $1)", place, chain.Rotations[place].ToString());
        Execute(
            connection, "INSERT OR REPLACE INTO progress (id, origin, stream, size, position, revision, sealed, sealed_at, published) VALUES (1, $0, $1, $2, $3, $4, $5, $6, $7)",
            chain.Origin.Value, chain.Stream.Value, size.Value, (object?)position?.ToString() ?? DBNull.Value, chain.Revision.Value,
            (object?)chain.Sealed?.ToString() ?? DBNull.Value, chain.SealedAt.ToString("O", CultureInfo.InvariantCulture), (object?)chain.Published?.ToString() ?? DBNull.Value);
        using var commit = LogTelemetry.Step("tiles commit");
        transaction.Commit();
    }

    /// <summary>The hashes of a row; empty where there is none.</summary>
    public byte[] Read(int level, long index)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hashes FROM tiles WHERE level = $level AND idx = $idx";
        command.Parameters.AddWithValue("$level", level);
        command.Parameters.AddWithValue("$idx", index);
        return (byte[]?)command.ExecuteScalar() ?? [];
    }

    public void Dispose()
    {
        using (var connection = new SqliteConnection(_connectionString)) SqliteConnection.ClearPool(connection);
        if (_isTemporary) Delete(_path);
    }

    private static SignedCheckpoint? Head(SqliteDataReader row, int column) =>
        !row.IsDBNull(column) && SignedCheckpoint.TryParse(Encoding.UTF8.GetBytes(row.GetString(column)), out var head, out _) ? head : null;

    private static List<SignedNote> ReadRotations(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT note FROM rotations ORDER BY place";
        using var row = command.ExecuteReader();
        List<SignedNote> notes = [];
        while (row.Read())
        {
            notes.Add(SignedNote.TryParse(Encoding.UTF8.GetBytes(row.GetString(0)), out var note, out _)
                ? note
                : throw new InvalidDataException("A key's change beside the tiles can't be read."));
        }

        return notes;
    }

    private static void Begin(SqliteConnection connection)
    {
        using var stream = typeof(TileFile).Assembly.GetManifestResourceStream("Tiles.sql")!;
        using var reader = new StreamReader(stream);
        using var transaction = connection.BeginTransaction();
        Execute(connection, reader.ReadToEnd());
        transaction.Commit();
    }

    private static void Execute(SqliteConnection connection, string sql, params object[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i}", values[i]);
        command.ExecuteNonQuery();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }
}
