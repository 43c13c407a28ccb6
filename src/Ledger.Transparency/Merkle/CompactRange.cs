using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Ledger.Transparency;

/// <summary>A tree that only grows, kept as the roots of its perfect subtrees: one hash per set bit of the size.</summary>
/// <remarks>A million leaves take 224 bytes. It computes roots without tiles, so whoever checks tiles has a second way.</remarks>
public sealed class CompactRange
{
    private readonly List<Hash> _subtrees;
    private long _size;

    public CompactRange()
        : this(0, [])
    {
    }

    private CompactRange(long size, List<Hash> subtrees)
    {
        _size = size;
        _subtrees = subtrees;
    }

    public TreeSize Size => new(_size);

    /// <summary>The perfect subtrees' roots, the largest first.</summary>
    public IReadOnlyList<Hash> Subtrees => _subtrees;

    public Hash Root => MerkleHash.Fold(_subtrees);

    /// <summary>Continues from stored subtrees; false where their number isn't the one that the size has.</summary>
    public static bool TryResume(TreeSize size, IReadOnlyList<Hash> subtrees, [NotNullWhen(true)] out CompactRange? range)
    {
        var fits = size.Value >= 0 && BitOperations.PopCount((ulong)size.Value) == subtrees.Count;
        range = fits ? new CompactRange(size.Value, [.. subtrees]) : null;
        return fits;
    }

    public void Append(Hash leaf)
    {
        // Every trailing 1 of the size is a perfect subtree that now has a neighbour of its own height.
        var node = leaf;
        for (var rest = _size; (rest & 1) == 1; rest >>= 1)
        {
            node = MerkleHash.Node(_subtrees[^1], node);
            _subtrees.RemoveAt(_subtrees.Count - 1);
        }

        _subtrees.Add(node);
        _size++;
    }
}
