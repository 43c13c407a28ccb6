namespace Ledger.Benchmarks.Soak;

/// <summary><c>soak</c>: a real process that people write to, read and follow while it is killed and stopped at random.</summary>
internal static class SoakRun
{
    // Of ten ends of the program, so many are kills.
    private const int KillsInTen = 7;

    public static async Task<int> RunAsync(SoakOptions options)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Directory, "soak-" + Guid.NewGuid().ToString("N")[..8])).FullName;
        using var server = new SoakServer(folder);
        await server.StartAsync(CancellationToken.None);
        var record = new SoakRecord(options.Length);
        using var target = new SoakTarget(record);
        var people = await SoakPeople.PrepareAsync(server, target.Url);
        await Task.WhenAll(
            new SoakWriters(record, people, options).RunAsync(), new SoakReaders(record, people, options).RunAsync(),
            SoakWatch.RunAsync(server, record, options), EndAndStartAsync(server, record, options));
        var counts = await SoakVerdict.JudgeAsync(server, people, record);
        Tell(options, server, record, counts);
        if (record.Wrong.Count == 0) Directory.Delete(folder, recursive: true);
        else await Console.Error.WriteLineAsync($"What is left of it lies in {folder}.");
        return record.Wrong.Count == 0 ? 0 : 1;
    }

    private static async Task EndAndStartAsync(SoakServer server, SoakRecord record, SoakOptions options)
    {
        var random = new Random(options.Seed);
        while (!record.IsOver)
        {
            var life = options.ShortestLife + (random.NextDouble() * (options.LongestLife - options.ShortestLife));
            await Task.Delay(life);
            if (record.IsOver) return;
            await (random.Next(10) < KillsInTen ? server.KillAsync() : server.StopAsync());
            await server.StartAsync(CancellationToken.None);
        }
    }

    private static void Tell(SoakOptions options, SoakServer server, SoakRecord record, SoakCounts counts)
    {
        var text = SoakReport.ToMarkdown(options, server, record, counts);
        Console.WriteLine(text);
        if (options.Markdown is { } markdown) File.WriteAllText(markdown, text);
        if (options.Json is { } json) File.WriteAllText(json, SoakReport.ToJson(options, server, record, counts));
    }
}
