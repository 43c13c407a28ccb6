using System.Text.Json;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>On the first start, sets the server's default rights so that nobody but its administrators deletes or truncates a stream.</summary>
/// <remarks>What the user may not do, and what makes the protection vain, is said in notices; the README tells the operator how to do it once.</remarks>
internal static class StreamGuard
{
    private static readonly StreamName Settings = new("$settings");

    public static async Task<IReadOnlyList<string>> SetUpAsync(
        EventStoreDbOptions options, StreamReader reader, Appender appender, CancellationToken cancellation)
    {
        var notices = new List<string>();
        if (options.NodePreference != NodePreference.Leader)
            notices.Add($"nodePreference in {options.Setting} doesn't apply: the ledger reads and appends at the leader.");
        if (!options.Tls)
        {
            notices.Add("Without TLS the server checks nobody: whoever reaches its port may delete the ledger's streams. Losses are noticed, not prevented.");
            return notices;
        }

        if (!options.TlsVerifyCert) notices.Add($"tlsVerifyCert=false in {options.Setting}: anybody on the way may pose as the server.");
        if (await RightsNoticeAsync(options, reader, appender, cancellation) is { } notice) notices.Add(notice);
        return notices;
    }

    /// <summary>The rights: all may read, the ledger may write, nobody may delete, the vault's user alone may write metadata.</summary>
    internal static byte[] Rights(EventStoreDbOptions options)
    {
        string[] vault = options.VaultUser is { } v && v != options.User?.Name ? [v] : [];
        string[] writers = [.. options.User is { } user ? [user.Name] : Array.Empty<string>(), .. vault];
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteAcl(json, "$userStreamAcl", ["$all"], writers, [], ["$all"], vault);
            WriteAcl(json, "$systemStreamAcl", ["$admins"], ["$admins"], ["$admins"], ["$admins"], ["$admins"]);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static async Task<string?> RightsNoticeAsync(
        EventStoreDbOptions options, StreamReader reader, Appender appender, CancellationToken cancellation)
    {
        const string Ask = "Have an administrator set the default rights once, as the adapter's README says.";
        try
        {
            var stored = await reader.ReadAsItIsAsync(Settings, ReadDirection.Backwards, null, 1, cancellation);
            if (stored.Count > 0)
                return ForbidsDeletion(stored[0].Data) ? null : $"The server's default rights ($settings) let streams be deleted or truncated. {Ask}";

            var rights = new EventToAppend(Guid.CreateVersion7(), "$settings", Rights(options), ReadOnlyMemory<byte>.Empty);
            await appender.AppendAsync(Settings, ExpectedRevision.NoStream, [rights], cancellation);
            return $"The default rights have been set; '{options.User?.Name}' could because it is an administrator, and so it could delete as well. Use a plain user from now on.";
        }
        catch (StoreUnavailableException e) when (e.InnerException is RpcException rpc && RpcFaults.Of(rpc) is RpcFault.Denied or RpcFault.Unauthenticated)
        {
            return $"Whether the server's default rights ($settings) forbid deleting can't be seen or set by '{options.User?.Name}'. {Ask}";
        }
    }

    private static bool ForbidsDeletion(ReadOnlyMemory<byte> settings)
    {
        try
        {
            using var json = JsonDocument.Parse(settings);
            return json.RootElement.TryGetProperty("$userStreamAcl", out var acl)
                && acl.TryGetProperty("$d", out var delete) && IsNobody(delete)
                && acl.TryGetProperty("$mw", out var metadata) && !IsEverybody(metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsNobody(JsonElement who) => who.ValueKind == JsonValueKind.Array && who.GetArrayLength() == 0;

    private static bool IsEverybody(JsonElement who) => who.ValueKind == JsonValueKind.Array
        ? who.EnumerateArray().Any(w => w.ValueEquals("$all"))
        : who.ValueKind == JsonValueKind.String && who.ValueEquals("$all");

    private static void WriteAcl(
        Utf8JsonWriter json, string name, string[] read, string[] write, string[] delete, string[] readMetadata, string[] writeMetadata)
    {
        json.WriteStartObject(name);
        Write("$r", read);
        Write("$w", write);
        Write("$d", delete);
        Write("$mr", readMetadata);
        Write("$mw", writeMetadata);
        json.WriteEndObject();

        void Write(string right, string[] who)
        {
            json.WriteStartArray(right);
            foreach (var w in who) json.WriteStringValue(w);
            json.WriteEndArray();
        }
    }
}
