using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Ledger.Serialization;

/// <summary>Ids that follow from what they name, so that a repeated append is the same append.</summary>
public static class DeterministicId
{
    /// <summary>RFC 9562 §5.5: a UUID of version 5 from SHA-1 over the namespace and the name.</summary>
    [SuppressMessage(
        "Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 9562 prescribes SHA-1; the id names a thing and proves nothing.")]
    public static Guid Version5(Guid namespaceId, ReadOnlySpan<byte> name)
    {
        Span<byte> bytes = stackalloc byte[SHA1.HashSizeInBytes];
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1))
        {
            namespaceId.TryWriteBytes(bytes, bigEndian: true, out var written);
            hash.AppendData(bytes[..written]);
            hash.AppendData(name);
            hash.GetHashAndReset(bytes);
        }

        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x50); // version 5
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80); // variant 10
        return new Guid(bytes[..16], bigEndian: true);
    }
}
