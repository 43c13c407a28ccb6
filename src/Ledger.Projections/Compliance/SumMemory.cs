using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Sums over what never changes again, by what was asked: the next picture as of a moment near by adds only what lies behind them.</summary>
/// <remarks>Whoever was asked for longest is forgotten first, once there are more numbers than there is room for.</remarks>
internal sealed class SumMemory
{
    /// <summary>32 MiB: the figures of a picture for every balance of a mission of 1.5 million cases, and a few dozen by day.</summary>
    private const int Room = 1 << 22;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Sum>> _known = new(StringComparer.Ordinal);
    private readonly LinkedList<Sum> _byUse = new();
    private long _held;

    private sealed record Sum(string Sql, int Columns, long[] Numbers)
    {
        /// <summary>In numbers. The question takes room too: whoever asks ever new ones that nothing answers doesn't fill the memory.</summary>
        public int Size => Numbers.Length + (Sql.Length / 4) + 32;
    }

    public void Read(string sql, DuckFile duck, SumReader read, CancellationToken cancellation)
    {
        var sum = Find(sql) ?? Keep(Ask(sql, duck, cancellation));
        for (var at = 0; at < sum.Numbers.Length; at += sum.Columns) read(sum.Numbers.AsSpan(at, sum.Columns));
    }

    private Sum? Find(string sql)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(sql, out var node)) return null;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value;
        }
    }

    private static Sum Ask(string sql, DuckFile duck, CancellationToken cancellation)
    {
        var (columns, numbers) = (1, new List<long>());
        duck.Sum(
            sql,
            row =>
            {
                columns = row.Length;
                numbers.AddRange(row);
            },
            cancellation);
        return new Sum(sql, columns, [.. numbers]);
    }

    private Sum Keep(Sum sum)
    {
        lock (_gate)
        {
            if (!_known.TryAdd(sum.Sql, new LinkedListNode<Sum>(sum))) return sum;
            _byUse.AddLast(_known[sum.Sql]);
            for (_held += sum.Size; _held > Room && _byUse.First is { } oldest; _held -= oldest.Value.Size)
            {
                _byUse.RemoveFirst();
                _known.Remove(oldest.Value.Sql);
            }
        }

        return sum;
    }
}
