namespace Ledger.Transparency;

/// <summary>Reads the hashes that proofs take from the tiles of a tree, each tile once.</summary>
/// <param name="size">The tree whose tiles these are; it may be larger than the trees that proofs are about.</param>
/// <param name="readTile">The tile's bytes. Where it can't be had, this throws: a log without its tiles is broken.</param>
public sealed class TileHashes(TreeSize size, Func<TileId, ReadOnlyMemory<byte>> readTile)
{
    private readonly Dictionary<TileId, ReadOnlyMemory<byte>> _tiles = [];

    /// <exception cref="ArgumentOutOfRangeException">The tree has no such perfect subtree.</exception>
    /// <exception cref="InvalidDataException">A tile hasn't the length that its width asks for.</exception>
    public Hash Read(TreeNode node)
    {
        var tile = Holding(node, size);
        if (!_tiles.TryGetValue(tile, out var bytes)) _tiles[tile] = bytes = Checked(tile, readTile(tile));

        var height = node.Level % 8;
        var start = (int)(node.Index << height) & (TileId.FullWidth - 1);
        Hash.TryReadMany(bytes.Span, out var hashes);
        return MerkleHash.Perfect(hashes.Slice(start, 1 << height));
    }

    /// <summary>The tiles that a proof will read, for whoever has to fetch them first.</summary>
    /// <example><c>TileHashes.NeededFor(size, read => Prover.Inclusion(index, size, read))</c></example>
    public static IReadOnlyList<TileId> NeededFor(TreeSize size, Action<StoredHash> prove)
    {
        List<TileId> needed = [];
        prove(node =>
        {
            var tile = Holding(node, size);
            if (!needed.Contains(tile)) needed.Add(tile);
            return default;
        });
        return needed;
    }

    private static TileId Holding(TreeNode node, TreeSize size)
    {
        var isThere = node is { Level: >= 0 and < 63, Index: >= 0 } && node.Index < size.Value >> node.Level;
        return isThere && TileId.Holding(node, size) is { } tile
            ? tile
            : throw new ArgumentOutOfRangeException(nameof(node), $"A tree of {size} leaves has no whole subtree {node}.");
    }

    private static ReadOnlyMemory<byte> Checked(TileId tile, ReadOnlyMemory<byte> bytes) =>
        bytes.Length == tile.Width * Hash.Length
            ? bytes
            : throw new InvalidDataException($"{tile} has {bytes.Length} bytes, not {tile.Width * Hash.Length}.");
}
