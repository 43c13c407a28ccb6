namespace Ledger.Transparency.Tests;

public class NamingTiles
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 0, 1, "tile/0/000.p/1")]
    [InlineData(63, 999, 255, "tile/63/999.p/255")]
    [InlineData(1, 1_000, 256, "tile/1/x001/000")]
    [InlineData(2, 1_234_067, 256, "tile/2/x001/x234/067")]
    [InlineData(0, 1_234_067, 44, "tile/0/x001/x234/067.p/44")]
    [InlineData(0, long.MaxValue, 256, "tile/0/x009/x223/x372/x036/x854/x775/807")]
    public void A_tile_is_named_in_groups_of_three_digits_all_but_the_last_with_an_x(int level, long index, int width, string path)
    {
        Assert.Equal(path, new TileId(level, index, width).Path);
        Assert.True(TileId.TryParse(path, out var id));
        Assert.Equal(new TileId(level, index, width), id);
    }

    [Theory]
    [InlineData(0, 256, "tile/entries/000")]
    [InlineData(1_234_067, 44, "tile/entries/x001/x234/067.p/44")]
    public void A_bundle_is_named_as_its_leaf_tile_is(long index, int width, string path)
    {
        Assert.Equal(path, new BundleId(index, width).ToString());
        Assert.True(BundleId.TryParse(path, out var id));
        Assert.Equal(new BundleId(index, width), id);
        Assert.Equal(new TileId(0, index, width), id.Tile);
        Assert.Equal(new LeafIndex(index * 256), id.First);
        Assert.False(TileId.TryParse(path, out _));
    }

    [Theory]
    [InlineData("0/00")]
    [InlineData("0/0")]
    [InlineData("0/0000")]
    [InlineData("0/000.p/0")]
    [InlineData("0/000.p/256")]
    [InlineData("0/000.p/00")]
    [InlineData("0/000.p/01")]
    [InlineData("0/000.p/+1")]
    [InlineData("0/000.p/-1")]
    [InlineData("0/000.p/")]
    [InlineData("0/000.p")]
    [InlineData("0/000.p/1/")]
    [InlineData("0/000.p/1.p/1")]
    [InlineData("0/000.P/1")]
    [InlineData("0/000/")]
    [InlineData("0//000")]
    [InlineData("0/x000")]
    [InlineData("0/x000/000")]
    [InlineData("0/x001")]
    [InlineData("0/001/000")]
    [InlineData("0/x001/x000")]
    [InlineData("0/X001/000")]
    [InlineData("0/x01/000")]
    [InlineData("0/x001%2F000")]
    [InlineData("0%2F000")]
    [InlineData("0/٠٠٠")]
    [InlineData("0/ 00")]
    [InlineData("0/-00")]
    [InlineData("0/x009/x223/x372/x036/x854/x775/808")]
    [InlineData("64/000")]
    [InlineData("00/000")]
    [InlineData("01/000")]
    [InlineData("-1/000")]
    [InlineData("+1/000")]
    [InlineData("/000")]
    [InlineData("0")]
    [InlineData("0/")]
    [InlineData("")]
    [InlineData("data/000")]
    [InlineData("entries/00")]
    [InlineData("entries/000.p/256")]
    [InlineData("Entries/000")]
    public void A_path_that_is_not_canonical_is_refused(string path)
    {
        Assert.False(TileId.TryParse("tile/" + path, out _));
        Assert.False(BundleId.TryParse("tile/" + path, out _));
    }

    [Theory]
    [InlineData("0/000")]
    [InlineData("/tile/0/000")]
    [InlineData("Tile/0/000")]
    [InlineData("tile/0/000\n")]
    public void A_path_begins_at_tile(string path) => Assert.False(TileId.TryParse(path, out _));

    [Fact]
    public void A_tree_of_70000_leaves_has_the_tiles_that_the_specification_counts()
    {
        var tiles = TileId.Of(new TreeSize(70_000)).ToLookup(tile => (tile.Level, tile.Width));
        Assert.Equal(273, tiles[(0, 256)].Count());
        Assert.Equal(new TileId(0, 273, 112), Assert.Single(tiles[(0, 112)]));
        Assert.Equal(new TileId(1, 0, 256), Assert.Single(tiles[(1, 256)]));
        Assert.Equal(new TileId(1, 1, 17), Assert.Single(tiles[(1, 17)]));
        Assert.Equal(new TileId(2, 0, 1), Assert.Single(tiles[(2, 1)]));
        Assert.Equal(5, tiles.Count);
        Assert.Equal(274, BundleId.Of(new TreeSize(70_000)).Count());
    }

    [Fact]
    public void A_tree_of_256_leaves_has_a_full_tile_and_a_partial_one_above_it() =>
        Assert.Equal([new TileId(0, 0, 256), new TileId(1, 0, 1)], TileId.Of(new TreeSize(256)));

    [Fact]
    public void There_are_no_tiles_of_zero_width()
    {
        Assert.Empty(TileId.Of(new TreeSize(0)));
        Assert.Empty(BundleId.Of(new TreeSize(0)));
        Assert.Null(TileId.At(0, 1, new TreeSize(256)));
        Assert.Null(TileId.At(1, 0, new TreeSize(255)));
        Assert.Null(TileId.At(8, 0, new TreeSize(long.MaxValue)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 300)]
    [InlineData(255, 256)]
    [InlineData(256, 257)]
    [InlineData(300, 300)]
    [InlineData(65_000, 66_000)]
    public void Growing_changes_exactly_the_tiles_that_the_two_sizes_differ_in(long older, long newer)
    {
        var changed = TileId.Of(new TreeSize(newer)).Except(TileId.Of(new TreeSize(older)));
        Assert.Equal(changed, TileId.Between(new TreeSize(older), new TreeSize(newer)));
    }

    [Fact]
    public void Nothing_beyond_the_published_size_may_be_served_and_every_historical_width_may()
    {
        var size = new TreeSize(300);
        foreach (var level in Enumerable.Range(0, 3))
        {
            foreach (var index in Enumerable.Range(0, 3))
            {
                foreach (var width in Enumerable.Range(1, 256))
                {
                    var isThere = (index * 256) + width <= 300 >> (8 * level);
                    Assert.Equal(isThere, new TileId(level, index, width).LiesWithin(size));
                    if (level == 0) Assert.Equal(isThere, new BundleId(index, width).LiesWithin(size));
                }
            }
        }

        Assert.False(new TileId(63, 0, 1).LiesWithin(new TreeSize(long.MaxValue)));
        Assert.False(new TileId(0, long.MaxValue, 256).LiesWithin(new TreeSize(long.MaxValue)));
        Assert.True(new TileId(7, 0, 127).LiesWithin(new TreeSize(long.MaxValue)));
    }
}
