using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Ledger.Projections.Sequencing;

/// <summary>Finds whatever an event could refer to in the vault: JSON strings that are base64url of 32 bytes.</summary>
/// <remarks>
/// By their form and not by their field, so that a field that this program doesn't know keeps its disclosure too. What only looks like a
/// digest does no harm: it is the digest of nothing.
/// </remarks>
internal static class Digests
{
    private const int Length = 43;

    private static readonly SearchValues<byte> Letters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    public static long[] In(ReadOnlySpan<byte> json)
    {
        List<long>? found = null;
        while (json.IndexOf((byte)'"') is var quote and >= 0)
        {
            json = json[(quote + 1)..];
            if (json.Length <= Length || json[Length] != '"' || json[..Length].ContainsAnyExcept(Letters)) continue;
            (found ??= []).Add(PrefixOf(json[..Length]));
        }

        return found is null ? [] : [.. found];
    }

    /// <summary>The first 8 bytes of a digest, which is how the read models know it; null where the text is no digest.</summary>
    public static long? PrefixOf(string digest) =>
        digest.Length == Length && Base64Url.IsValid(digest) ? PrefixOf(System.Text.Encoding.ASCII.GetBytes(digest)) : null;

    private static long PrefixOf(ReadOnlySpan<byte> digest)
    {
        Span<byte> bytes = stackalloc byte[9];
        Base64Url.DecodeFromUtf8(digest[..12], bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }
}
