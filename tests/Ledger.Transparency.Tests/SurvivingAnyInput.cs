using System.Text;
using CsCheck;

namespace Ledger.Transparency.Tests;

/// <summary>Every parser takes any bytes without throwing, and what it takes prints as the very same bytes.</summary>
/// <remarks>LEDGER_FUZZ=100000 takes so many tries of each in place of the quick number.</remarks>
public sealed class SurvivingAnyInput
{
    private static readonly long Tries = long.TryParse(Environment.GetEnvironmentVariable("LEDGER_FUZZ"), out var tries) ? tries : 10_000;

    private static readonly string Note = Some.Checkpoint(5).ToString();

    private static readonly string[] Good = MakeGood();

    private static readonly string[] Marks = ["\n", "\n\n", " ", "0", "=", "+", "\r", "\u2014 ", "x", "/"];

    /// <summary>Random bytes, and good texts with a piece changed: those get deep into a parser.</summary>
    private static readonly Gen<byte[]> Input = Gen.OneOf(
        Gen.Byte.Array[0, 200],
        Gen.Select(One(Good), Gen.Int[0, 2_000], Gen.Int[0, 12], Gen.OneOf(Gen.Byte.Array[0, 4], One(Marks).Select(Some.Bytes)), Spoil));

    [Fact]
    public void Notes_survive() => Survives(bytes => SignedNote.TryParse(bytes, out var note, out _) ? note.ToBytes() : null);

    [Fact]
    public void Signed_checkpoints_survive() => Survives(bytes => SignedCheckpoint.TryParse(bytes, out var checkpoint, out _) ? checkpoint.ToBytes() : null);

    [Fact]
    public void Checkpoints_survive() => Survives(text => Checkpoint.TryParse(text, out var checkpoint, out _) ? checkpoint.Text : null);

    [Fact]
    public void Receipts_survive() => Survives(bytes => TlogProof.TryParse(bytes, out var proof, out _) ? proof.ToBytes() : null);

    [Fact]
    public void Witness_requests_survive() => Survives(bytes => AddCheckpointRequest.TryParse(bytes, out var request, out _) ? request.ToBytes() : null);

    [Fact]
    public void Signature_lines_survive() =>
        Survives(text => NoteSignature.TryParseLines(text, out var lines) ? string.Concat(lines.Select(line => line.Line)) : null);

    [Fact]
    public void Verifier_keys_survive() => Survives(text => VerifierKey.TryParse(text, out var key, out _) ? key.ToString() : null);

    [Fact]
    public void Key_rotations_survive() => Survives(text => KeyRotation.TryParse(text, out var rotation, out _) ? rotation.Text : null);

    [Fact]
    public void Leaf_entries_survive() => Survives(bytes => LeafEntry.TryParse(bytes, out var entry, out _) ? entry.ToBytes() : null);

    [Fact]
    public void Tile_paths_survive() => Survives(text => TileId.TryParse(text, out var id) ? id.Path : null);

    [Fact]
    public void Bundle_paths_survive() => Survives(text => BundleId.TryParse(text, out var id) ? id.Path : null);

    [Fact]
    public void Hashes_survive() => Survives(text => Hash.TryParse(text, out var hash) ? hash.ToString() : null);

    [Fact]
    public void Signing_keys_survive() => Survives(text =>
    {
        if (SigningKey.TryParse(text, out var key, out _)) key.Dispose();
        return null;
    });

    [Fact]
    public void Entry_bundles_survive() => Gen.Select(Gen.Byte.Array[0, 60], Gen.Int[0, 5]).Sample((bytes, width) =>
    {
        if (EntryBundle.TryParse(bytes, width, out var entries, out _)) Assert.Equal(bytes, EntryBundle.Print(entries));
    }, iter: Tries);

    [Fact]
    public void Policies_survive_and_what_they_print_reads_back_the_same() => Sample(bytes =>
    {
        if (!TrustPolicy.TryParse(bytes, out var policy, out _)) return;
        Assert.True(TrustPolicy.TryParse(Encoding.UTF8.GetBytes(policy.ToString()), out var again, out _));
        Assert.Equal(policy.ToString(), again.ToString());
    });

    [Fact]
    public void Witnesses_and_their_answers_survive()
    {
        using var key = Some.WitnessKey(1);
        using var log = Some.LogKey();
        var witness = new Witness(key, [log.Verifier]);
        Sample(bytes =>
        {
            Assert.InRange(witness.Answer(WitnessState.Empty, bytes, new UnixSeconds(1)).Status, 200, 422);
            Assert.NotNull(WitnessAnswer.Read(200, null, bytes));
            Assert.NotNull(WitnessAnswer.Read(409, WitnessAnswer.SizeContentType, bytes));
        });
    }

    [Fact]
    public void Disclosures_survive() => Sample(bytes =>
    {
        new Disclosure(Encoding.Latin1.GetString(bytes)).TryRead(out _, out _);
        new Disclosure(System.Buffers.Text.Base64Url.EncodeToString(bytes)).TryRead(out _, out _);
    });

    [Fact]
    public void Any_disclosure_reads_back() => Gen.Select(Gen.String, Gen.String).Sample((salt, name) =>
    {
        // A string with half a surrogate pair is no Unicode text; JSON can't carry it.
        if (!IsText(salt) || !IsText(name)) return;
        Assert.True(Disclosure.Of(salt, name, "[1, {}]").TryRead(out var read, out var json));
        Assert.Equal((name, "[1, {}]"), (read, json));
    });

    [Fact]
    public void Any_proof_is_judged_without_an_exception() =>
        Gen.Select(Gen.Long, Gen.Long, Gen.Int[0, 70]).Sample((a, b, count) =>
        {
            var path = Some.Leaves(count);
            Assert.NotEqual(ProofOutcome.Proven, ProofVerifier.Inclusion(new LeafIndex(a), new TreeSize(b), Some.Leaf(1), path, Some.Leaf(2)));
            Assert.NotEqual(ProofOutcome.Proven, ProofVerifier.Consistency(new TreeSize(a), new TreeSize(b), path, Some.Leaf(1), Some.Leaf(2)));
        });

    [Fact]
    public void Every_good_text_is_taken_by_a_parser()
    {
        foreach (var text in Good)
        {
            var bytes = Some.Bytes(text);
            bool[] taken =
            [
                SignedNote.TryParse(bytes, out _, out _), TlogProof.TryParse(bytes, out _, out _), AddCheckpointRequest.TryParse(bytes, out _, out _),
                Checkpoint.TryParse(text, out _, out _), VerifierKey.TryParse(text, out _, out _), KeyRotation.TryParse(text, out _, out _),
                LeafEntry.TryParse(bytes, out _, out _), TileId.TryParse(text, out _), BundleId.TryParse(text, out _), Hash.TryParse(text, out _),
                TrustPolicy.TryParse(bytes, out _, out _), NoteSignature.TryParseLines(text, out _),
            ];
            Assert.Contains(true, taken);
        }
    }

    private static void Sample(Action<byte[]> check) => Input.Sample(check, iter: Tries);

    private static void Survives(Func<byte[], byte[]?> printAgain) => Sample(bytes =>
    {
        if (printAgain(bytes) is { } printed) Assert.Equal(bytes, printed);
    });

    private static void Survives(Func<string, string?> printAgain) => Sample(bytes =>
    {
        // As Latin-1, so that any byte is a character, and then as what it most often is.
        foreach (var text in new[] { Encoding.Latin1.GetString(bytes), Encoding.UTF8.GetString(bytes) })
        {
            if (printAgain(text) is { } printed) Assert.Equal(text, printed);
        }
    });

    private static Gen<string> One(string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static byte[] Spoil(string good, int at, int length, byte[] instead)
    {
        var bytes = Some.Bytes(good);
        var from = at % (bytes.Length + 1);
        var to = Math.Min(bytes.Length, from + length);
        return [.. bytes[..from], .. instead, .. bytes[to..]];
    }

    private static string[] MakeGood()
    {
        using var log = Some.LogKey();
        using var next = Some.LogKey(2);
        using var witness = Some.WitnessKey(3);
        var checkpoint = Some.Checkpoint(5);
        var line = witness.Cosign(checkpoint.Note.Text, new UnixSeconds(1));
        return
        [
            Note, checkpoint.Note.Text, line.Line, log.Verifier.ToString(), witness.Verifier.ToString(),
            new TlogProof(new LeafIndex(2), Some.Leaves(3), checkpoint, Some.Bytes("x")).ToString(),
            new AddCheckpointRequest(new TreeSize(3), Some.Consistency(3, 5), checkpoint).ToString(),
            new KeyRotation(Some.Log, log.Verifier, next.Verifier, new TreeSize(5), Some.Leaf(1)).Text,
            LeafEntry.Of(Some.Header(), [], []).ToString(), "tile/2/x001/x234/067.p/44", "tile/entries/x001/234", Some.Leaf(1).ToString(),
            $"log {log.Verifier} https://a.example/\nwitness W {witness.Verifier}\ngroup G all W\nquorum G\n",
        ];
    }
}
