using System.Globalization;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>How a newer head stands to an older one.</summary>
internal abstract record Continuation
{
    private Continuation() { }

    /// <summary>The older tree, with events added behind it.</summary>
    public sealed record Continues : Continuation;

    /// <summary>The newer tree begins otherwise than the older one: both heads are signed, and can't both be true.</summary>
    /// <param name="FirstRoot">The root that the newer tree has at the older size.</param>
    /// <param name="Proof">That it has it.</param>
    public sealed record Forks(Hash FirstRoot, IReadOnlyList<Hash> Proof) : Continuation;

    /// <summary>The tiles that are served don't make up the newer head, so nothing is said about the older one.</summary>
    public sealed record NotTold(Fault Fault) : Continuation;
}

/// <summary>Asks a log's tiles for what a proof takes.</summary>
internal static class TreeReader
{
    /// <param name="older">Of the same log, with fewer events than <paramref name="newer"/>, and more than none.</param>
    public static async Task<Continuation> CompareAsync(LogSource source, Checkpoint older, Checkpoint newer, CancellationToken cancellation)
    {
        Dictionary<TileId, ReadOnlyMemory<byte>> tiles = [];
        foreach (var tile in Needed(older.Size, newer.Size))
        {
            var answer = await TileReader.ReadAsync(source, tile, cancellation);
            if (answer is not Answer.Found(var bytes)) return new Continuation.NotTold(TileReader.FaultOf(answer, tile));
            tiles[tile] = bytes;
        }

        var hashes = new TileHashes(newer.Size, tile => tiles[tile]);
        if (Prover.Root(newer.Size, hashes.Read) != newer.Root) return new Continuation.NotTold(new Fault("tiles-differ", "The tiles that are served aren't those of the head that is served."));

        var firstRoot = Prover.Root(older.Size, hashes.Read);
        var proof = Prover.Consistency(older.Size, newer.Size, hashes.Read);
        if (ProofVerifier.Consistency(older.Size, newer.Size, proof, firstRoot, newer.Root) != ProofOutcome.Proven)
            return new Continuation.NotTold(new Fault("tiles-differ", "The tiles that are served contradict one another."));
        return firstRoot == older.Root ? new Continuation.Continues() : new Continuation.Forks(firstRoot, proof);
    }

    private static IEnumerable<TileId> Needed(TreeSize older, TreeSize newer) => TileHashes.NeededFor(newer, read =>
    {
        Prover.Root(newer, read);
        Prover.Root(older, read);
        Prover.Consistency(older, newer, read);
    });

    public static Fault WentBack(Checkpoint last, Checkpoint head) => new(
        "went-back",
        string.Create(CultureInfo.InvariantCulture, $"sequence {head.Size.Value}: the ledger shows {head.Size.Value} events now, and showed {last.Size.Value} before; a ledger that only grows can't lose events."),
        head.Size.Value,
        MayHaveMoved: true);

    public static Fault Forked(Checkpoint last, Checkpoint head) => new(
        "fork",
        string.Create(CultureInfo.InvariantCulture, $"sequence 0 to {Math.Min(last.Size.Value, head.Size.Value) - 1}: the ledger shows another history now than it showed before. Both heads are signed: one of {last.Size.Value} events seen earlier, one of {head.Size.Value} events now."),
        0);
}
