namespace Ledger.Projections.Compliance;

/// <summary>Sums over what never changes again, by the question that they answer.</summary>
/// <remarks>Whoever was asked for longest is forgotten first, once they take more than there is room for.</remarks>
internal sealed class SumMemory
{
    /// <summary>In bytes: the figures of a mission of 1.5 million cases at all its moments, by day too, take a third.</summary>
    private const long Room = 32L << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Sum>> _known = new(StringComparer.Ordinal);
    private readonly LinkedList<Sum> _byUse = new();
    private long _held;

    private sealed record Sum(string Question, RunningTotals Totals)
    {
        /// <summary>The question takes room too: whoever asks ever new ones that nothing answers doesn't fill the memory.</summary>
        public long Size => Totals.Size + (Question.Length * sizeof(char)) + 256;
    }

    public RunningTotals Get(string question, Func<RunningTotals> ask) => Find(question) ?? Keep(new Sum(question, ask()));

    private RunningTotals? Find(string question)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(question, out var node)) return null;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value.Totals;
        }
    }

    private RunningTotals Keep(Sum sum)
    {
        lock (_gate)
        {
            if (!_known.TryAdd(sum.Question, new LinkedListNode<Sum>(sum))) return sum.Totals;
            _byUse.AddLast(_known[sum.Question]);
            for (_held += sum.Size; _held > Room && _byUse.First is { } oldest; _held -= oldest.Value.Size)
            {
                _byUse.RemoveFirst();
                _known.Remove(oldest.Value.Question);
            }
        }

        return sum.Totals;
    }
}
