using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ledger.Transparency;

/// <summary>Whether an entry was logged, to somebody with a policy.</summary>
public abstract record ReceiptVerdict
{
    private ReceiptVerdict() { }

    /// <summary>The entry lies at that index of a tree that the policy trusts.</summary>
    public sealed record Logged(Checkpoint Checkpoint, IReadOnlyList<Cosigner> Cosigners) : ReceiptVerdict;

    /// <summary>The policy doesn't trust the checkpoint.</summary>
    public sealed record NotTrusted(PolicyVerdict Why) : ReceiptVerdict;

    /// <summary>The checkpoint is good, but the entry isn't in it at that index.</summary>
    public sealed record NotIncluded(ProofOutcome Why) : ReceiptVerdict;
}

/// <summary>A receipt that verifies offline, years later: C2SP tlog-proof, <c>c2sp.org/tlog-proof@v1</c>.</summary>
/// <param name="Index">The entry's place in the log.</param>
/// <param name="Path">The inclusion proof, the leaf's sibling first.</param>
/// <param name="Extra">Opaque and not authenticated; never empty.</param>
public sealed record TlogProof(LeafIndex Index, IReadOnlyList<Hash> Path, SignedCheckpoint Checkpoint, ReadOnlyMemory<byte>? Extra = null)
{
    private const string Header = "c2sp.org/tlog-proof@v1";
    private const string ExtraPrefix = "extra ";
    private const string IndexPrefix = "index ";

    public override string ToString() => $"{Header}\n{ExtraLine()}{IndexPrefix}{Index}\n{HashLines.Print(Path)}\n{Checkpoint}";

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    /// <summary>Takes exactly what <see cref="ToString"/> prints.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TlogProof? proof, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Read(bytes, out proof);
        return refusal is null;
    }

    /// <summary>"Verifying a tlog proof", steps 2 to 4. Step 1, the leaf hash, is the caller's: from an event's bytes, <see cref="LeafEntry"/>.</summary>
    public ReceiptVerdict Verify(Hash leaf, TrustPolicy policy)
    {
        var verdict = policy.Check(Checkpoint);
        if (verdict is not PolicyVerdict.Trusted(var head, var cosigners)) return new ReceiptVerdict.NotTrusted(verdict);

        var outcome = ProofVerifier.Inclusion(Index, head.Size, leaf, Path, head.Root);
        return outcome == ProofOutcome.Proven ? new ReceiptVerdict.Logged(head, cosigners) : new ReceiptVerdict.NotIncluded(outcome);
    }

    private string ExtraLine() => Extra is { } extra ? $"{ExtraPrefix}{Convert.ToBase64String(extra.Span)}\n" : string.Empty;

    private static Refusal? Read(ReadOnlySpan<byte> bytes, out TlogProof? proof)
    {
        proof = null;
        if (!HashLines.TryCut(bytes, out var head, out var rest)) return new("proof-malformed", "No empty line separates the proof from a checkpoint.");
        if (head is not [Header, .. var lines]) return new("proof-other-format", $"The first line isn't {Header}.");
        if (!TryExtra(ref lines, out var extra)) return new("proof-malformed", "The extra line isn't canonical base64 of at least one byte.");
        if (lines is not [var index, .. var path] || !index.StartsWith(IndexPrefix, StringComparison.Ordinal)) return new("proof-malformed", "The proof has no index line.");
        if (!StrictText.TryDecimal(index.AsSpan(IndexPrefix.Length), out var leaf)) return new("proof-malformed", "The index isn't a decimal number without leading zeros.");
        if (!HashLines.TryParse(path, out var hashes)) return new("proof-malformed", $"A proof is at most {HashLines.Max} hashes of 32 bytes in canonical base64.");
        if (!SignedCheckpoint.TryParse(rest, out var checkpoint, out var refusal)) return refusal;

        proof = new TlogProof(new LeafIndex(leaf), hashes, checkpoint, extra);
        return null;
    }

    private static bool TryExtra(ref string[] lines, out ReadOnlyMemory<byte>? extra)
    {
        extra = null;
        if (lines is not [var first, .. var rest] || !first.StartsWith(ExtraPrefix, StringComparison.Ordinal)) return true;
        if (!StrictText.TryBase64(first[ExtraPrefix.Length..], out var bytes) || bytes.Length == 0) return false;
        (extra, lines) = (bytes, rest);
        return true;
    }
}
