using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ledger.Transparency;

/// <summary>What the public log commits to beside an event's bytes.</summary>
/// <param name="Sequence">The event's place among the ledger's events: its leaf.</param>
/// <param name="Type">As stored, with its version: <c>violation-recorded-v1</c>.</param>
public sealed record EventHeader(
    Origin Origin, LeafIndex Sequence, Guid EventId, string Stream, long Revision, string Type, UnixMicroseconds RecordedAt)
{
    private const string Header = "ceasefire-ledger-event/v1";

    /// <summary>Eight lines. Only the type may be anything, as foreign programs name types too; all others are of one line, so two headers never print the same.</summary>
    /// <exception cref="InvalidOperationException">The stream's name holds a newline: no leaf stream's does.</exception>
    public string Text => Stream.Contains('\n', StringComparison.Ordinal)
        ? throw new InvalidOperationException("A stream's name has one line.")
        : string.Create(CultureInfo.InvariantCulture, $"{Header}\n{Origin}\n{Sequence}\n{EventId:D}\n{Stream}\n{Revision}\n{Type}\n{RecordedAt}\n");

    /// <summary><see cref="Text"/> in UTF-8, where it fits.</summary>
    internal bool TryWrite(Span<byte> to, out int length)
    {
        length = 0;
        return !Stream.Contains('\n', StringComparison.Ordinal) && System.Text.Unicode.Utf8.TryWrite(
            to, CultureInfo.InvariantCulture, $"{Header}\n{Origin.Value}\n{Sequence.Value}\n{EventId:D}\n{Stream}\n{Revision}\n{Type}\n{RecordedAt.Value}\n", out length);
    }
}

/// <summary>Ties an event to its leaf without showing it.</summary>
public static class EventCommitment
{
    /// <summary>SHA-256(header || SHA-256(data) || SHA-256(metadata)). The metadata holds a random salt, so the commitment can't be guessed.</summary>
    /// <param name="data">Exactly the stored bytes, never serialised again.</param>
    /// <param name="metadata">Exactly the stored bytes, never serialised again.</param>
    public static Hash Of(EventHeader header, ReadOnlySpan<byte> data, ReadOnlySpan<byte> metadata)
    {
        // A million events come by here at a start, so nothing is put on the heap where the header is as short as it nearly always is.
        Span<byte> buffer = stackalloc byte[StackBytes];
        if (!header.TryWrite(buffer[..^(2 * Hash.Length)], out var length))
            return MerkleHash.Sha256([.. Encoding.UTF8.GetBytes(header.Text), .. MerkleHash.Sha256(data).Bytes, .. MerkleHash.Sha256(metadata).Bytes]);
        MerkleHash.Sha256(data).Bytes.CopyTo(buffer[length..]);
        MerkleHash.Sha256(metadata).Bytes.CopyTo(buffer[(length + Hash.Length)..]);
        return MerkleHash.Sha256(buffer[..(length + (2 * Hash.Length))]);
    }

    private const int StackBytes = 512;
}

/// <summary>An entry of the log: which event it is, and the commitment to it.</summary>
public sealed record LeafEntry(LeafIndex Sequence, Hash Commitment)
{
    private const string Header = "ceasefire-ledger-leaf/v1";

    /// <summary>What is hashed into the tree.</summary>
    public Hash LeafHash
    {
        get
        {
            Span<byte> buffer = stackalloc byte[128];
            return System.Text.Unicode.Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $"{Header}\n{Sequence.Value}\n", out var length)
                && System.Buffers.Text.Base64.EncodeToUtf8(Commitment.Bytes, buffer[length..], out _, out var more) == System.Buffers.OperationStatus.Done
                ? MerkleHash.Leaf(Ended(buffer, length + more))
                : MerkleHash.Leaf(ToBytes());
        }
    }

    /// <summary>The entry of an event, from the exact stored bytes.</summary>
    public static LeafEntry Of(EventHeader header, ReadOnlySpan<byte> data, ReadOnlySpan<byte> metadata) =>
        new(header.Sequence, EventCommitment.Of(header, data, metadata));

    /// <summary>Takes exactly what <see cref="ToBytes"/> prints.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LeafEntry? entry, [NotNullWhen(false)] out Refusal? refusal)
    {
        entry = Read(bytes);
        refusal = entry is null ? new Refusal("leaf-malformed", $"A leaf is three lines: {Header}, a sequence, a commitment.") : null;
        return refusal is null;
    }

    public override string ToString() => $"{Header}\n{Sequence}\n{Commitment}\n";

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    private static ReadOnlySpan<byte> Ended(Span<byte> line, int length)
    {
        line[length] = (byte)'\n';
        return line[..(length + 1)];
    }

    private static LeafEntry? Read(ReadOnlySpan<byte> bytes)
    {
        if (!StrictText.TryDecode(bytes, out var text) || StrictText.Lines(text) is not [Header, var sequence, var commitment]) return null;
        if (!StrictText.TryDecimal(sequence, out var index) || !Hash.TryParse(commitment, out var hash)) return null;
        return new LeafEntry(new LeafIndex(index), hash);
    }
}
