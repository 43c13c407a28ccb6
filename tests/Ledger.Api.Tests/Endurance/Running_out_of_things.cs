using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Endurance;

/// <summary>A disk without room under the running program: it says so, takes nothing, shows what it has, and goes on by itself when there is room.</summary>
public sealed class Running_out_of_things
{
    [Fact]
    public async Task A_full_disk_is_said_and_what_was_acknowledged_is_there_once_afterwards()
    {
        if (!OperatingSystem.IsLinux()) return; // prlimit is Linux's own.
        using var ledger = await Mortal.BornAsync();
        using var monitor = ledger.As(ledger.Monitor);
        var before = Enumerable.Range(0, 20).Select(_ => Guid.NewGuid().ToString("D")).ToList();
        foreach (var id in before) (await RecordAsync(monitor, id)).Stored(201);

        ledger.LimitFiles(4096);
        var waiting = Guid.NewGuid().ToString("D");
        Assert.Equal("unavailable", (await RecordAsync(monitor, waiting)).Refused(503, "unavailable").Code);
        var health = JsonNode.Parse(await ledger.HealthAsync())!;
        var problem = health["problems"]!.AsArray().Single(problem => problem!["code"]!.GetValue<string>() == "store-refuses")!;
        Assert.Contains("free disk", problem["next"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(20, Recorded(await monitor.GetAsync("agreements/one/compliance")));

        ledger.LimitFiles(null);
        Assert.Contains((await RecordAsync(monitor, waiting)).Status, (int[])[200, 201]);
        Assert.DoesNotContain("store-refuses", await ledger.HealthAsync(), StringComparison.Ordinal);
        await ledger.KillAsync();
        await ledger.StartAsync();
        foreach (var id in before.Append(waiting)) Assert.Equal(1, await ledger.CountAsync(id, "violation-recorded-v1"));
        await ledger.AuditAsync("a full disk");
    }

    private static Task<ApiAnswer> RecordAsync(ApiClient monitor, string id) =>
        monitor.PostAsync("agreements/one/violations", Bodies.Violation(body => body["violationId"] = id), id);

    private static long Recorded(ApiAnswer picture) => picture.Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>());
}
