using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Transparency;
using Microsoft.Data.Sqlite;

namespace Ledger.Log.Tree;

/// <summary>The tree over the ledger's events: its right edge in memory, all of it in tiles.</summary>
internal sealed class LogTree : IDisposable
{
    /// <summary>A start needs a place to read from at least this often.</summary>
    private const int AnchorEvery = 4096;

    private readonly TileFile _file;
    private TiledTree _tree;

    private LogTree(TileFile file, TiledTree tree) => (_file, _tree) = (file, tree);

    public TreeSize Size => Volatile.Read(ref _tree).Size;

    public Hash Root => Volatile.Read(ref _tree).Root;

    /// <summary>Opens the tiles and says what they were made from. Tiles that can't be used are thrown away: the store has everything.</summary>
    public static (LogTree Tree, Position? Position, LogChain Chain) Open(string? path, LogChain begin, Action<Exception> thrownAway)
    {
        try
        {
            return TryOpen(TileFile.Open(path), begin);
        }
        catch (Exception e) when (path is not null && e is InvalidDataException or SqliteException { SqliteErrorCode: 11 or 26 })
        {
            thrownAway(e);
            SqliteConnection.ClearAllPools();
            TileFile.Delete(path!);
            return TryOpen(TileFile.Open(path), begin);
        }
    }

    /// <summary>Opens tiles for looking: nothing is made or thrown away.</summary>
    /// <param name="address">The file as SQLite is to open it, an address.</param>
    /// <exception cref="InvalidDataException">They are another log's, or their edge is missing.</exception>
    /// <exception cref="SqliteException">The file can't be read.</exception>
    public static LogTree OpenUntouched(string address, LogChain begin) => TryOpen(TileFile.OpenUntouched(address), begin).Tree;

    /// <summary>Adds leaves and stores every tile that they change, together with how far the store was read.</summary>
    public void Append(IReadOnlyList<Leaf> leaves, Position? position, LogChain chain)
    {
        var before = _tree;
        var hashes = new Hash[leaves.Count];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = leaves[i].LeafHash;
        var growth = before.Append(hashes);
        var tiles = growth.Tiles.Select(tile => (tile.Id.Level, tile.Id.Index, tile.Bytes));
        var anchors = leaves.Where(leaf => (leaf.Sequence + 1) % AnchorEvery == 0).Select(leaf => (leaf.Sequence + 1, leaf.Position));
        _file.Write(CommitmentRows(before.Size, leaves).Concat(tiles), anchors, growth.Tree.Size, position, chain);
        Volatile.Write(ref _tree, growth.Tree);
    }

    /// <summary>Where to read the store from, so that at least the newest <paramref name="again"/> leaves are read again.</summary>
    public (long Size, Position? Position) StartFor(long again) => _file.AnchorAt(Math.Max(0, Size.Value - again));

    /// <summary>The root of a tree of this size, from the tiles as they are stored.</summary>
    /// <exception cref="LogFaultException">A tile isn't what was written.</exception>
    public Hash RootAt(TreeSize size) => Proof(hashes => Prover.Root(size, hashes));

    /// <summary>As <see cref="RootAt"/>, from the leaves alone: tells a changed tile from a changed history, at the price of reading all of them.</summary>
    public Hash RootOfLeaves(TreeSize size)
    {
        var range = new CompactRange();
        for (var tile = 0L; range.Size.Value < size.Value; tile++)
        {
            if (LeafHashes(tile) is not { Length: > 0 } hashes) break;
            foreach (var hash in hashes.Take((int)Math.Min(hashes.Length, size.Value - range.Size.Value))) range.Append(hash);
        }

        return range.Root;
    }

    public IReadOnlyList<Hash> Inclusion(LeafIndex index, TreeSize size) => Proof(hashes => Prover.Inclusion(index, size, hashes));

    public IReadOnlyList<Hash> Consistency(TreeSize older, TreeSize newer) => Proof(hashes => Prover.Consistency(older, newer, hashes));

    /// <summary>The leaf hashes of one tile of level 0, as they are stored.</summary>
    public Hash[] LeafHashes(long tile) => Hash.TryReadMany(_file.Read(0, tile), out var hashes) ? hashes.ToArray() : [];

    /// <summary>A tile's bytes as a tree of its width has them; null where it isn't there.</summary>
    public byte[]? Tile(TileId id) => Prefix(_file.Read(id.Level, id.Index), id.Width);

    /// <summary>A bundle's bytes; null where it isn't there.</summary>
    public byte[]? Bundle(BundleId id)
    {
        if (Prefix(_file.Read(TileFile.Commitments, id.Index), id.Width) is not { } bytes) return null;
        Hash.TryReadMany(bytes, out var commitments);
        var entries = new ReadOnlyMemory<byte>[id.Width];
        for (var i = 0; i < entries.Length; i++) entries[i] = new LeafEntry(new LeafIndex(id.First.Value + i), commitments[i]).ToBytes();
        return EntryBundle.Print(entries);
    }

    /// <summary>Reads what will be served for the newest leaves and hashes it again, by both ways: tiles, and entries.</summary>
    /// <exception cref="LogFaultException">It isn't what was written.</exception>
    public void ReadBack(TreeSize since)
    {
        var tree = Volatile.Read(ref _tree);
        if (RootAt(tree.Size) != tree.Root) throw Changed("Read back, the tiles have another root than what was written");
        for (var index = since.Value / TileId.FullWidth; BundleId.At(index, tree.Size) is { } bundle; index++)
        {
            var leaves = LeafHashes(index);
            if (!EntryBundle.TryParse(Bundle(bundle), bundle.Width, out var entries, out _) || leaves.Length < entries.Count) throw Changed($"The bundle {bundle} can't be read back");
            for (var i = 0; i < entries.Count; i++)
                if (MerkleHash.Leaf(entries[i].Span) != leaves[i]) throw Changed($"The bundle {bundle} and its tile don't agree");
        }
    }

    public void Dispose() => _file.Dispose();

    private static (LogTree Tree, Position? Position, LogChain Chain) TryOpen(TileFile file, LogChain begin)
    {
        try
        {
            if (file.ReadProgress(begin) is not var (size, position, chain)) return (new LogTree(file, TiledTree.Empty), null, begin);
            var tree = TiledTree.Resume(size, id => Prefix(file.Read(id.Level, id.Index), id.Width) ?? throw new InvalidDataException($"{id} is missing."));
            return (new LogTree(file, tree), position, chain);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private IEnumerable<(int Level, long Index, ReadOnlyMemory<byte> Hashes)> CommitmentRows(TreeSize before, IReadOnlyList<Leaf> leaves)
    {
        var taken = 0;
        for (var index = before.Value / TileId.FullWidth; taken < leaves.Count; index++)
        {
            var held = (int)(taken == 0 ? before.Value % TileId.FullWidth : 0);
            var row = new byte[Math.Min(TileId.FullWidth, held + leaves.Count - taken) * Hash.Length];
            if (held > 0) _file.Read(TileFile.Commitments, index).AsSpan(0, held * Hash.Length).CopyTo(row);
            for (var i = held; i < row.Length / Hash.Length; i++, taken++) leaves[taken].Commitment.Bytes.CopyTo(row.AsSpan(i * Hash.Length));
            yield return (TileFile.Commitments, index, row);
        }
    }

    private T Proof<T>(Func<StoredHash, T> prove)
    {
        try
        {
            return prove(new TileHashes(Size, id => Tile(id) ?? throw Changed($"{id} is missing")).Read);
        }
        catch (InvalidDataException e)
        {
            throw Changed(e.Message);
        }
    }

    private static byte[]? Prefix(byte[] row, int width) => row.Length < width * Hash.Length ? null : row[..(width * Hash.Length)];

    private static LogFaultException Changed(string what) =>
        new(LogProblems.ChangedTile, $"{what.TrimEnd('.')}. The file of the tiles can be deleted; it is made anew from the store.");
}
