using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Testing.Api;
using Xunit.Abstractions;

namespace Ledger.Node.Tests;

/// <summary>What /health says of a store that nodes share: a proxy sends nobody to a node that has lost it, and a scavenge has the history read again.</summary>
[Collection(Cluster.OneDatabase)]
public sealed class Telling_how_the_store_is(ITestOutputHelper output)
{
    [Fact]
    public async Task A_store_that_protects_nothing_is_said_and_the_node_is_ready_all_the_same()
    {
        await using var cluster = await Cluster.StartAsync(output);
        var health = await HealthAsync(await cluster.NodeAsync());

        Assert.Equal("ready", health.Text("status"));
        Assert.NotEqual("", health.Body["store"]!["version"]!.GetValue<string>());
        if (cluster.IsDouble) Assert.Contains("Without TLS", health.Problem("store-notice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_has_lost_the_store_isnt_ready_until_it_has_it_again()
    {
        await using var cluster = await Cluster.StartAsync(output);
        if (!cluster.IsDouble) return; // Nobody kills a server that somebody else runs.
        var node = await cluster.NodeAsync();

        await cluster.Double.KillAsync();
        var lost = await UntilAsync(node, health => health.Status == 503);
        Assert.Equal("catching-up", lost.Text("status"));
        Assert.True(lost.Body["lag"]!.GetValue<double>() >= 5);
        Assert.Contains("503", lost.Problem("store-unreachable"), StringComparison.Ordinal);

        await cluster.Double.RestartAsync();
        Assert.Null((await UntilAsync(node, health => health.Status == 200)).Problem("store-unreachable"));
    }

    [Fact]
    public async Task A_scavenge_is_told_and_what_it_destroyed_is_found_at_once()
    {
        await using var cluster = await Cluster.StartAsync(output);
        if (!cluster.IsDouble) return; // Nobody loses another's events.
        var node = await cluster.NodeAsync();
        using var administrator = Cluster.Client(node);
        (await administrator.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
        (await administrator.PostAsync("agreements", Bodies.Agreement("two"))).Stored(201);
        await UntilAsync(node, health => health.Body["sealed"]?["count"]!.GetValue<long>() == 3);

        cluster.Double.Log.Scavenge();
        var told = await UntilAsync(node, health => health.Body["store"]!["lastScavenge"] is not null);
        Assert.Equal("ready", told.Text("status"));

        cluster.Double.Log.Lose(record => record.Stream == "agreement-one");
        cluster.Double.Log.Scavenge();
        var found = await UntilAsync(node, health => health.Text("status") == "faulted");
        Assert.Equal(503, found.Status);
        (await administrator.PostAsync("agreements", Bodies.Agreement("three"))).Refused(503, "read-only");
    }

    private static async Task<Health> HealthAsync(LedgerServer node)
    {
        using var client = new HttpClient { BaseAddress = node.Address };
        using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return new Health((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    /// <summary>The first answer of which something holds. Half the time that the next round without a scavenge would take.</summary>
    private static async Task<Health> UntilAsync(LedgerServer node, Func<Health, bool> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var health = await HealthAsync(node);
            if (isSo(health)) return health;
            await Task.Delay(50, limit.Token);
        }
    }

    private sealed record Health(int Status, JsonNode Body)
    {
        public string Text(string name) => Body[name]!.GetValue<string>();

        public string? Problem(string code) =>
            Body["problems"]!.AsArray().FirstOrDefault(problem => problem!["code"]!.GetValue<string>() == code)?["message"]!.GetValue<string>();
    }
}
