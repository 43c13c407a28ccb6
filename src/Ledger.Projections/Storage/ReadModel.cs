using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Projections.Claims;
using Ledger.Projections.Compliance;
using Ledger.Projections.Coverage;
using Ledger.Projections.Directory;
using Ledger.Projections.Register;
using Ledger.Projections.Sequencing;

namespace Ledger.Projections.Storage;

/// <summary>One generation of the read models: a file, the rows that aren't in it yet, and what is kept in memory beside them.</summary>
/// <remarks>One thread applies events; any number ask. Whatever is asked takes a count, and what lies behind that count is never looked at.</remarks>
internal sealed class ReadModel : IAsyncDisposable
{
    /// <summary>Events between two anchors: how many are read over to find one.</summary>
    public const int AnchorStep = 512;

    private readonly ReadModelFile _file;
    private readonly CaseBook _cases;
    private readonly Dictionary<string, StreamEntry> _streams = new(StringComparer.Ordinal);
    private readonly RowList<AnchorRow> _anchors = new();
    private readonly IProjection[] _projections;
    private Segment _active;
    private Cut _cut;
    private long _next;
    private long _newest = None.Time;
    private ReadModelCheckpoint? _last;
    private Task _flushing = Task.CompletedTask;
    private int _users = 1;

    private sealed class StreamEntry
    {
        public required long First { get; init; }

        public required long Revision { get; set; }

        public required int Agreement { get; init; }
    }

    private ReadModel(ReadModelFile file, IEventStore store, string? folder)
    {
        (_file, Folder) = (file, folder);
        Coverage = new CoverageBook(Names);
        _cases = new CaseBook(store, Agreements, Names);
        _projections = [new FactsProjection(Commands), new ComplianceProjection(), new RegisterProjection(Successors)];
        _active = new Segment(0);
        _cut = new Cut(0, [_active]);
    }

    /// <summary>The folder of its file; null in memory.</summary>
    public string? Folder { get; }

    public bool IsReplaced { get; set; }

    public DuckFile Duck => _file.Duck;

    /// <summary>What was added up of this file before, where that never changes again.</summary>
    public SumMemory Sums { get; } = new();

    public NameBook Names { get; } = new();

    public AgreementBook Agreements { get; } = new();

    public AccessBook Access { get; } = new();

    public ReadingBook Readings { get; } = new();

    public ClaimBook Claims { get; } = new();

    public CoverageBook Coverage { get; }

    public Successors Successors { get; } = new();

    public KeyedCommands Commands { get; } = new();

    /// <summary>Events applied: sequences 0 to Applied - 1.</summary>
    public long Applied => Volatile.Read(ref _next);

    public Cut Cut => Volatile.Read(ref _cut);

    /// <summary>The position of the newest event applied; null before the first.</summary>
    public Position? Newest => _last?.Position;

    public int Waiting => (int)(_next - _active.First);

    public static ReadModel Create(string? folder, LedgerViewOptions options, IEventStore store)
    {
        if (folder is not null) System.IO.Directory.CreateDirectory(folder);
        return new ReadModel(ReadModelFile.Create(FileIn(folder), options), store, folder);
    }

    /// <exception cref="ReadModelException">The file is damaged, or of another version.</exception>
    /// <exception cref="LedgerFaultException">The store doesn't hold what the file was made from.</exception>
    public static async Task<ReadModel> OpenAsync(string folder, LedgerViewOptions options, IEventStore store, CancellationToken cancellation)
    {
        var model = new ReadModel(ReadModelFile.Open(FileIn(folder)!, options), store, folder);
        try
        {
            await new ReadModelLoader(model._file, store, model).LoadAsync(cancellation);
            return model;
        }
        catch
        {
            await model.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="LedgerFaultException">The event can't be read, or doesn't follow from what stands before it.</exception>
    public SequencedEvent Apply(DecodedRecord record)
    {
        var sequence = _next;
        var numbered = Number(record, sequence);
        if (sequence % AnchorStep == 0) Anchor(new AnchorRow(sequence, (long)record.Stored.Position.Commit, (long)record.Stored.Position.Prepare, _newest));
        foreach (var projection in _projections) projection.Apply(numbered, _active);
        _newest = Math.Max(_newest, Micros.Of(record.Metadata!.RecordedAt));
        _last = new ReadModelCheckpoint(sequence + 1, record.Stored.Position, record.Stored.Stream, record.Stored.Revision, record.Stored.Id);
        Volatile.Write(ref _next, sequence + 1);
        return new SequencedEvent(
            sequence, record.Stored, record.Metadata!, record.Event, AgreementOf(numbered.Agreement), CaseIdOf(record.Stored.Stream));
    }

    public AgreementId? AgreementOf(int code) => Names.NameOrNull(code) is { } slug ? new AgreementId(slug) : null;

    public static ViolationId? CaseIdOf(StreamName stream) => LeafStreams.CaseOf(stream) is { } id ? new ViolationId(id) : null;

    /// <summary>The agreement that an event belongs to that no projection has taken, as far as its stream tells.</summary>
    public AgreementId? AgreementOf(StreamName stream) => _streams.TryGetValue(stream.Value, out var entry) ? AgreementOf(entry.Agreement) : null;

    /// <summary>The last anchor at or before a sequence; null before the first.</summary>
    public AnchorRow? AnchorBefore(long sequence)
    {
        // -1 / AnchorStep is 0, and the anchor of event 0 doesn't lie before event 0.
        var place = sequence < 0 ? -1 : (int)Math.Min(sequence / AnchorStep, _anchors.Count - 1);
        return place < 0 ? null : _anchors[place];
    }

    /// <summary>The last anchor at or before a position; null before the first.</summary>
    public AnchorRow? AnchorBefore(Position position) => LastAnchor(anchor => PositionOf(anchor) <= position);

    /// <summary>The last anchor before which no event was recorded after a moment; null before the first.</summary>
    public AnchorRow? AnchorUpTo(long moment) => LastAnchor(anchor => anchor.Newest <= moment);

    public static Position PositionOf(AnchorRow anchor) => new((ulong)anchor.Commit, (ulong)anchor.Prepare);

    /// <summary>Begins to write what waits; the segment that is being written stays in the picture until it is in the file.</summary>
    /// <exception cref="ReadModelException">The flush before this one failed.</exception>
    public async Task BeginFlushAsync()
    {
        await _flushing;
        if (_last is not { } checkpoint || _active.First == _next) return;
        var (written, before) = (_active, Cut.Flushed);
        _active = new Segment(_next);
        Volatile.Write(ref _cut, new Cut(before, [written, _active]));
        var behind = _active;
        _flushing = Task.Run(() =>
        {
            _file.Write(written, before, checkpoint);
            Volatile.Write(ref _cut, new Cut(checkpoint.Count, [behind]));
        });
    }

    public bool IsFlushing => !_flushing.IsCompleted;

    public async Task FlushAsync()
    {
        await BeginFlushAsync();
        await _flushing;
    }

    /// <summary>Folds the write-ahead log into the file, so that the next start has nothing to replay.</summary>
    public void Settle() => Duck.Execute("CHECKPOINT");

    /// <summary>False where it has been let go already.</summary>
    public bool TryUse()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users) return true;
            users = seen;
        }

        return false;
    }

    /// <summary>Whoever lets go last closes the file; where another generation took its place, the folder goes too.</summary>
    public async Task ReleaseAsync()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        await DisposeAsync();
        if (IsReplaced && Folder is not null) System.IO.Directory.Delete(Folder, recursive: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _flushing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _file.Dispose();
    }

    internal void Resume(ReadModelCheckpoint checkpoint)
    {
        (_last, _next) = (checkpoint, checkpoint.Count);
        _active = new Segment(_next);
        _cut = new Cut(_next, [_active]);
    }

    internal void LoadAnchor(AnchorRow anchor)
    {
        _anchors.Add(anchor);
        LoadRecorded(anchor.Newest);
    }

    /// <param name="newest">A moment at which an event before the checkpoint was recorded.</param>
    internal void LoadRecorded(long newest) => _newest = Math.Max(_newest, newest);

    internal void ReserveCases(long cases) => _cases.Index.Reserve((int)cases);

    internal void LoadCase(Guid id, long first, long last, int revision) => _cases.Index.Add(id, first, last, revision);

    internal void LoadStream(string name, long first, long revision, int agreement) =>
        _streams[name] = new StreamEntry { First = first, Revision = revision, Agreement = agreement };

    internal void LoadDirectory(RecordedEvent stored, object e, Serialization.EventMetadata metadata, long sequence) =>
        Fold(new NumberedEvent(sequence, stored, metadata, e, sequence, None.Name, [], null), null);

    internal static string? FileIn(string? folder) => folder is null ? null : Path.Combine(folder, "read-models.duckdb");

    /// <param name="holds">Once it doesn't hold, it holds for no later one.</param>
    private AnchorRow? LastAnchor(Func<AnchorRow, bool> holds)
    {
        var (low, high) = (0, _anchors.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (holds(_anchors[middle])) low = middle + 1;
            else high = middle - 1;
        }

        return high < 0 ? null : _anchors[high];
    }

    private void Anchor(AnchorRow anchor)
    {
        _anchors.Add(anchor);
        _active.Rows(Tables.Anchors).Add(anchor);
    }

    private NumberedEvent Number(DecodedRecord record, long sequence)
    {
        if (record.Failure is { } failure) throw Unreadable(record, sequence, failure);
        try
        {
            return record.Event is ViolationEvent e ? NumberCase(record, e, sequence) : NumberOther(record, sequence);
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or NullReferenceException or Ledger.Serialization.StoredEventException)
        {
            throw Unreadable(record, sequence, e);
        }
    }

    private NumberedEvent NumberCase(DecodedRecord record, ViolationEvent e, long sequence)
    {
        if (LeafStreams.CaseOf(record.Stored.Stream) is not { } id)
            throw new InvalidOperationException($"Stream {record.Stored.Stream} is no case's, and {record.Stored.Type} belongs to one.");
        var change = _cases.Apply(id, sequence, record.Stored, e, record.Metadata!, _active);
        return new NumberedEvent(
            sequence, record.Stored, record.Metadata!, e, change.Case, change.After.Agreement, record.Digests, change);
    }

    private NumberedEvent NumberOther(DecodedRecord record, long sequence)
    {
        var stream = record.Stored.Stream.Value;
        var known = _streams.GetValueOrDefault(stream);
        RevisionGuard.Check(record.Stored, known?.Revision ?? -1, sequence);
        var e = new NumberedEvent(
            sequence, record.Stored, record.Metadata!, record.Event!, known?.First ?? sequence, known?.Agreement ?? None.Name, record.Digests, null);
        var agreement = Fold(e, _active) ?? e.Agreement;
        if (known is null) LoadStream(stream, sequence, record.Stored.Revision.Value, agreement);
        else known.Revision = record.Stored.Revision.Value;
        return e with { Agreement = agreement };
    }

    /// <summary>Folds what is kept in memory.</summary>
    /// <returns>The agreement that the event says it belongs to, where it says so.</returns>
    private int? Fold(NumberedEvent e, Segment? rows)
    {
        var id = e.Stored.Stream.Value[(e.Stored.Stream.Value.IndexOf('-') + 1)..];
        switch (e.Event)
        {
            case AgreementEvent:
                Agreements.Apply(new AgreementId(id), e.Sequence, e.Stored.Position, e.Fact<AgreementEvent>());
                return rows is null ? null : Names.CodeOf(id, rows);
            case CoverageEvent when rows is not null:
                return Coverage.Apply(new CoverageId(Guid.Parse(id)), e.Sequence, e.Fact<CoverageEvent>(), rows).Agreement;
            case ClaimEvent:
                Claims.Apply(new ClaimId(Guid.Parse(id)), e.Sequence, e.Fact<ClaimEvent>());
                return e.Event is ClaimEvent.AggregateClaimRecorded recorded && rows is not null ? Names.CodeOf(recorded.AgreementId.Value, rows) : null;
            case AccessEvent:
                Access.Apply(new KeyId(id), e.Fact<AccessEvent>());
                return null;
            case AccountEvent:
                Access.Apply(e.Fact<AccountEvent>());
                return null;
            case WebhookEvent:
                Access.Apply(new WebhookId(id), e.Fact<WebhookEvent>());
                return null;
            case ReadingEvent:
                Readings.Apply(e.Sequence, e.Fact<ReadingEvent>());
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static LedgerFaultException Unreadable(DecodedRecord record, long sequence, Exception why) => new(
        ViewProblems.UnreadableEvent,
        $"The event at sequence {sequence} ({record.Stored.Stream}, revision {record.Stored.Revision}, {record.Stored.Type}) can't be taken: {why.Message}",
        sequence,
        why);
}
