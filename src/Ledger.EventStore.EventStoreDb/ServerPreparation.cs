using System.Text.Json;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Feeds;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>What an administrator of the server does once: the ledger's two users, and rights under which neither of them deletes an event.</summary>
/// <remarks>
/// The ledger's user appends and reads. The vault's user may limit streams besides, which is what an erasure takes and what nobody else may. The server's own
/// administrators still can, so their password belongs to no node. It may be repeated: what is there is left as it is.
/// </remarks>
public static class ServerPreparation
{
    private static readonly StreamName Settings = new("$settings");
    private static readonly StreamName RightsOfAll = new("$$$all");
    private static readonly StreamName RightsOfSettings = new("$$$settings");

    /// <param name="administrator">The server, as one of its administrators.</param>
    /// <param name="ledger">As the nodes connect; the user is made with this password where it isn't there.</param>
    /// <param name="vault">As the nodes connect for the vault; another user than the ledger's.</param>
    /// <returns>What was done, a sentence each.</returns>
    /// <exception cref="StoreUnavailableException">The server can't be reached, refuses, or the users can't come in afterwards; the message names the setting.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        EventStoreDbOptions administrator, EventStoreDbOptions ledger, EventStoreDbOptions vault, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(administrator);
        var (user, vaultUser) = (UserOf(ledger), UserOf(vault));
        if (user.Name == vaultUser.Name)
            throw new StoreUnavailableException($"The vault needs a user of its own: {ledger.Setting} and {vault.Setting} both name '{user.Name}', and a user who may limit the vault's streams could hide events as well.");

        List<string> done = [];
        using var cluster = new ClusterConnection(administrator);
        var watch = new StoreWatch();
        await Opening.OpenAsync(cluster, new AllReader(cluster, watch), cancellation);
        foreach (var one in (ServerUser[])[user, vaultUser]) done.Add(await CreateAsync(cluster, one, cancellation));

        var reader = new StreamReader(cluster, watch);
        var appender = new Appender(cluster, reader, watch);
        string[] both = [user.Name, vaultUser.Name];
        done.Add(await WriteAsync(Settings, "$settings", StreamGuard.Rights(ledger with { VaultUser = vaultUser.Name }), "Default rights: both append, nobody deletes, the vault's user alone limits."));
        done.Add(await WriteAsync(RightsOfAll, "$metadata", Reads(both), "Both may read the whole order ($all)."));
        done.Add(await WriteAsync(RightsOfSettings, "$metadata", Reads(both), "Both may see the default rights, so that every start checks them."));
        await EventStoreDbEventStore.ComesInAsync(ledger, cancellation);
        await EventStoreDbEventStore.ComesInAsync(vault, cancellation);
        return done;

        async Task<string> WriteAsync(StreamName stream, string type, byte[] json, string what)
        {
            while (true)
            {
                var newest = await reader.ReadAsItIsAsync(stream, ReadDirection.Backwards, null, 1, cancellation);
                if (newest is [var there] && there.Data.Span.SequenceEqual(json)) return $"{what} (as before)";
                var expected = newest is [var last] ? ExpectedRevision.At(last.Revision) : ExpectedRevision.NoStream;
                var outcome = await appender.AppendAsync(stream, expected, [new EventToAppend(Guid.CreateVersion7(), type, json, ReadOnlyMemory<byte>.Empty)], cancellation);
                if (outcome is AppendOutcome.Appended) return what;
            }
        }
    }

    private static ServerUser UserOf(EventStoreDbOptions options) =>
        options.User ?? throw new StoreUnavailableException($"{options.Setting} names no user: write user:password@ before the host.");

    private static async Task<string> CreateAsync(ClusterConnection cluster, ServerUser user, CancellationToken cancellation)
    {
        var node = await cluster.LeaderAsync(cancellation);
        try
        {
            var request = new CreateReq { Options = new CreateReq.Types.Options { LoginName = user.Name, Password = user.Password, FullName = "Ceasefire Ledger" } };
            await node.Users.CreateAsync(request, node.Call(cluster.Options.DefaultDeadline, cancellation));
            return $"There is a user '{user.Name}'."; // 23.10 says so of one that was there, too; its password stays.
        }
        catch (RpcException e) when (e.Trailers.GetValue("exception") == "user-conflict")
        {
            return $"There is a user '{user.Name}'.";
        }
        catch (RpcException e)
        {
            throw new StoreUnavailableException(RpcFaults.Sentence(e, node.Address, cluster.Options), e);
        }
    }

    private static byte[] Reads(string[] users)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("$acl");
            json.WriteStartArray("$r");
            foreach (var user in users) json.WriteStringValue(user);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
