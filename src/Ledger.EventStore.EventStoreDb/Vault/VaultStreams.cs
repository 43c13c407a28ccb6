using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.EventStoreDb.Vault;

/// <summary>The vault's streams: each step by expected revision, so that two nodes at the same row see each other.</summary>
internal sealed class VaultStreams(string prefix, StreamReader reader, Appender appender)
{
    private const string TextType = "disclosure-sealed-v1";
    private const string KeysType = "disclosure-keys-v1";
    private const string DestroyedType = "disclosure-destroyed-v1";

    /// <summary>What the names of all streams of keys begin with.</summary>
    public string KeysPrefix { get; } = $"vaultkey-{prefix}";

    /// <summary>How far sweeps have judged.</summary>
    public StreamName Swept { get; } = new($"vault-{prefix}swept");

    private StreamName Ring { get; } = new($"vaultkey-{prefix}ring");

    private StreamName TextOf(string digest) => new($"vault-{prefix}{digest}");

    private StreamName KeysOf(string digest) => new($"vaultkey-{prefix}{digest}");

    /// <summary>The ciphertext first, then the key that opens it: whoever finds a key finds its text.</summary>
    public async Task PutAsync(SealedDisclosure row, DateTimeOffset putAt, CancellationToken cancellation)
    {
        var text = Event(TextType, row.Ciphertext);
        var expected = ExpectedRevision.NoStream;
        while (true)
        {
            var outcome = await AppendAsync(TextOf(row.Digest), expected, text, cancellation);
            if (outcome is AppendOutcome.WrongExpectedRevision { Actual: { } actual })
            {
                // There already; or erased; or somebody died between the text and the key, and his text has none.
                if (await IsThereAsync(row.Digest, cancellation)) return;
                expected = ExpectedRevision.At(actual);
                continue;
            }

            if (await PutKeysAsync(row.Digest, KeysFor(row, Stored(outcome).Revision, putAt), cancellation)) return;
        }
    }

    /// <summary>The first of the two steps, for a row that was never put.</summary>
    public StreamAppend NewText(SealedDisclosure row) => new(TextOf(row.Digest), ExpectedRevision.NoStream, [Event(TextType, row.Ciphertext)]);

    /// <summary>The second, once the first is stored.</summary>
    public StreamAppend NewKeys(SealedDisclosure row, DateTimeOffset putAt) =>
        new(KeysOf(row.Digest), ExpectedRevision.NoStream, [KeysEvent(KeysFor(row, StreamRevision.First, putAt))]);

    /// <summary>The row, or null where it was erased or never put.</summary>
    public async Task<SealedRow?> ReadAsync(string digest, CancellationToken cancellation)
    {
        if (await ReadKeysAsync(digest, cancellation) is not ({ } keys, { } at)) return null;
        var newest = await NewestAsync(TextOf(digest), cancellation);
        if (newest?.Revision.Value != keys.Revision)
            newest = await OneAsync(TextOf(digest), ReadDirection.Forwards, new StreamRevision(keys.Revision), cancellation);
        // Erased between the two readings.
        return newest is { Type: TextType } text && text.Revision.Value == keys.Revision ? new SealedRow(digest, keys, at, text.Data) : null;
    }

    /// <summary>Destroys key and text: hidden at once, gone with the next scavenge. Each step may be repeated, and is, after an interruption.</summary>
    /// <returns>True where there was something to destroy.</returns>
    public async Task<bool> DestroyAsync(string digest, CancellationToken cancellation)
    {
        var keys = await DestroyAsync(KeysOf(digest), cancellation);
        await DestroyAsync(TextOf(digest), cancellation);
        return keys;
    }

    /// <summary>Adds the present key's wrapping in place of the others'.</summary>
    public async Task<bool> RewrapAsync(string digest, Keyring ring, CancellationToken cancellation)
    {
        while (true)
        {
            if (await ReadKeysAsync(digest, cancellation) is not ({ } keys, { } at)) return false;
            if (keys.ById.Count == 1 && keys.ById.ContainsKey(ring.Current.Id)) return false;
            await LimitAsync(KeysOf(digest), cancellation);
            if (await AppendAsync(KeysOf(digest), ExpectedRevision.At(at), KeysEvent(Rewrapped(digest, keys, ring)), cancellation) is AppendOutcome.Appended) return true;
        }
    }

    /// <summary>Notes the keys in use, and refuses a ring that lacks one.</summary>
    /// <exception cref="StoreUnavailableException">A key is missing, or is another one of the same name.</exception>
    public async Task CheckKeysAsync(Keyring keys, CancellationToken cancellation)
    {
        while (true)
        {
            var newest = await NewestAsync(Ring, cancellation);
            var proofs = newest is null ? new Dictionary<string, byte[]>() : new(Read(newest.Data, VaultJson.Default.StoredRing).Checked().Proofs);
            foreach (var (id, proof) in proofs)
            {
                if (keys.TryFind(id) is not { } key)
                    throw new StoreUnavailableException($"The vault needs the wrapping key {id}, and it isn't there. Restore it from where you keep your keys.");
                if (!CryptographicOperations.FixedTimeEquals(key.Proof(), proof))
                    throw new StoreUnavailableException($"The wrapping key {id} isn't the one that the vault was written with.");
            }

            if (!proofs.TryAdd(keys.Current.Id, keys.Current.Proof())) return;
            if (await WriteRingAsync(newest, proofs, cancellation)) return;
        }
    }

    public async Task ForgetOtherKeysAsync(Keyring keys, CancellationToken cancellation)
    {
        var only = new Dictionary<string, byte[]> { [keys.Current.Id] = keys.Current.Proof() };
        while (!await WriteRingAsync(await NewestAsync(Ring, cancellation), only, cancellation))
        {
            // Another node wrote it meanwhile.
        }
    }

    public Task<RecordedEvent?> NewestAsync(StreamName stream, CancellationToken cancellation) =>
        OneAsync(stream, ReadDirection.Backwards, null, cancellation);

    public Task<AppendOutcome> AppendAsync(StreamName stream, ExpectedRevision expected, EventToAppend e, CancellationToken cancellation) =>
        appender.AppendAsync(stream, expected, [e], cancellation);

    /// <exception cref="StoreUnavailableException">It isn't what the vault writes there.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> data, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(data.Span, type) ?? throw new JsonException("Nothing.");
        }
        catch (JsonException e)
        {
            throw new StoreUnavailableException("The vault is damaged: a stream of its own holds what it never writes.", e);
        }
    }

    public static EventToAppend Event(string type, ReadOnlyMemory<byte> data) => new(Guid.CreateVersion7(), type, data, ReadOnlyMemory<byte>.Empty);

    /// <summary>What an event of a stream of keys says, or null where it isn't such an event.</summary>
    public static StoredKeys? KeysIn(string type, ReadOnlyMemory<byte> data) => type == KeysType ? Read(data, VaultJson.Default.StoredKeys).Checked() : null;

    private async Task<RecordedEvent?> OneAsync(StreamName stream, ReadDirection direction, StreamRevision? from, CancellationToken cancellation) =>
        await reader.ReadAsItIsAsync(stream, direction, from, 1, cancellation) is [var one] ? one : null;

    private static StoredKeys KeysFor(SealedDisclosure row, StreamRevision text, DateTimeOffset putAt) => new(
        text.Value, StoredKeys.NameOf(row.Class), putAt.ToUnixTimeMilliseconds(),
        new Dictionary<string, byte[]> { [row.Key.KeyId] = row.Key.Bytes.ToArray() });

    private static EventToAppend KeysEvent(StoredKeys keys) => Event(KeysType, JsonSerializer.SerializeToUtf8Bytes(keys, VaultJson.Default.StoredKeys));

    private static StoredKeys Rewrapped(string digest, StoredKeys keys, Keyring ring)
    {
        if (keys.ById.FirstOrDefault(wrapped => ring.TryFind(wrapped.Key) is not null) is not (string id, { } bytes))
            throw new StoreUnavailableException("The vault needs a wrapping key that isn't there. Restore it from where you keep your keys.");
        var wrapped = KeyWrap.Rewrap(new WrappedKey(id, bytes), ring.Find(id), ring.Current, digest, keys.DisclosureClass);
        return keys with { ById = new Dictionary<string, byte[]> { [wrapped.KeyId] = wrapped.Bytes.ToArray() } };
    }

    private async Task<bool> IsThereAsync(string digest, CancellationToken cancellation) => (await ReadKeysAsync(digest, cancellation)).Keys is not null;

    /// <returns>Nulls where there are none, or none any more.</returns>
    private async Task<(StoredKeys? Keys, StreamRevision? At)> ReadKeysAsync(string digest, CancellationToken cancellation) =>
        await NewestAsync(KeysOf(digest), cancellation) is { } newest ? (KeysIn(newest.Type, newest.Data), newest.Revision) : (null, null);

    /// <returns>False where the text has to be looked at again, because another row's key came first and went.</returns>
    private async Task<bool> PutKeysAsync(string digest, StoredKeys keys, CancellationToken cancellation)
    {
        var expected = ExpectedRevision.NoStream;
        while (await AppendAsync(KeysOf(digest), expected, KeysEvent(keys), cancellation) is AppendOutcome.WrongExpectedRevision)
        {
            var (there, at) = await ReadKeysAsync(digest, cancellation);
            if (there is not null) return true;
            if (at is null) return false;
            expected = ExpectedRevision.At(at.Value);
        }

        return true;
    }

    private async Task<bool> DestroyAsync(StreamName stream, CancellationToken cancellation)
    {
        while (true)
        {
            if (await NewestAsync(stream, cancellation) is not { } newest) return false;
            // The limit first: what is overwritten afterwards is hidden at once.
            await LimitAsync(stream, cancellation);
            if (newest.Type == DestroyedType) return false;
            if (await AppendAsync(stream, ExpectedRevision.At(newest.Revision), Event(DestroyedType, "{}"u8.ToArray()), cancellation) is AppendOutcome.Appended) return true;
        }
    }

    private async Task LimitAsync(StreamName stream, CancellationToken cancellation)
    {
        var metadata = new StreamName($"$${stream}");
        var limit = Event("$metadata", JsonSerializer.SerializeToUtf8Bytes(new StreamLimit(1), VaultJson.Default.StreamLimit));
        try
        {
            // Written once a stream. Where it is there already, it says the same.
            await AppendAsync(metadata, ExpectedRevision.NoStream, limit, cancellation);
        }
        catch (StoreUnavailableException e) when (e.InnerException is Grpc.Core.RpcException rpc && Connection.RpcFaults.Of(rpc) == Connection.RpcFault.Denied)
        {
            throw new StoreUnavailableException(
                $"The vault's user may not write {metadata}, without which nothing is erased: give it the metadata right ($mw), see VaultConnectionString in the adapter's README.", e);
        }
    }

    private async Task<bool> WriteRingAsync(RecordedEvent? newest, Dictionary<string, byte[]> proofs, CancellationToken cancellation)
    {
        var ring = Event("wrapping-keys-v1", JsonSerializer.SerializeToUtf8Bytes(new StoredRing(proofs), VaultJson.Default.StoredRing));
        var expected = newest is null ? ExpectedRevision.NoStream : ExpectedRevision.At(newest.Revision);
        return await AppendAsync(Ring, expected, ring, cancellation) is AppendOutcome.Appended;
    }

    private static AppendOutcome.Appended Stored(AppendOutcome outcome) => outcome as AppendOutcome.Appended
        ?? throw new StoreUnavailableException($"The vault's server takes no disclosure of this size: {outcome}.");
}
