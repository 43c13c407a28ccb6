using System.Diagnostics;
using System.Globalization;

namespace Ledger.Benchmarks.All;

/// <summary>The same questions of ledgers of several sizes, each a data directory that <c>ledger simulate</c> made and the real server serves.</summary>
internal static class GrowthRows
{
    /// <summary>A simulated case has two and a half events in its life.</summary>
    private const double EventsOfACase = 2.5;

    private const int Commands = 400;

    public static async Task<string> MakeAsync(string directory, long events)
    {
        var violations = (long)(events / EventsOfACase);
        var data = Path.Combine(directory, $"grown-{events.ToString(CultureInfo.InvariantCulture)}");
        await LedgerProcess.RunAsync("Ledger.Cli", "ledger.dll", "simulate", "--violations", violations.ToString(CultureInfo.InvariantCulture), "--data", data);
        return data;
    }

    public static async Task<Growth> MeasureAsync(string directory, string data, int questions)
    {
        // The first start makes the keys and whatever else is made once.
        await using (await LedgerProcess.StartAsync(data))
        {
        }

        await using var server = await LedgerProcess.StartAsync(data);
        var auditorsKey = await server.KeyAsync($"auditor-{Guid.NewGuid():N}", "auditor");
        using var reader = server.Client(auditorsKey);
        using var monitor = server.Client(await server.KeyAsync($"team-{Guid.NewGuid():N}", "monitor"));
        using var dashboard = await server.DashboardAsync(auditorsKey);
        var (count, violations) = (await ServerRows.CountAsync(reader), await ServerRows.RecordedAsync(reader, "simulated-1"));
        var random = new Random(7);
        string Picture(string more) => $"agreements/simulated-1/compliance?asOf={random.NextInt64(count / 100, count)}{more}";
        string List(string more) => $"agreements/simulated-1/violations?limit=50{more}";

        var asOf = await Http.AskAsync(reader, questions, () => Picture(""));
        var overview = await Http.AskAsync(dashboard, questions, () => $"agreements/simulated-1?asOf={random.NextInt64(count / 100, count)}");
        var daily = await Http.AskAsync(reader, questions, () => Picture("&interval=day"));
        var listAsOf = await Http.AskAsync(reader, questions, () => List($"&asOf={random.NextInt64(count / 100, count)}"));
        var list = await Http.AskAsync(reader, questions, () => List(""));
        var (command, cpu) = await CommandAsync(server, monitor);
        var logAudited = await AuditAsync(server, auditorsKey, directory, withEvents: false);
        var audited = await AuditAsync(server, auditorsKey, directory, withEvents: true);
        return new Growth(count, violations, server.StartTook.TotalSeconds, server.ResidentMegabytes, Size(data), command.P50, cpu, asOf, daily, overview, listAsOf, list, logAudited, audited);
    }

    /// <summary>One after the other, so that a command's cost isn't hidden behind another's.</summary>
    public static async Task<(Spread Milliseconds, double CpuMicroseconds)> CommandAsync(LedgerProcess server, HttpClient monitor)
    {
        const string Path = "agreements/simulated-1/violations";
        for (var n = 0; n < Commands / 4; n++) await Http.PostAsync(monitor, Path, Violation());
        var (milliseconds, cpu) = (new List<double>(), server.Cpu);
        for (var n = 0; n < Commands; n++)
        {
            var started = Stopwatch.GetTimestamp();
            await Http.PostAsync(monitor, Path, Violation());
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return (Spread.Of(milliseconds), (server.Cpu - cpu).TotalMicroseconds / Commands);
    }

    private static byte[] Violation() => ServerRows.Violation();

    /// <summary>Events a second by ledger-audit, who fetches the log over HTTP and verifies every leaf, tile and root.</summary>
    /// <param name="withEvents">Fetches every event too, and holds it against its leaf.</param>
    public static async Task<double> AuditAsync(LedgerProcess server, string key, string directory, bool withEvents)
    {
        using var client = server.Client(key);
        var vkey = Path.Combine(directory, "vkey");
        await File.WriteAllTextAsync(vkey, await client.GetStringAsync(new Uri("/log/vkey", UriKind.Relative)));
        var (count, started) = (await ServerRows.CountAsync(client), Stopwatch.GetTimestamp());
        await LedgerProcess.RunAsync("Ledger.Auditor", "ledger-audit.dll", ["verify", server.Address.ToString(), "--vkey", vkey, "--state", Path.Combine(directory, $"state-{Guid.NewGuid():N}"), .. (string[])(withEvents ? ["--key", key] : [])]);
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Size(string data) => Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) / 1e6;
}
