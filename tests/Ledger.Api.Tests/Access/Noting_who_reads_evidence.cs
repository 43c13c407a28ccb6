using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

public sealed class Noting_who_reads_evidence(TestLedger ledger) : IClassFixture<TestLedger>
{
    private static int _files;

    [Fact]
    public async Task Each_reader_of_a_file_stands_in_the_ledger_once_an_hour_with_the_case_and_under_the_pseudonym()
    {
        var (path, sha256) = await HandInAsync();
        var (monitor, liaison) = (await ledger.MonitorAsync(), await ledger.LiaisonAsync("azerbaijan"));
        var before = await ledger.EventsAsync();
        for (var n = 0; n < 3; n++) Assert.Equal(200, (await monitor.GetAsync($"evidence/{sha256}")).Status);
        Assert.Equal(206, await RangeAsync(liaison, sha256));
        Assert.Equal(206, await RangeAsync(liaison, sha256));

        var readings = await ReadingsAsync(ledger.Administrator, $"sha256={sha256}");

        // Within the minute in which an hour ends there may be one more of each.
        Assert.InRange(await ledger.EventsAsync() - before, 2, 4);
        Assert.Equal(["liaison-azerbaijan", "monitor-1"], readings.Select(reading => reading["by"]!.GetValue<string>()).Distinct());
        Assert.Equal("azerbaijan", readings[0]["partyId"]!.GetValue<string>());
        Assert.All(readings, reading => Assert.Equal(path, "violations/" + reading["violationIds"]![0]!.GetValue<string>()));
        Assert.All(readings, reading => Assert.True(reading["original"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Many_at_once_are_one_event_each()
    {
        var (_, sha256) = await HandInAsync();
        var readers = new[] { await ledger.MonitorAsync(), await ledger.VerifierAsync(), ledger.Administrator };

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(n => readers[n % 3].GetAsync($"evidence/{sha256}")));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.InRange((await ReadingsAsync(ledger.Administrator, $"sha256={sha256}")).Count, 3, 6);
    }

    [Fact]
    public async Task Nobody_but_administrators_and_auditors_sees_who_read()
    {
        var (_, sha256) = await HandInAsync();
        var auditor = await ledger.WhoAsync("auditor-1", "auditor");
        Assert.Equal(200, (await (await ledger.MonitorAsync()).GetAsync($"evidence/{sha256}")).Status);
        ApiClient[] others = [await ledger.MonitorAsync(), await ledger.LiaisonAsync("armenia"), await ledger.VerifierAsync(), await ledger.WhoAsync("reader-1", "reader")];

        foreach (var client in others)
        {
            (await client.GetAsync("evidence-readings")).Refused(403, "not-allowed");
            Assert.DoesNotContain("evidence-read", await EventsAsync(client), StringComparison.Ordinal);
        }

        Assert.Contains(sha256, await EventsAsync(auditor), StringComparison.Ordinal);
        Assert.Single(await ReadingsAsync(auditor, $"sha256={sha256}"));
    }

    [Fact]
    public async Task What_is_refused_is_no_reading()
    {
        var (_, sha256) = await HandInAsync();
        var elsewhere = await ledger.WhoAsync("elsewhere-reader", "reader", null, await ledger.AgreementAsync());

        (await elsewhere.GetAsync($"evidence/{sha256}")).Refused(404, "not-found");

        Assert.Empty(await ReadingsAsync(ledger.Administrator, $"sha256={sha256}"));
    }

    [Fact]
    public async Task The_list_goes_by_pages_newest_first_and_by_case_and_subject()
    {
        var (path, sha256) = await HandInAsync();
        string[] subjects = ["paging-1", "paging-2", "paging-3"];
        foreach (var subject in subjects) Assert.Equal(200, (await (await ledger.WhoAsync(subject, "reader")).GetAsync($"evidence/{sha256}")).Status);
        var violation = path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..];

        var first = (await ledger.Administrator.GetAsync($"evidence-readings?violation={violation}&limit=2")).Json;
        var second = (await ledger.Administrator.GetAsync($"evidence-readings?violation={violation}&limit=2&cursor={first["nextCursor"]}")).Json;

        Assert.Equal(["paging-3", "paging-2", "paging-1"], first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => item!["by"]!.GetValue<string>()));
        Assert.Null(second["nextCursor"]);
        Assert.Single(await ReadingsAsync(ledger.Administrator, $"subject=paging-2&sha256={sha256}"));
        (await ledger.Administrator.GetAsync("evidence-readings?cursor=AAAA")).Malformed("/cursor");
    }

    private async Task<(string Path, string Sha256)> HandInAsync()
    {
        var bytes = Encoding.UTF8.GetBytes($"a film that is read, number {Interlocked.Increment(ref _files)}");
        var path = await ledger.CaseAsync();
        using var form = new MultipartFormDataContent { { new StringContent("Film"), "title" }, { new StringContent("true"), "original" } };
        form.Add(new ByteArrayContent(bytes), "file", "film.mp4");
        (await (await ledger.MonitorAsync()).SendAsync(HttpMethod.Post, $"{path}/evidence", form)).Stored();
        return (path, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private static async Task<IReadOnlyList<JsonNode>> ReadingsAsync(ApiClient client, string query) =>
        [.. (await client.GetAsync($"evidence-readings?{query}")).Json["items"]!.AsArray().Select(item => item!)];

    private static async Task<string> EventsAsync(ApiClient client)
    {
        var (text, after) = (new StringBuilder(), -1L);
        while (true)
        {
            var page = (await client.GetAsync($"events?after={after}&limit=500")).Json;
            text.Append(page["items"]!.ToJsonString());
            if (page["upTo"]!.GetValue<long>() == after) return text.ToString();
            after = page["upTo"]!.GetValue<long>();
        }
    }

    private static async Task<int> RangeAsync(ApiClient client, string sha256)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"evidence/{sha256}");
        request.Headers.Range = new RangeHeaderValue(2, 5);
        return (await client.SendAsync(request)).Status;
    }
}
