using System.Runtime.CompilerServices;

namespace Ledger.EventStore.InMemory;

/// <summary>The store without a disk: for tests and trials. All is lost when it goes.</summary>
/// <remarks>One lock around two lists; the other stores are held to what this one does.</remarks>
public sealed class InMemoryEventStore : IEventStore
{
    private const int PageLength = 512;

    private readonly Lock _gate = new();
    private readonly List<RecordedEvent> _all = [];
    private readonly Dictionary<StreamName, List<RecordedEvent>> _streams = [];
    private readonly CommitSignal _commits = new();
    private bool _disposed;

    public ValueTask<AppendOutcome> AppendAsync(
        StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream.Value, nameof(stream));
        if (AppendLimits.Check(events) is { } tooLarge) return ValueTask.FromResult<AppendOutcome>(tooLarge);
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<AppendOutcome>(cancellation);

        AppendOutcome outcome;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            outcome = Append(stream, expected, events);
        }

        if (outcome is AppendOutcome.Appended { Repeated: false }) _commits.Pulse();
        return ValueTask.FromResult(outcome);
    }

    public ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        StreamName stream, ReadDirection direction, StreamRevision? from, int limit, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_streams.TryGetValue(stream, out var history)) return ValueTask.FromResult<IReadOnlyList<RecordedEvent>>([]);
            IEnumerable<RecordedEvent> found = direction == ReadDirection.Forwards
                ? history.Where(e => from is null || e.Revision >= from)
                : Enumerable.Reverse(history).Where(e => from is null || e.Revision <= from);
            return ValueTask.FromResult<IReadOnlyList<RecordedEvent>>([.. found.Take(limit)]);
        }
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
            if (ReadPage(after, null, cancellation) is { Count: > 0 } page)
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
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return ValueTask.FromResult<Position?>(_all.Count == 0 ? null : _all[^1].Position);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate) _disposed = true;
        _commits.Close(nameof(InMemoryEventStore));
        return ValueTask.CompletedTask;
    }

    private AppendOutcome Append(StreamName stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events)
    {
        var history = _streams.GetValueOrDefault(stream) ?? [];
        var first = expected.First.Value;
        if (first == history.Count)
        {
            foreach (var e in events) Store(stream, history, e);
            _streams[stream] = history;
            return new AppendOutcome.Appended(history[^1].Revision, history[^1].Position, Repeated: false);
        }

        return IsRepeat(history, first, events)
            ? Repeated(history[(int)first + events.Count - 1])
            : new AppendOutcome.WrongExpectedRevision(history.Count == 0 ? null : history[^1].Revision);
    }

    private static bool IsRepeat(List<RecordedEvent> history, long first, IReadOnlyList<EventToAppend> events) =>
        first + events.Count <= history.Count
        && events.Select((e, i) => e.Id == history[(int)first + i].Id).All(same => same);

    private static AppendOutcome.Appended Repeated(RecordedEvent last) => new(last.Revision, last.Position, Repeated: true);

    private void Store(StreamName stream, List<RecordedEvent> history, EventToAppend e)
    {
        var place = (ulong)_all.Count + 1;
        // Copies, because the caller may use its buffers again.
        var stored = new RecordedEvent(
            new Position(place, place), stream, new StreamRevision(history.Count), e.Id, e.Type, e.Data.ToArray(), e.Metadata.ToArray());
        history.Add(stored);
        _all.Add(stored);
    }

    private List<RecordedEvent> ReadPage(Position? after, Position? upTo, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var end = Math.Min((ulong)_all.Count, upTo?.Commit ?? ulong.MaxValue);
            var start = Math.Min(after?.Commit ?? 0, end);
            return _all.GetRange((int)start, (int)Math.Min(end - start, PageLength));
        }
    }
}
