using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Log.Tree;
using Ledger.Transparency;

namespace Ledger.Log.Checking;

/// <summary>Reads the store from the beginning, again and again, and holds it against the tree: what was changed shows, wherever it lies.</summary>
/// <param name="PerSecond">Events read in a second: slow enough not to be felt, fast enough for a million in ten minutes.</param>
/// <param name="Pause">Between two rounds.</param>
internal sealed record Rereading(double PerSecond, TimeSpan Pause)
{
    private const int Batch = 4096;

    public static readonly Rereading Usual = new(1_000_000 / 600.0, TimeSpan.FromSeconds(60));

    /// <summary>One round over every event that is in the tree now.</summary>
    /// <exception cref="LogFaultException">Something isn't what was logged.</exception>
    public async Task RoundAsync(IEventStore store, LogTree tree, Func<LogChain> chain, CancellationToken cancellation)
    {
        var (size, origin, started) = (tree.Size.Value, chain().Origin, TimeProvider.System.GetTimestamp());
        var check = new TreeCheck(tree, chain);
        var again = TiledTree.Empty;
        List<Leaf> batch = new(Batch);
        var next = 0L;
        await foreach (var page in store.ReadAllAsync(null, cancellation))
        {
            foreach (var stored in page)
            {
                if (next == size) break;
                if (!LeafStreams.Contains(stored.Stream.Value)) continue;
                var leaf = Leaf.Of(origin, next++, stored);
                check.Check(leaf);
                batch.Add(leaf);
                if (batch.Count == Batch) again = Compare(tree, again, batch);
            }

            if (next == size) break;
            var ahead = TimeSpan.FromSeconds(next / PerSecond) - TimeProvider.System.GetElapsedTime(started);
            if (ahead > TimeSpan.FromMilliseconds(10)) await Task.Delay(ahead, cancellation);
        }

        if (next < size)
            throw new LogFaultException(LogProblems.MissingEvent, $"The store ends before sequence {next}; {size} events were logged.", next);
        Compare(tree, again, batch);
    }

    /// <summary>Makes the tiles of a batch anew and looks whether they lie there so, at every level.</summary>
    private static TiledTree Compare(LogTree tree, TiledTree again, List<Leaf> batch)
    {
        var hashes = new Hash[batch.Count];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = batch[i].LeafHash;
        var growth = again.Append(hashes);
        foreach (var tile in growth.Tiles)
        {
            if (tree.Tile(tile.Id) is not { } stored || !stored.AsSpan().SequenceEqual(tile.Bytes.Span))
                throw new LogFaultException(LogProblems.ChangedTile, $"{tile.Id} isn't what the events make. The file of the tiles can be deleted; it is made anew from the store.");
        }

        foreach (var leaf in batch)
        {
            var width = (int)(leaf.Sequence % TileId.FullWidth) + 1;
            if (width != TileId.FullWidth && leaf.Sequence != batch[^1].Sequence) continue;
            if (tree.Bundle(new BundleId(leaf.Sequence / TileId.FullWidth, width)) is not { } bundle
                || !EntryBundle.TryParse(bundle, width, out var entries, out _)
                || !entries[^1].Span.SequenceEqual(new LeafEntry(new LeafIndex(leaf.Sequence), leaf.Commitment).ToBytes())
                || Enumerable.Range(0, width).Any(i => leaf.Sequence - width + 1 + i >= batch[0].Sequence
                    && MerkleHash.Leaf(entries[i].Span) != batch[(int)(leaf.Sequence - width + 1 + i - batch[0].Sequence)].LeafHash))
                throw new LogFaultException(LogProblems.ChangedTile, $"The entries with sequence {leaf.Sequence} aren't what the events make. The file of the tiles can be deleted; it is made anew from the store.", leaf.Sequence);
        }

        batch.Clear();
        return growth.Tree;
    }
}
