using System.Text.Json.Nodes;

namespace Ledger.Api.Tests.Reads;

public sealed class Asking_wrongly
{
    [Fact]
    public async Task Who_asks_as_of_what_cannot_be_read_hears_of_both_forms()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.VisibleAsync(await ledger.AgreementAsync());
        using var no = await client.AskAsync("/api/v1/agreements/karabakh-2020/violations?asOf=soon");
        Assert.Contains("count of events", JsonNode.Parse(await no.Content.ReadAsStringAsync())!["errors"]!["/asOf"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("violations?limit=0")]
    [InlineData("violations?limit=501")]
    [InlineData("violations?limit=five")]
    [InlineData("violations?limit=5&limit=6")]
    [InlineData("violations?colour=red")]
    [InlineData("violations?status=guilty")]
    [InlineData("violations?category=noise")]
    [InlineData("violations?party=nobody-here")]
    [InlineData("violations?party=Not%20An%20Id")]
    [InlineData("violations?zone=nowhere")]
    [InlineData("violations?bbox=1,2,3")]
    [InlineData("violations?bbox=0,50,10,40")]
    [InlineData("violations?from=yesterday")]
    [InlineData("violations?from=2020-10-18")]
    [InlineData("violations?from=2020-13-40T00:00:00Z")]
    [InlineData("violations?from=2020-10-19T00:00:00Z&to=2020-10-18T00:00:00Z")]
    [InlineData("violations?asOf=soon")]
    [InlineData("violations?asOf=-1")]
    [InlineData("violations?asOf=")]
    [InlineData("compliance?interval=year")]
    [InlineData("compliance?method=guesses-v1")]
    [InlineData("compliance?basis=rumour")]
    [InlineData("compliance?zone=nowhere")]
    [InlineData("compliance?party=armenia")]
    [InlineData("compliance?limit=5")]
    [InlineData("compliance/armenia/postings?status=guilty")]
    [InlineData("coverage?kind=watching")]
    [InlineData("aggregate-claims?party=armenia")]
    public async Task It_is_malformed_and_errors_says_where(string question)
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.VisibleAsync(await ledger.AgreementAsync());

        using var response = await client.AskAsync("/api/v1/agreements/karabakh-2020/" + question);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("malformed", problem.Text("code"));
        var name = new string([.. question.SkipWhile(c => c != '?').Skip(1).TakeWhile(c => c != '=')]);
        Assert.Contains(problem["errors"]!.AsObject(), error => error.Key == "/" + name || (name == "from" && error.Key == "/to"));
    }

    [Theory]
    [InlineData("/api/v1/events?after=-2")]
    [InlineData("/api/v1/events?after=x")]
    [InlineData("/api/v1/events?wait=31")]
    [InlineData("/api/v1/events?wait=-1")]
    [InlineData("/api/v1/events?raw=yes")]
    [InlineData("/api/v1/events?asOf=1")]
    [InlineData("/api/v1/codes?x=1")]
    [InlineData("/api/v1/agreements?status=alleged")]
    public async Task Feeds_and_lists_refuse_what_they_do_not_know(string question)
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        Assert.Equal((400, "malformed"), await client.RefusedAsync(question));
    }

    [Fact]
    public async Task A_position_is_one_or_it_is_malformed_and_one_that_never_comes_is_not_yet_visible()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        Assert.Equal((400, "malformed"), await client.RefusedAsync("/api/v1/agreements", with => with.Headers.Add("Ledger-Position", "here")));

        using var response = await client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, "/api/v1/agreements") { Headers = { { "Ledger-Position", new string('7', 32) } } });
        Assert.Equal(503, (int)response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("not-yet-visible", JsonNode.Parse(await response.Content.ReadAsStringAsync())!.Text("code"));
    }

    [Fact]
    public async Task Without_a_key_nothing_is_read_but_what_is_open()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client(key: null);
        foreach (var path in new[] { "/api/v1/agreements", "/api/v1/events", "/api/v1/codes", "/api/v1/violations/" + Guid.NewGuid() })
            Assert.Equal((401, "unauthenticated"), await client.RefusedAsync(path));
    }
}
