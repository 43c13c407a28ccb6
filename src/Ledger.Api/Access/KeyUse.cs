using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Domain;

namespace Ledger.Api.Access;

/// <summary>When each secret of each key was last used, to the hour: so that an operator sees which keys nobody needs, and who hasn't changed to a new secret yet.</summary>
internal sealed class KeyUse(LedgerSettings settings, TimeProvider time, ILogger<KeyUse> logger) : HourNotes(settings, time, logger, ".json")
{
    private readonly ConcurrentDictionary<(KeyId Key, int Secret), DateTimeOffset> _hours = new();

    /// <summary>Says that a key was used just now.</summary>
    public void Note(KeyId key, int secret)
    {
        var hour = Hour;
        if (_hours.TryGetValue((key, secret), out var known) && known >= hour) return;
        _hours[(key, secret)] = hour;
        Changed();
    }

    /// <summary>The latest hour of each secret on any node; those of other nodes are a minute old at most.</summary>
    public IReadOnlyDictionary<(KeyId Key, int Secret), DateTimeOffset> Read()
    {
        var latest = new Dictionary<(KeyId, int), DateTimeOffset>(_hours);
        foreach (var (secret, hour) in All().SelectMany(In))
            if (!latest.TryGetValue(secret, out var known) || known < hour) latest[secret] = hour;
        return latest;
    }

    protected override byte[] Draft() => JsonSerializer.SerializeToUtf8Bytes(
        _hours.ToDictionary(pair => ApiKey.Prefix(pair.Key.Key, pair.Key.Secret), pair => Text(pair.Value), StringComparer.Ordinal), KeyUseJson.Default.DictionaryStringString);

    protected override void Remember(byte[] own)
    {
        foreach (var (secret, hour) in In(own)) _hours.TryAdd(secret, hour);
    }

    /// <summary>What a file says; nothing where it isn't one of ours.</summary>
    private static List<((KeyId, int) Secret, DateTimeOffset Hour)> In(byte[] file)
    {
        try
        {
            var lines = JsonSerializer.Deserialize(file, KeyUseJson.Default.DictionaryStringString) ?? [];
            return [.. from line in lines let secret = ApiKey.SecretOf(line.Key) let hour = HourIn(line.Value) where secret is not null && hour is not null select (secret.Value, hour.Value)];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class KeyUseJson : JsonSerializerContext;
