namespace Ledger.Transparency.Tests;

public class HashingATree
{
    [Fact]
    public void The_root_of_no_leaves_is_the_hash_of_nothing()
    {
        Assert.Equal("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", MerkleHash.EmptyRoot.ToString());
        Assert.Equal(MerkleHash.EmptyRoot, new CompactRange().Root);
        Assert.Equal(MerkleHash.EmptyRoot, TiledTree.Empty.Root);
        Assert.Equal(MerkleHash.EmptyRoot, Prover.Root(new TreeSize(0), _ => throw new InvalidOperationException()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(80)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65_535)]
    public void A_leaf_is_the_hash_of_a_zero_byte_and_the_entry(int length)
    {
        var entry = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        Assert.Equal(MerkleHash.Sha256([0x00, .. entry]), MerkleHash.Leaf(entry));
    }

    [Fact]
    public void A_node_is_the_hash_of_a_one_byte_and_its_two_children() =>
        Assert.Equal(MerkleHash.Sha256([0x01, .. Some.Leaf(0).Bytes, .. Some.Leaf(1).Bytes]), MerkleHash.Node(Some.Leaf(0), Some.Leaf(1)));

    [Fact]
    public void An_odd_edge_is_promoted_and_never_duplicated()
    {
        var (a, b, c) = (Some.Leaf(0), Some.Leaf(1), Some.Leaf(2));
        Assert.Equal(MerkleHash.Node(MerkleHash.Node(a, b), c), Some.Tree(3).Root);
        Assert.NotEqual(Some.Tree(3).Root, TiledTree.Empty.Append([a, b, c, c]).Tree.Root);
    }

    [Fact]
    public void Three_ways_to_a_root_agree_with_the_definition_for_every_size()
    {
        var leaves = Some.Leaves(600);
        var range = new CompactRange();
        var tree = TiledTree.Empty;
        for (var size = 1; size <= leaves.Length; size++)
        {
            range.Append(leaves[size - 1]);
            tree = tree.Append([leaves[size - 1]]).Tree;
            var root = Rfc6962.Root(leaves.AsSpan(0, size));

            Assert.Equal(root, range.Root);
            Assert.Equal(root, tree.Root);
            if (size <= 130) Assert.Equal(root, Prover.Root(new TreeSize(size), Some.Hashes(leaves)));
        }
    }

    [Fact]
    public void A_compact_range_of_a_million_leaves_takes_224_bytes()
    {
        var subtrees = Some.Leaves(7);
        Assert.True(CompactRange.TryResume(new TreeSize(1_000_000), subtrees, out var range));
        Assert.Equal(224, range.Subtrees.Count * Hash.Length);
    }

    [Fact]
    public void A_compact_range_continues_where_it_was_stored()
    {
        var leaves = Some.Leaves(200);
        var whole = new CompactRange();
        foreach (var leaf in leaves)
        {
            Assert.True(CompactRange.TryResume(whole.Size, [.. whole.Subtrees], out var resumed));
            resumed.Append(leaf);
            whole.Append(leaf);
            Assert.Equal(whole.Root, resumed.Root);
        }
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    [InlineData(4, 2)]
    [InlineData(7, 2)]
    public void A_compact_range_of_the_wrong_number_of_subtrees_is_refused(long size, int subtrees) =>
        Assert.False(CompactRange.TryResume(new TreeSize(size), Some.Leaves(subtrees), out _));

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Bytes_of_another_length_are_no_hash(int length)
    {
        Assert.False(Hash.TryRead(new byte[length], out _));
        Assert.False(Hash.TryParse(Convert.ToBase64String(new byte[length]), out _));
        Assert.Equal(length == 0, Hash.TryReadMany(new byte[length], out _));
    }

    [Fact]
    public void A_hash_equals_its_bytes_only()
    {
        Assert.True(Hash.TryParse(Some.Leaf(3).ToString(), out var same));
        Assert.True(same == Some.Leaf(3));
        Assert.True(same.Equals((object)Some.Leaf(3)));
        Assert.Equal(same.GetHashCode(), Some.Leaf(3).GetHashCode());
        Assert.True(same != Some.Leaf(4));
        Assert.False(same.Equals("text"));
    }
}
