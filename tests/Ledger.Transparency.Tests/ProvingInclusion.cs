namespace Ledger.Transparency.Tests;

public class ProvingInclusion
{
    private const int Largest = 130;

    private static readonly Hash[] Leaves = Some.Leaves(Largest);

    [Fact]
    public void Every_leaf_of_every_tree_of_1_to_130_leaves_is_proven_as_the_RFC_defines()
    {
        ForEach((index, size, path, root) =>
        {
            Assert.Equal(Rfc6962.Path(index, Leaves.AsSpan(0, size)), path);
            Assert.Equal(ProofOutcome.Proven, Verify(index, size, Leaves[index], path, root));
        });
    }

    [Fact]
    public void A_proof_of_any_other_length_than_the_exact_one_is_refused()
    {
        ForEach((index, size, path, root) =>
        {
            foreach (var other in Mutations.OfLength(path, root))
            {
                Assert.Equal(ProofOutcome.WrongProofLength, Verify(index, size, Leaves[index], other, root));
            }
        });
    }

    [Fact]
    public void A_proof_with_a_changed_hash_a_changed_leaf_or_a_changed_root_is_refused()
    {
        ForEach((index, size, path, root) =>
        {
            foreach (var other in Mutations.OfContent(path))
            {
                Assert.Equal(ProofOutcome.WrongRoot, Verify(index, size, Leaves[index], other, root));
            }

            Assert.Equal(ProofOutcome.WrongRoot, Verify(index, size, Mutations.Flip(Leaves[index]), path, root));
            Assert.Equal(ProofOutcome.WrongRoot, Verify(index, size, Leaves[index], path, Mutations.Flip(root)));
        });
    }

    [Fact]
    public void A_proof_for_another_index_of_the_same_tree_is_refused()
    {
        ForEach((index, size, path, root) =>
        {
            for (var other = 0; other < size; other++)
            {
                if (other != index) Assert.NotEqual(ProofOutcome.Proven, Verify(other, size, Leaves[index], path, root));
            }
        }, largest: 66);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(-1, 1)]
    [InlineData(5, 3)]
    [InlineData(0, -4)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void An_index_outside_the_tree_is_refused_by_the_verifier_and_a_defect_to_the_prover(long index, long size)
    {
        Assert.Equal(ProofOutcome.IndexOutsideTree, ProofVerifier.Inclusion(new LeafIndex(index), new TreeSize(size), Leaves[0], [], Leaves[0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Prover.Inclusion(new LeafIndex(index), new TreeSize(size), Some.Hashes(Leaves)));
    }

    [Fact]
    public void Wrong_hash_lengths_are_refusals_and_not_exceptions()
    {
        ReadOnlyMemory<byte> good = Leaves[0].Bytes.ToArray(), bad = new byte[31];
        var (index, size) = (new LeafIndex(0), new TreeSize(2));
        Assert.Equal(ProofOutcome.WrongHashLength, ProofVerifier.Inclusion(index, size, bad.Span, [good], good.Span));
        Assert.Equal(ProofOutcome.WrongHashLength, ProofVerifier.Inclusion(index, size, good.Span, [bad], good.Span));
        Assert.Equal(ProofOutcome.WrongHashLength, ProofVerifier.Inclusion(index, size, good.Span, [good], bad.Span));
        Assert.Equal(ProofOutcome.WrongRoot, ProofVerifier.Inclusion(index, size, good.Span, [good], good.Span));
    }

    [Fact]
    public void The_largest_tree_that_a_size_can_name_is_climbed_without_overflow()
    {
        // Its last leaf is a perfect subtree of its own, so its proof holds even for hashes that are made up.
        var size = new TreeSize(long.MaxValue);
        Assert.Equal(ProofOutcome.Proven, Climb(size, new LeafIndex(long.MaxValue - 1)));
        Assert.Equal(ProofOutcome.WrongRoot, Climb(size, new LeafIndex(0)));
        Assert.Equal(ProofOutcome.WrongRoot, Climb(size, new LeafIndex(1L << 62)));
    }

    private static ProofOutcome Climb(TreeSize size, LeafIndex index)
    {
        static Hash MadeUp(TreeNode node) => Some.Leaf(node.Level);

        var root = Prover.Root(size, MadeUp);
        var path = Prover.Inclusion(index, size, MadeUp);
        Assert.Equal(ProofOutcome.WrongProofLength, ProofVerifier.Inclusion(index, size, Leaves[0], [.. path, root], root));
        return ProofVerifier.Inclusion(index, size, Leaves[0], path, root);
    }

    private static ProofOutcome Verify(int index, int size, Hash leaf, IReadOnlyList<Hash> path, Hash root) =>
        ProofVerifier.Inclusion(new LeafIndex(index), new TreeSize(size), leaf, path, root);

    private static void ForEach(Action<int, int, IReadOnlyList<Hash>, Hash> check, int largest = Largest)
    {
        for (var size = 1; size <= largest; size++)
        {
            var tiles = Some.Tree(size);
            var read = new Stored(size);
            for (var index = 0; index < size; index++)
            {
                check(index, size, Prover.Inclusion(new LeafIndex(index), new TreeSize(size), read.Read), tiles.Root);
            }
        }
    }
}

/// <summary>Hashes from the tiles that a tree of the test leaves has.</summary>
internal sealed class Stored(int size)
{
    private readonly TileHashes _hashes = new(new TreeSize(size), Tiles(size));

    private readonly Dictionary<TreeNode, Hash> _seen = [];

    public Hash Read(TreeNode node) => _seen.TryGetValue(node, out var hash) ? hash : _seen[node] = _hashes.Read(node);

    public static Func<TileId, ReadOnlyMemory<byte>> Tiles(int size)
    {
        var tiles = TiledTree.Empty.Append(Some.Leaves(size)).Tiles.ToDictionary(tile => tile.Id, tile => tile.Bytes);
        return id => tiles[id];
    }
}

/// <summary>Everything that may go wrong with a proof on its way.</summary>
internal static class Mutations
{
    public static Hash Flip(Hash hash)
    {
        var bytes = hash.Bytes.ToArray();
        bytes[17] ^= 0x10;
        Hash.TryRead(bytes, out var flipped);
        return flipped;
    }

    /// <summary>Each hash left out, each doubled, one more at either end.</summary>
    public static IEnumerable<IReadOnlyList<Hash>> OfLength(IReadOnlyList<Hash> path, Hash more)
    {
        for (var i = 0; i < path.Count; i++)
        {
            yield return [.. path.Take(i), .. path.Skip(i + 1)];
            yield return [.. path.Take(i), path[i], .. path.Skip(i)];
        }

        yield return [more, .. path];
        yield return [.. path, more];
    }

    /// <summary>Each hash with a flipped bit, each pair of neighbours exchanged.</summary>
    public static IEnumerable<IReadOnlyList<Hash>> OfContent(IReadOnlyList<Hash> path)
    {
        for (var i = 0; i < path.Count; i++)
        {
            yield return [.. path.Take(i), Flip(path[i]), .. path.Skip(i + 1)];
            if (i > 0) yield return [.. path.Take(i - 1), path[i], path[i - 1], .. path.Skip(i + 1)];
        }
    }
}
