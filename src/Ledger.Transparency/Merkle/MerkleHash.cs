using System.Security.Cryptography;

namespace Ledger.Transparency;

/// <summary>The three hashes of an RFC 6962 tree (RFC 9162 with SHA-256).</summary>
public static class MerkleHash
{
    private const int StackBytes = 256;

    /// <summary>RFC 6962 §2.1: the root of no leaves = SHA-256 of nothing.</summary>
    public static readonly Hash EmptyRoot = Sha256([]);

    /// <summary>RFC 6962 §2.1: leaf = SHA-256(0x00 || entry).</summary>
    public static Hash Leaf(ReadOnlySpan<byte> entry)
    {
        // A ledger's own entry has about 80 bytes, so the buffer is nearly always on the stack.
        var buffer = entry.Length < StackBytes ? stackalloc byte[StackBytes] : new byte[entry.Length + 1];
        buffer = buffer[..(entry.Length + 1)];
        buffer[0] = 0x00;
        entry.CopyTo(buffer[1..]);
        return Sha256(buffer);
    }

    /// <summary>RFC 6962 §2.1: node = SHA-256(0x01 || left || right).</summary>
    public static Hash Node(Hash left, Hash right)
    {
        Span<byte> buffer = stackalloc byte[1 + (2 * Hash.Length)];
        buffer[0] = 0x01;
        left.Bytes.CopyTo(buffer[1..]);
        right.Bytes.CopyTo(buffer[(1 + Hash.Length)..]);
        return Sha256(buffer);
    }

    public static Hash Sha256(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Hash.Length];
        SHA256.HashData(bytes, digest);
        Hash.TryRead(digest, out var hash);
        return hash;
    }

    /// <summary>The root over 2^k neighbours, pair by pair: at most a tile's 256.</summary>
    internal static Hash Perfect(ReadOnlySpan<Hash> hashes)
    {
        if (hashes.Length == 1) return hashes[0];

        Span<Hash> row = stackalloc Hash[hashes.Length / 2];
        for (var i = 0; i < hashes.Length / 2; i++) row[i] = Node(hashes[2 * i], hashes[(2 * i) + 1]);
        for (var width = hashes.Length / 4; width > 0; width /= 2)
        {
            for (var i = 0; i < width; i++) row[i] = Node(row[2 * i], row[(2 * i) + 1]);
        }

        return row[0];
    }

    /// <summary>The root over perfect subtrees, the largest first. RFC 6962 §2.1 splits at the largest power of two, so an odd edge is promoted, never doubled.</summary>
    internal static Hash Fold(IReadOnlyList<Hash> subtrees)
    {
        if (subtrees.Count == 0) return EmptyRoot;

        var root = subtrees[^1];
        for (var i = subtrees.Count - 2; i >= 0; i--) root = Node(subtrees[i], root);
        return root;
    }
}
