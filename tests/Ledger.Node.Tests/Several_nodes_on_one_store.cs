using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.EventStore;
using Ledger.Testing.Api;
using Ledger.Transparency;
using Xunit.Abstractions;

namespace Ledger.Node.Tests;

/// <summary>Any node takes any command; all of them number, count, seal and forget alike.</summary>
[Collection(Cluster.OneDatabase)]
public sealed class Several_nodes_on_one_store(ITestOutputHelper output)
{
    [Fact]
    public async Task Any_node_takes_any_command_and_all_show_the_same()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var (a, b) = (await cluster.NodeAsync(), await cluster.NodeAsync());
        using var onA = Cluster.Client(a);
        using var onB = Cluster.Client(b);
        var one = Cluster.Fresh("one");
        (await onA.PostAsync("agreements", Bodies.Agreement(one))).Stored(201);
        var key = (await onB.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201);
        using var monitorA = Cluster.Client(a, key.Field("key"));
        using var monitorB = Cluster.Client(b, key.Field("key"));
        await SeenAsync(onA, key.Position, $"agreements/{one}");

        var positions = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            var answer = (await (i % 2 == 0 ? monitorA : monitorB).PostAsync($"agreements/{one}/violations", Bodies.Violation())).Stored(201);
            positions.Add(answer.Position);

            // Read-your-writes, on the node that didn't write it.
            using var request = new HttpRequestMessage(HttpMethod.Get, $"violations/{answer.Field("violationId")}");
            request.Headers.Add("Ledger-Position", answer.Position);
            Assert.Equal(200, (await (i % 2 == 0 ? monitorB : monitorA).SendAsync(request)).Status);
        }

        await SeenAsync(onA, positions[^1], $"agreements/{one}/compliance");
        await SeenAsync(onB, positions[^1], $"agreements/{one}/compliance");
        Assert.Equal(await FeedAsync(a), await FeedAsync(b));
        Assert.Equal(
            (await onA.GetAsync($"agreements/{one}/compliance")).Text, (await onB.GetAsync($"agreements/{one}/compliance")).Text);
    }

    [Fact]
    public async Task One_history_is_sealed_under_load_and_both_serve_it()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var (a, b) = (await cluster.NodeAsync(), await cluster.NodeAsync());
        using var onA = Cluster.Client(a);
        var one = Cluster.Fresh("one");
        (await onA.PostAsync("agreements", Bodies.Agreement(one))).Stored(201);
        var key = (await onA.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201);
        using var onB = Cluster.Client(b);
        await SeenAsync(onB, key.Position, $"agreements/{one}");
        await Task.WhenAll(new[] { a, b, a, b }.Select(async node =>
        {
            using var monitor = Cluster.Client(node, key.Field("key"));
            for (var i = 0; i < 150; i++) (await monitor.PostAsync($"agreements/{one}/violations", Bodies.Violation())).Stored(201);
        }));

        var count = a.Node.View.Count;
        var heads = await Task.WhenAll(HeadAsync(a, count), HeadAsync(b, count));
        Assert.True(count >= 602);
        Assert.Equal(heads[0], heads[1]);
        Assert.Equal(a.Node.Origin, b.Node.Origin);
        Assert.All(a.Node.Health.Problems, problem => Assert.Equal(StoreHealth.Notice, problem.Code));
        Assert.All(b.Node.Health.Problems, problem => Assert.Equal(StoreHealth.Notice, problem.Code));
    }

    [Fact]
    public async Task The_history_of_a_case_never_runs_backwards_though_a_nodes_clock_is_slow()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var (a, slow) = (await cluster.NodeAsync(), await cluster.NodeAsync(new SlowClock(TimeSpan.FromSeconds(1.5))));
        using var onA = Cluster.Client(a);
        using var onSlow = Cluster.Client(slow);
        var agreement = Cluster.Fresh("clocks");
        (await onA.PostAsync("agreements", Bodies.Agreement(agreement))).Stored(201);
        var key = (await onA.PostAsync("keys", Bodies.Key(Cluster.Fresh("monitor"), "monitor", null, []))).Stored(201);
        using var monitorA = Cluster.Client(a, key.Field("key"));
        using var monitorSlow = Cluster.Client(slow, key.Field("key"));
        await SeenAsync(onSlow, key.Position, $"agreements/{agreement}");

        for (var i = 0; i < 10; i++)
        {
            var recorded = (await monitorA.PostAsync($"agreements/{agreement}/violations", Bodies.Violation())).Stored(201);
            var path = $"violations/{recorded.Field("violationId")}";
            (await monitorSlow.DecideAsync($"{path}/withdrawal", new JsonObject { ["reason"] = "Entered twice." }, recorded.Revision)).Stored();
            await SeenAsync(onSlow, recorded.Position, path);
            var times = (await onSlow.GetAsync($"{path}/history")).Json["items"]!.AsArray().Select(e => e!["recordedAt"]!.GetValue<DateTimeOffset>()).ToList();
            Assert.Equal(2, times.Count);
            Assert.True(times[0] <= times[1], $"{times[1]:O} comes after {times[0]:O}");
        }
    }

    [Fact]
    public async Task A_key_that_is_revoked_on_one_node_is_dead_on_the_other_within_a_second()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var (a, b) = (await cluster.NodeAsync(), await cluster.NodeAsync());
        using var onA = Cluster.Client(a);
        var key = (await onA.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201);
        using var monitor = Cluster.Client(b, key.Field("key"));
        for (var i = 0; i < 100 && (await monitor.GetAsync("me")).Status != 200; i++) await Task.Delay(20);
        Assert.Equal(200, (await monitor.GetAsync("me")).Status);

        await onA.DeleteAsync($"keys/{key.Field("keyId")}");
        var revoked = System.Diagnostics.Stopwatch.StartNew();
        while ((await monitor.GetAsync("me")).Status != 401) Assert.True(revoked.Elapsed < TimeSpan.FromSeconds(5), "it lived on");
    }

    [Fact]
    public async Task What_an_account_holds_that_is_ended_on_one_node_is_dead_on_the_other_within_a_second()
    {
        await using var cluster = await Cluster.StartAsync(output);
        await using var issuer = await Ledger.Api.Tests.Access.TokenIssuer.StartAsync();
        var (a, b) = (await cluster.NodeAsync(issuer.Settings()), await cluster.NodeAsync(issuer.Settings()));
        using var onA = Cluster.Client(a);
        using var nina = Cluster.Client(b, issuer.Token(Cluster.Fresh("nina"), "monitor"));
        var account = (await nina.GetAsync("me")).Field("subject");

        (await onA.SendAsync(HttpMethod.Post, $"accounts/{account}/block", null)).Stored();
        var ended = System.Diagnostics.Stopwatch.StartNew();
        while ((await nina.GetAsync("me")).Status != 401) Assert.True(ended.Elapsed < TimeSpan.FromSeconds(5), "it lived on");

        // Seen on B, told on A: what nodes know of it lies beside the evidence that they share, and is laid down when a node stops.
        await b.DisposeAsync();
        var listed = (await onA.GetAsync("accounts?limit=500")).Json["items"]!.AsArray().Single(item => (string?)item!["account"] == account)!;
        Assert.NotNull(listed["lastSeenAt"]);
        Assert.NotNull(listed["blockedAt"]);
    }

    [Fact]
    public async Task A_secret_that_is_replaced_on_one_node_ends_on_the_other_and_the_new_one_opens_there()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var (a, b) = (await cluster.NodeAsync(), await cluster.NodeAsync());
        using var onA = Cluster.Client(a);
        var key = (await onA.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201);
        using var before = Cluster.Client(b, key.Field("key"));
        for (var i = 0; i < 100 && (await before.GetAsync("me")).Status != 200; i++) await Task.Delay(20);

        var rotated = (await onA.PostAsync($"keys/{key.Field("keyId")}/rotations", Bodies.Parse("""{ "overlapHours": 0 }"""))).Stored();
        using var after = Cluster.Client(b, rotated.Field("key"));
        for (var i = 0; i < 250 && (await after.GetAsync("me")).Status != 200; i++) await Task.Delay(20);

        Assert.Equal((401, 200), ((await before.GetAsync("me")).Status, (await after.GetAsync("me")).Status));
        // Used on B, told on A: what nodes know of it lies beside the evidence that they share, and is laid down when a node stops.
        await b.DisposeAsync();
        var listed = (await onA.GetAsync("keys?limit=500")).Json["items"]!.AsArray().Single(item => (string?)item!["keyId"] == key.Field("keyId"))!;
        Assert.NotNull(listed["lastUsedAt"]);
    }

    [Fact]
    public async Task A_node_that_hears_nothing_of_the_store_any_more_trusts_no_key()
    {
        await using var cluster = await Cluster.StartAsync(output);
        if (!cluster.IsDouble) return; // Nobody kills a server that somebody else runs.
        var a = await cluster.NodeAsync();
        using var onA = Cluster.Client(a);
        Assert.Equal(200, (await onA.GetAsync("me")).Status);
        await cluster.Double.KillAsync();
        ApiAnswer answer;
        for (var i = 0; (answer = await onA.GetAsync("me")).Status == 200 && i < 150; i++) await Task.Delay(100);
        answer.Refused(503, "unavailable");
        Assert.NotNull(answer.Header("Retry-After"));
    }

    [Fact]
    public async Task What_is_erased_on_one_node_is_forgotten_on_the_other()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var (a, b) = (await cluster.NodeAsync(), await cluster.NodeAsync());
        using var onA = Cluster.Client(a);
        var one = Cluster.Fresh("one");
        (await onA.PostAsync("agreements", Bodies.Agreement(one))).Stored(201);
        var key = (await onA.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201);
        using var monitorA = Cluster.Client(a, key.Field("key"));
        using var monitorB = Cluster.Client(b, key.Field("key"));
        var text = "Quinquagesima: " + string.Concat(Enumerable.Repeat("the mill burnt. ", 20));
        var stored = (await monitorA.PostAsync($"agreements/{one}/violations", Bodies.Violation(body =>
        {
            body["narrative"] = text;
            body["confidential"] = new JsonObject { ["witness"] = "Anahit" };
        }))).Stored(201);
        var path = $"violations/{stored.Field("violationId")}";
        await SeenAsync(monitorB, stored.Position, path);
        Assert.Equal("Anahit", (await monitorB.GetAsync(path)).Json["confidential"]!["witness"]!.GetValue<string>());

        var erased = (await onA.DecideAsync($"{path}/erasure", new JsonObject { ["names"] = new JsonArray("witness", "narrative"), ["legalBasis"] = "GDPR 17", ["rationale"] = "Asked for." }, stored.Revision)).Stored();
        await SeenAsync(monitorB, erased.Position, path);
        var shown = (await monitorB.GetAsync(path)).Json;
        Assert.DoesNotContain("Anahit", shown.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("mill", shown.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(2, shown["erased"]!.AsArray().Count);
        for (var i = 0; i < 100 && (await monitorB.GetAsync($"agreements/{one}/violations?q=Quinquagesima")).Json["items"]!.AsArray().Count > 0; i++) await Task.Delay(50);
        Assert.Empty((await monitorB.GetAsync($"agreements/{one}/violations?q=Quinquagesima")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Two_first_starts_at_once_agree_on_the_administrator_and_the_log()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var nodes = await Task.WhenAll(cluster.NodeAsync(), cluster.NodeAsync());
        Assert.Equal(nodes[0].Node.Origin, nodes[1].Node.Origin);
        foreach (var node in nodes)
        {
            using var client = Cluster.Client(node);
            Assert.Equal(200, (await client.GetAsync("me")).Status);
        }

        var keys = new List<RecordedEvent>();
        await foreach (var page in nodes[0].Node.Store.ReadAllAsync(null, CancellationToken.None)) keys.AddRange(page.Where(e => e.Stream.Value == "access-administrator"));
        Assert.Single(keys);
    }

    [Theory]
    [InlineData("esdb://127.0.0.1:1?tls=false&maxDiscoverAttempts=2", "can't be reached")]
    [InlineData("esdb://127.0.0.1:1?tls=perhaps", "Ledger:EventStoreDb:ConnectionString")]
    [InlineData("mysql://127.0.0.1:1", "Ledger:EventStoreDb:ConnectionString")]
    public async Task A_wrong_connection_stops_the_start_with_one_sentence(string connection, string sentence)
    {
        using var directory = new Ledger.Testing.EventStores.TemporaryDirectory();
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => LedgerServer.StartAsync(
            ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={directory.File("data")}", $"--Ledger:Evidence={directory.File("evidence")}", "--Ledger:Store=eventstoredb", $"--Ledger:EventStoreDb:ConnectionString={connection}"],
            TimeProvider.System, CancellationToken.None));
        Assert.True(refused is StoreUnavailableException or SettingsException, refused.ToString());
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private static async Task SeenAsync(ApiClient client, string position, string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Ledger-Position", position);
            var answer = await client.SendAsync(request);
            if (answer.Status is not (503 or 404 or 401)) return;
            await Task.Delay(20, limit.Token);
        }
    }

    private static async Task<string> FeedAsync(LedgerServer node)
    {
        using var client = Cluster.Client(node);
        return (await client.GetAsync($"events?after={Math.Max(-1, node.Node.View.Count - 400)}&limit=500")).Text;
    }

    private static async Task<string> HeadAsync(LedgerServer node, long size)
    {
        using var client = new HttpClient { BaseAddress = node.Address };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var note = await client.GetByteArrayAsync(new Uri("/log/checkpoint", UriKind.Relative), limit.Token);
            if (SignedCheckpoint.TryParse(note, out var head, out _) && head.Checkpoint.Size.Value >= size) return head.ToString();
            await Task.Delay(50, limit.Token);
        }
    }

    private sealed class SlowClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - by;
    }
}
