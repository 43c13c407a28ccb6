using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ledger.Transparency;

/// <summary>What a log sends to a witness: the size that the witness saw last, the proof from there, the new checkpoint (C2SP tlog-witness, "add-checkpoint").</summary>
public sealed record AddCheckpointRequest(TreeSize Old, IReadOnlyList<Hash> Proof, SignedCheckpoint Checkpoint)
{
    private const string OldPrefix = "old ";

    public override string ToString() => $"{OldPrefix}{Old}\n{HashLines.Print(Proof)}\n{Checkpoint}";

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    /// <summary>Takes exactly what <see cref="ToString"/> prints.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out AddCheckpointRequest? request, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Read(bytes, out request);
        return refusal is null;
    }

    private static Refusal? Read(ReadOnlySpan<byte> bytes, out AddCheckpointRequest? request)
    {
        request = null;
        if (!HashLines.TryCut(bytes, out var head, out var rest)) return new("request-malformed", "No empty line separates the proof from a checkpoint.");
        if (!TryOld(head[0], out var old)) return new("request-malformed", "The first line is 'old' and a size without leading zeros.");
        if (!HashLines.TryParse(head.AsSpan(1), out var proof)) return new("request-malformed", $"A proof is at most {HashLines.Max} hashes of 32 bytes in canonical base64.");
        if (!SignedCheckpoint.TryParse(rest, out var checkpoint, out var refusal)) return refusal;

        request = new AddCheckpointRequest(new TreeSize(old), proof, checkpoint);
        return null;
    }

    private static bool TryOld(string line, out long old)
    {
        old = 0;
        return line.StartsWith(OldPrefix, StringComparison.Ordinal) && StrictText.TryDecimal(line.AsSpan(OldPrefix.Length), out old);
    }
}
