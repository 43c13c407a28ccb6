namespace Ledger.Transparency;

/// <summary>A tile of hashes: C2SP tlog-tiles' <c>tile/&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</c>.</summary>
/// <param name="Level">0 holds leaf hashes; a hash at level l is the root of 256^l leaves.</param>
/// <param name="Index">The tile's place in its level, from 0.</param>
/// <param name="Width">Hashes in it: 1 to 255 in a partial tile, 256 in a full one.</param>
public readonly record struct TileId(int Level, long Index, int Width)
{
    public const int FullWidth = 256;

    private const int MaxLevel = 63;

    public string Path => TilePath.Print(StrictText.Decimal(Level), Index, Width);

    public override string ToString() => Path;

    /// <summary>Takes exactly what <see cref="Path"/> prints.</summary>
    public static bool TryParse(string path, out TileId id)
    {
        id = default;
        if (!TilePath.TryParse(path, out var kind, out var index, out var width)) return false;
        if (!StrictText.TryDecimal(kind, out var level) || level > MaxLevel) return false;
        id = new TileId((int)level, index, width);
        return true;
    }

    /// <summary>The tile as a tree of this size shows it, or null where it would be empty.</summary>
    public static TileId? At(int level, long index, TreeSize size)
    {
        var hashes = HashesAt(level, size);
        var full = hashes / FullWidth;
        if (index < full) return new TileId(level, index, FullWidth);
        return index == full && hashes % FullWidth > 0 ? new TileId(level, index, (int)(hashes % FullWidth)) : null;
    }

    /// <summary>The tile that a stored hash lies in, as a tree of this size shows it.</summary>
    public static TileId? Holding(TreeNode node, TreeSize size) => At(node.Level / 8, node.Index << (node.Level % 8) >> 8, size);

    /// <summary>Every tile of a tree, lowest level first.</summary>
    public static IEnumerable<TileId> Of(TreeSize size) => Between(new TreeSize(0), size);

    /// <summary>The tiles that are new, or wider, in the newer tree.</summary>
    public static IEnumerable<TileId> Between(TreeSize older, TreeSize newer)
    {
        for (var level = 0; HashesAt(level, newer) > HashesAt(level, older); level++)
        {
            for (var index = HashesAt(level, older) / FullWidth; At(level, index, newer) is { } tile; index++) yield return tile;
        }
    }

    /// <summary>True where a tree of this size has all the hashes of this tile, so that it may be served.</summary>
    public bool LiesWithin(TreeSize size) => HashesAt(Level, size) >= Width && Index <= (HashesAt(Level, size) - Width) / FullWidth;

    // Width at level l for size s = floor(s / 256^l) mod 256; a level above 7 would need 2^64 leaves.
    private static long HashesAt(int level, TreeSize size) => level > 7 ? 0 : size.Value >> (8 * level);
}

/// <summary>A bundle of entries: C2SP tlog-tiles' <c>tile/entries/&lt;N&gt;[.p/&lt;W&gt;]</c>. It has the entries of the level-0 tile of the same index and width.</summary>
public readonly record struct BundleId(long Index, int Width)
{
    private const string Kind = "entries";

    public string Path => TilePath.Print(Kind, Index, Width);

    /// <summary>The leaf hashes of these entries.</summary>
    public TileId Tile => new(0, Index, Width);

    public LeafIndex First => new(Index * TileId.FullWidth);

    public override string ToString() => Path;

    /// <summary>Takes exactly what <see cref="Path"/> prints.</summary>
    public static bool TryParse(string path, out BundleId id)
    {
        var found = TilePath.TryParse(path, out var kind, out var index, out var width) && kind == Kind;
        id = found ? new BundleId(index, width) : default;
        return found;
    }

    /// <summary>The bundle as a tree of this size shows it, or null where it would be empty.</summary>
    public static BundleId? At(long index, TreeSize size) => TileId.At(0, index, size) is { } tile ? new BundleId(tile.Index, tile.Width) : null;

    /// <summary>Every bundle of a log.</summary>
    public static IEnumerable<BundleId> Of(TreeSize size)
    {
        for (var index = 0L; At(index, size) is { } bundle; index++) yield return bundle;
    }

    public bool LiesWithin(TreeSize size) => Tile.LiesWithin(size);
}

/// <summary>The part of the two paths that is the same.</summary>
internal static class TilePath
{
    private const string Root = "tile/";
    private const string Partial = ".p/";

    public static string Print(string kind, long index, int width)
    {
        var number = IndexGroups(index);
        return width == TileId.FullWidth ? $"{Root}{kind}/{number}" : $"{Root}{kind}/{number}{Partial}{StrictText.Decimal(width)}";
    }

    /// <summary>Reads generously and then prints again: a path has one form, and any other is refused.</summary>
    public static bool TryParse(string path, out string kind, out long index, out int width)
    {
        (kind, index, width) = (string.Empty, 0, TileId.FullWidth);
        var parts = path.Split('/', 3);
        if (parts.Length != 3) return false;

        var halves = parts[2].Split(Partial, 2);
        if (halves.Length == 2 && !TryWidth(halves[1], out width)) return false;
        if (!long.TryParse(halves[0].Replace("/", "", StringComparison.Ordinal).Replace("x", "", StringComparison.Ordinal),
            System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out index)) return false;

        kind = parts[1];
        return string.Equals(Print(kind, index, width), path, StringComparison.Ordinal);
    }

    private static bool TryWidth(string text, out int width)
    {
        var read = StrictText.TryDecimal(text, out var value) && value is > 0 and < TileId.FullWidth;
        width = read ? (int)value : 0;
        return read;
    }

    // C2SP tlog-tiles, "Merkle Tree": groups of three digits, all but the last with an x; 1234067 is x001/x234/067.
    private static string IndexGroups(long index)
    {
        var groups = (index % 1000).ToString("000", System.Globalization.CultureInfo.InvariantCulture);
        for (index /= 1000; index > 0; index /= 1000)
        {
            groups = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"x{index % 1000:000}/{groups}");
        }

        return groups;
    }
}
