using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Benchmarks.Load;

namespace Ledger.Benchmarks.All;

/// <summary>Every figure that we aim at, with the floor and with Marten on PostgreSQL in the same run.</summary>
internal static class WholeTable
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = AllOptions.Parse(arguments);
        var directory = Directory.CreateDirectory(Path.Combine(options.Directory, $"ledger-all-{Guid.NewGuid():N}")).FullName;
        try
        {
            var (rows, growth) = (new List<Row>(), new List<Growth>());
            if (!options.GrowthOnly) rows.AddRange(await CompareAsync(directory, options));
            var failed = 0;
            foreach (var (name, made) in options.Sizes.Select(events => ($"{events:N0} events", GrowthRows.MakeAsync(directory, events))).Concat(options.Ledgers.Select(data => (data, Task.FromResult(data)))))
            {
                try
                {
                    growth.Add(await GrowthRows.MeasureAsync(directory, await made, options.Questions));
                    Console.Error.WriteLine(growth[^1].Markdown);
                }
                catch (InvalidOperationException e)
                {
                    // What was measured before isn't thrown away with it.
                    failed++;
                    Console.Error.WriteLine($"{name}: {e.Message}");
                }
            }

            if (growth.Count > 0) rows.AddRange(AtTheLargest(growth[^1]));
            var table = ToMarkdown(rows, growth);
            Console.WriteLine(table);
            if (options.Out is { } to)
            {
                await File.WriteAllTextAsync(to + ".md", table);
                await File.WriteAllTextAsync(to + ".json", JsonSerializer.Serialize(new { Machine = Machine(), rows, growth }, Json));
                await File.WriteAllTextAsync(to + ".svg", GrowthChart.Draw(growth));
            }

            return failed == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<List<Row>> CompareAsync(string directory, AllOptions options)
    {
        await using var postgres = await TemporaryPostgres.StartAsync(directory);
        if (postgres is null) Console.Error.WriteLine("PostgreSQL isn't installed: the peer's column stays empty.");
        var marten = postgres is null ? null : new MartenPeer(postgres.ConnectionString);
        var time = TimeSpan.FromSeconds(options.Seconds);
        var rows = new List<Row>();
        foreach (var (events, times) in new[] { (1, 3.0), (5, 2.5) }) rows.Add(await AppendAsync(directory, options, marten, events, times));
        rows.AddRange(await ReplayAsync(directory, marten, options.Replayed));
        rows.Add(await ImportAsync(directory, marten, options.Replayed / 2));
        var visible = await NodeRows.VisibleAsync(directory);
        rows.Add(new Row("write → in the picture, p99", visible.P99, "ms", null, marten is null ? null : (await marten.VisibleAsync()).P50, "≤ 10 ms in the process", visible.P99 <= 10, "the read included; the peer's asynchronous projection, p50"));
        rows.AddRange(await ServerRows.MeasureAsync(directory, time, marten));
        return rows;
    }

    private static async Task<Row> AppendAsync(string directory, AllOptions options, MartenPeer? marten, int events, double times)
    {
        var figures = await StoreLoad.MeasureAppendsAsync(directory, options.Seconds, events);
        var peer = marten is null ? null : await marten.AppendAsync(events, TimeSpan.FromSeconds(options.Seconds));
        var (floor, ours) = (figures[0].EventsPerSecond, figures[1]);
        var reached = ours.EventsPerSecond >= 0.6 * floor && ours.P99Milliseconds <= 15 && (peer is null || ours.EventsPerSecond >= times * peer.PerSecond);
        var note = string.Create(CultureInfo.InvariantCulture, $"p99 {ours.P99Milliseconds:0.0} ms{(peer is null ? "" : $"; peer {peer.Latencies.GetValueAtPercentile(99) / 1000.0:0.0} ms")}");
        return new Row($"durable appends, 16 × {events}", ours.EventsPerSecond, "events/s", floor, peer?.PerSecond, string.Create(CultureInfo.InvariantCulture, $"≥ 60 % of the floor, ≥ {times:0.#} × the peer, p99 ≤ 15 ms"), reached, note);
    }

    private static async Task<List<Row>> ReplayAsync(string directory, MartenPeer? marten, int events)
    {
        await using var store = await ReplayLoad.FillAsync(directory, events);
        var decoded = await SecondAsync(() => ReplayLoad.DecodeAsync(store));
        var rebuilt = await SecondAsync(() => ReplayLoad.RebuildAsync(store, Path.Combine(directory, $"rebuilt-{Guid.NewGuid():N}")));
        var (peerReplay, peerRebuild) = marten is null ? ((double?)null, (double?)null) : (await SecondAsync(marten.ReplayAsync), await SecondAsync(marten.RebuildAsync));
        return
        [
            new Row("replay, decoded to typed events", decoded, "events/s", null, peerReplay, "≥ 350 k/s, ≥ 2 × the peer", decoded >= 350_000 && (peerReplay is null || decoded >= 2 * peerReplay)),
            new Row("rebuild of all read models", rebuilt, "events/s", decoded, peerRebuild, "≥ 300 k/s, ≥ 3 × the peer", rebuilt >= 300_000 && (peerRebuild is null || rebuilt >= 3 * peerRebuild), "the floor is the replay; the peer makes one table of two rows"),
        ];
    }

    /// <summary>The first time is spent on compiling, ours and the peer's alike.</summary>
    private static async Task<double> SecondAsync(Func<Task<double>> measure)
    {
        await measure();
        return await measure();
    }

    private static async Task<Row> ImportAsync(string directory, MartenPeer? marten, int rows)
    {
        var (ours, floor) = await ImportLoad.MeasureAsync(Directory.CreateDirectory(Path.Combine(directory, "import")), rows);
        double? copy = marten is null ? null : await marten.CopyAsync(rows);
        return new Row("import of a CSV through the application", ours, "violations/s", floor, copy, "≥ 40 k/s", ours >= 40_000, "the peer is PostgreSQL's COPY, which decides nothing");
    }

    private static IEnumerable<Row> AtTheLargest(Growth g)
    {
        var at = string.Create(CultureInfo.InvariantCulture, $" at {g.Events:N0} events");
        yield return new Row("picture as of any moment, p99" + at, g.AsOfMilliseconds.P99, "ms", null, null, "≤ 50 ms", g.AsOfMilliseconds.P99 <= 50, "over HTTP");
        yield return new Row("the same by day, p99" + at, g.DailyMilliseconds.P99, "ms", null, null, "≤ 50 ms", g.DailyMilliseconds.P99 <= 50, "over HTTP");
        yield return new Row("the dashboard's overview as of any moment, p99" + at, g.OverviewMilliseconds.P99, "ms", null, null, "≤ 100 ms", g.OverviewMilliseconds.P99 <= 100, "the whole page over HTTP");
        yield return new Row("list of cases as of any moment, p99" + at, g.ListAsOfMilliseconds.P99, "ms", null, null, "≤ 500 ms", g.ListAsOfMilliseconds.P99 <= 500, "over HTTP");
        yield return new Row("list of cases now, p99" + at, g.ListMilliseconds.P99, "ms", null, null, "≤ 20 ms", g.ListMilliseconds.P99 <= 20, "over HTTP");
        yield return new Row("ledger-audit: every leaf, tile and root" + at, g.LogAuditedPerSecond, "events/s", null, null, "≥ 250 k/s", g.LogAuditedPerSecond >= 250_000, "over HTTP, the server on the same cores");
        yield return new Row("the same, with every event held against its leaf" + at, g.AuditedPerSecond, "events/s", null, null, "–", null, "the events too over HTTP");
        yield return new Row("cold start" + at, g.StartSeconds, "s", null, null, "≤ 2 s", g.StartSeconds <= 2);
        yield return new Row("resident memory" + at, g.ResidentMegabytes, "MB", null, null, "≤ 524 MB", g.ResidentMegabytes <= 524);
    }

    private static string ToMarkdown(List<Row> rows, List<Growth> growth)
    {
        var text = new StringBuilder(Machine()).Append("\n\n| what | measured | floor | Marten on PostgreSQL | goal | reached | |\n|---|---:|---:|---:|---|---|---|\n");
        foreach (var row in rows) text.Append(row.Markdown).Append('\n');
        if (growth.Count > 0) text.Append('\n').Append(Growth.Header).Append('\n');
        foreach (var size in growth) text.Append(size.Markdown).Append('\n');
        return text.ToString();
    }

    public static string Machine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0} GB, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}.");
}

/// <summary>What the whole table is told.</summary>
/// <param name="Seconds">Of each timed measurement.</param>
/// <param name="Sizes">Of the ledgers that growth is measured on, in events.</param>
/// <param name="Out">Files for the table, the figures and the chart, without their endings.</param>
/// <param name="Ledgers">Data directories that <c>ledger simulate</c> made before, measured after the sizes; the benchmark writes into them.</param>
internal sealed record AllOptions(int Seconds, long[] Sizes, string[] Ledgers, int Questions, int Replayed, bool GrowthOnly, string Directory, string? Out)
{
    public static AllOptions Parse(string[] arguments)
    {
        var options = new AllOptions(10, [10_000, 100_000, 1_000_000], [], 300, 400_000, false, Path.GetTempPath(), null);
        for (var n = 0; n < arguments.Length; n += 2)
        {
            var value = n + 1 < arguments.Length ? arguments[n + 1] : "";
            options = arguments[n] switch
            {
                "--seconds" => options with { Seconds = Number(value) },
                "--sizes" => options with { Sizes = [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(size => (long)Number(size))] },
                "--ledgers" => options with { Ledgers = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--questions" => options with { Questions = Number(value) },
                "--replayed" => options with { Replayed = Number(value) },
                "--only" when value == "growth" => options with { GrowthOnly = true },
                "--directory" => options with { Directory = value },
                "--out" => options with { Out = value },
                _ => throw new ArgumentException($"Unknown option {arguments[n]}."),
            };
        }

        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
