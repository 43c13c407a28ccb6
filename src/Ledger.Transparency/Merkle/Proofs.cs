namespace Ledger.Transparency;

/// <summary>The root of the perfect subtree over the leaves [Index · 2^Level, (Index + 1) · 2^Level).</summary>
public readonly record struct TreeNode(int Level, long Index);

/// <summary>Reads a perfect subtree's hash from wherever it is stored, most often from tiles (<see cref="TileHashes"/>).</summary>
public delegate Hash StoredHash(TreeNode node);

/// <summary>What came of checking a proof.</summary>
public enum ProofOutcome
{
    Proven,

    /// <summary>The leaf's index isn't below the size.</summary>
    IndexOutsideTree,

    /// <summary>Every tree is consistent with the empty one, so such a proof says nothing.</summary>
    EmptyTreeProvesNothing,

    /// <summary>The older size is greater than the newer one.</summary>
    SizesReversed,

    /// <summary>A hash that isn't 32 bytes long.</summary>
    WrongHashLength,

    /// <summary>More or fewer hashes than exactly the number that these sizes take.</summary>
    WrongProofLength,

    /// <summary>The proof leads to another root.</summary>
    WrongRoot,
}

/// <summary>Makes proofs. Climbs as <see cref="ProofVerifier"/> does, with RFC 9162's names: fn is where the path stands in its row, sn the row's last node.</summary>
public static class Prover
{
    /// <summary>The root of the first <paramref name="size"/> leaves.</summary>
    public static Hash Root(TreeSize size, StoredHash read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size.Value);
        return Edge(0, size.Value, read);
    }

    /// <summary>RFC 9162 §2.1.3.1: the hashes beside the path from a leaf to the root, the leaf's sibling first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The leaf isn't in a tree of that size.</exception>
    public static IReadOnlyList<Hash> Inclusion(LeafIndex index, TreeSize size, StoredHash read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index.Value);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index.Value, size.Value);

        List<Hash> path = [];
        Climb(path, new TreeNode(0, index.Value), size.Value, read);
        return path;
    }

    /// <summary>RFC 9162 §2.1.4.1: what it takes to compute both roots from the nodes that the two trees share.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 &lt; older ≤ newer.</exception>
    public static IReadOnlyList<Hash> Consistency(TreeSize older, TreeSize newer, StoredHash read)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(older.Value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(older.Value, newer.Value);
        if (older == newer) return [];

        var shared = new TreeNode(0, older.Value - 1);
        while (long.IsOddInteger(shared.Index)) shared = new TreeNode(shared.Level + 1, shared.Index >> 1);

        // Where the older size is a power of two, the shared node is the older root, which the verifier holds already.
        List<Hash> path = shared.Index == 0 ? [] : [read(shared)];
        Climb(path, shared, newer.Value, read);
        return path;
    }

    private static void Climb(List<Hash> path, TreeNode from, long size, StoredHash read)
    {
        var (level, fn) = (from.Level, from.Index);
        for (var sn = (size - 1) >> level; sn > 0; sn >>= 1)
        {
            if (long.IsOddInteger(fn)) path.Add(read(new TreeNode(level, fn - 1)));
            else if (fn < sn) path.Add(Subtree(new TreeNode(level, fn + 1), size, read));
            (fn, level) = (fn >> 1, level + 1);
        }
    }

    private static Hash Subtree(TreeNode node, long size, StoredHash read)
    {
        var start = node.Index << node.Level;
        return size - start >= 1L << node.Level ? read(node) : Edge(start, size, read);
    }

    // The leaves from start to the tree's end, as perfect subtrees from the largest to the smallest.
    private static Hash Edge(long start, long size, StoredHash read)
    {
        List<Hash> subtrees = [];
        for (var level = 62; level >= 0; level--)
        {
            if (((size - start) >> level & 1) == 0) continue;
            subtrees.Add(read(new TreeNode(level, start >> level)));
            start += 1L << level;
        }

        return MerkleHash.Fold(subtrees);
    }
}

/// <summary>Checks proofs, step by step as RFC 9162 spells it out. It never throws on what somebody sent.</summary>
public static class ProofVerifier
{
    /// <summary>RFC 9162 §2.1.3.2: is this leaf at this index of the tree with this root?</summary>
    public static ProofOutcome Inclusion(LeafIndex index, TreeSize size, Hash leaf, IReadOnlyList<Hash> path, Hash root)
    {
        if (index.Value < 0 || index.Value >= size.Value) return ProofOutcome.IndexOutsideTree;

        var (fn, sn, r) = (index.Value, size.Value - 1, leaf);
        foreach (var p in path)
        {
            if (sn == 0) return ProofOutcome.WrongProofLength;
            if (long.IsOddInteger(fn) || fn == sn)
            {
                r = MerkleHash.Node(p, r);
                SkipPromotions(ref fn, ref sn);
            }
            else
            {
                r = MerkleHash.Node(r, p);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        if (sn != 0) return ProofOutcome.WrongProofLength;
        return r == root ? ProofOutcome.Proven : ProofOutcome.WrongRoot;
    }

    /// <summary>RFC 9162 §2.1.4.2: is the newer tree the older one, with leaves added behind it?</summary>
    public static ProofOutcome Consistency(TreeSize older, TreeSize newer, IReadOnlyList<Hash> path, Hash olderRoot, Hash newerRoot)
    {
        if (older.Value <= 0) return ProofOutcome.EmptyTreeProvesNothing;
        if (older.Value > newer.Value) return ProofOutcome.SizesReversed;
        if (older == newer) return SameTree(path, olderRoot, newerRoot);

        // Where the older size is a power of two, its root is the first hash of the path, and isn't sent.
        var isSent = !long.IsPow2(older.Value);
        if (isSent && path.Count == 0) return ProofOutcome.WrongProofLength;

        var (fn, sn) = (older.Value - 1, newer.Value - 1);
        while (long.IsOddInteger(fn)) (fn, sn) = (fn >> 1, sn >> 1);

        var first = isSent ? path[0] : olderRoot;
        var (fr, sr) = (first, first);
        foreach (var c in path.Skip(isSent ? 1 : 0))
        {
            if (sn == 0) return ProofOutcome.WrongProofLength;
            if (long.IsOddInteger(fn) || fn == sn)
            {
                (fr, sr) = (MerkleHash.Node(c, fr), MerkleHash.Node(c, sr));
                SkipPromotions(ref fn, ref sn);
            }
            else
            {
                sr = MerkleHash.Node(sr, c);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        if (sn != 0) return ProofOutcome.WrongProofLength;
        return fr == olderRoot && sr == newerRoot ? ProofOutcome.Proven : ProofOutcome.WrongRoot;
    }

    /// <summary>As <see cref="Inclusion(LeafIndex, TreeSize, Hash, IReadOnlyList{Hash}, Hash)"/>, for bytes whose lengths nobody has checked.</summary>
    public static ProofOutcome Inclusion(
        LeafIndex index, TreeSize size, ReadOnlySpan<byte> leaf, IReadOnlyList<ReadOnlyMemory<byte>> path, ReadOnlySpan<byte> root) =>
        Hash.TryRead(leaf, out var leafHash) && TryReadAll(path, out var hashes) && Hash.TryRead(root, out var rootHash)
            ? Inclusion(index, size, leafHash, hashes, rootHash)
            : ProofOutcome.WrongHashLength;

    /// <summary>As <see cref="Consistency(TreeSize, TreeSize, IReadOnlyList{Hash}, Hash, Hash)"/>, for bytes whose lengths nobody has checked.</summary>
    public static ProofOutcome Consistency(
        TreeSize older, TreeSize newer, IReadOnlyList<ReadOnlyMemory<byte>> path, ReadOnlySpan<byte> olderRoot, ReadOnlySpan<byte> newerRoot) =>
        Hash.TryRead(olderRoot, out var older32) && TryReadAll(path, out var hashes) && Hash.TryRead(newerRoot, out var newer32)
            ? Consistency(older, newer, hashes, older32, newer32)
            : ProofOutcome.WrongHashLength;

    private static ProofOutcome SameTree(IReadOnlyList<Hash> path, Hash olderRoot, Hash newerRoot)
    {
        if (path.Count != 0) return ProofOutcome.WrongProofLength;
        return olderRoot == newerRoot ? ProofOutcome.Proven : ProofOutcome.WrongRoot;
    }

    // A right edge without a sibling goes up as it is, until it is somebody's right child.
    private static void SkipPromotions(ref long fn, ref long sn)
    {
        while (long.IsEvenInteger(fn) && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
    }

    private static bool TryReadAll(IReadOnlyList<ReadOnlyMemory<byte>> path, out Hash[] hashes)
    {
        hashes = new Hash[path.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            if (!Hash.TryRead(path[i].Span, out hashes[i])) return false;
        }

        return true;
    }
}
