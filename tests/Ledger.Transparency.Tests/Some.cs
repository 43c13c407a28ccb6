using System.Text;

namespace Ledger.Transparency.Tests;

/// <summary>Test data. Everything is made from its number, so that a failure comes again.</summary>
internal static class Some
{
    public static readonly Origin Log = Origin.Of("ledger.example/ceasefire");

    private static readonly Lazy<Hash[]> AllLeaves = new(() => [.. Enumerable.Range(0, 70_100).Select(i => Leaf(i))]);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Entry(long number) => Bytes($"entry {number}");

    public static Hash Leaf(long number) => MerkleHash.Leaf(Entry(number));

    /// <summary>The first leaves, up to 70,100 of them: hashed once for all tests.</summary>
    public static Hash[] Leaves(int count) => AllLeaves.Value[..count];

    public static SigningKey LogKey(byte seed = 1, string? name = null) => Key(name ?? Log.Value, KeyType.Ed25519, seed);

    public static SigningKey WitnessKey(byte seed, string? name = null) => Key(name ?? $"witness.example/w{seed}", KeyType.Cosignature, seed);

    public static SignedCheckpoint Checkpoint(int size, SigningKey? key = null) =>
        SignedCheckpoint.Sign(new Checkpoint(Log, new TreeSize(size), Tree(size).Root), key ?? LogKey());

    public static TiledTree Tree(int size) => TiledTree.Empty.Append(Leaves(size)).Tree;

    /// <summary>Reads hashes as RFC 6962 §2.1 defines them, from the leaves.</summary>
    public static StoredHash Hashes(IReadOnlyList<Hash> leaves) =>
        node => Rfc6962.Root([.. leaves.Skip((int)(node.Index << node.Level)).Take(1 << node.Level)]);

    public static IReadOnlyList<Hash> Consistency(int older, int newer) =>
        Prover.Consistency(new TreeSize(older), new TreeSize(newer), Hashes(Leaves(newer)));

    public static EventHeader Header(long sequence = 7, string type = "violation-recorded-v1") => new(
        Log,
        new LeafIndex(sequence),
        Guid.Parse("0199A2B4-7C1D-7E33-8F00-0123456789AB"),
        "violation-0199a2b4",
        3,
        type,
        new UnixMicroseconds(1_790_000_000_123_456));

    private static SigningKey Key(string name, KeyType type, byte seed)
    {
        var bytes = new byte[SigningKey.SeedLength];
        Array.Fill(bytes, seed);
        return SigningKey.FromSeed(KeyName.Of(name), type, bytes);
    }
}

/// <summary>The definitions of RFC 6962 §2.1, word by word and slow: a second opinion on trees and proofs.</summary>
internal static class Rfc6962
{
    /// <summary>MTH(D[n]).</summary>
    public static Hash Root(ReadOnlySpan<Hash> leaves) => leaves.Length switch
    {
        0 => MerkleHash.EmptyRoot,
        1 => leaves[0],
        var n => MerkleHash.Node(Root(leaves[..Split(n)]), Root(leaves[Split(n)..])),
    };

    /// <summary>PATH(m, D[n]), §2.1.1.</summary>
    public static List<Hash> Path(int m, ReadOnlySpan<Hash> leaves)
    {
        if (leaves.Length == 1) return [];
        var k = Split(leaves.Length);
        return m < k
            ? [.. Path(m, leaves[..k]), Root(leaves[k..])]
            : [.. Path(m - k, leaves[k..]), Root(leaves[..k])];
    }

    /// <summary>PROOF(m, D[n]), §2.1.2.</summary>
    public static List<Hash> Proof(int m, ReadOnlySpan<Hash> leaves) => SubProof(m, leaves, true);

    private static List<Hash> SubProof(int m, ReadOnlySpan<Hash> leaves, bool isWhole)
    {
        if (m == leaves.Length) return isWhole ? [] : [Root(leaves)];
        var k = Split(leaves.Length);
        return m <= k
            ? [.. SubProof(m, leaves[..k], isWhole), Root(leaves[k..])]
            : [.. SubProof(m - k, leaves[k..], false), Root(leaves[..k])];
    }

    // The largest power of two smaller than n.
    private static int Split(int n)
    {
        var k = 1;
        while (k * 2 < n) k *= 2;
        return k;
    }
}
