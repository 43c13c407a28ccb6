using System.Diagnostics;
using System.Text.Json.Nodes;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>SIGKILL of the real process while it pushes to a receiver that fails, hangs and answers 410: every event arrives, in order per case, signed.</summary>
public sealed class Pushing_through_kills
{
    private const string Key = "the-administrators-own-key-for-tests";

    [Fact]
    public async Task Every_event_arrives_once_by_its_id_and_in_the_order_of_its_case()
    {
        using var directory = new TemporaryDirectory();
        var (tries, isGone) = (0, 0);
        using var receiver = new Receiver(_ =>
        {
            if (Volatile.Read(ref isGone) == 1) return 410;
            var nth = Interlocked.Increment(ref tries);
            if (nth % 7 == 0) Thread.Sleep(300); // It hangs a while, and a kill may come meanwhile.
            return nth % 3 == 0 ? 500 : 200;
        });
        var (secret, monitor, cases) = ("", "", new List<string>());
        var acknowledged = new List<Guid>();
        for (var round = 0; round < 3; round++)
        {
            using var program = Start(directory);
            var address = await AddressOf(program);
            using var administrator = new ApiClient(address, Key);
            if (round == 0) (secret, monitor) = await PrepareAsync(administrator, receiver);
            using var client = new ApiClient(address, monitor);
            if (round == 0)
                for (var i = 0; i < 3; i++) cases.Add(Acknowledged((await client.PostAsync("agreements/one/violations", Bodies.Violation())).Stored(201)).Field("violationId"));
            var before = receiver.Taken.Count;
            for (var i = 0; i < 12; i++)
                Acknowledged((await client.PostAsync($"violations/{cases[i % 3]}/casualties", JsonNode.Parse($$"""{"casualties":[{"kind":"killed","who":"total","best":{{(round * 100) + i}}}],"claimedBy":"The hospital"}""")!)).Stored());
            while (receiver.Taken.Count < before + 4) await Task.Delay(5);
            program.Kill();
            await program.WaitForExitAsync();
        }

        // Back for the last time; gone for good, as it says, and then resumed by a person.
        Volatile.Write(ref isGone, 1);
        using var last = Start(directory);
        using var again = new ApiClient(await AddressOf(last), Key);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await again.GetAsync("webhooks")).Json["items"]![0]!["delivery"]?["state"]!.GetValue<string>() != "paused") await Task.Delay(20, limit.Token);
        Volatile.Write(ref isGone, 0);
        (await again.PostTextAsync("webhooks/drill/resumption", "")).Stored();
        while (acknowledged.Except(receiver.Taken.Where(push => push.Status == 200).Select(push => Guid.Parse(push.Id))).Any()) await Task.Delay(20, limit.Token);
        last.Kill();

        Assert.All(receiver.Taken, push => Assert.True(push.IsSignedBy(secret)));
        var once = receiver.Taken.Where(push => push.Status == 200).DistinctBy(push => push.Id).ToList();
        foreach (var ofCase in once.GroupBy(push => push.Body["data"]!["violationId"]!.GetValue<string>()))
        {
            var revisions = ofCase.Select(push => push.Body["data"]!["revision"]!.GetValue<long>()).ToList();
            Assert.Equal(Enumerable.Range(0, revisions.Count).Select(n => (long)n), revisions);
        }

        Assert.Equal(acknowledged.Count, once.Count);

        ApiAnswer Acknowledged(ApiAnswer stored)
        {
            acknowledged.Add(Guid.Parse(stored.Field("eventId")));
            return stored;
        }
    }

    private static async Task<(string Secret, string Monitor)> PrepareAsync(ApiClient administrator, Receiver receiver)
    {
        (await administrator.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
        var monitor = (await administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201).Field("key");
        return ((await administrator.PostAsync("webhooks", new JsonObject { ["webhookId"] = "drill", ["url"] = receiver.Url })).Stored(201).Field("secret"), monitor);
    }

    private static Process Start(TemporaryDirectory directory) =>
        TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0", "--Ledger:AdministratorKey=" + Key, "--Ledger:Webhooks:AllowPrivate=true");

    private static async Task<Uri> AddressOf(Process program)
    {
        var address = new Uri(TheProgram.AddressIn(await TheProgram.UntilAsync(program, "/docs")));
        using var client = new HttpClient { BaseAddress = address };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var health = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token);
            if (health.IsSuccessStatusCode) return address;
            await Task.Delay(20, limit.Token);
        }
    }
}
