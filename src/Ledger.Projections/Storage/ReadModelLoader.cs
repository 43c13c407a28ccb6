using System.Globalization;
using Ledger.EventStore;
using Ledger.Projections.Sequencing;
using Ledger.Serialization;

namespace Ledger.Projections.Storage;

/// <summary>Brings back what is kept in memory: indexes from the file, the few directories from their streams.</summary>
internal sealed class ReadModelLoader(ReadModelFile file, IEventStore store, ReadModel model)
{
    public async Task LoadAsync(CancellationToken cancellation)
    {
        ReadModelCheckpoint? checkpoint;
        List<(long First, string Name, long Sequence, long Revision, int Agreement)> directory;
        try
        {
            checkpoint = file.Checkpoint();
            var check = Task.Run(() => file.Check(checkpoint), cancellation);
            try
            {
                LoadIndexes(cancellation);
            }
            finally
            {
                await check; // Nobody closes the file while it is read.
            }

            directory = file.Duck.ReadRows(
                "SELECT s.first, s.name, f.sequence, f.revision, f.agreement FROM streams s JOIN facts f ON f.first = s.first ORDER BY f.sequence",
                row => (row.GetInt64(0), row.GetString(1), row.GetInt64(2), (long)row.GetInt32(3), row.GetInt32(4)));
        }
        catch (Exception e) when (e is not OperationCanceledException and not ReadModelException)
        {
            throw new ReadModelException($"The read models can't be read: {e.Message}", e);
        }

        if (checkpoint is null) return;
        await CheckStoreAsync(checkpoint, cancellation);
        foreach (var stream in directory.GroupBy(row => row.Name))
        {
            var rows = stream.ToList();
            model.LoadStream(stream.Key, rows[0].First, rows[^1].Revision, rows[0].Agreement);
            // Hours watched are in the file: there may be many, and each is a stream.
            if (!stream.Key.StartsWith("coverage-", StringComparison.Ordinal))
                await LoadStreamAsync(new StreamName(stream.Key), [.. rows.Select(row => row.Sequence)], cancellation);
        }

        model.Resume(checkpoint);
    }

    private void LoadIndexes(CancellationToken cancellation)
    {
        foreach (var (code, name) in file.Duck.ReadRows("SELECT code, text FROM names", row => (row.GetInt32(0), row.GetString(1))))
            model.Names.Load(code, name);
        LoadAnchors(cancellation);
        LoadCommands(cancellation);
        model.ReserveCases(file.Duck.ReadRows("SELECT count(*) FROM versions WHERE previous < 0", row => row.GetInt64(0))[0]);
        file.Duck.Read(
            "SELECT violation_id, case_sequence, max(sequence), max(revision)::BIGINT FROM versions GROUP BY violation_id, case_sequence",
            row => model.LoadCase(row.Uuid(0), row[1], row[2], (int)row[3]),
            cancellation);
        file.Duck.Read(
            "SELECT previous, sequence FROM versions WHERE previous >= 0",
            row => model.Successors.Set(row[0], row[1]),
            cancellation);
        foreach (var row in file.Duck.ReadRows("SELECT * FROM coverage ORDER BY sequence", CoverageOf)) model.Coverage.Load(row);
    }

    private void LoadAnchors(CancellationToken cancellation)
    {
        var last = 0L;
        file.Duck.Read(
            "SELECT sequence, commit_position, prepare_position, newest FROM anchors ORDER BY sequence",
            row => model.LoadAnchor(new AnchorRow(last = row[0], row[1], row[2], row[3])),
            cancellation);
        file.Duck.Read(
            string.Create(CultureInfo.InvariantCulture, $"SELECT recorded_at FROM facts WHERE sequence >= {last}"),
            row => model.LoadRecorded(row[0]),
            cancellation);
    }

    private void LoadCommands(CancellationToken cancellation)
    {
        var count = file.Duck.ReadRows("SELECT count(DISTINCT prefix) FROM commands", row => row.GetInt64(0))[0];
        var (prefixes, sequences, next) = (new long[count], new long[count], 0);
        file.Duck.Read(
            "SELECT prefix, min(sequence) FROM commands GROUP BY prefix ORDER BY prefix",
            row => (prefixes[next], sequences[next++]) = (row[0], row[1]),
            cancellation);
        model.Commands.Load(prefixes, sequences);
    }

    private static CoverageRow CoverageOf(DuckDB.NET.Data.DuckDBDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetGuid(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), row.GetInt64(6), row.GetInt64(7),
        row.GetInt32(8), row.GetInt32(9), row.GetString(10), row.GetByte(11), row.GetInt64(12));

    /// <summary>A store that was put back to an older state would be numbered differently from here on: that is a fault, not a reason to fold anew in silence.</summary>
    private async Task CheckStoreAsync(ReadModelCheckpoint checkpoint, CancellationToken cancellation)
    {
        var found = await store.ReadStreamAsync(checkpoint.Stream, ReadDirection.Forwards, checkpoint.Revision, 1, cancellation);
        if (found is [var e] && e.Id == checkpoint.EventId && e.Position == checkpoint.Position) return;
        var (sequence, what) = (checkpoint.Count - 1, found.Count == 0 ? "no such event" : $"event {found[0].Id} at {found[0].Position}");
        throw new LedgerFaultException(
            ViewProblems.StoreChanged,
            $"The read models cover {checkpoint.Count} events, the last of them {checkpoint.EventId} ({checkpoint.Stream}, revision {checkpoint.Revision}); "
            + $"the store has {what}. Was a backup put back? If the store is right, delete the read models' directory.",
            sequence);
    }

    /// <summary>What was read once and can't be any more is a fault that is said, not a start that breaks off.</summary>
    private void LoadEvent(RecordedEvent stored, long sequence)
    {
        try
        {
            var e = EventCodec.Decode(stored.Type, stored.Data).Event
                ?? throw new LedgerFaultException(ViewProblems.StoreChanged, $"Stream {stored.Stream} holds another event than the read models cover.", sequence);
            model.LoadDirectory(stored, e, EventCodec.DecodeMetadata(stored.Metadata), sequence);
        }
        catch (StoredEventException e)
        {
            throw new LedgerFaultException(ViewProblems.UnreadableEvent, $"The event at sequence {sequence} ({stored.Stream}, revision {stored.Revision}, {stored.Type}) can't be read any more: {e.Message}", sequence, e);
        }
    }

    private async Task LoadStreamAsync(StreamName stream, long[] sequences, CancellationToken cancellation)
    {
        for (var next = 0; next < sequences.Length;)
        {
            var page = await store.ReadStreamAsync(
                stream, ReadDirection.Forwards, new StreamRevision(next), Math.Min(512, sequences.Length - next), cancellation);
            if (page.Count == 0)
                throw new LedgerFaultException(ViewProblems.StoreChanged, $"Stream {stream} has fewer events than the read models cover.", sequences[next]);
            foreach (var stored in page)
            {
                LoadEvent(stored, sequences[next++]);
            }
        }
    }
}
