using Ledger.Log.Chain;
using Ledger.Log.Tree;
using Ledger.Transparency;

namespace Ledger.Log.Checking;

/// <summary>Holds events that are read again against the tree that was made of them.</summary>
internal sealed class TreeCheck(LogTree tree, Func<LogChain> chain)
{
    private long _tile = -1;
    private Hash[] _hashes = [];

    /// <exception cref="LogFaultException">The event, or its tile, isn't what was logged.</exception>
    public void Check(Leaf leaf)
    {
        var index = leaf.Sequence / TileId.FullWidth;
        var place = (int)(leaf.Sequence % TileId.FullWidth);
        if (index != _tile || place >= _hashes.Length) (_tile, _hashes) = (index, tree.LeafHashes(index));
        if (place >= _hashes.Length || _hashes[place] != leaf.LeafHash) throw Blame(leaf.Sequence);
    }

    /// <summary>Whose fault it is: a tile that disagrees with what was made of it was changed; else the event was.</summary>
    private LogFaultException Blame(long sequence) => IsTileAsItWas(sequence / TileId.FullWidth, sequence)
        ? new LogFaultException(LogProblems.ChangedEvent, $"The event at sequence {sequence} isn't the one that was logged there: it was changed, removed, added or moved.", sequence)
        : new LogFaultException(LogProblems.ChangedTile, $"The tile with sequence {sequence} isn't what was written. The file of the tiles can be deleted; it is made anew from the store.", sequence);

    private bool IsTileAsItWas(long index, long sequence)
    {
        var hashes = tree.LeafHashes(index);
        if (hashes.Length == TileId.FullWidth)
        {
            var range = new CompactRange();
            foreach (var hash in hashes) range.Append(hash);
            var parent = tree.Tile(new TileId(1, index / TileId.FullWidth, (int)(index % TileId.FullWidth) + 1));
            return parent is not null && parent.AsSpan(parent.Length - Hash.Length).SequenceEqual(range.Root.Bytes);
        }

        return chain().Sealed?.Checkpoint is not { } head || head.Size.Value <= sequence || head.Size.Value > tree.Size.Value || tree.RootAt(head.Size) == head.Root;
    }
}
