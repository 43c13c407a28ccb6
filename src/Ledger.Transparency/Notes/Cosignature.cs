using System.Buffers.Binary;
using System.Text;

namespace Ledger.Transparency;

/// <summary>C2SP tlog-cosignature, Ed25519: a witness saw this head, consistent with all it had seen, at this time.</summary>
public static class Cosignature
{
    internal const int Ed25519Length = 64;

    private const int TimeLength = sizeof(ulong);

    /// <summary>When the line of this key was made; null for a key whose lines carry no time.</summary>
    public static UnixSeconds? TimeOf(VerifierKey key, NoteSignature line) =>
        key.Type == KeyType.Cosignature && TryRead(line, out var time, out _) ? time : null;

    /// <summary>"Ed25519 signed message": two lines, then the note's text.</summary>
    internal static byte[] Message(string text, UnixSeconds time) => Encoding.UTF8.GetBytes($"cosignature/v1\ntime {time}\n{text}");

    /// <summary>"Format": uint64 time, big-endian, then the signature. A witness must not omit the time, so it isn't zero (C2SP tlog-witness, "add-checkpoint").</summary>
    internal static byte[] Print(UnixSeconds time, ReadOnlySpan<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(time.Value);
        var value = new byte[TimeLength + signature.Length];
        BinaryPrimitives.WriteInt64BigEndian(value, time.Value);
        signature.CopyTo(value.AsSpan(TimeLength));
        return value;
    }

    /// <summary>False where the value hasn't the right length, or its time exceeds 2^63 - 1.</summary>
    internal static bool TryRead(NoteSignature line, out UnixSeconds time, out ReadOnlySpan<byte> signature)
    {
        time = default;
        signature = default;
        if (line.Value.Length != TimeLength + Ed25519Length) return false;
        time = new UnixSeconds(BinaryPrimitives.ReadInt64BigEndian(line.Value.Span));
        signature = line.Value.Span[TimeLength..];
        return time.Value >= 0;
    }
}
