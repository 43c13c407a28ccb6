using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Threading.Channels;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>What came of rebuilding the tree.</summary>
/// <param name="Faults">Empty = both ways lead to the signed root, and every tile is served as computed.</param>
/// <param name="RootsAt">The root at each size that was asked for, as far as the entries went.</param>
internal sealed record TreeAnswer(IReadOnlyList<Fault> Faults, IReadOnlyDictionary<long, Hash> RootsAt, long Tiles);

/// <summary>Rebuilds the root from every entry, twice: by a compact range, and by the tiles, each of which is compared with the one that is served.</summary>
/// <remarks>Entries are read ahead and hashed on all cores; what is held at any time doesn't depend on how long the ledger is.</remarks>
internal sealed class TreeAudit : IDisposable
{
    /// <summary>Blocks of 256 entries that are on their way or wait to be added.</summary>
    private const int Ahead = 128;

    /// <summary>Blocks that are added at once: as many leaves as a tile of the second level covers.</summary>
    private const int Batch = 64;

    /// <summary>Requests at a time, and so the bundles whose bytes are held: at most 17 MB each, in an honest ledger 25 kB.</summary>
    private const int Reads = 8;

    /// <summary>More places than anybody reads.</summary>
    private const int MostFaults = 10;

    private readonly LogSource _source;
    private readonly Checkpoint _head;
    private readonly Progress _progress;
    private readonly SemaphoreSlim _reads = new(Reads);
    private readonly SortedSet<long> _landmarks;
    private readonly Dictionary<long, Hash> _rootsAt = [];
    private readonly List<Fault> _faults = [];
    private readonly CompactRange _range = new();
    private TiledTree _tree = TiledTree.Empty;
    private long _tiles;

    private TreeAudit(LogSource source, Checkpoint head, IEnumerable<long> landmarks, Progress progress)
    {
        (_source, _head, _progress) = (source, head, progress);
        _landmarks = [.. landmarks.Where(size => size <= head.Size.Value)];
    }

    /// <param name="landmarks">Sizes at which the root is wanted too.</param>
    public static async Task<TreeAnswer> RunAsync(LogSource source, Checkpoint head, IEnumerable<long> landmarks, Progress progress, CancellationToken cancellation)
    {
        using var audit = new TreeAudit(source, head, landmarks, progress);
        return await audit.RunAsync(cancellation);
    }

    public void Dispose() => _reads.Dispose();

    private async Task<TreeAnswer> RunAsync(CancellationToken cancellation)
    {
        if (_landmarks.Remove(0)) _rootsAt[0] = MerkleHash.EmptyRoot;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var blocks = Channel.CreateBounded<Task<Block>>(Ahead);
        var reading = ReadAheadAsync(blocks.Writer, ended.Token);
        try
        {
            await AddAllAsync(blocks.Reader, cancellation);
        }
        finally
        {
            await ended.CancelAsync();
            await DrainAsync(blocks.Reader, reading);
        }

        if (_faults.Count == 0) CheckRoots();
        _progress.Close();
        return new TreeAnswer(_faults, _rootsAt, _tiles);
    }

    private async Task ReadAheadAsync(ChannelWriter<Task<Block>> blocks, CancellationToken cancellation)
    {
        try
        {
            foreach (var bundle in BundleId.Of(_head.Size)) await blocks.WriteAsync(Task.Run(() => ReadBlockAsync(bundle, cancellation), cancellation), cancellation);
            blocks.Complete();
        }
        catch (OperationCanceledException exception)
        {
            blocks.Complete(exception);
        }
    }

    // Nobody may be left reading when this returns.
    private static async Task DrainAsync(ChannelReader<Task<Block>> blocks, Task reading)
    {
        await reading;
        while (blocks.TryRead(out var block)) await block.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private async Task AddAllAsync(ChannelReader<Task<Block>> blocks, CancellationToken cancellation)
    {
        List<Block> batch = [];
        var all = _head.Size.Value;
        for (var added = 0L; added < all && _faults.Count < MostFaults;)
        {
            var block = await await blocks.ReadAsync(cancellation);
            if (block.Fault is not null) _faults.Add(block.Fault);
            if (block.Leaves.Length == 0) return;
            batch.Add(block);
            added += block.Leaves.Length;
            if (batch.Count < Batch && added < all) continue;

            await AddAsync(batch, cancellation);
            batch = [];
            _progress.Show("entries", added, all);
        }
    }

    private async Task AddAsync(List<Block> batch, CancellationToken cancellation)
    {
        var one = Task.Run(() => AddToRange(batch), cancellation);
        var other = await Task.Run(() => AddToTiles(batch), cancellation);
        await one;
        foreach (var tile in other)
        {
            if (_faults.Count >= MostFaults) return;
            if (await CompareAsync(tile, batch, cancellation) is { } fault) _faults.Add(fault);
        }
    }

    private void AddToRange(List<Block> batch)
    {
        foreach (var block in batch)
        {
            foreach (var leaf in block.Leaves)
            {
                _range.Append(leaf);
                if (_landmarks.Count > 0 && _landmarks.Remove(_range.Size.Value)) _rootsAt[_range.Size.Value] = _range.Root;
            }
        }
    }

    private List<Tile> AddToTiles(List<Block> batch)
    {
        var growth = _tree.Append(batch.SelectMany(block => block.Leaves).ToArray());
        _tree = growth.Tree;

        // A tile that is still growing isn't one that this head has.
        return [.. growth.Tiles.Where(tile => TileId.At(tile.Id.Level, tile.Id.Index, _head.Size) == tile.Id)];
    }

    private async Task<Fault?> CompareAsync(Tile computed, List<Block> batch, CancellationToken cancellation)
    {
        _tiles++;
        var answer = computed.Id.Level == 0
            ? batch[(int)(computed.Id.Index - batch[0].Bundle.Index)].Tile
            : await TileReader.ReadAsync(_source, computed.Id, cancellation);
        if (answer is not Answer.Found(var served)) return TileReader.FaultOf(answer, computed.Id);
        if (served.AsSpan().SequenceEqual(computed.Bytes.Span)) return null;

        var same = served.AsSpan().CommonPrefixLength(computed.Bytes.Span) / Hash.Length;
        return Differs(computed.Id, same);
    }

    private Fault Differs(TileId tile, int slot)
    {
        var width = 1L << (8 * tile.Level);
        var first = ((tile.Index * TileId.FullWidth) + slot) * width;
        var last = Math.Min(first + width, _head.Size.Value) - 1;
        return tile.Level == 0
            ? new Fault("tile-differs", Text($"sequence {first}: the entry and the hash served for it ({tile}) don't belong together; one of them was changed."), first)
            : new Fault("tile-differs", Text($"sequence {first} to {last}: the hash served over these entries ({tile}) isn't the one that they have."), first);
    }

    private void CheckRoots()
    {
        if (_range.Root == _head.Root && _tree.Root == _head.Root && _range.Size == _head.Size) return;
        _faults.Add(new Fault(
            "root-differs",
            Text($"The entries of sequence 0 to {_head.Size.Value - 1} have the root {_range.Root}, and the ledger signed {_head.Root}: what is served isn't what was signed."),
            _head.Size.Value == 0 ? null : 0));
    }

    private async Task<Block> ReadBlockAsync(BundleId bundle, CancellationToken cancellation)
    {
        await _reads.WaitAsync(cancellation);
        try
        {
            var tile = TileReader.ReadAsync(_source, bundle.Tile, cancellation);
            var entries = await TileReader.ReadAsync(_source, bundle, cancellation);
            var served = await tile;
            return entries is Answer.Found(var bytes) ? HashEntries(bundle, bytes, served) : Block.Unreadable(bundle, TileReader.FaultOf(entries, bundle));
        }
        finally
        {
            _reads.Release();
        }
    }

    private static Block HashEntries(BundleId bundle, ReadOnlySpan<byte> rest, Answer tile)
    {
        var leaves = new Hash[bundle.Width];
        Fault? fault = null;
        for (var i = 0; i < leaves.Length; i++)
        {
            var sequence = bundle.First.Value + i;
            if (!TileReader.TryCut(ref rest, out var entry))
                return Block.Unreadable(bundle, new Fault("bundle-too-short", Text($"sequence {sequence}: the bundle {bundle} ends before this entry."), sequence));
            leaves[i] = MerkleHash.Leaf(entry);
            fault ??= LeafNumber.Check(entry, sequence);
        }

        return rest.IsEmpty ? new Block(bundle, leaves, tile, fault) : Block.Unreadable(bundle, TileReader.FaultOf(new Answer.TooLong(), bundle));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>256 entries, or the last ones.</summary>
    private sealed record Block(BundleId Bundle, Hash[] Leaves, Answer Tile, Fault? Fault)
    {
        public static Block Unreadable(BundleId bundle, Fault fault) => new(bundle, [], new Answer.Missing(), fault);
    }
}

/// <summary>The number that an entry of this ledger carries. Other ledgers' entries carry none, and are hashed as they are.</summary>
internal static class LeafNumber
{
    private static ReadOnlySpan<byte> Header => "ceasefire-ledger-leaf/v1\n"u8;

    public static Fault? Check(ReadOnlySpan<byte> entry, long sequence)
    {
        if (!entry.StartsWith(Header)) return null;
        var isNumber = Utf8Parser.TryParse(entry[Header.Length..], out long number, out _);
        return isNumber && number == sequence
            ? null
            : new Fault("entry-misplaced", string.Create(CultureInfo.InvariantCulture, $"sequence {sequence}: the entry in this place says that it belongs elsewhere; entries were moved."), sequence);
    }
}

/// <summary>Reads tiles and bundles, and says in words what is wrong with one.</summary>
internal static class TileReader
{
    private const int LongestEntry = sizeof(ushort) + EntryBundle.MaxEntryLength;

    /// <summary>Exactly the tile's hashes.</summary>
    public static async Task<Answer> ReadAsync(LogSource source, TileId tile, CancellationToken cancellation)
    {
        var length = tile.Width * Hash.Length;
        var answer = await source.ReadAsync(tile.Path, length, cancellation);

        // A log that has grown may keep the full tile only; a partial tile is a prefix of it.
        if (answer is Answer.Missing && tile.Width < TileId.FullWidth)
            answer = await source.ReadAsync((tile with { Width = TileId.FullWidth }).Path, TileId.FullWidth * Hash.Length, cancellation);
        if (answer is not Answer.Found(var bytes) || bytes.Length == length) return answer;
        return bytes.Length < length ? new Answer.Missing() : new Answer.Found(bytes[..length]);
    }

    /// <summary>The bundle's entries, as they are served.</summary>
    public static async Task<Answer> ReadAsync(LogSource source, BundleId bundle, CancellationToken cancellation)
    {
        var answer = await source.ReadAsync(bundle.Path, bundle.Width * LongestEntry, cancellation);
        if (answer is not Answer.Missing || bundle.Width == TileId.FullWidth) return answer;

        answer = await source.ReadAsync((bundle with { Width = TileId.FullWidth }).Path, TileId.FullWidth * LongestEntry, cancellation);
        return answer is Answer.Found(var full) ? new Answer.Found(Prefix(full, bundle.Width)) : answer;
    }

    /// <summary>C2SP tlog-tiles, "Log entries": a big-endian uint16 length and the entry, one behind the other.</summary>
    public static bool TryCut(ref ReadOnlySpan<byte> bundle, out ReadOnlySpan<byte> entry)
    {
        entry = default;
        if (bundle.Length < sizeof(ushort)) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bundle);
        if (bundle.Length < sizeof(ushort) + length) return false;
        entry = bundle.Slice(sizeof(ushort), length);
        bundle = bundle[(sizeof(ushort) + length)..];
        return true;
    }

    private static byte[] Prefix(byte[] full, int width)
    {
        ReadOnlySpan<byte> rest = full;
        for (var i = 0; i < width && TryCut(ref rest, out _); i++)
        {
        }

        return full[..^rest.Length];
    }

    public static Fault FaultOf(Answer answer, TileId tile)
    {
        var first = tile.Index * TileId.FullWidth << (8 * tile.Level);
        return answer is Answer.TooLong
            ? new Fault("tile-too-long", Text($"sequence {first}: {tile} is longer than its {tile.Width} hashes."), first)
            : new Fault("tile-missing", Text($"sequence {first}: {tile}, which this head needs, isn't served whole."), first, MayHaveMoved: true);
    }

    public static Fault FaultOf(Answer answer, BundleId bundle)
    {
        var first = bundle.First.Value;
        return answer is Answer.TooLong
            ? new Fault("bundle-too-long", Text($"sequence {first}: {bundle} is longer than {bundle.Width} entries can be."), first)
            : new Fault("bundle-missing", Text($"sequence {first}: {bundle} isn't served, so entries from here on are missing."), first, MayHaveMoved: true);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
