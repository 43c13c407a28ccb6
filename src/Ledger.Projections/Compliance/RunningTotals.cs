using System.Runtime.InteropServices;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>What a sum had come to at the end of every block, for each of the things that it tells apart: at any of them it is looked up, not added up.</summary>
internal sealed class RunningTotals
{
    private readonly int _keys;
    private readonly int _amounts;
    private readonly List<long> _names = [];
    private readonly List<int> _starts = [];
    private readonly List<int> _blocks = [];
    private readonly List<long> _totals = [];

    private RunningTotals(int keys, int amounts) => (_keys, _amounts) = (keys, amounts);

    /// <summary>In bytes.</summary>
    public int Size => (_names.Capacity + _totals.Capacity) * sizeof(long) + (_starts.Capacity + _blocks.Capacity) * sizeof(int);

    /// <param name="sql">Its columns: the keys, the block, and the amounts of that block; in the order of keys and block.</param>
    public static RunningTotals Ask(string sql, int keys, int amounts, DuckFile duck, CancellationToken cancellation)
    {
        var totals = new RunningTotals(keys, amounts);
        duck.Sum(sql, totals.Add, cancellation);
        totals.Trim();
        return totals;
    }

    /// <summary>The keys and their totals before a block, those that aren't all zero.</summary>
    public void Read(long block, SumReader read)
    {
        Span<long> row = stackalloc long[_keys + _amounts];
        var names = CollectionsMarshal.AsSpan(_names);
        var totals = CollectionsMarshal.AsSpan(_totals);
        for (var key = 0; key < _starts.Count; key++)
        {
            if (LastBefore(block, _starts[key], key + 1 < _starts.Count ? _starts[key + 1] : _blocks.Count) is not (>= 0 and var last)) continue;
            var sums = totals.Slice(last * _amounts, _amounts);
            if (!sums.ContainsAnyExcept(0)) continue;
            names.Slice(key * _keys, _keys).CopyTo(row);
            sums.CopyTo(row[_keys..]);
            read(row);
        }
    }

    private void Add(ReadOnlySpan<long> row)
    {
        var names = CollectionsMarshal.AsSpan(_names);
        var isNew = names.Length == 0 || !row[.._keys].SequenceEqual(names[^_keys..]);
        if (isNew)
        {
            _names.AddRange(row[.._keys]);
            _starts.Add(_blocks.Count);
        }

        _blocks.Add((int)row[_keys]);
        for (var amount = 0; amount < _amounts; amount++)
            _totals.Add(row[_keys + 1 + amount] + (isNew ? 0 : _totals[^_amounts]));
    }

    private int LastBefore(long block, int start, int end)
    {
        var place = _blocks.BinarySearch(start, end - start, (int)block, null);
        var last = (place < 0 ? ~place : place) - 1;
        return last >= start ? last : -1;
    }

    private void Trim()
    {
        _names.TrimExcess();
        _starts.TrimExcess();
        _blocks.TrimExcess();
        _totals.TrimExcess();
    }
}
