using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Endurance;

/// <summary>A disk without room or that can't be written, and too little memory, under the running program: it says so, takes nothing, shows what it has, and goes on by itself when there is room.</summary>
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

    [ReadOnlyFact]
    public async Task A_data_directory_that_cannot_be_written_any_more_is_said_reads_go_on_it_recovers_by_itself_and_a_start_on_one_changes_nothing()
    {
        using var ledger = await Mortal.BornAsync();
        using var monitor = ledger.As(ledger.Monitor);
        var before = Enumerable.Range(0, 5).Select(_ => Guid.NewGuid().ToString("D")).ToList();
        foreach (var id in before) (await RecordAsync(monitor, id)).Stored(201);
        await ledger.SealedAsync();
        var waiting = Guid.NewGuid().ToString("D");
        try
        {
            Assert.True(ledger.MakeReadOnly(true));
            (await RecordAsync(monitor, waiting)).Refused(503, "unavailable");
            var problem = JsonNode.Parse(await ledger.HealthAsync())!["problems"]!.AsArray().Single(problem => problem!["code"]!.GetValue<string>() == "store-refuses")!;
            Assert.Contains("mounted read-only", problem["next"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(5, Recorded(await monitor.GetAsync("agreements/one/compliance")));
            Assert.Equal(200, (await monitor.GetAsync($"violations/{before[0]}")).Status);
        }
        finally
        {
            ledger.MakeReadOnly(false);
        }

        Assert.Contains((await RecordAsync(monitor, waiting)).Status, (int[])[200, 201]);
        Assert.DoesNotContain("store-refuses", await ledger.HealthAsync(), StringComparison.Ordinal);
        await ledger.KillAsync();
        var files = Directory.GetFiles(ledger.Data).Order().Select(file => (file, File.GetLastWriteTimeUtc(file))).ToList();
        try
        {
            Assert.True(ledger.MakeReadOnly(true));
            Assert.Contains("can't be written", await ledger.FailToStartAsync(), StringComparison.Ordinal);
        }
        finally
        {
            ledger.MakeReadOnly(false);
        }

        Assert.Equal(files, Directory.GetFiles(ledger.Data).Order().Select(file => (file, File.GetLastWriteTimeUtc(file))));
        await ledger.StartAsync();
        foreach (var id in before.Append(waiting)) Assert.Equal(1, await ledger.CountAsync(id, "violation-recorded-v1"));
        await ledger.AuditAsync("a data directory that couldn't be written");
    }

    /// <summary>Eight clients send batches of long texts until the program has no memory left for them.</summary>
    [Fact]
    public async Task A_program_without_memory_ends_with_a_sentence_and_all_that_it_acknowledged_is_there_once()
    {
        using var ledger = await Mortal.BornAsync();
        await ledger.KillAsync();
        await ledger.StartWithinAsync(80L << 20);
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var senders = Enumerable.Range(0, 8).Select(_ => SendAsync(ledger, acknowledged, stop)).ToArray();
        Assert.True(await ledger.HasEndedAsync(TimeSpan.FromMinutes(3)), "It had memory enough: the load is too small to prove anything.");
        await stop.CancelAsync();
        await Task.WhenAll(senders);
        Assert.Contains("out of memory", ledger.SaidAtItsEnd, StringComparison.OrdinalIgnoreCase);

        ledger.Surroundings = [];
        await ledger.StartAsync();
        using var auditor = ledger.As(ledger.Auditor);
        var all = await auditor.SendAsync(new HttpRequestMessage(HttpMethod.Get, "events?after=-1") { Headers = { { "Accept", "application/x-ndjson" } } });
        var stored = all.Lines.Where(e => e["type"]!.GetValue<string>() == "violation-recorded-v1").Select(e => e["data"]!["violationId"]!.GetValue<string>()).ToList();
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.NotEmpty(acknowledged);
        Assert.Empty(acknowledged.Except(stored));
        await ledger.AuditAsync("a lack of memory");
    }

    private static async Task SendAsync(Mortal ledger, System.Collections.Concurrent.ConcurrentBag<string> acknowledged, CancellationTokenSource stop)
    {
        using var http = new HttpClient { BaseAddress = ledger.Address, DefaultRequestHeaders = { Authorization = new("Bearer", ledger.Monitor) } };
        var narrative = string.Join(' ', Enumerable.Repeat("shells", 800));
        for (var some = 1; !stop.IsCancellationRequested; some = Math.Min(some * 2, 500))
        {
            var lines = Enumerable.Range(0, some).Select(_ => Bodies.Violation(body => (body["violationId"], body["narrative"]) = (Guid.NewGuid().ToString("D"), narrative)).ToJsonString());
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agreements/one/violations/batch")
            {
                Content = new StringContent(string.Join('\n', lines), new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-ndjson")),
            };
            try
            {
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
                using var answers = new StreamReader(await answer.Content.ReadAsStreamAsync(stop.Token));
                while (await answers.ReadLineAsync(stop.Token) is { Length: > 0 } line)
                    if (JsonNode.Parse(line) is { } told && (int?)told["status"] == 201) acknowledged.Add(told["violationId"]!.GetValue<string>());
            }
            catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
            {
                return; // It has ended, or half a line came.
            }
        }
    }

    private static Task<ApiAnswer> RecordAsync(ApiClient monitor, string id) =>
        monitor.PostAsync("agreements/one/violations", Bodies.Violation(body => body["violationId"] = id), id);

    private static long Recorded(ApiAnswer picture) => picture.Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>());
}

/// <summary>Skipped, and said to be, where nothing can make open files read-only: it needs chattr, a file system that has the attribute, and the right to set it.</summary>
internal sealed class ReadOnlyFactAttribute : FactAttribute
{
    public ReadOnlyFactAttribute()
    {
        var file = Path.GetTempFileName();
        try
        {
            if (!Mortal.MakeReadOnly(true, [file])) Skip = "chattr +i doesn't work here: nobody tried a directory that can't be written any more.";
        }
        finally
        {
            Mortal.MakeReadOnly(false, [file]);
            File.Delete(file);
        }
    }
}
