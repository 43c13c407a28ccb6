using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Domain;

namespace Ledger.Api.Access;

/// <summary>When each secret of each key was last used, to the hour: so that an operator sees which keys nobody needs, and who hasn't changed to a new secret yet.</summary>
/// <remarks>
/// It is no event: what somebody reads is nobody's business for ever, and a request must not cost a write. A node remembers it and lays it
/// down once a minute, where something changed, in a file of its own beside the evidence, which is what all nodes share. What a node that
/// dies had not laid down yet is lost.
/// </remarks>
internal sealed partial class KeyUse(LedgerSettings settings, TimeProvider time, ILogger<KeyUse> logger) : BackgroundService
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>A file that no node has written for so long is a node's that is gone.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    private readonly ConcurrentDictionary<(KeyId Key, int Secret), DateTimeOffset> _hours = new();
    private int _isChanged;

    private string Folder => Path.Combine(settings.Evidence, "key-use");

    /// <summary>This node's: of a machine and a data directory there is one.</summary>
    private string Own => Path.Combine(Folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{settings.Data}")))[..16] + ".json");

    /// <summary>Says that a key was used just now.</summary>
    public void Note(KeyId key, int secret)
    {
        var now = time.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        if (_hours.TryGetValue((key, secret), out var known) && known >= hour) return;
        _hours[(key, secret)] = hour;
        Volatile.Write(ref _isChanged, 1);
    }

    /// <summary>The latest hour of each secret on any node; those of other nodes are a minute old at most.</summary>
    public IReadOnlyDictionary<(KeyId Key, int Secret), DateTimeOffset> Read()
    {
        var latest = new Dictionary<(KeyId, int), DateTimeOffset>(_hours);
        if (!Directory.Exists(Folder)) return latest;
        foreach (var (secret, hour) in Directory.EnumerateFiles(Folder, "*.json").SelectMany(In))
            if (!latest.TryGetValue(secret, out var known) || known < hour) latest[secret] = hour;
        return latest;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var (secret, hour) in In(Own)) _hours.TryAdd(secret, hour);
        using var minutes = new PeriodicTimer(Between, time);
        try
        {
            while (await minutes.WaitForNextTickAsync(stoppingToken)) Keep();
        }
        catch (OperationCanceledException)
        {
            Keep();
        }
    }

    private void Keep()
    {
        if (Interlocked.Exchange(ref _isChanged, 0) == 0) return;
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
            else Directory.CreateDirectory(Folder, OwnerOnly);
            var lines = _hours.ToDictionary(pair => ApiKey.Prefix(pair.Key.Key, pair.Key.Secret), pair => pair.Value.ToString("yyyy-MM-dd'T'HH'Z'", CultureInfo.InvariantCulture), StringComparer.Ordinal);
            File.WriteAllBytes(Own + ".draft", JsonSerializer.SerializeToUtf8Bytes(lines, KeyUseJson.Default.DictionaryStringString));
            File.Move(Own + ".draft", Own, overwrite: true);
            foreach (var file in Directory.EnumerateFiles(Folder))
                if (time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > Kept) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Volatile.Write(ref _isChanged, 1);
            Failed(logger, e.GetType().Name);
        }
    }

    /// <summary>What a file says; nothing where it is gone or isn't one of ours: whoever reads loses an hour's note and no more.</summary>
    private static List<((KeyId, int) Secret, DateTimeOffset Hour)> In(string file)
    {
        try
        {
            var lines = JsonSerializer.Deserialize(File.ReadAllBytes(file), KeyUseJson.Default.DictionaryStringString) ?? [];
            return
            [
                .. from line in lines
                   let secret = ApiKey.SecretOf(line.Key)
                   where secret is not null && DateTimeOffset.TryParseExact(line.Value, "yyyy-MM-dd'T'HH'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
                   select (secret.Value, DateTimeOffset.ParseExact(line.Value, "yyyy-MM-dd'T'HH'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When keys were last used can't be laid down beside the evidence ({Fault}); it is tried again in a minute.")]
    private static partial void Failed(ILogger logger, string fault);
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class KeyUseJson : JsonSerializerContext;
