using System.Text.Json;

namespace Ledger.Transparency.Tests;

/// <summary>Proofs of transparency-dev/merkle, good ones and spoilt ones.</summary>
public class CheckingAgainstTheMerkleVectors
{
    [VectorsFact]
    public void Every_inclusion_vector_is_judged_as_it_says()
    {
        var files = Vectors.Files("*.json", "merkle", "inclusion");
        Assert.Equal(98, files.Count);
        foreach (var file in files)
        {
            var vector = Vectors.Json(file);
            var outcome = ProofVerifier.Inclusion(
                new LeafIndex(Number(vector, "leafIdx")), new TreeSize(Number(vector, "treeSize")), Bytes(vector, "leafHash"), Proof(vector), Bytes(vector, "root"));
            Assert.True(WantsError(vector) == (outcome != ProofOutcome.Proven), $"{file}: {outcome}");
        }
    }

    [VectorsFact]
    public void Every_consistency_vector_is_judged_as_it_says()
    {
        var files = Vectors.Files("*.json", "merkle", "consistency");
        Assert.Equal(98, files.Count);
        foreach (var file in files.Where(file => !HasNoHashes(file)))
        {
            var (outcome, vector) = Judge(file);
            Assert.True(WantsError(vector) == (outcome != ProofOutcome.Proven), $"{file}: {outcome}");
        }
    }

    [VectorsFact]
    public void The_one_vector_whose_roots_are_no_hashes_is_refused_here_because_a_root_has_32_bytes()
    {
        var (outcome, vector) = Judge(Assert.Single(Vectors.Files("*.json", "merkle", "consistency"), HasNoHashes));
        Assert.Equal(ProofOutcome.WrongHashLength, outcome);

        // With hashes in the same places it is accepted, as the vector wants.
        Assert.False(WantsError(vector));
        var root = MerkleHash.Sha256(Bytes(vector, "root1"));
        Assert.Equal(ProofOutcome.Proven, ProofVerifier.Consistency(new TreeSize(1), new TreeSize(1), [], root, root));
    }

    private static bool HasNoHashes(string file) => file.EndsWith("sizes-are-equal-one-and-proof-is-empty.json", StringComparison.Ordinal);

    private static (ProofOutcome Outcome, JsonElement Vector) Judge(string file)
    {
        var vector = Vectors.Json(file);
        var outcome = ProofVerifier.Consistency(
            new TreeSize(Number(vector, "size1")), new TreeSize(Number(vector, "size2")), Proof(vector), Bytes(vector, "root1"), Bytes(vector, "root2"));
        return (outcome, vector);
    }

    private static bool WantsError(JsonElement vector) => vector.GetProperty("wantErr").GetBoolean();

    // Some indices are 2^64 - 1; here a number has 63 bits, and what doesn't fit is outside of any tree.
    private static long Number(JsonElement vector, string name) => unchecked((long)vector.GetProperty(name).GetUInt64());

    private static byte[] Bytes(JsonElement vector, string name) => vector.GetProperty(name).GetBytesFromBase64();

    private static List<ReadOnlyMemory<byte>> Proof(JsonElement vector) => vector.GetProperty("proof") is { ValueKind: JsonValueKind.Array } proof
        ? [.. proof.EnumerateArray().Select(hash => new ReadOnlyMemory<byte>(hash.GetBytesFromBase64()))]
        : [];
}

/// <summary>A log that transparency-dev/tessera wrote.</summary>
public class CheckingAgainstTheTesseraLog
{
    private const string LogKey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

    [VectorsFact]
    public void Every_size_has_its_tiles_bundles_root_and_signature()
    {
        Assert.True(VerifierKey.TryParse(LogKey, out var key, out _));
        for (var size = 0; size <= 15; size++)
        {
            var bytes = Vectors.Bytes("tessera-log", "log", $"checkpoint.{size}");
            Assert.True(SignedCheckpoint.TryParse(bytes, out var checkpoint, out var refusal), refusal?.Message);
            Assert.Equal(bytes, checkpoint.ToBytes());
            Assert.IsType<PolicyVerdict.Trusted>(TrustPolicy.Of(key).Check(checkpoint));
            PublishedLog.Check(checkpoint.Checkpoint, PublishedLog.Entries(15, "tessera-log", "log"), "tessera-log", "log");
        }
    }

    [VectorsFact]
    public void Every_checkpoint_is_proven_consistent_with_every_later_one()
    {
        var leaves = PublishedLog.Entries(15, "tessera-log", "log").Select(entry => MerkleHash.Leaf(entry.Span)).ToArray();
        StoredHash read = new TileHashes(new TreeSize(15), id => Vectors.Bytes(["tessera-log", "log", .. id.Path.Split('/')])).Read;
        for (var newer = 1; newer <= 15; newer++)
        {
            for (var older = 1; older <= newer; older++)
            {
                var path = Prover.Consistency(new TreeSize(older), new TreeSize(newer), read);
                Assert.Equal(Rfc6962.Proof(older, leaves.AsSpan(0, newer)), path);
                Assert.Equal(ProofOutcome.Proven, ProofVerifier.Consistency(new TreeSize(older), new TreeSize(newer), path, Root(older), Root(newer)));
            }
        }
    }

    private static Hash Root(int size)
    {
        Assert.True(SignedCheckpoint.TryParse(Vectors.Bytes("tessera-log", "log", $"checkpoint.{size}"), out var checkpoint, out _));
        return checkpoint.Checkpoint.Root;
    }
}

/// <summary>A log of 300 entries that an independent implementation in Go wrote.</summary>
public class CheckingAgainstTheGoldenLog
{
    private static readonly string[] Log = ["golden-log300", "log300"];

    private static readonly int[] Sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 255, 256, 257, 300];

    [VectorsFact]
    public void Every_size_has_its_tiles_bundles_root_and_signature_byte_for_byte()
    {
        Assert.Equal(Sizes.Length, Vectors.Files("checkpoint.*", [.. Log, "old"]).Count);
        var entries = PublishedLog.Entries(300, Log);
        foreach (var size in Sizes)
        {
            var bytes = Vectors.Bytes([.. Log, "old", $"checkpoint.{size}"]);
            Assert.True(SignedCheckpoint.TryParse(bytes, out var checkpoint, out var refusal), refusal?.Message);
            Assert.Equal(bytes, checkpoint.ToBytes());
            Assert.IsType<PolicyVerdict.Trusted>(TrustPolicy.Of(Key("log.vkey")).Check(checkpoint));
            PublishedLog.Check(checkpoint.Checkpoint, entries, Log);
        }
    }

    [VectorsFact]
    public void Every_published_tile_and_bundle_is_one_that_this_room_makes()
    {
        string[] files = [.. Vectors.Files("*", [.. Log, "tile"]).Select(file => Path.GetRelativePath(Vectors.Path(Log), file).Replace('\\', '/'))];
        var made = Sizes.SelectMany(size => TileId.Of(new TreeSize(size)).Select(id => id.Path).Concat(BundleId.Of(new TreeSize(size)).Select(id => id.Path)));
        Assert.Equal(files, made.Distinct().Order(StringComparer.Ordinal));
    }

    [VectorsFact]
    public void The_newest_checkpoint_meets_the_policy_by_both_cosignatures()
    {
        var verdict = Assert.IsType<PolicyVerdict.Trusted>(Policy().Check(Newest()));
        Assert.Equal(["A", "G"], verdict.Cosigners.Select(cosigner => cosigner.Witness.Name));
        Assert.Equal([Key("party-a.vkey"), Key("guarantor.vkey")], verdict.Cosigners.Select(cosigner => cosigner.Witness.Key));
        Assert.IsType<PolicyVerdict.QuorumNotMet>(Policy().Check(Signed(300)));
    }

    [VectorsFact]
    public void The_policy_prints_as_it_was_written() => Assert.Equal(Vectors.Text("golden-log300", "policy.txt"), Policy().ToString());

    [VectorsFact]
    public void Merging_the_two_cosignatures_gives_the_published_checkpoint_byte_for_byte()
    {
        var lines = Newest().Note.Signatures.Skip(1).Reverse().ToList();
        var merged = CosignatureMerge.Merge(Signed(300), lines, [.. Policy().Witnesses.Select(witness => witness.Key)]);
        Assert.Equal(Vectors.Text([.. Log, "checkpoint"]), merged.Checkpoint.ToString());
    }

    [VectorsFact]
    public void Every_receipt_is_made_byte_for_byte_and_verifies_its_leaf_only()
    {
        var files = Vectors.Files("*.tlog-proof", "golden-log300", "proofs");
        Assert.Equal(11, files.Count);
        foreach (var file in files)
        {
            var index = new LeafIndex(long.Parse(Path.GetFileNameWithoutExtension(file), System.Globalization.CultureInfo.InvariantCulture));
            var made = new TlogProof(index, Prover.Inclusion(index, new TreeSize(300), Read()), Newest());
            Assert.Equal(File.ReadAllText(file), made.ToString());

            Assert.True(TlogProof.TryParse(File.ReadAllBytes(file), out var read, out var refusal), refusal?.Message);
            Assert.Equal(File.ReadAllText(file), read.ToString());
            var leaf = MerkleHash.Leaf(File.ReadAllBytes(Path.ChangeExtension(file, "leaf")));
            Assert.IsType<ReceiptVerdict.Logged>(read.Verify(leaf, Policy()));
            Assert.IsType<ReceiptVerdict.NotIncluded>(read.Verify(Mutations.Flip(leaf), Policy()));
        }
    }

    [VectorsFact]
    public void Every_witness_request_is_made_byte_for_byte_and_cosigned_by_who_saw_the_old_size()
    {
        using var key = Some.WitnessKey(1);
        var witness = new Witness(key, [Key("log.vkey")]);
        var files = Vectors.Files("add-checkpoint.*", "golden-log300", "proofs");
        Assert.Equal(13, files.Count);
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            Assert.True(AddCheckpointRequest.TryParse(bytes, out var request, out var refusal), refusal?.Message);
            var proof = request.Old.Value == 0 ? [] : Prover.Consistency(request.Old, new TreeSize(300), Read());
            Assert.Equal(bytes, new AddCheckpointRequest(request.Old, proof, Signed(300)).ToBytes());
            Assert.Equal(bytes, request.ToBytes());

            if (!Sizes.Contains((int)request.Old.Value)) continue;
            var seen = Assert.IsType<WitnessReply.Cosigned>(witness.Answer(
                WitnessState.Empty, new AddCheckpointRequest(new TreeSize(0), [], Signed((int)request.Old.Value)).ToBytes(), new UnixSeconds(1)));
            Assert.IsType<WitnessReply.Cosigned>(witness.Answer(seen.State, bytes, new UnixSeconds(2)));
        }
    }

    private static StoredHash Read() => new TileHashes(new TreeSize(300), id => Vectors.Bytes([.. Log, .. id.Path.Split('/')])).Read;

    private static SignedCheckpoint Newest() => Parse(Vectors.Bytes([.. Log, "checkpoint"]));

    private static SignedCheckpoint Signed(int size) => Parse(Vectors.Bytes([.. Log, "old", $"checkpoint.{size}"]));

    private static SignedCheckpoint Parse(byte[] bytes)
    {
        Assert.True(SignedCheckpoint.TryParse(bytes, out var checkpoint, out var refusal), refusal?.Message);
        return checkpoint;
    }

    private static TrustPolicy Policy()
    {
        Assert.True(TrustPolicy.TryParse(Vectors.Bytes("golden-log300", "policy.txt"), out var policy, out var refusal), refusal?.Message);
        return policy;
    }

    private static VerifierKey Key(string file)
    {
        Assert.True(VerifierKey.TryParse(Vectors.Text("golden-log300", file).TrimEnd('\n'), out var key, out var refusal), refusal?.Message);
        return key;
    }
}

/// <summary>What any published log must show.</summary>
internal static class PublishedLog
{
    public static IReadOnlyList<ReadOnlyMemory<byte>> Entries(int size, params string[] log)
    {
        List<ReadOnlyMemory<byte>> entries = [];
        foreach (var id in BundleId.Of(new TreeSize(size)))
        {
            Assert.True(EntryBundle.TryParse(Vectors.Bytes([.. log, .. id.Path.Split('/')]), id.Width, out var read, out var refusal), refusal?.Message);
            entries.AddRange(read);
        }

        return entries;
    }

    /// <summary>Root by two ways, tiles and bundles byte for byte, all from the entries.</summary>
    public static void Check(Checkpoint checkpoint, IReadOnlyList<ReadOnlyMemory<byte>> entries, params string[] log)
    {
        var size = (int)checkpoint.Size.Value;
        var leaves = entries.Take(size).Select(entry => MerkleHash.Leaf(entry.Span)).ToArray();
        var growth = TiledTree.Empty.Append(leaves);
        Assert.Equal(checkpoint.Root, growth.Tree.Root);

        var range = new CompactRange();
        foreach (var leaf in leaves) range.Append(leaf);
        Assert.Equal(checkpoint.Root, range.Root);

        Assert.Equal(TileId.Of(checkpoint.Size), growth.Tiles.Select(tile => tile.Id));
        foreach (var tile in growth.Tiles) Assert.Equal(Vectors.Bytes([.. log, .. tile.Id.Path.Split('/')]), tile.Bytes.ToArray());
        foreach (var id in BundleId.Of(checkpoint.Size))
        {
            Assert.Equal(Vectors.Bytes([.. log, .. id.Path.Split('/')]), EntryBundle.Print([.. entries.Skip((int)id.First.Value).Take(id.Width)]));
        }
    }
}
