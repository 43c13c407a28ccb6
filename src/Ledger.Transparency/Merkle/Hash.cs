using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Transparency;

/// <summary>A SHA-256 hash: 32 bytes, never another number of them. Its text form is base64.</summary>
public readonly struct Hash : IEquatable<Hash>
{
    public const int Length = 32;

    private readonly Content _content;

    private Hash(ReadOnlySpan<byte> bytes) => bytes.CopyTo(_content);

    /// <summary>The bytes, where they lie.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _content;

    /// <summary>False where there are not exactly 32 bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Hash hash)
    {
        hash = bytes.Length == Length ? new Hash(bytes) : default;
        return bytes.Length == Length;
    }

    /// <summary>False where the text isn't the canonical base64 of 32 bytes.</summary>
    public static bool TryParse(string base64, out Hash hash)
    {
        hash = default;
        return StrictText.TryBase64(base64, out var bytes) && TryRead(bytes, out hash);
    }

    /// <summary>Hashes that lie one behind the other, as in a tile; false where the length is no multiple of 32.</summary>
    public static bool TryReadMany(ReadOnlySpan<byte> bytes, out ReadOnlySpan<Hash> hashes)
    {
        hashes = bytes.Length % Length == 0 ? MemoryMarshal.Cast<byte, Hash>(bytes) : default;
        return bytes.Length % Length == 0;
    }

    public static byte[] Concatenate(ReadOnlySpan<Hash> hashes) => MemoryMarshal.AsBytes(hashes).ToArray();

    public bool Equals(Hash other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is Hash other && Equals(other);

    public override int GetHashCode() => MemoryMarshal.Read<int>(Bytes);

    public static bool operator ==(Hash left, Hash right) => left.Equals(right);

    public static bool operator !=(Hash left, Hash right) => !left.Equals(right);

    public override string ToString() => Convert.ToBase64String(Bytes);

    [InlineArray(Length)]
    private struct Content
    {
        private byte _first;
    }
}
