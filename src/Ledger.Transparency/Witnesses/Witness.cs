using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Ledger.Transparency;

/// <summary>What a witness must never forget: the newest checkpoint that it cosigned of each log.</summary>
public sealed record WitnessState(ImmutableDictionary<Origin, SignedCheckpoint> Latest)
{
    public static readonly WitnessState Empty = new(ImmutableDictionary<Origin, SignedCheckpoint>.Empty);
}

/// <summary>What a witness answers. Only <see cref="Cosigned"/> changes its state.</summary>
/// <param name="Status">HTTP, as C2SP tlog-witness has it.</param>
public abstract record WitnessReply(int Status)
{
    private const string PlainText = "text/plain; charset=utf-8";

    public virtual string ContentType => PlainText;

    public abstract string Body { get; }

    /// <summary>Cosigned. The state must be durable before anybody sees the answer, and be replaced only if nobody else replaced it since.</summary>
    public sealed record Cosigned(NoteSignature Line, WitnessState State) : WitnessReply(200)
    {
        public override string Body => Line.Line;
    }

    /// <summary>The log doesn't know how far this witness is.</summary>
    public sealed record OtherSize(TreeSize Latest) : WitnessReply(409)
    {
        public override string ContentType => WitnessAnswer.SizeContentType;

        public override string Body => $"{Latest}\n";
    }

    /// <summary>400 malformed, 403 no trusted signature, 404 unknown origin, 422 not consistent with what this witness saw.</summary>
    public sealed record Refused(int Status, Refusal Why) : WitnessReply(Status)
    {
        public override string Body => $"{Why.Message}\n";
    }
}

/// <summary>The rules of a C2SP tlog-witness: state and request in, answer and state out.</summary>
/// <param name="Key">Of type <see cref="KeyType.Cosignature"/>.</param>
/// <param name="Logs">The keys that it trusts; a log's origin is its key's name.</param>
public sealed record Witness(SigningKey Key, IReadOnlyList<VerifierKey> Logs)
{
    /// <summary>The folder of a log in the monitoring prefix: <c>/{origin hash}/checkpoint</c>.</summary>
    public static string OriginHash(Origin origin) => Convert.ToHexStringLower(MerkleHash.Sha256(System.Text.Encoding.UTF8.GetBytes(origin.Value)).Bytes);

    public WitnessReply Answer(WitnessState state, ReadOnlySpan<byte> body, UnixSeconds now)
    {
        if (!AddCheckpointRequest.TryParse(body, out var request, out var malformed)) return new WitnessReply.Refused(400, malformed);

        var head = request.Checkpoint.Checkpoint;
        var trusted = Logs.Where(key => head.Origin.IsNamedAs(key.Name)).ToList();
        if (trusted.Count == 0) return Refuse(404, "unknown-origin", "This witness doesn't follow that log.");
        if (request.Checkpoint.Note.Verify(trusted) is not NoteVerdict.Verified)
            return Refuse(403, "not-signed", "No trusted key of that log signed the checkpoint, or a line only claims to be its.");
        if (request.Old.Value > head.Size.Value) return Refuse(400, "old-exceeds-size", "The old size exceeds the checkpoint's size.");

        var latest = state.Latest.GetValueOrDefault(head.Origin);
        var seen = latest?.Checkpoint.Size ?? new TreeSize(0);
        if (request.Old != seen) return new WitnessReply.OtherSize(seen);
        return IsConsistent(request, latest?.Checkpoint)
            ? Cosign(state, request.Checkpoint, trusted, now)
            : Refuse(422, "inconsistent", "The checkpoint isn't proven consistent with the one that this witness cosigned.");
    }

    private static bool IsConsistent(AddCheckpointRequest request, Checkpoint? latest)
    {
        var head = request.Checkpoint.Checkpoint;

        // RFC 6962 §2.1: the empty tree has one root.
        if (head.Size.Value == 0 && head.Root != MerkleHash.EmptyRoot) return false;

        // The empty tree is consistent with any tree, so a proof from it proves nothing and must be empty.
        if (request.Old.Value == 0) return request.Proof.Count == 0;
        return ProofVerifier.Consistency(request.Old, head.Size, request.Proof, latest!.Root, head.Root) == ProofOutcome.Proven;
    }

    private WitnessReply.Cosigned Cosign(WitnessState state, SignedCheckpoint checkpoint, List<VerifierKey> trusted, UnixSeconds now)
    {
        var line = Key.Cosign(checkpoint.Note.Text, now);

        // One line of each key: anybody may send a valid line a hundred times.
        var kept = trusted.Select(key => checkpoint.Note.Signatures.FirstOrDefault(key.IsNamedIn)).OfType<NoteSignature>();
        return new WitnessReply.Cosigned(line, new WitnessState(state.Latest.SetItem(checkpoint.Checkpoint.Origin, checkpoint.With([.. kept, line]))));
    }

    private static WitnessReply.Refused Refuse(int status, string code, string message) => new(status, new Refusal(code, message));
}

/// <summary>What a witness's answer means to the log that asked.</summary>
public abstract record WitnessAnswer
{
    public const string SizeContentType = "text/x.tlog.size";

    private WitnessAnswer() { }

    /// <summary>Lines to verify and merge (<see cref="CosignatureMerge"/>).</summary>
    public sealed record Cosigned(IReadOnlyList<NoteSignature> Lines) : WitnessAnswer;

    /// <summary>The witness saw this size last: ask again from there.</summary>
    public sealed record OtherSize(TreeSize Latest) : WitnessAnswer;

    /// <summary>Not now; ask again later.</summary>
    public sealed record NoneNow(string Reason) : WitnessAnswer;

    /// <summary>Asking again won't help: somebody has to look.</summary>
    public sealed record Alarm(string Reason) : WitnessAnswer;

    /// <summary>Reads what came over HTTP. Real witnesses also answer 500, or 409 with an empty body: none now, and alarm.</summary>
    public static WitnessAnswer Read(int status, string? contentType, ReadOnlySpan<byte> body) => status switch
    {
        200 => TryLines(body, out var lines) ? new Cosigned(lines) : new Alarm("The witness's answer isn't signature lines."),
        409 => TrySize(contentType, body, out var size) ? new OtherSize(size) : new Alarm("The witness is at another size and doesn't say at which."),
        >= 400 and < 500 and not (408 or 429) => new Alarm($"The witness refused the checkpoint with status {status}."),
        _ => new NoneNow($"The witness answered with status {status}."),
    };

    private static bool TryLines(ReadOnlySpan<byte> body, [NotNullWhen(true)] out IReadOnlyList<NoteSignature>? lines)
    {
        lines = null;
        return body.Length <= SignedNote.MaxBytes && StrictText.TryDecode(body, out var text) && NoteSignature.TryParseLines(text, out lines);
    }

    private static bool TrySize(string? contentType, ReadOnlySpan<byte> body, out TreeSize size)
    {
        size = default;
        var isSize = string.Equals(contentType?.Split(';')[0].Trim(), SizeContentType, StringComparison.OrdinalIgnoreCase);
        if (!isSize || !StrictText.TryDecode(body, out var text) || StrictText.Lines(text) is not [var line]) return false;
        if (!StrictText.TryDecimal(line, out var value)) return false;
        size = new TreeSize(value);
        return true;
    }
}
