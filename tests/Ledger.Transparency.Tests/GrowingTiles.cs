using CsCheck;

namespace Ledger.Transparency.Tests;

public class GrowingTiles
{
    [Fact]
    public void Each_hash_of_a_tile_is_the_root_of_256_to_the_level_leaves()
    {
        var leaves = Some.Leaves(1_100);
        foreach (var tile in TiledTree.Empty.Append(leaves).Tiles)
        {
            Assert.True(Hash.TryReadMany(tile.Bytes.Span, out var hashes));
            Assert.Equal(tile.Id.Width, hashes.Length);
            for (var i = 0; i < hashes.Length; i++)
            {
                var span = 1 << (8 * tile.Id.Level);
                var start = (int)((tile.Id.Index * 256) + i) * span;
                Assert.Equal(Rfc6962.Root(leaves.AsSpan(start, span)), hashes[i]);
            }
        }
    }

    [Fact]
    public void Growing_in_any_steps_gives_the_same_tiles_byte_for_byte()
    {
        var leaves = Some.Leaves(70_000);
        var whole = TiledTree.Empty.Append(leaves);
        var expected = whole.Tiles.ToDictionary(tile => tile.Id, tile => tile.Bytes.ToArray());

        Gen.Int[1, 20_000].Array[1, 12].Sample(
            steps =>
            {
                var (tree, stored) = (TiledTree.Empty, new Dictionary<TileId, byte[]>());
                foreach (var step in steps.Append(leaves.Length))
                {
                    var from = (int)tree.Size.Value;
                    var growth = tree.Append(leaves.AsSpan(from, Math.Min(step, leaves.Length - from)));
                    foreach (var tile in growth.Tiles) stored[tile.Id] = tile.Bytes.ToArray();
                    tree = growth.Tree;
                }

                Assert.Equal(whole.Tree.Root, tree.Root);
                foreach (var (id, bytes) in expected) Assert.Equal(bytes, stored[id]);
            },
            iter: 20);
    }

    [Fact]
    public void Growth_names_exactly_the_tiles_that_are_new_or_wider()
    {
        var tree = TiledTree.Empty;
        foreach (var step in new[] { 1, 254, 1, 1, 0, 300, 512, 1_000 })
        {
            var growth = tree.Append(Some.Leaves(step));
            Assert.Equal(TileId.Between(tree.Size, growth.Tree.Size), growth.Tiles.Select(tile => tile.Id));
            tree = growth.Tree;
        }
    }

    [Fact]
    public void A_partial_tile_is_a_prefix_of_the_full_one()
    {
        var full = TiledTree.Empty.Append(Some.Leaves(256)).Tiles[0].Bytes;
        for (var width = 1; width < 256; width++)
        {
            var partial = Assert.Single(TiledTree.Empty.Append(Some.Leaves(width)).Tiles);
            Assert.Equal(full[..(width * Hash.Length)].ToArray(), partial.Bytes.ToArray());
        }
    }

    [Fact]
    public void A_tree_that_lost_its_race_is_dropped_and_the_old_one_goes_on()
    {
        var tree = Some.Tree(255);
        var root = tree.Root;
        tree.Append(Some.Leaves(700));
        Assert.Equal(root, tree.Root);
        Assert.Equal(Some.Tree(256).Root, tree.Append([Some.Leaf(255)]).Tree.Root);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1_024)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(66_000)]
    public void A_tree_resumes_from_its_stored_tiles(int size)
    {
        var resumed = TiledTree.Resume(new TreeSize(size), Stored.Tiles(size));
        Assert.Equal(Some.Tree(size).Root, resumed.Root);

        var more = resumed.Append([Some.Leaf(size), Some.Leaf(size + 1)]);
        Assert.Equal(Some.Tree(size + 2).Root, more.Tree.Root);
        Assert.Equal(TileId.Between(resumed.Size, more.Tree.Size), more.Tiles.Select(tile => tile.Id));
    }

    [Fact]
    public void A_stored_tile_of_another_length_is_a_broken_log()
    {
        static ReadOnlyMemory<byte> Short(TileId id) => new byte[(id.Width * Hash.Length) - 1];

        Assert.Throws<InvalidDataException>(() => TiledTree.Resume(new TreeSize(3), Short));
        Assert.Throws<InvalidDataException>(() => new TileHashes(new TreeSize(3), Short).Read(new TreeNode(0, 0)));
    }

    [Fact]
    public void Proofs_at_any_older_size_are_read_from_the_tiles_of_a_newer_one()
    {
        const int Newest = 66_100;
        var read = new Stored(Newest);
        var leaves = Some.Leaves(Newest);
        foreach (var size in new[] { 1, 255, 256, 257, 300, 511, 512, 65_535, 65_536, 65_537, Newest })
        {
            Assert.Equal(Rfc6962.Root(leaves.AsSpan(0, size)), Prover.Root(new TreeSize(size), read.Read));
            Assert.Equal(Rfc6962.Path(size / 2, leaves.AsSpan(0, size)), Prover.Inclusion(new LeafIndex(size / 2), new TreeSize(size), read.Read));
            Assert.Equal(Rfc6962.Proof(size, leaves), Prover.Consistency(new TreeSize(size), new TreeSize(Newest), read.Read));
        }
    }

    [Fact]
    public void The_tiles_that_a_proof_needs_are_known_before_they_are_fetched()
    {
        var size = new TreeSize(66_100);
        void Prove(StoredHash read) => Prover.Inclusion(new LeafIndex(66_000), size, read);

        var stored = Stored.Tiles(66_100);
        var needed = TileHashes.NeededFor(size, Prove).ToDictionary(id => id, stored.Invoke);
        Prove(new TileHashes(size, id => needed[id]).Read);
        Assert.Equal([new TileId(0, 257, 256), new TileId(0, 258, 52), new TileId(1, 1, 2), new TileId(2, 0, 1)], needed.Keys.Order(Comparer<TileId>.Create((a, b) => string.CompareOrdinal(a.Path, b.Path))));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(0, -1)]
    [InlineData(1, 1)]
    [InlineData(-1, 0)]
    [InlineData(63, 0)]
    public void A_subtree_that_the_tree_does_not_have_whole_is_a_defect_of_the_caller(int level, long index) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Stored(3).Read(new TreeNode(level, index)));

    [Fact]
    public void A_bundle_is_each_entry_behind_its_length_in_two_bytes_big_endian()
    {
        byte[] expected = [0, 1, 0xAA, 0, 0, 1, 0, .. new byte[256]];
        Assert.Equal(expected, EntryBundle.Print([new byte[] { 0xAA }, ReadOnlyMemory<byte>.Empty, new byte[256]]));
    }

    [Fact]
    public void A_bundle_of_other_than_its_width_is_refused()
    {
        var bundle = EntryBundle.Print([Some.Entry(1), Some.Entry(2), Some.Entry(3)]);
        Assert.True(EntryBundle.TryParse(bundle, 3, out _, out _));
        Assert.False(EntryBundle.TryParse(bundle, 2, out _, out var tooLong));
        Assert.Equal("bundle-too-long", tooLong.Code);
        Assert.False(EntryBundle.TryParse(bundle, 4, out _, out var tooShort));
        Assert.Equal("bundle-too-short", tooShort.Code);
        for (var length = 0; length < bundle.Length; length++) Assert.False(EntryBundle.TryParse(bundle.AsMemory(0, length), 3, out _, out _));
    }

    [Fact]
    public void An_entry_of_more_than_65535_bytes_is_a_defect_of_the_caller()
    {
        Assert.Equal(EntryBundle.MaxEntryLength + 2, EntryBundle.Print([new byte[EntryBundle.MaxEntryLength]]).Length);
        Assert.Throws<ArgumentException>(() => EntryBundle.Print([new byte[EntryBundle.MaxEntryLength + 1]]));
    }
}
