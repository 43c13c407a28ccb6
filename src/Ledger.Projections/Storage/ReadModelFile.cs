using System.Globalization;
using Ledger.EventStore;
using Ledger.Projections.Compliance;

namespace Ledger.Projections.Storage;

/// <summary>The last event that a read-model file covers.</summary>
internal sealed record ReadModelCheckpoint(long Count, Position Position, StreamName Stream, StreamRevision Revision, Guid EventId);

/// <summary>The file of one generation: rows and the projection checkpoint are written in one transaction.</summary>
internal sealed class ReadModelFile(DuckFile duck, byte[]? key) : IDisposable
{
    /// <summary>Null where nobody can change it behind our back: in memory.</summary>
    private ReadModelSums? _sums = key is null ? null : ReadModelSums.Empty(duck.Writer);

    /// <summary>Of the tables and what their numbers mean. A file of another version is made anew.</summary>
    public const int Version = 6;

    public DuckFile Duck => duck;

    public static ReadModelFile Create(string? path, LedgerViewOptions options)
    {
        var duck = DuckFile.Open(path, options.MemoryLimit, options.Threads);
        duck.Execute("BEGIN");
        foreach (var table in Tables.All) duck.Execute(table.Definition);
        duck.Execute(Balances.Definition);
        duck.Execute($"""
            CREATE TABLE model (version INTEGER NOT NULL);
            INSERT INTO model VALUES ({Version});
            CREATE TABLE checkpoint (
              count BIGINT NOT NULL, commit_position BIGINT NOT NULL, prepare_position BIGINT NOT NULL,
              stream VARCHAR NOT NULL, revision BIGINT NOT NULL, event_id UUID NOT NULL);
            CREATE TABLE proof (code VARCHAR NOT NULL);
            """);
        duck.Execute("COMMIT");
        return new ReadModelFile(duck, path is null ? null : options.KeyBytes);
    }

    /// <exception cref="ReadModelException">It is damaged, or of another version.</exception>
    public static ReadModelFile Open(string path, LedgerViewOptions options)
    {
        if (!File.Exists(path)) throw new ReadModelException($"There is no file {path}.");
        var duck = DuckFile.Open(path, options.MemoryLimit, options.Threads);
        try
        {
            var versions = duck.ReadRows("SELECT version FROM model", row => row.GetInt32(0));
            if (versions is [Version]) return new ReadModelFile(duck, options.KeyBytes);
            throw new ReadModelException($"{path} is of another version of the read models.");
        }
        catch (Exception e) when (e is not ReadModelException)
        {
            duck.Dispose();
            throw new ReadModelException($"{path} can't be read: {e.Message}", e);
        }
        catch (ReadModelException)
        {
            duck.Dispose();
            throw;
        }
    }

    public ReadModelCheckpoint? Checkpoint() => duck.ReadRows(
        "SELECT count, commit_position, prepare_position, stream, revision, event_id FROM checkpoint",
        row => new ReadModelCheckpoint(
            row.GetInt64(0), new Position((ulong)row.GetInt64(1), (ulong)row.GetInt64(2)), new StreamName(row.GetString(3)),
            new StreamRevision(row.GetInt64(4)), row.GetGuid(5))).SingleOrDefault();

    /// <summary>Holds everything that the file shows against the code that was written with it.</summary>
    /// <exception cref="ReadModelException">Something in it isn't what was written.</exception>
    public void Check(ReadModelCheckpoint? checkpoint)
    {
        if (key is null) return;
        var sums = duck.Use(ReadModelSums.Of);
        var codes = duck.ReadRows("SELECT code FROM proof", row => row.GetString(0));
        var isAsWritten = checkpoint is null ? codes.Count == 0 && sums.Differences(_sums!).Count == 0 : codes is [var code] && code == sums.Code(key, checkpoint.Count, checkpoint.EventId);
        if (!isAsWritten) throw new ReadModelException("What the saved read models hold isn't what this node wrote into them: somebody or something changed a figure, or other secrets were laid here.");
        _sums = sums;
    }

    public void Write(Segment segment, long before, ReadModelCheckpoint checkpoint)
    {
        using var save = ViewTelemetry.Step("save");
        duck.Execute("BEGIN");
        try
        {
            foreach (var table in Tables.All) table.Write(duck.Writer, segment);
            Balances.Write(duck, before, checkpoint.Count);
            var sums = _sums?.With(duck.Writer);
            duck.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                DELETE FROM checkpoint;
                INSERT INTO checkpoint VALUES (
                  {checkpoint.Count}, {(long)checkpoint.Position.Commit}, {(long)checkpoint.Position.Prepare},
                  '{checkpoint.Stream.Value}', {checkpoint.Revision.Value}, '{checkpoint.EventId:D}');
                DELETE FROM proof;
                """));
            if (sums is not null) duck.Execute($"INSERT INTO proof VALUES ('{sums.Code(key, checkpoint.Count, checkpoint.EventId)}')");
            using var commit = ViewTelemetry.Step("save commit");
            duck.Execute("COMMIT");
            _sums = sums;
        }
        catch
        {
            duck.Execute("ROLLBACK");
            throw;
        }
    }

    public void Dispose() => duck.Dispose();
}
