using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Ledger.EventStore.EventStoreDb.Feeds;

/// <summary>One subscription for all who follow the order from about the same place: a node's log and its read models would each read the whole of it.</summary>
/// <remarks>
/// Whoever comes when the events behind its place aren't here any more reads by a subscription of its own; so does, from where it
/// stands, whoever is far behind the others. So nobody waits for another for more than a moment, and nobody misses an event or gets one twice.
/// </remarks>
/// <param name="open">A subscription behind a position.</param>
internal sealed class SharedFeed(Func<Position?, CancellationToken, IAsyncEnumerable<IReadOnlyList<RecordedEvent>>> open, SharedFeed.Limits limits) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Trunk? _trunk;

    /// <param name="Kept">Events that the slowest may be behind the fastest.</param>
    /// <param name="Patience">How long the fastest waits for the slowest before it is left behind.</param>
    /// <param name="JoinWithin">After the start of a subscription: what all have read is kept so long for one who comes later.</param>
    public sealed record Limits(int Kept, TimeSpan Patience, TimeSpan JoinWithin)
    {
        /// <summary>A node's read models start within a few seconds of its log.</summary>
        public static readonly Limits Usual = new(32_768, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> FollowAsync(Position? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Join(after) is var (trunk, reader))
        {
            try
            {
                while (await trunk.NextAsync(reader, cancellation) is { } page)
                {
                    after = page[^1].Position;
                    yield return page;
                }
            }
            finally
            {
                await trunk.LeaveAsync(reader);
            }
        }

        await foreach (var page in open(after, cancellation)) yield return page;
    }

    /// <summary>Ends the subscription, whoever still reads it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _trunk) is { } trunk) await trunk.DisposeAsync();
    }

    private (Trunk Trunk, Reader Reader)? Join(Position? after)
    {
        lock (_gate)
        {
            if (_trunk is not { HasEnded: false }) _trunk = new Trunk(_gate, open, after, limits);
            return _trunk.Join(after) is { } reader ? (_trunk, reader) : null;
        }
    }

    /// <param name="next">The number of the page that it takes next.</param>
    private sealed class Reader(long next)
    {
        public long Next { get; set; } = next;

        /// <summary>Of the page before, what lies behind the place where it joined.</summary>
        public IReadOnlyList<RecordedEvent>? Rest { get; set; }

        public bool IsLeftBehind { get; set; }
    }

    private sealed class Trunk : IAsyncDisposable
    {
        private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

        private readonly Lock _gate;
        private readonly Limits _limits;
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private readonly CancellationTokenSource _stop = new();
        private readonly IAsyncEnumerator<IReadOnlyList<RecordedEvent>> _source;
        private readonly HashSet<Reader> _readers = [];
        private readonly Dictionary<long, IReadOnlyList<RecordedEvent>> _pages = []; // By number, from _first on.
        private long _first;
        private Position? _before;
        private int _held;
        private Task? _reading;
        private ExceptionDispatchInfo? _error;
        private int _isEnding;

        public Trunk(Lock gate, Func<Position?, CancellationToken, IAsyncEnumerable<IReadOnlyList<RecordedEvent>>> open, Position? after, Limits limits)
        {
            (_gate, _limits, _before) = (gate, limits, after);
            _source = open(after, _stop.Token).GetAsyncEnumerator(_stop.Token);
        }

        public bool HasEnded { get; private set; }

        /// <summary>Null where the events behind the position aren't all here.</summary>
        public Reader? Join(Position? after)
        {
            if (PlaceOf(after) is not { } reader) return null;
            _readers.Add(reader);
            return reader;
        }

        /// <returns>Null once the reader was left behind.</returns>
        public async Task<IReadOnlyList<RecordedEvent>?> NextAsync(Reader reader, CancellationToken cancellation)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                Task reading;
                lock (_gate)
                {
                    if (TakeRest(reader) is { } rest) return rest;
                    if (reader.IsLeftBehind) return null;
                    if (_pages.TryGetValue(reader.Next, out var page))
                    {
                        reader.Next++;
                        return page;
                    }

                    _error?.Throw();
                    reading = _reading ??= Task.Run(ReadAsync, CancellationToken.None);
                }

                await reading.WaitAsync(cancellation);
            }
        }

        /// <summary>The last one to leave ends the subscription.</summary>
        public async Task LeaveAsync(Reader reader)
        {
            lock (_gate)
            {
                if (!_readers.Remove(reader) || _readers.Count > 0) return;
                HasEnded = true; // In the same breath: nobody joins what is being ended.
            }

            await DisposeAsync();
        }

        /// <summary>The second time is nothing.</summary>
        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _isEnding, 1) == 1) return;
            lock (_gate) HasEnded = true;
            await _stop.CancelAsync();
            if (_reading is { } reading) await reading;
            await _source.DisposeAsync();
            _stop.Dispose();
        }

        private static IReadOnlyList<RecordedEvent>? TakeRest(Reader reader)
        {
            var rest = reader.Rest;
            reader.Rest = null;
            return rest;
        }

        private Reader? PlaceOf(Position? after)
        {
            if (after == _before) return new Reader(_first);
            for (var number = _first; _pages.TryGetValue(number, out var page); number++)
            {
                for (var i = 0; i < page.Count; i++)
                    if (page[i].Position == after) return new Reader(number + 1) { Rest = i + 1 < page.Count ? [.. page.Skip(i + 1)] : null };
            }

            return null;
        }

        /// <summary>One page more; an error is for all, once they have taken what came before it.</summary>
        private async Task ReadAsync()
        {
            IReadOnlyList<RecordedEvent>? page = null;
            ExceptionDispatchInfo? error = null;
            try
            {
                await MakeRoomAsync();
                page = await _source.MoveNextAsync() ? _source.Current : throw new InvalidOperationException("A subscription has no end.");
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }

            lock (_gate)
            {
                (_reading, _error) = (null, error);
                HasEnded |= error is not null;
                if (page is null) return;
                _pages.Add(_first + _pages.Count, page);
                _held += page.Count;
            }
        }

        private async Task MakeRoomAsync()
        {
            var full = TimeProvider.System.GetTimestamp();
            while (!HasRoom(isPatient: TimeProvider.System.GetElapsedTime(full) < _limits.Patience)) await Task.Delay(Tick, _stop.Token);
        }

        private bool HasRoom(bool isPatient)
        {
            lock (_gate)
            {
                var mayJoin = TimeProvider.System.GetElapsedTime(_started) < _limits.JoinWithin;
                while (_pages.Count > 0 && (_held >= _limits.Kept || !mayJoin))
                {
                    var behind = _readers.Where(reader => reader.Next == _first).ToList();
                    if (behind.Count > 0 && _held < _limits.Kept) return true;
                    if (behind.Count > 0 && isPatient) return false;
                    foreach (var reader in behind) LeaveBehind(reader);
                    Drop();
                }

                return true;
            }
        }

        private void LeaveBehind(Reader reader)
        {
            reader.IsLeftBehind = true;
            _readers.Remove(reader);
        }

        private void Drop()
        {
            if (_pages.Remove(_first, out var page)) (_first, _before, _held) = (_first + 1, page[^1].Position, _held - page.Count);
        }
    }
}
