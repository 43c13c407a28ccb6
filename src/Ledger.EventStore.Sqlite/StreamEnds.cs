namespace Ledger.EventStore.Sqlite;

/// <summary>Where streams end that are asked for again and again, such as an agreement's by every command: what lies behind the end takes no look at the file.</summary>
/// <remarks>
/// One process has the file, and its writer tells of each transaction before anybody is answered. Whoever read meanwhile may have seen
/// the stream as it was, so what a read found is only kept where no transaction ended between its beginning and its end.
/// </remarks>
internal sealed class StreamEnds
{
    private const int MostRemembered = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _newest = new(StringComparer.Ordinal);
    private readonly List<string> _written = [];
    private long _transactions;

    /// <summary>Take this before reading.</summary>
    public long Transactions => Volatile.Read(ref _transactions);

    /// <summary>True where nothing stands at this revision or behind it.</summary>
    public bool IsBehind(StreamName stream, StreamRevision revision)
    {
        lock (_gate) return _newest.TryGetValue(stream.Value, out var newest) && revision.Value > newest;
    }

    /// <summary>A stream was read to its end.</summary>
    public void Keep(StreamName stream, StreamRevision newest, long transactions)
    {
        lock (_gate)
        {
            if (transactions != _transactions) return;
            if (_newest.Count >= MostRemembered) _newest.Clear();
            _newest[stream.Value] = newest.Value;
        }
    }

    /// <summary>The writer's transaction touches a stream. On the writer's thread.</summary>
    public void Write(StreamName stream) => _written.Add(stream.Value);

    /// <summary>The transaction has ended, well or not: of what it touched nothing is known. On the writer's thread, before the answers.</summary>
    public void End()
    {
        lock (_gate)
        {
            Volatile.Write(ref _transactions, _transactions + 1);
            foreach (var stream in _written) _newest.Remove(stream);
        }

        _written.Clear();
    }
}
