using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>SIGKILL of the real process under load, again and again on the same data: whoever was told that it is stored finds it there, once.</summary>
public sealed class Being_killed
{
    private const string Key = "the-administrators-own-key-for-tests";
    private const int Writers = 8;
    private const int BeforeTheKill = 60;

    [Fact]
    public async Task Loses_nothing_that_was_acknowledged_and_doubles_nothing_that_is_sent_again()
    {
        using var directory = new TemporaryDirectory();
        var acknowledged = new ConcurrentDictionary<string, long>();
        var monitor = "";
        for (var round = 0; round < 3; round++)
        {
            using var program = Start(directory);
            var address = await AddressOf(program);
            if (round == 0) monitor = await PrepareAsync(address);
            await WriteUntilKilledAsync(program, address, monitor, acknowledged);
        }

        using var again = Start(directory);
        var found = await AddressOf(again);
        await CheckAsync(found, monitor, acknowledged);
        again.Kill();
    }

    private static async Task WriteUntilKilledAsync(
        Process program, Uri address, string monitor, ConcurrentDictionary<string, long> acknowledged)
    {
        var stored = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            using var client = new ApiClient(address, monitor);
            while (true)
            {
                var id = Guid.NewGuid().ToString("D");
                try
                {
                    var answer = await client.PostAsync("agreements/karabakh-2020/violations", Violation(id));
                    acknowledged[id] = answer.Stored(201).Json["sequence"]!.GetValue<long>();
                    if (Interlocked.Increment(ref stored) == BeforeTheKill) program.Kill();
                }
                catch (HttpRequestException)
                {
                    return; // The program is gone.
                }
            }
        })));
        await program.WaitForExitAsync();
        Assert.True(stored >= BeforeTheKill);
    }

    private static async Task CheckAsync(Uri address, string monitor, ConcurrentDictionary<string, long> acknowledged)
    {
        using var client = new ApiClient(address, monitor);
        Assert.True(acknowledged.Count >= 3 * BeforeTheKill);
        var recorded = (await client.SendAsync(Stream())).Lines
            .Where(e => e["type"]!.GetValue<string>() == "violation-recorded-v1")
            .ToLookup(e => e["violationId"]!.GetValue<string>(), e => e["sequence"]!.GetValue<long>());
        foreach (var (id, sequence) in acknowledged) Assert.Equal(sequence, Assert.Single(recorded[id]));

        foreach (var (id, sequence) in acknowledged.Take(20))
        {
            var repeat = await client.PostAsync("agreements/karabakh-2020/violations", Violation(id));
            Assert.True(repeat.Replayed);
            Assert.Equal(sequence, repeat.Stored(200).Json["sequence"]!.GetValue<long>());
        }

        var picture = await client.GetAsync("agreements/karabakh-2020/compliance");
        Assert.Equal(recorded.Count, picture.Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>()));
    }

    private static HttpRequestMessage Stream() => new(HttpMethod.Get, "/api/v1/events?after=-1") { Headers = { { "Accept", "application/x-ndjson" } } };

    private static JsonObject Violation(string id) => Bodies.Violation(body => body["violationId"] = id);

    private static async Task<string> PrepareAsync(Uri address)
    {
        using var administrator = new ApiClient(address, Key);
        (await administrator.PostAsync("agreements", Bodies.Agreement("karabakh-2020"))).Stored(201);
        var key = await administrator.PostAsync("keys", new JsonObject { ["subject"] = "team-1", ["displayName"] = "Team 1", ["roles"] = new JsonArray("monitor") });
        return key.Stored(201).Field("key");
    }

    private static Process Start(TemporaryDirectory directory) =>
        TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0", "--Ledger:AdministratorKey=" + Key);

    /// <summary>Where it listens, once it is ready: after a kill it reads what the books don't have yet, and answers 503 until then.</summary>
    private static async Task<Uri> AddressOf(Process program)
    {
        var address = new Uri(TheProgram.AddressIn(await TheProgram.UntilAsync(program, "/docs")));
        using var client = new HttpClient { BaseAddress = address };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var health = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token);
            if (health.IsSuccessStatusCode) return address;
        }
    }
}
