using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

public sealed class Being_crowded
{
    [Fact]
    public async Task Strangers_are_told_to_wait_and_whoever_has_a_key_is_not()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Limits:StrangersPerSecond=5");
        using var nobody = new HttpClient { BaseAddress = ledger.Server.Address };

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => nobody.GetAsync(new Uri("/log/vkey", UriKind.Relative))));

        var refused = answers.First(answer => (int)answer.StatusCode == 429);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(refused.Headers.RetryAfter);
        for (var i = 0; i < 20; i++) Assert.Equal(200, (await ledger.Administrator.GetAsync("me")).Status);
    }

    [Fact]
    public async Task A_key_has_so_many_feeds_open_and_everybody_together_so_many()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Limits:StreamsPerKey=2", "--Ledger:Limits:Streams=3");
        var (first, second) = (await ledger.KeyAsync(Bodies.Key("reader-1", "reader")), await ledger.KeyAsync(Bodies.Key("reader-2", "reader")));
        using var open = await FollowAsync(ledger, first);
        using var another = await FollowAsync(ledger, first);

        using var third = await FollowAsync(ledger, first);
        Assert.Equal(429, (int)third.StatusCode);
        Assert.NotNull(third.Headers.RetryAfter);

        using var others = await FollowAsync(ledger, second);
        Assert.Equal(200, (int)others.StatusCode);
        using var oneTooMany = await FollowAsync(ledger, second);
        Assert.Equal(503, (int)oneTooMany.StatusCode);
        Assert.NotNull(oneTooMany.Headers.RetryAfter);

        open.Dispose(); // Its place is free once the server has noticed.
        for (var tries = 0; ; tries++)
        {
            using var again = await FollowAsync(ledger, first);
            if ((int)again.StatusCode == 200) break;
            Assert.True(tries < 100, "The place of a feed that was closed never came free.");
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task Headers_without_end_are_cut_off()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Limits:HeaderBytes=4096");

        var answer = await RawAsync(ledger, $"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Much: {new string('x', 6_000)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431", answer, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431", await RawAsync(ledger, $"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"A{i}: b\r\n"))}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414", await RawAsync(ledger, $"GET /{new string('x', 20_000)} HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_that_falls_silent_is_cut_off_and_what_it_said_is_kept()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Limits:IdleSeconds=1");
        var agreement = await ledger.AgreementAsync();
        var key = await ledger.KeyAsync(Bodies.Key("monitor-1", "monitor"));
        var line = Bodies.Violation(body => body["violationId"] = "018f2a6e-0000-7000-8000-000000000077").ToJsonString();

        var answer = await RawAsync(
            ledger,
            $"POST /api/v1/agreements/{agreement}/violations/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
            + $"{Encoding.UTF8.GetByteCount(line) + 1:x}\r\n{line}\n\r\n");

        Assert.Contains("\"status\":201", answer, StringComparison.Ordinal);
        Assert.Equal(200, (await ledger.Administrator.GetAsync("violations/018f2a6e-0000-7000-8000-000000000077")).Status);
    }

    /// <summary>Says something raw, and hears it out until the server closes; a client that waits for more than the test's patience fails it.</summary>
    private static async Task<string> RawAsync(TestLedger ledger, string request)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = new TcpClient();
        await client.ConnectAsync(ledger.Server.Address.Host, ledger.Server.Address.Port, patience.Token);
        var stream = client.GetStream();
        var text = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), patience.Token);
            var buffer = new byte[8_192];
            while (await stream.ReadAsync(buffer, patience.Token) is var count && count > 0) text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        catch (IOException)
        {
            // Cut off without a goodbye.
        }

        return text.ToString();
    }

    private static async Task<HttpResponseMessage> FollowAsync(TestLedger ledger, string key)
    {
        using var handler = new SocketsHttpHandler();
        var http = new HttpClient { BaseAddress = ledger.Server.Address };
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events?after=-1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Accept.ParseAdd("text/event-stream");
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

/// <summary>What costs much to make is made once.</summary>
public sealed class Asking_for_the_description_together(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Theory]
    [InlineData("/openapi/v1.json")]
    [InlineData("/schemas/requests")]
    public async Task Two_hundred_at_once_get_the_same_bytes_and_nobody_waits_for_them(string path)
    {
        using var http = new HttpClient { BaseAddress = ledger.Server.Address };

        var answers = Task.WhenAll(Enumerable.Range(0, 200).Select(_ => http.GetByteArrayAsync(new Uri(path, UriKind.Relative))));
        Assert.Equal(200, (await ledger.Administrator.GetAsync("me")).Status);

        var first = (await answers)[0];
        Assert.All(await answers, bytes => Assert.Equal(first, bytes));
        using var other = await http.GetAsync(new Uri("/openapi/v2.json", UriKind.Relative));
        Assert.Equal(404, (int)other.StatusCode);
    }
}
