using System.Text.Json;

namespace Ledger.WireDouble;

/// <summary>An event as the double keeps it.</summary>
public sealed record DoubleRecord(
    ulong Position, string Stream, ulong Revision, Guid Id, string Type, string ContentType, byte[] Data, byte[] Metadata, DateTimeOffset Created);

/// <summary>What came of writing to the double's log.</summary>
internal abstract record Written
{
    public sealed record Stored(ulong Revision, ulong? Position) : Written;

    public sealed record Wrong(ulong? Actual) : Written;

    public sealed record Tombstoned : Written;
}

/// <summary>The data of a cluster: one log with gaps between its positions, shared by the nodes that are given it.</summary>
/// <remarks>It keeps the server's own rules of idempotence, of metadata, deletion and scavenging, odd as they are.</remarks>
public sealed class DoubleLog
{
    private readonly Lock _gate = new();
    private readonly List<DoubleRecord> _log = [];
    private readonly Dictionary<string, List<DoubleRecord>> _streams = [];
    private readonly HashSet<ulong> _scavenged = [];
    private readonly Dictionary<Guid, Written.Stored> _recentIds = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _end = 4096;
    private int _visible;
    private bool _hasQuorum = true;

    public DoubleLog()
    {
        // A server's log begins with its own records.
        foreach (var stream in (string[])["$$$scavenges", "$users", "$stats-127.0.0.1:2113"])
            Write(stream, Expected.Any, [new Proposed(Guid.NewGuid(), stream.StartsWith("$$", StringComparison.Ordinal) ? "$metadata" : "$example", "application/json", "{}"u8.ToArray(), [])]);
    }

    /// <summary>While there is none, writes are stored but neither shown nor acknowledged.</summary>
    public bool HasQuorum
    {
        get
        {
            lock (_gate) return _hasQuorum;
        }

        set
        {
            lock (_gate)
            {
                _hasQuorum = value;
                if (value) Show();
            }
        }
    }

    /// <summary>All that is visible, in order.</summary>
    public IReadOnlyList<DoubleRecord> Records
    {
        get
        {
            lock (_gate) return _log.GetRange(0, _visible);
        }
    }

    /// <summary>Writes as a client would with any expectation: statistics, foreign streams, metadata.</summary>
    public void Write(string stream, string type, string json) =>
        Write(stream, Expected.Any, [new Proposed(Guid.NewGuid(), type, "application/json", System.Text.Encoding.UTF8.GetBytes(json), [])]);

    /// <summary>Sets a stream's metadata, such as <c>{"$maxCount":1}</c>.</summary>
    public void SetMetadata(string stream, string json) => Write($"$${stream}", "$metadata", json);

    /// <summary>Hides all events; the next ones go on from the next revision.</summary>
    public void SoftDelete(string stream) => SetMetadata(stream, $$"""{"$tb":{{long.MaxValue}}}""");

    /// <summary>Deletes for ever.</summary>
    public void Tombstone(string stream)
    {
        lock (_gate) Add(stream, long.MaxValue, new Proposed(Guid.NewGuid(), "$streamDeleted", "application/json", "{}"u8.ToArray(), []));
    }

    /// <summary>Takes records away as if a disk had lost them, or an older backup had been restored.</summary>
    public void Lose(Func<DoubleRecord, bool> lost)
    {
        lock (_gate)
        {
            Remove(lost);
            foreach (var history in _streams.Values) history.RemoveAll(r => lost(r));
        }
    }

    /// <summary>Removes what is hidden, and says so in the log, as a node does.</summary>
    public void Scavenge()
    {
        lock (_gate)
        {
            var gone = _log.Where(r => r.Stream[0] != '$' && IsHidden(r) && _streams[r.Stream][^1] != r).Select(r => r.Position).ToHashSet();
            _scavenged.UnionWith(gone);
            Remove(r => gone.Contains(r.Position));
        }

        Write("$scavenges-example", "$scavengeCompleted", "{}");
    }

    /// <summary>What a restart forgets: the ids of writes with "any".</summary>
    public void Restart()
    {
        lock (_gate) _recentIds.Clear();
    }

    internal Task Grown
    {
        get
        {
            lock (_gate) return _grown.Task;
        }
    }

    internal Written Write(string stream, Expected expected, IReadOnlyList<Proposed> events)
    {
        lock (_gate)
        {
            var history = _streams.GetValueOrDefault(stream) ?? [];
            if (history.Count > 0 && history[^1].Type == "$streamDeleted") return new Written.Tombstoned();
            var next = history.Count == 0 ? 0 : history[^1].Revision + 1;
            if (expected.Kind == ExpectedKind.Any && _recentIds.TryGetValue(events[0].Id, out var earlier)) return earlier;
            var first = expected.Kind switch
            {
                ExpectedKind.NoStream => IsSoftlyDeleted(stream) ? next : 0,
                ExpectedKind.Revision => expected.Revision + 1,
                _ => next,
            };
            if (first != next) return Repeated(history, first, events) ?? (Written)new Written.Wrong(history.Count == 0 ? null : history[^1].Revision);
            if (IsSoftlyDeleted(stream) && history.Count > 0) Add($"$${stream}", (ulong)_streams[$"$${stream}"].Count, Metadata(next));
            foreach (var e in events) Add(stream, next++, e);
            var stored = new Written.Stored(next - 1, _log[^1].Position);
            if (expected.Kind == ExpectedKind.Any) _recentIds[events[0].Id] = stored;
            return stored;
        }
    }

    internal Page<DoubleRecord> ReadAll(ulong? from, bool forwards, int limit)
    {
        lock (_gate)
        {
            if (from is { } p && !IsAPlace(p)) return Page<DoubleRecord>.NoSuchPlace;
            var at = from is null ? (forwards ? 0 : _visible) : LowerBound(from.Value);
            return new(forwards
                ? _log.GetRange(at, Math.Min(limit, Math.Max(0, _visible - at)))
                : [.. Enumerable.Range(0, Math.Min(limit, Math.Min(at, _visible))).Select(i => _log[Math.Min(at, _visible) - 1 - i])]);
        }
    }

    /// <summary>Up to a page behind a position. After a scavenged place the next event that is left is skipped, as 23.10 does.</summary>
    internal List<DoubleRecord> ReadBehind(ulong? position, int limit, bool first)
    {
        lock (_gate)
        {
            var at = position is null ? 0 : LowerBound(position.Value);
            if (position is { } p && at < _visible && _log[at].Position == p) at++;
            else if (first && position is { } q && _scavenged.Contains(q)) at++;
            return at >= _visible ? [] : _log.GetRange(at, Math.Min(limit, _visible - at));
        }
    }

    internal bool IsAPlaceOrBeyond(ulong position)
    {
        lock (_gate) return IsAPlace(position);
    }

    internal ulong? End
    {
        get
        {
            lock (_gate) return _visible == 0 ? null : _log[_visible - 1].Position;
        }
    }

    internal StreamPage ReadStream(string stream, ulong? from, bool forwards, int limit)
    {
        lock (_gate)
        {
            if (!_streams.TryGetValue(stream, out var all)) return StreamPage.NotFound;
            if (all[^1].Type == "$streamDeleted") return StreamPage.Deleted;
            var history = all.Where(r => r.Position <= (End ?? 0)).ToList();
            if (history.Count == 0 || IsSoftlyDeleted(stream)) return StreamPage.NotFound;
            var visible = history.Where(r => !IsHidden(r) && !_scavenged.Contains(r.Position));
            var found = forwards
                ? visible.Where(r => from is null || r.Revision >= from)
                : visible.Reverse().Where(r => from is null || r.Revision <= from);
            return new StreamPage([.. found.Take(limit)], history[^1].Revision);
        }
    }

    private static Proposed Metadata(ulong truncateBefore) =>
        new(Guid.NewGuid(), "$metadata", "application/json", System.Text.Encoding.UTF8.GetBytes($$"""{"$tb":{{truncateBefore}}}"""), []);

    private Written.Stored? Repeated(List<DoubleRecord> history, ulong first, IReadOnlyList<Proposed> events)
    {
        DoubleRecord? last = null;
        for (var i = 0; i < events.Count; i++)
        {
            last = history.Find(r => r.Revision == first + (ulong)i);
            if (last is null || last.Id != events[i].Id || _scavenged.Contains(last.Position)) return null;
        }

        return new Written.Stored(last!.Revision, IsHidden(last) ? null : last.Position);
    }

    private void Add(string stream, ulong revision, Proposed e)
    {
        var record = new DoubleRecord(_end, stream, revision, e.Id, e.Type, e.ContentType, e.Data, e.Metadata, DateTimeOffset.UtcNow);
        // As a log in bytes: gaps of no particular size.
        _end += (ulong)(160 + e.Data.Length + e.Metadata.Length + stream.Length);
        if (!_streams.TryGetValue(stream, out var history)) _streams[stream] = history = [];
        history.Add(record);
        _log.Add(record);
        if (_hasQuorum) Show();
    }

    private void Show()
    {
        _visible = _log.Count;
        var grown = _grown;
        _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        grown.SetResult();
    }

    private void Remove(Func<DoubleRecord, bool> gone)
    {
        _log.RemoveAll(r => gone(r));
        _visible = _log.Count;
    }

    // Beyond the end counts: the server answers it with nothing.
    private bool IsAPlace(ulong position)
    {
        if (position >= _end || _scavenged.Contains(position)) return true;
        var at = LowerBound(position);
        return at < _log.Count ? _log[at].Position == position : position > (End ?? 0);
    }

    private int LowerBound(ulong position)
    {
        var (low, high) = (0, _log.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_log[middle].Position < position) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private bool IsSoftlyDeleted(string stream) => Limits(stream).TruncateBefore == long.MaxValue;

    private bool IsHidden(DoubleRecord record)
    {
        var (before, count, age) = Limits(record.Stream);
        var newest = _streams[record.Stream][^1].Revision;
        return (before is { } b && record.Revision < (ulong)b)
            || (count is { } c && record.Revision + (ulong)c <= newest)
            || (age is { } a && record.Created < DateTimeOffset.UtcNow.AddSeconds(-a));
    }

    private (long? TruncateBefore, long? MaxCount, long? MaxAge) Limits(string stream)
    {
        if (stream.StartsWith("$$", StringComparison.Ordinal) || !_streams.TryGetValue($"$${stream}", out var metadata)) return default;
        using var json = JsonDocument.Parse(metadata[^1].Data);
        return (Get("$tb"), Get("$maxCount"), Get("$maxAge"));
        long? Get(string name) => json.RootElement.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : null;
    }
}

internal sealed record Proposed(Guid Id, string Type, string ContentType, byte[] Data, byte[] Metadata);

internal enum ExpectedKind { Any, NoStream, Exists, Revision }

internal readonly record struct Expected(ExpectedKind Kind, ulong Revision)
{
    public static readonly Expected Any = new(ExpectedKind.Any, 0);
}

internal sealed record Page<T>(IReadOnlyList<T>? Items)
{
    public static readonly Page<T> NoSuchPlace = new((IReadOnlyList<T>?)null);
}

internal sealed record StreamPage(IReadOnlyList<DoubleRecord> Records, ulong? Newest)
{
    public static readonly StreamPage NotFound = new([], null);
    public static readonly StreamPage Deleted = new([], null);
}
