using System.IO.Compression;
using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.EventStore;
using Ledger.Testing;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Data.Sqlite;

namespace Ledger.Api.Tests.Upgrades;

/// <summary>Whole data directories of every released form, added and never changed: today's program opens each, and says of it what was said then.</summary>
/// <remarks>With LEDGER_GOLDEN=NAME the test makes one more instead: golden/NAME.zip and golden/NAME.json, to be looked at and added.</remarks>
public sealed class Opening_an_older_directory : IDisposable
{
    private const string AdministratorKey = "administrator-key-for-goldens";

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Names => [.. Directory.GetFiles(Golden, "*.zip").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    private static string Golden => Path.Combine(AppContext.BaseDirectory, "golden-directories");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_says_what_it_said_then_and_goes_on(string name)
    {
        await ZipFile.ExtractToDirectoryAsync(Path.Combine(Golden, name + ".zip"), _directory.Path);
        var then = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Golden, name + ".json")))!;
        await using var server = await StartAsync();
        using var auditor = new ApiClient(server.Address, then["auditorKey"]!.GetValue<string>());
        var count = then["count"]!.GetValue<long>();
        StillSays(then["picture"], (await auditor.GetAsync($"agreements/truce/compliance?asOf={count}")).Json, "picture");
        StillSays(then["case"], (await auditor.GetAsync($"violations/{then["case"]!["violationId"]}?asOf={count}")).Json, "case");
        Assert.Equal(then["root"]!.GetValue<string>(), (await server.Node.Log.RootOfAsync(count, TimeSpan.FromSeconds(30), CancellationToken.None))?.ToString());

        using var monitor = new ApiClient(server.Address, then["monitorKey"]!.GetValue<string>());
        (await monitor.PostAsync("agreements/truce/violations", Bodies.Violation())).Stored(201);
        Assert.Equal(200, (await auditor.GetAsync("me")).Status);
    }

    [Fact]
    public void There_is_one_at_least() => Assert.NotEmpty(Names);

    [Theory]
    [InlineData("events.db")]
    [InlineData("vault.db")]
    public async Task One_of_a_newer_program_is_refused_with_a_sentence_and_left_alone(string file)
    {
        await ZipFile.ExtractToDirectoryAsync(Path.Combine(Golden, "form-1.zip"), _directory.Path);
        var path = Path.Combine(_directory.Path, "data", file);
        await using (var database = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await database.OpenAsync();
            await using var newer = database.CreateCommand();
            newer.CommandText = "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)";
            await newer.ExecuteNonQueryAsync();
        }

        var bytes = await File.ReadAllBytesAsync(path);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(StartAsync);
        Assert.Contains("newer", refused.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Make_one_more()
    {
        if (Environment.GetEnvironmentVariable("LEDGER_GOLDEN") is not { Length: > 0 } name) return;
        JsonObject then;
        await using (var server = await StartAsync()) then = await FillAsync(server);
        var place = Checkout.At("tests/Ledger.Api.Tests/Upgrades/golden");
        await ZipFile.CreateFromDirectoryAsync(_directory.Path, Path.Combine(place, name + ".zip"), CompressionLevel.SmallestSize, includeBaseDirectory: false);
        await File.WriteAllTextAsync(Path.Combine(place, name + ".json"), then.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
    }

    private Task<LedgerServer> StartAsync() => LedgerServer.StartAsync(
        ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={AdministratorKey}"], TimeProvider.System, CancellationToken.None);

    /// <summary>A little of everything: an agreement with a zone, cases with a confidential part, a reply, a dispute, rulings, coverage, a claim.</summary>
    private static async Task<JsonObject> FillAsync(LedgerServer server)
    {
        using var administrator = new ApiClient(server.Address, AdministratorKey);
        (await administrator.PostAsync("agreements", Bodies.Agreement("truce"))).Stored(201);
        (await administrator.PostAsync("agreements/truce/zones", Bodies.ZoneOf())).Stored();
        async Task<string> KeyAsync(string role, string? party = null) => (await administrator.PostAsync("keys", Bodies.Key($"{role}-1", role, party, []))).Stored(201).Field("key");
        var (monitorKey, auditorKey) = (await KeyAsync("monitor"), await KeyAsync("auditor"));
        using var monitor = new ApiClient(server.Address, monitorKey);
        using var verifier = new ApiClient(server.Address, await KeyAsync("verifier"));
        using var liaison = new ApiClient(server.Address, await KeyAsync("liaison", Bodies.PartyB));
        var ids = new List<string>();
        for (var i = 0; i < 4; i++) ids.Add((await monitor.PostAsync("agreements/truce/violations", Bodies.Violation())).Stored(201).Field("violationId"));
        (await liaison.PostAsync($"violations/{ids[0]}/replies", JsonNode.Parse("""{"reply":"denied","statement":"It wasn't us."}""")!)).Stored();
        (await verifier.PostAsync($"violations/{ids[0]}/confirmation", JsonNode.Parse("""{"severity":"serious","rationale":"Two posts heard it.","attribution":{"party":"azerbaijan","confidence":"medium","basis":"Direction of fire."}}""")!, ifMatch: "\"1\"")).Stored();
        (await liaison.PostAsync($"violations/{ids[1]}/disputes", JsonNode.Parse("""{"grounds":"misattribution","statement":"The other side."}""")!)).Stored(201);
        (await verifier.PostAsync($"violations/{ids[2]}/dismissal", JsonNode.Parse("""{"reason":"not-substantiated","rationale":"Nobody else heard it."}""")!, ifMatch: "\"0\"")).Stored();
        (await monitor.PostAsync("agreements/truce/monitoring", JsonNode.Parse("""{"site":"post-1","from":"2020-10-18T08:00:00+04:00","to":"2020-10-18T14:00:00+04:00"}""")!)).Stored(201);
        (await monitor.PostAsync("agreements/truce/aggregate-claims", JsonNode.Parse("""{"claimedBy":{"party":"armenia"},"against":"azerbaijan","from":"2020-10-18T00:00:00Z","to":"2020-10-19T00:00:00Z","figures":[{"of":"violations","min":54}],"source":{"name":"A ministry"}}""")!)).Stored(201);
        var count = server.Node.View.Count;
        var root = await server.Node.Log.RootOfAsync(count, TimeSpan.FromSeconds(30), CancellationToken.None);
        using var auditor = new ApiClient(server.Address, auditorKey);
        return new JsonObject
        {
            ["count"] = count,
            ["root"] = root!.Value.ToString(),
            ["monitorKey"] = monitorKey,
            ["auditorKey"] = auditorKey,
            ["picture"] = (await auditor.GetAsync($"agreements/truce/compliance?asOf={count}")).Json.DeepClone(),
            ["case"] = (await auditor.GetAsync($"violations/{ids[0]}?asOf={count}")).Json.DeepClone(),
        };
    }

    /// <summary>Everything that was said then is said now; a later program may say more.</summary>
    private static void StillSays(JsonNode? then, JsonNode? now, string place)
    {
        switch (then)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields) StillSays(value, Assert.IsType<JsonObject>(now)[name], $"{place}/{name}");
                break;
            case JsonArray items:
                Assert.Equal(items.Count, Assert.IsType<JsonArray>(now).Count);
                for (var i = 0; i < items.Count; i++) StillSays(items[i], now[i], $"{place}/{i}");
                break;
            default:
                Assert.True(then?.ToJsonString() == now?.ToJsonString(), $"{place} was {then?.ToJsonString()}, and is {now?.ToJsonString()}");
                break;
        }
    }
}
