using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Ledger.Transparency;

namespace Ledger.Api.Tests.Log;

/// <summary>/log as C2SP tlog-tiles and transparency.md ask for it, from outside.</summary>
public sealed class Serving_the_log(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task A_checkpoint_is_a_signed_note_under_the_served_key()
    {
        var head = await HeadAsync(await CountAsync());
        var answer = await GetAsync("/log/checkpoint");
        Assert.Equal("text/plain; charset=utf-8", answer.Header("Content-Type"));
        Assert.Equal("no-cache", answer.Header("Cache-Control"));
        Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));

        Assert.True(VerifierKey.TryParse((await GetAsync("/log/vkey")).Text.TrimEnd('\n'), out var key, out _));
        Assert.IsType<PolicyVerdict.Trusted>(TrustPolicy.Of(key).Check(head));
        Assert.Equal("", (await GetAsync("/log/keys")).Text);
        Assert.Equal(404, (await GetAsync("/log/lost")).Status);
    }

    [Fact]
    public async Task The_count_of_every_answer_comes_under_a_head()
    {
        var path = await ledger.CaseAsync();
        var answer = await (await ledger.MonitorAsync()).GetAsync(path);
        var head = await HeadAsync(long.Parse(answer.Header("Ledger-Count")!, System.Globalization.CultureInfo.InvariantCulture));
        var health = (await GetAsync("/health")).Json;
        Assert.True(health["sealed"]!["count"]!.GetValue<long>() >= head.Checkpoint.Size.Value);
    }

    [Fact]
    public async Task Tiles_are_static_bytes_that_may_be_kept_for_ever()
    {
        var size = (int)(await HeadAsync(await CountAsync())).Checkpoint.Size.Value;
        Assert.InRange(size, 2, 255);
        foreach (var path in (string[])[$"/log/tile/0/000.p/{size}", "/log/tile/0/000.p/1", $"/log/tile/entries/000.p/{size}"])
        {
            var tile = await GetAsync(path);
            Assert.Equal(200, tile.Status);
            Assert.Equal("application/octet-stream", tile.Header("Content-Type"));
            Assert.Equal("public, max-age=31536000, immutable", tile.Header("Cache-Control"));
            Assert.Equal("*", tile.Header("Access-Control-Allow-Origin"));
            using var head = new HttpRequestMessage(HttpMethod.Head, new Uri(ledger.Server.Address, path));
            using var client = new ApiClient(ledger.Server.Address, null);
            var shown = await client.SendAsync(head);
            Assert.Equal((200, tile.Bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)), (shown.Status, shown.Header("Content-Length")));
            Assert.Empty(shown.Bytes);
        }
    }

    [Theory]
    [InlineData("tile/0/00")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/0/x000/000")]
    [InlineData("tile/00/000.p/1")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/64/000.p/1")]
    [InlineData("tile/-1/000.p/1")]
    [InlineData("tile/0%2F000.p/1")]
    [InlineData("tile/0/%30%30%30.p/1")]
    [InlineData("tile/0/000.p/1/")]
    [InlineData("tile//0/000.p/1")]
    [InlineData("tile/entries/00")]
    [InlineData("tile/7/x999/x999/x999/999")]
    [InlineData("proof/00000000-0000-0000-0000-000000000000")]
    [InlineData("proof/x")]
    [InlineData("CHECKPOINT")]
    public async Task A_path_has_one_form_and_any_other_isnt_there(string path) =>
        Assert.Equal(404, await RawStatusAsync("GET", "/log/" + path));

    [Fact]
    public async Task Nothing_can_be_sent_there()
    {
        foreach (var path in (string[])["/log/checkpoint", "/log/vkey", "/log/tile/0/000.p/1"])
            foreach (var method in (string[])["POST", "PUT", "DELETE", "PATCH"]) Assert.Equal(405, await RawStatusAsync(method, path));
    }

    [Fact]
    public async Task A_receipt_is_given_once_the_event_is_under_a_head()
    {
        var monitor = await ledger.MonitorAsync();
        var stored = (await monitor.PostAsync($"agreements/{await ledger.AgreementAsync()}/violations", Bodies.Violation())).Stored(201);
        ApiAnswer receipt;
        while ((receipt = await GetAsync($"/log/proof/{stored.Field("eventId")}")).Status == 202)
        {
            Assert.Equal("1", receipt.Header("Retry-After"));
            await Task.Delay(50);
        }

        Assert.Equal(200, receipt.Status);
        Assert.True(TlogProof.TryParse(receipt.Bytes, out var proof, out _));
        Assert.Equal(stored.Json["sequence"]!.GetValue<long>(), proof.Index.Value);

        // The event's own bytes, as whoever may read it gets them.
        var auditor = await ledger.WhoAsync("auditor-1", "auditor");
        var item = (await auditor.GetAsync($"events?after={proof.Index.Value - 1}&limit=1&raw=true")).Json["items"]![0]!;
        var leaf = LeafOf(item, proof.Checkpoint.Checkpoint.Origin);
        Assert.True(VerifierKey.TryParse((await GetAsync("/log/vkey")).Text.TrimEnd('\n'), out var key, out _));
        Assert.IsType<ReceiptVerdict.Logged>(proof.Verify(leaf.LeafHash, TrustPolicy.Of(key)));
    }

    [Fact]
    public async Task The_public_log_shows_nothing_of_a_case()
    {
        await ledger.CaseAsync(body => body["narrative"] = "Seventeen impacts beside the mill.");
        var size = (int)(await HeadAsync(await CountAsync())).Checkpoint.Size.Value;
        var text = Encoding.UTF8.GetString((await GetAsync($"/log/tile/entries/000.p/{size}")).Bytes);
        foreach (var word in (string[])["impacts", "violation", "agreement", "monitor", "recorded"]) Assert.DoesNotContain(word, text, StringComparison.Ordinal);
    }

    private static LeafEntry LeafOf(JsonNode item, Origin origin)
    {
        var at = item["recordedAt"]!.GetValue<DateTimeOffset>();
        var header = new EventHeader(
            origin, new LeafIndex(item["sequence"]!.GetValue<long>()), item["eventId"]!.GetValue<Guid>(), item["stream"]!.GetValue<string>(), item["revision"]!.GetValue<long>(),
            item["type"]!.GetValue<string>(), new UnixMicroseconds((at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond));
        return LeafEntry.Of(header, Convert.FromBase64String(item["raw"]!["data"]!.GetValue<string>()), Convert.FromBase64String(item["raw"]!["metadata"]!.GetValue<string>()));
    }

    private async Task<long> CountAsync() => (await GetAsync("/health")).Json["count"]!.GetValue<long>();

    private async Task<SignedCheckpoint> HeadAsync(long atLeast)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var answer = await GetAsync("/log/checkpoint");
            if (answer.Status == 200 && SignedCheckpoint.TryParse(answer.Bytes, out var head, out _) && head.Checkpoint.Size.Value >= atLeast) return head;
            await Task.Delay(50, limit.Token);
        }
    }

    private async Task<ApiAnswer> GetAsync(string path)
    {
        using var client = new ApiClient(ledger.Server.Address, null);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ledger.Server.Address, path));
        return await client.SendAsync(request);
    }

    /// <summary>By a bare socket: a client library would tidy the path.</summary>
    private async Task<int> RawStatusAsync(string method, string path)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, ledger.Server.Address.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        return int.Parse((await reader.ReadLineAsync())!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
