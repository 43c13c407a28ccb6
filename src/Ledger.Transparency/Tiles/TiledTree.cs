namespace Ledger.Transparency;

/// <summary>A tile and its bytes: <see cref="TileId.Width"/> hashes one behind the other.</summary>
public sealed record Tile(TileId Id, ReadOnlyMemory<byte> Bytes);

/// <summary>A tree after leaves were added, and the tiles that are new or wider by it.</summary>
public sealed record TreeGrowth(TiledTree Tree, IReadOnlyList<Tile> Tiles);

/// <summary>A tree that only grows, kept as the right edge of its tiles: at each level the hashes that don't fill a tile yet.</summary>
/// <remarks>It never changes: whoever computed a seal and lost the race to store it drops the growth and keeps the tree.</remarks>
public sealed class TiledTree
{
    public static readonly TiledTree Empty = new(new TreeSize(0), []);

    // One row per level, of 0 to 255 hashes.
    private readonly Hash[][] _edge;

    private TiledTree(TreeSize size, Hash[][] edge)
    {
        Size = size;
        _edge = edge;
    }

    public TreeSize Size { get; }

    public Hash Root => MerkleHash.Fold(Subtrees());

    /// <summary>Continues from stored tiles. Compare <see cref="Root"/> with a root that you trust.</summary>
    /// <exception cref="InvalidDataException">A tile hasn't the length that its width asks for.</exception>
    public static TiledTree Resume(TreeSize size, Func<TileId, ReadOnlyMemory<byte>> readTile)
    {
        List<Hash[]> edge = [];
        for (var level = 0; TileId.At(level, 0, size) is not null; level++)
        {
            var last = TileId.At(level, FullTiles(level, size), size);
            edge.Add(last is { } tile ? Read(tile, readTile(tile).Span) : []);
        }

        return new TiledTree(size, [.. edge]);
    }

    public TreeGrowth Append(ReadOnlySpan<Hash> leaves)
    {
        var edge = _edge.ToList();
        List<Tile> tiles = [];
        var added = leaves;
        for (var level = 0; !added.IsEmpty; level++)
        {
            if (level == edge.Count) edge.Add([]);
            Hash[] row = [.. edge[level], .. added];
            tiles.AddRange(Cut(level, FullTiles(level, Size), row));
            edge[level] = row[^(row.Length % TileId.FullWidth)..];
            added = Parents(row);
        }

        return new TreeGrowth(new TiledTree(new TreeSize(Size.Value + leaves.Length), [.. edge]), tiles);
    }

    private static long FullTiles(int level, TreeSize size) => (size.Value >> (8 * level)) / TileId.FullWidth;

    private static IEnumerable<Tile> Cut(int level, long first, Hash[] row) =>
        row.Chunk(TileId.FullWidth).Select((hashes, i) => new Tile(new TileId(level, first + i, hashes.Length), Hash.Concatenate(hashes)));

    // C2SP tlog-tiles, "Partial Tiles": only a full tile is hashed into the level above.
    private static Hash[] Parents(ReadOnlySpan<Hash> row)
    {
        var parents = new Hash[row.Length / TileId.FullWidth];
        for (var i = 0; i < parents.Length; i++) parents[i] = MerkleHash.Perfect(row.Slice(i * TileId.FullWidth, TileId.FullWidth));
        return parents;
    }

    private List<Hash> Subtrees()
    {
        List<Hash> subtrees = [];
        foreach (var row in _edge.Reverse())
        {
            var start = 0;
            for (var width = TileId.FullWidth / 2; width > 0; width /= 2)
            {
                if ((row.Length & width) == 0) continue;
                subtrees.Add(MerkleHash.Perfect(row.AsSpan(start, width)));
                start += width;
            }
        }

        return subtrees;
    }

    private static Hash[] Read(TileId tile, ReadOnlySpan<byte> bytes) =>
        Hash.TryReadMany(bytes, out var hashes) && hashes.Length == tile.Width
            ? hashes.ToArray()
            : throw new InvalidDataException($"{tile} has {bytes.Length} bytes, not {tile.Width * Hash.Length}.");
}
