using System.Text;
using Ledger.Transparency;

namespace Ledger.Auditor.Tests;

/// <summary>Keys and names; made from a number, so that a failure comes again.</summary>
internal static class Some
{
    public const string OriginName = "ledger.example/ceasefire";

    public static readonly Origin Log = Origin.Of(OriginName);

    public static SigningKey LogKey(byte seed = 1, string name = OriginName) => Key(name, KeyType.Ed25519, seed);

    public static SigningKey WitnessKey(byte seed) => Key($"witness.example/w{seed}", KeyType.Cosignature, seed);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static SigningKey Key(string name, KeyType type, byte seed)
    {
        var bytes = new byte[SigningKey.SeedLength];
        Array.Fill(bytes, seed);
        return SigningKey.FromSeed(KeyName.Of(name), type, bytes);
    }
}

/// <summary>A published log: every file under the path that it is served at.</summary>
internal sealed class Published
{
    private readonly List<byte[]> _entries = [];

    public SigningKey Key { get; init; } = Some.LogKey();

    public IReadOnlyList<SigningKey> Witnesses { get; init; } = [];

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public long Size => _entries.Count;

    public SignedCheckpoint Head { get; private set; } = null!;

    public static Published Of(int entries, int seed = 0) => new Published().Grow(entries, seed);

    public static byte[] Entry(long index, int seed = 0) =>
        new LeafEntry(new LeafIndex(index), MerkleHash.Sha256(Some.Bytes($"event {index} of history {seed}"))).ToBytes();

    /// <summary>Adds entries and publishes the head over them.</summary>
    public Published Grow(int entries, int seed = 0)
    {
        for (var i = 0; i < entries; i++) _entries.Add(Entry(_entries.Count, seed));
        return Seal();
    }

    public Published Add(params byte[][] entries)
    {
        _entries.AddRange(entries);
        return Seal();
    }

    public Published Rewrite(int index, byte[] entry)
    {
        _entries[index] = entry;
        return Seal();
    }

    public Hash RootAt(int size) => TiledTree.Empty.Append([.. _entries.Take(size).Select(entry => MerkleHash.Leaf(entry))]).Tree.Root;

    private Published Seal()
    {
        var size = new TreeSize(_entries.Count);
        var growth = TiledTree.Empty.Append([.. _entries.Select(entry => MerkleHash.Leaf(entry))]);
        foreach (var tile in growth.Tiles) Files[tile.Id.Path] = tile.Bytes.ToArray();
        foreach (var bundle in BundleId.Of(size))
            Files[bundle.Path] = EntryBundle.Print([.. _entries.Skip((int)bundle.First.Value).Take(bundle.Width).Select(entry => (ReadOnlyMemory<byte>)entry)]);

        Head = Sign(new Checkpoint(Some.Log, size, growth.Tree.Root));
        Files["checkpoint"] = Head.ToBytes();
        Files["vkey"] = Some.Bytes($"{Key.Verifier}\n");
        return this;
    }

    public SignedCheckpoint Sign(Checkpoint checkpoint, SigningKey? key = null)
    {
        var signed = SignedCheckpoint.Sign(checkpoint, key ?? Key);
        var lines = Witnesses.Select(witness => witness.Cosign(checkpoint.Text, new UnixSeconds(1_790_000_000))).ToList();
        return CosignatureMerge.Merge(signed, lines, [.. Witnesses.Select(witness => witness.Verifier)]).Checkpoint;
    }

    public string Policy(string quorum) => string.Concat(
        $"log {Key.Verifier}\n", string.Concat(Witnesses.Select((witness, i) => $"witness w{i} {witness.Verifier}\n")),
        $"group all all {string.Join(' ', Witnesses.Select((_, i) => $"w{i}"))}\n", $"quorum {quorum}\n");
}
