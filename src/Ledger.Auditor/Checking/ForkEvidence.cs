using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>Two heads of one log, both signed with its key, that can't both be true. It needs no server to be checked, and no trust in who made it.</summary>
/// <remarks>
/// Where the sizes are the same, two roots say all. Otherwise a consistency proof (RFC 9162 §2.1.4) shows which root the larger tree has at the smaller size;
/// it leads to the larger tree's signed root, and isn't the root that was signed for the smaller size.
/// </remarks>
/// <param name="Key">The log's key; whoever checks must know it from elsewhere.</param>
/// <param name="FirstRootInSecond">Null where the sizes are the same.</param>
internal sealed record ForkEvidence(
    VerifierKey Key, IReadOnlyList<SignedNote> Rotations, SignedCheckpoint First, SignedCheckpoint Second, Hash? FirstRootInSecond, IReadOnlyList<Hash> Proof)
{
    private const string Format = "ceasefire-ledger-fork/v1";
    private const int Longest = 16_000_000;

    public static ForkEvidence Of(TrustedHead head, SignedCheckpoint other, Continuation.Forks? fork)
    {
        var (first, second) = other.Checkpoint.Size.Value <= head.Checkpoint.Size.Value ? (other, head.Signed) : (head.Signed, other);
        return new(head.Trusted, head.RotationNotes, first, second, fork?.FirstRoot, fork?.Proof ?? []);
    }

    /// <summary>Null where the two heads really contradict each other.</summary>
    /// <param name="trusted">The log's key as whoever checks knows it; the evidence's own where they only want to know whether it holds together.</param>
    public Fault? Check(VerifierKey trusted)
    {
        var (first, second) = (First.Checkpoint, Second.Checkpoint);
        if (first.Origin != second.Origin) return new("other-origin", "The two heads are of different ledgers.");
        if (first.Size.Value > second.Size.Value) return new("evidence-malformed", "The heads are in the wrong order.");

        var rotations = Rotations.SkipWhile(note => !KeyRotation.TryParse(note.Text, out var rotation, out _) || !rotation.Old.Equals(trusted));
        if (!KeyHistory.TryFollow(trusted, rotations, out var history, out var refusal)) return new(refusal.Code, refusal.Message);
        var policy = TrustPolicy.Of(trusted).Following(history);
        if (policy.Check(First) is not PolicyVerdict.Trusted) return new("not-signed", "The first head isn't signed by the ledger's key.");
        if (policy.Check(Second) is not PolicyVerdict.Trusted) return new("not-signed", "The second head isn't signed by the ledger's key.");
        return Contradicts(first, second) ? null : new("no-contradiction", "Both heads may be true: the second continues the first, or the evidence doesn't show otherwise.");
    }

    private bool Contradicts(Checkpoint first, Checkpoint second)
    {
        if (first.Size == second.Size) return first.Root != second.Root;
        if (FirstRootInSecond is not { } shown || shown == first.Root) return false;
        return ProofVerifier.Consistency(first.Size, second.Size, Proof, shown, second.Root) == ProofOutcome.Proven;
    }

    public void Write(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            Durable.Replace(path, ToBytes());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CouldNotCheckException($"The proof of the fork can't be written to {path}: {Shown.Of(exception.Message)}", exception);
        }
    }

    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteString("whatThisIs", "Two heads of one ledger, both signed with its key, that can't both be true. Check it with: ledger-audit evidence verify FILE --vkey KEY");
            json.WriteString("vkey", Key.ToString());
            WriteTexts(json, "rotations", Rotations.Select(note => note.ToString()));
            json.WriteString("first", First.ToString());
            json.WriteString("second", Second.ToString());
            if (FirstRootInSecond is { } root) json.WriteString("firstRootInSecond", root.ToString());
            WriteTexts(json, "proof", Proof.Select(hash => hash.ToString()));
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    public static ForkEvidence Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(Trust.ReadFile(path, Longest), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Malformed("it isn't the JSON that this program writes");
        }
    }

    private static ForkEvidence Read(JsonElement json)
    {
        if (Text(json, "format") != Format) throw Malformed("its format is another");
        if (!VerifierKey.TryParse(Text(json, "vkey"), out var key, out var refusal)) throw Malformed(refusal.Message);
        var root = default(Hash);
        var hasRoot = json.TryGetProperty("firstRootInSecond", out var shown);
        if (hasRoot && !Hash.TryParse(shown.GetString()!, out root)) throw Malformed("its root isn't a hash");
        return new ForkEvidence(
            key, Texts(json, "rotations").Select(Note).ToList(), Head(Text(json, "first")), Head(Text(json, "second")), hasRoot ? root : null,
            Texts(json, "proof").Select(text => Hash.TryParse(text, out var hash) ? hash : throw Malformed("its proof isn't made of hashes")).ToList());
    }

    private static SignedCheckpoint Head(string text) =>
        SignedCheckpoint.TryParse(Encoding.UTF8.GetBytes(text), out var head, out var refusal) ? head : throw Malformed(refusal.Message);

    private static SignedNote Note(string text) =>
        SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out var note, out var refusal) ? note : throw Malformed(refusal.Message);

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw Malformed($"{name} is missing");

    private static IEnumerable<string> Texts(JsonElement json, string name) =>
        json.GetProperty(name).EnumerateArray().Select(item => item.GetString() ?? throw Malformed($"{name} holds a null"));

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static CouldNotCheckException Malformed(string why) => new($"The file isn't evidence of a fork: {Shown.Of(why)}.");
}
