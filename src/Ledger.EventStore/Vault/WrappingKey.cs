using System.Security.Cryptography;

namespace Ledger.EventStore.Vault;

/// <summary>The key that wraps every data key of a vault. It comes from outside and is never stored beside what it protects.</summary>
public sealed class WrappingKey
{
    /// <summary>32 bytes: AES-256.</summary>
    public const int Length = 32;

    private readonly byte[] _bytes;

    /// <param name="id">Stored beside each wrapped key, so that a vault may hold keys wrapped by an old and a new one while it is rewrapped.</param>
    /// <param name="bytes">32 random bytes.</param>
    /// <exception cref="ArgumentException">The id is empty, or there aren't 32 bytes.</exception>
    public WrappingKey(string id, ReadOnlySpan<byte> bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (bytes.Length != Length) throw new ArgumentException($"A wrapping key has {Length} bytes, not {bytes.Length}.", nameof(bytes));
        Id = id;
        _bytes = bytes.ToArray();
    }

    public string Id { get; }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A key named after its own bytes, so that two different keys can't carry the same id.</summary>
    /// <remarks>The id is half of a SHA-256 over random bytes: it says nothing about them.</remarks>
    public static WrappingKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. "ceasefire-ledger wrapping key id/v1\n"u8, .. bytes], hash);
        return new WrappingKey(Convert.ToHexStringLower(hash[..16]), bytes);
    }

    /// <summary>32 bytes that only this key makes: a vault keeps them, to tell a wrong key when it is opened and not when it is needed.</summary>
    public byte[] Proof() => HMACSHA256.HashData(_bytes, "ceasefire-ledger wrapping key proof/v1\n"u8);

    /// <summary>The id, and nothing else: keys don't belong into logs.</summary>
    public override string ToString() => Id;
}
