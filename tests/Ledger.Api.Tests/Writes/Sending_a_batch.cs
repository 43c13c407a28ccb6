using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Sending_a_batch(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Each_line_is_answered_in_order_and_a_bad_one_stops_no_other()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var id = Guid.NewGuid().ToString();
        string[] lines =
        [
            Line(), "", "{ garbage", Line(body => body["provision"] = "p9"), Line(body => body["colour"] = 1), "  \r", Line(body => body["violationId"] = id),
            Line(body => body["violationId"] = id), Line(body => { body["violationId"] = id; body["narrative"] = "Otherwise."; }), Line() + "\r", "null",
        ];

        var answer = await monitor.BatchAsync(agreement, lines);

        Assert.Equal(200, answer.Status);
        Assert.Equal("application/x-ndjson", answer.MediaType);
        Assert.Equal("""1:201 3:400:malformed 4:409:unknown-provision 5:400:malformed 7:201 8:200 9:409:violation-exists 10:201 11:400:malformed""", string.Join(' ', answer.Lines.Select(Told)));
        Assert.NotNull(answer.Lines[3]["errors"]!["/colour"]);
        Assert.All(answer.Lines.Where(line => line["status"]!.GetValue<int>() == 201), line => Assert.NotNull(line["violationId"]));
        Assert.Equal(200, (await monitor.GetAsync($"violations/{answer.Lines[0]["violationId"]!.GetValue<string>()}")).Status);
        Assert.Equal(id, answer.Lines[6]["violationId"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_byte_order_mark_costs_no_record()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var answer = await monitor.PostBytesAsync($"agreements/{agreement}/violations/batch", System.Text.Encoding.UTF8.GetBytes($"\uFEFF{Line()}\n{Line()}\n"), mediaType: "application/x-ndjson");
        Assert.Equal("1:201 2:201", string.Join(' ', answer.Lines.Select(Told)));
        var one = await monitor.PostBytesAsync($"agreements/{agreement}/violations", System.Text.Encoding.UTF8.GetBytes("\uFEFF" + Line()), mediaType: "application/json");
        Assert.Equal(201, one.Status);
    }

    [Fact]
    public async Task The_same_batch_again_stores_nothing()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        string[] lines = [.. Enumerable.Range(0, 50).Select(i => Line(body => body["narrative"] = $"Number {i}"))];
        var first = await monitor.BatchAsync(agreement, lines, "sync-1");
        var events = await ledger.EventsAsync();

        var again = await monitor.BatchAsync(agreement, lines, "sync-1");

        Assert.Equal(first.Text, again.Text);
        Assert.Equal(50, again.Lines.Count);
        Assert.Equal(events, await ledger.EventsAsync());
        lines[7] = Line(body => body["narrative"] = "Another");
        var changed = await monitor.BatchAsync(agreement, lines, "sync-1");
        Assert.Equal("8:422:idempotency-key-reused", Told(changed.Lines[7]));
        Assert.Equal(events, await ledger.EventsAsync());
    }

    [Fact]
    public async Task Lines_of_one_case_run_in_order()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var id = Guid.NewGuid().ToString();
        string[] lines = [.. Enumerable.Range(0, 60).Select(i => Line(body => { body["violationId"] = id; body["narrative"] = i == 0 ? "First" : "Later"; }))];

        var answer = await monitor.BatchAsync(agreement, lines);

        Assert.Equal(201, answer.Lines[0]["status"]!.GetValue<int>());
        Assert.All(answer.Lines.Skip(1), line => Assert.Equal(409, line["status"]!.GetValue<int>()));
        Assert.Equal("First", (await monitor.GetAsync($"violations/{id}")).Field("narrative"));
    }

    [Fact]
    public async Task What_is_wrong_with_the_whole_is_told_before_any_line()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var place = $"agreements/{agreement}/violations/batch";

        (await monitor.PostTextAsync(place, Line())).Refused(415, "unsupported-media-type");
        (await monitor.BatchAsync("nowhere", [Line()])).Refused(404, "not-found");
        (await (await ledger.VerifierAsync()).BatchAsync(agreement, [Line()])).Refused(403, "not-allowed");
        (await monitor.BatchAsync(agreement, [Line()], "not visible")).Refused(400, "malformed");
        Assert.Equal("", (await monitor.BatchAsync(agreement, [])).Text);
    }

    [Fact]
    public async Task Limits_hold_for_the_whole_for_lines_and_for_their_number()
    {
        await using var small = await TestLedger.StartAsync("--Ledger:Limits:BatchBytes=20000", "--Ledger:Limits:BatchLines=4", "--Ledger:Limits:BodyBytes=3000");
        var (agreement, monitor) = (await small.AgreementAsync(), await small.MonitorAsync());
        var wide = Line(body => body["narrative"] = new string('x', 4000));

        (await monitor.BatchAsync(agreement, Enumerable.Repeat(wide, 5))).Refused(413, "too-large");
        var lines = await monitor.BatchAsync(agreement, [Line(), wide, Line(), Line(), Line(), Line()]);
        Assert.Equal("1:201 2:413:too-large 3:201 4:201 5:413:too-large 6:413:too-large", string.Join(' ', lines.Lines.Select(Told)));

        var content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(Line() + "\n" + new string('x', 25_000) + "\n" + Line())));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-ndjson");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"agreements/{agreement}/violations/batch") { Content = content };
        request.Headers.TransferEncodingChunked = true;
        Assert.Equal("1:201 2:413:too-large", string.Join(' ', (await monitor.SendAsync(request)).Lines.Select(Told)));
    }

    [Fact]
    public async Task Answers_come_while_the_rest_is_still_being_sent()
    {
        var agreement = await ledger.AgreementAsync();
        var key = await ledger.KeyAsync(Bodies.Key("monitor-1", "monitor"));
        using var socket = new TcpClient();
        await socket.ConnectAsync(ledger.Server.Address.Host, ledger.Server.Address.Port);
        var stream = socket.GetStream();
        using var answers = new StreamReader(stream);
        async Task SendAsync(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        async Task ChunkAsync(string text) => await SendAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");
        async Task<string> UntilAsync(string wanted)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (await answers.ReadLineAsync(limit.Token) is { } line)
                if (line.Contains(wanted, StringComparison.Ordinal)) return line;
            throw new EndOfStreamException(wanted);
        }

        await SendAsync($"POST /api/v1/agreements/{agreement}/violations/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
        await UntilAsync("200 OK");
        await ChunkAsync(Line() + "\n");
        Assert.Contains("201", await UntilAsync("\"line\":1,"), StringComparison.Ordinal);
        await ChunkAsync(Line()[..50]);
        await ChunkAsync(Line()[50..] + "\n");
        Assert.Contains("201", await UntilAsync("\"line\":2,"), StringComparison.Ordinal);
        await SendAsync("0\r\n\r\n");
    }

    [Fact]
    public async Task Two_batches_follow_each_other_on_one_connection()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        for (var i = 0; i < 3; i++) Assert.Equal(100, (await monitor.BatchAsync(agreement, Enumerable.Range(0, 100).Select(_ => Line()))).Lines.Count);
    }

    private static string Line(Action<JsonObject>? change = null) => Bodies.Violation(change).ToJsonString();

    private static string Told(JsonNode line) => $"{line["line"]}:{line["status"]}{(line["code"] is { } code ? ":" + code : "")}";
}
