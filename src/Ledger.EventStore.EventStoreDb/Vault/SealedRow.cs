using System.Text.Json.Serialization;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.EventStoreDb.Vault;

/// <summary>A disclosure's two streams, put together.</summary>
/// <param name="KeysRevision">Where the map of keys stands, for the next update.</param>
internal sealed record SealedRow(string Digest, StoredKeys Keys, StreamRevision KeysRevision, ReadOnlyMemory<byte> Ciphertext)
{
    /// <exception cref="System.Security.Cryptography.CryptographicException">No key fits, or changed bytes.</exception>
    public Disclosure Open(Keyring ring)
    {
        if (Keys.ById.Count == 0) throw new System.Security.Cryptography.CryptographicException("A row without a key.");
        var key = ring.Find(Keys.ById.Keys.FirstOrDefault(id => ring.TryFind(id) is not null) ?? Keys.ById.Keys.First());
        return DisclosureCipher.Open(new SealedDisclosure(Digest, Keys.DisclosureClass, Ciphertext, new WrappedKey(key.Id, Keys.ById[key.Id])), key);
    }
}

/// <summary>What the newest event of <c>vaultkey-{digest}</c> says. Stored for as long as the disclosure; add fields, never change one.</summary>
/// <param name="Revision">Where in <c>vault-{digest}</c> the ciphertext lies that these keys open.</param>
/// <param name="Class">case, confidential or display-name.</param>
/// <param name="PutAt">Unix milliseconds.</param>
/// <param name="ById">The data key as each wrapping key wraps it, by the wrapping key's id; empty once erased.</param>
internal sealed record StoredKeys(
    [property: JsonPropertyName("revision")] long Revision,
    [property: JsonPropertyName("class")] string Class,
    [property: JsonPropertyName("putAt")] long PutAt,
    [property: JsonPropertyName("keys")] IReadOnlyDictionary<string, byte[]> ById)
{
    // Spelled out because they are stored; the enum's names may move.
    private static readonly (string Name, DisclosureClass Class)[] Names =
    [
        ("case", DisclosureClass.Case), ("confidential", DisclosureClass.Confidential), ("display-name", DisclosureClass.DisplayName),
    ];

    private static readonly DateTimeOffset Latest = DateTimeOffset.MaxValue.AddYears(-1);

    /// <exception cref="StoreUnavailableException">No vault wrote this.</exception>
    public StoredKeys Checked() =>
        Revision >= 0 && Array.Exists(Names, n => n.Name == Class) && ById is not null && ById.Values.All(bytes => bytes is not null)
        && PutAt >= 0 && PutAt < Latest.ToUnixTimeMilliseconds()
            ? this
            : throw new StoreUnavailableException("The vault is damaged: a stream of keys holds what the vault never writes.");

    [JsonIgnore]
    public DisclosureClass DisclosureClass => Names.Single(n => n.Name == Class).Class;

    public static string NameOf(DisclosureClass @class) => Names.Single(n => n.Class == @class).Name;
}

/// <summary>What <c>vaultkey-ring</c> says: which wrapping keys the vault's rows may need, each with its proof.</summary>
internal sealed record StoredRing([property: JsonPropertyName("proofs")] IReadOnlyDictionary<string, byte[]> Proofs)
{
    /// <exception cref="StoreUnavailableException">No vault wrote this.</exception>
    public StoredRing Checked() => Proofs is not null && Proofs.Values.All(proof => proof is not null)
        ? this
        : throw new StoreUnavailableException("The vault is damaged: its list of wrapping keys isn't one.");
}

/// <summary>What <c>vault-swept</c> says: how far a sweep has judged all that was put.</summary>
internal sealed record StoredSweep([property: JsonPropertyName("position")] string? Position);

/// <summary>A limit on a stream: only its newest event counts, and a scavenge may remove the rest.</summary>
internal sealed record StreamLimit([property: JsonPropertyName("$maxCount")] int MaxCount);

[JsonSerializable(typeof(StoredKeys))]
[JsonSerializable(typeof(StoredRing))]
[JsonSerializable(typeof(StoredSweep))]
[JsonSerializable(typeof(StreamLimit))]
internal sealed partial class VaultJson : JsonSerializerContext;
