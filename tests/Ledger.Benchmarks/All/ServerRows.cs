using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Benchmarks.Load;

namespace Ledger.Benchmarks.All;

/// <summary>What a client of the real server sees: commands, batches, how soon a write is in the picture and at a follower, and whether tallies get lost.</summary>
internal static class ServerRows
{
    private const string Agreement = "bench";

    public static async Task<List<Row>> MeasureAsync(string directory, TimeSpan time, MartenPeer? marten)
    {
        await using var server = await LedgerProcess.StartAsync(Path.Combine(directory, "server"));
        await Http.PostAsync(server.Administrator, "agreements", Encoding.UTF8.GetBytes($$"""
            {"agreementId":"{{Agreement}}","title":"Bench","timeZone":"UTC","parties":[{"partyId":"north","name":"North"},{"partyId":"south","name":"South"}],"term":{"from":"2019-01-01T00:00:00Z"},"exercise":true}
            """));
        using var monitor = server.Client(await server.KeyAsync("team-1", "monitor"));
        using var reader = server.Client(await server.KeyAsync("reader-1", "auditor"));

        var sent = 0L;
        var commands = await Http.DriveAsync(
            monitor,
            () =>
            {
                Interlocked.Increment(ref sent);
                return ($"agreements/{Agreement}/violations", Violation());
            },
            time);
        var lost = await LostAsync(reader, sent);
        var peer = marten is null ? null : await marten.HttpAsync(time);
        var batch = await BatchAsync(monitor, time);
        var (picture, follower) = await VisibleAsync(monitor, reader, Agreement, 300);
        var (summary, unchanged) = await SummaryAsync(reader, 500);
        return
        [
            new Row("command over HTTP, 16 connections", commands.PerSecond, "/s", null, peer?.PerSecond, "≥ 6 k/s, p99 ≤ 20 ms", commands.PerSecond >= 6_000 && P99(commands) <= 20, $"p99 {P99(commands):0.0} ms{(peer is null ? "" : $"; peer {P99(peer):0.0} ms")}"),
            new Row("NDJSON batch", batch, "violations/s", null, null, "≥ 25 k/s", batch >= 25_000),
            new Row("write → in the picture over HTTP, p99", picture.P99, "ms", null, null, "≤ 50 ms", picture.P99 <= 50, "the read included"),
            new Row("write → at an SSE client, p99", follower.P99, "ms", null, null, "≤ 50 ms", follower.P99 <= 50),
            new Row("lost tallies, 16 writers on two parties", lost, "cases", null, null, "0", lost == 0, marten is null ? "" : $"peer's inline projection loses {await marten.LostAsync(time):P0}"),
            new Row("current summary, p99", summary.P99, "ms", null, null, "≤ 1 ms in the process", summary.P99 <= 1, $"over HTTP; 304 p99 {unchanged.P99:0.0} ms"),
        ];
    }

    /// <summary>A record as a monitor's program sends it, of a case of its own.</summary>
    public static byte[] Violation() => Encoding.UTF8.GetBytes(Line());

    private static double P99(StoreLoad.Rate rate) => rate.Latencies.GetValueAtPercentile(99) / 1000.0;

    private static string Line()
    {
        var n = Random.Shared.Next();
        return string.Create(CultureInfo.InvariantCulture, $$$"""
            {"violationId":"{{{Guid.CreateVersion7()}}}","category":"artillery-or-mortar","occurred":{"from":"2024-{{{1 + (n % 12):00}}}-{{{1 + (n % 28):00}}}T10:00:00Z","precision":"minute"},"location":{"latitude":{{{39 + (n % 1000 * 0.001):0.###}}},"longitude":46.75,"place":"Village {{{n % 211}}}" },"allegedParty":"{{{(n % 2 == 0 ? "north" : "south")}}}","count":{"min":1,"unit":"explosion"},"observation":{"means":"heard"},"origin":"team-1","source":{"name":"Daily notes"}}
            """);
    }

    /// <summary>Cases in the picture of all parties.</summary>
    public static async Task<long> RecordedAsync(HttpClient reader, string agreement = Agreement)
    {
        using var picture = JsonDocument.Parse(await reader.GetStringAsync(new Uri($"agreements/{agreement}/compliance", UriKind.Relative)));
        return picture.RootElement.GetProperty("parties").EnumerateArray().Sum(party => party.GetProperty("counts").GetProperty("recorded").GetInt64());
    }

    /// <summary>What was acknowledged and isn't in the picture ten seconds later.</summary>
    private static async Task<long> LostAsync(HttpClient reader, long sent)
    {
        var (lost, started) = (sent, Stopwatch.GetTimestamp());
        while (lost != 0 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10)) lost = sent - await RecordedAsync(reader);
        return lost;
    }

    private static async Task<double> BatchAsync(HttpClient monitor, TimeSpan time)
    {
        var (lines, started) = (0L, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var body = string.Join('\n', Enumerable.Range(0, 2_000).Select(_ => Line()));
                await Http.PostAsync(monitor, $"agreements/{Agreement}/violations/batch", Encoding.UTF8.GetBytes(body), "application/x-ndjson");
                Interlocked.Add(ref lines, 2_000);
            }
        })));
        return lines / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>From a write's answer until a read has it, and until a follower is told.</summary>
    /// <param name="reader">May ask another node than the monitor writes to.</param>
    public static async Task<(Spread Picture, Spread Follower)> VisibleAsync(HttpClient monitor, HttpClient reader, string agreement, int times)
    {
        var before = await RecordedAsync(reader, agreement);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"events?after={await CountAsync(reader) - 1}", UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var stream = await reader.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync());
        var (picture, follower) = (new List<double>(), new List<double>());
        for (var n = 1; n <= times; n++)
        {
            await Http.PostAsync(monitor, $"agreements/{agreement}/violations", Violation());
            var answered = Stopwatch.GetTimestamp();
            var told = Task.Run(async () =>
            {
                while (await lines.ReadLineAsync() is { } line && !line.StartsWith("data:", StringComparison.Ordinal))
                {
                }

                return Stopwatch.GetElapsedTime(answered).TotalMilliseconds;
            });
            while (await RecordedAsync(reader, agreement) < before + n)
            {
            }

            picture.Add(Stopwatch.GetElapsedTime(answered).TotalMilliseconds);
            follower.Add(await told);
        }

        return (Spread.Of(picture), Spread.Of(follower));
    }

    private static async Task<(Spread Summary, Spread Unchanged)> SummaryAsync(HttpClient reader, int times)
    {
        var summary = await Http.AskAsync(reader, times, () => $"agreements/{Agreement}/compliance");
        using var first = await reader.GetAsync(new Uri($"agreements/{Agreement}/compliance", UriKind.Relative));
        var milliseconds = new List<double>();
        for (var n = 0; n < times; n++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"agreements/{Agreement}/compliance", UriKind.Relative)) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
            var asked = Stopwatch.GetTimestamp();
            using var answer = await reader.SendAsync(request);
            milliseconds.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            if ((int)answer.StatusCode != 304) throw new InvalidOperationException($"{(int)answer.StatusCode} in place of 304.");
        }

        return (summary, Spread.Of(milliseconds));
    }

    public static async Task<long> CountAsync(HttpClient reader)
    {
        using var health = JsonDocument.Parse(await reader.GetStringAsync(new Uri("/health", UriKind.Relative)));
        return health.RootElement.GetProperty("count").GetInt64();
    }
}
