using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Benchmarks.All;

namespace Ledger.Benchmarks.Load;

/// <summary>A simulated mission on a real EventStoreDB, served by three API nodes: what each step costs, and whether all three say the same.</summary>
internal static class NodesLoad
{
    private const int Nodes = 3;
    private const string Agreement = "simulated-1";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (NodesOptions.Parse(arguments) is not { } options)
        {
            Console.Error.WriteLine("Ledger.Benchmarks load nodes --server esdb://host:2113?tls=false [--violations N] [--from DIR] [--questions N] [--directory DIR] [--json FILE]");
            return 2;
        }

        var directory = Directory.CreateDirectory(Path.Combine(options.Directory, $"ledger-nodes-{Guid.NewGuid():N}")).FullName;
        var nodes = new List<LedgerProcess>();
        try
        {
            var copied = await CopyAsync(options, directory);
            var cold = new List<double>();
            for (var n = 0; n < Nodes; n++) cold.Add(await StartAsync(nodes, options, directory, n));
            var restarted = new List<double>();
            for (var n = 0; n < Nodes; n++)
            {
                await nodes[0].DisposeAsync();
                nodes.RemoveAt(0);
                restarted.Add(await StartAsync(nodes, options, directory, n));
            }

            var (rows, spread) = (new List<NodeRow>(), new List<SpreadRow>());
            for (var n = 0; n < Nodes; n++)
            {
                rows.Add(await AskAsync(nodes[n], options, directory, n, cold[n], restarted[n]));
                Console.Error.WriteLine(rows[n].Markdown);
            }

            for (var n = 0; n < Nodes; n++)
            {
                spread.Add(await SpreadAsync(nodes[n], nodes[(n + 1) % Nodes], options.Questions, n));
                Console.Error.WriteLine(spread[n].Markdown);
            }

            for (var n = 0; n < Nodes; n++)
            {
                rows[n] = await AuditAsync(nodes[n], directory, rows[n]);
                Console.Error.WriteLine(rows[n].Markdown);
            }

            var same = await SameAsync(nodes);
            Print(copied, rows, spread, same, options.Json);
            return same.Heads && same.Pictures ? 0 : 1;
        }
        finally
        {
            foreach (var node in nodes) await node.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Simulated where there is none yet, and moved to the server as an operator moves it.</summary>
    private static async Task<Copied> CopyAsync(NodesOptions options, string directory)
    {
        var from = options.From ?? Path.Combine(directory, "simulated");
        if (!File.Exists(Path.Combine(from, "events.db")))
            await LedgerProcess.RunAsync("Ledger.Cli", "ledger.dll", "simulate", "--violations", options.Violations.ToString(CultureInfo.InvariantCulture), "--data", from);
        var started = Stopwatch.GetTimestamp();
        var said = await LedgerProcess.RunAsync("Ledger.Cli", "ledger.dll", "copy", "--from", from, "--to", options.Server, "--to-secrets", Path.Combine(directory, "secrets"));
        var copied = new Copied(Stopwatch.GetElapsedTime(started).TotalSeconds, Size(from));
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{said}{copied.Seconds:0.0} s"));
        return copied;
    }

    /// <returns>Seconds until it says that it is ready.</returns>
    private static async Task<double> StartAsync(List<LedgerProcess> nodes, NodesOptions options, string directory, int n)
    {
        nodes.Add(await LedgerProcess.StartAsync(
            DataOf(directory, n), "--Ledger:Store=eventstoredb", "--Ledger:EventStoreDb:ConnectionString=" + options.Server, "--Ledger:Secrets=" + Path.Combine(directory, "secrets"),
            "--Ledger:Evidence=" + Path.Combine(directory, "evidence"), $"--Ledger:Worker={(n == 0 ? "true" : "false")}"));
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"node {n + 1}: ready after {nodes[^1].StartTook.TotalSeconds:0.0} s"));
        return nodes[^1].StartTook.TotalSeconds;
    }

    private static async Task<NodeRow> AskAsync(LedgerProcess node, NodesOptions options, string directory, int n, double cold, double restarted)
    {
        using var reader = node.Client(await node.KeyAsync($"auditor-{Guid.NewGuid():N}", "auditor"));
        using var monitor = node.Client(await node.KeyAsync($"team-{Guid.NewGuid():N}", "monitor"));
        var (count, random) = (await ServerRows.CountAsync(reader), new Random(7));
        var picture = await Http.AskAsync(reader, options.Questions, () => $"agreements/{Agreement}/compliance?asOf={random.NextInt64(count / 100, count)}");
        var list = await Http.AskAsync(reader, options.Questions, () => $"agreements/{Agreement}/violations?limit=50");
        var (command, _) = await GrowthRows.CommandAsync(node, monitor);
        return new NodeRow(n + 1, count, cold, restarted, node.ResidentMegabytes, Size(DataOf(directory, n)), picture, list, command, 0);
    }

    private static async Task<SpreadRow> SpreadAsync(LedgerProcess writer, LedgerProcess other, int times, int n)
    {
        using var monitor = writer.Client(await writer.KeyAsync($"team-{Guid.NewGuid():N}", "monitor"));
        using var reader = other.Client(await other.KeyAsync($"auditor-{Guid.NewGuid():N}", "auditor"));
        var (picture, feed) = await ServerRows.VisibleAsync(monitor, reader, Agreement, times);
        return new SpreadRow(n + 1, ((n + 1) % Nodes) + 1, picture, feed);
    }

    private static async Task<NodeRow> AuditAsync(LedgerProcess node, string directory, NodeRow row) =>
        row with { AuditedPerSecond = await GrowthRows.AuditAsync(node, await node.KeyAsync($"auditor-{Guid.NewGuid():N}", "auditor"), directory, withEvents: true) };

    /// <summary>Heads and pictures as text, once no node has anything to read or to sign.</summary>
    private static async Task<(bool Heads, bool Pictures, string Head)> SameAsync(List<LedgerProcess> nodes)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var heads = new List<string>();
            var pictures = new List<string>();
            foreach (var node in nodes)
            {
                heads.Add(await node.Administrator.GetStringAsync(new Uri(node.Address, "/log/checkpoint")));
                pictures.Add(await node.Administrator.GetStringAsync(new Uri($"agreements/{Agreement}/compliance", UriKind.Relative)));
            }

            var same = (heads.Distinct().Count() == 1, pictures.Distinct().Count() == 1, string.Join(' ', heads[0].Split('\n').Skip(1).Take(2)));
            if ((same.Item1 && same.Item2) || Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30)) return same;
            await Task.Delay(200);
        }
    }

    private static void Print(Copied copied, List<NodeRow> rows, List<SpreadRow> spread, (bool Heads, bool Pictures, string Head) same, string? file)
    {
        var text = new StringBuilder(WholeTable.Machine()).AppendLine().AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Counted, copied and compared: {rows[0].Events:N0} events in {copied.Seconds:0.0} s, {rows[0].Events / copied.Seconds / 1000:0.0} k/s.").AppendLine();
        text.AppendLine("| node | events | new: ready after | again: ready after | resident | disk | picture as of, p50 / p99 | list | command | audit |").AppendLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var row in rows) text.AppendLine(row.Markdown);
        text.AppendLine().AppendLine("| written at | seen at | in its picture, p50 / p99 | in its feed |").AppendLine("|---|---|---:|---:|");
        foreach (var row in spread) text.AppendLine(row.Markdown);
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Heads {(same.Heads ? "equal" : "DIFFER")} ({same.Head}), pictures {(same.Pictures ? "equal" : "DIFFER")}.");
        Console.WriteLine(text);
        if (file is not null) File.WriteAllText(file, JsonSerializer.Serialize(new { Machine = WholeTable.Machine(), copied, nodes = rows, spread, headsEqual = same.Heads, picturesEqual = same.Pictures }, Json));
    }

    private static string DataOf(string directory, int n) => Path.Combine(directory, $"node-{(n + 1).ToString(CultureInfo.InvariantCulture)}");

    private static double Size(string data) => Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) / 1e6;

    private sealed record Copied(double Seconds, double SourceMegabytes);

    private sealed record NodeRow(
        int Node, long Events, double ColdSeconds, double RestartSeconds, double ResidentMegabytes, double DiskMegabytes, Spread PictureMilliseconds, Spread ListMilliseconds, Spread CommandMilliseconds, double AuditedPerSecond)
    {
        public string Markdown => string.Create(
            CultureInfo.InvariantCulture,
            $"| {Node} | {Events:N0} | {ColdSeconds:0.0} s | {RestartSeconds:0.0} s | {ResidentMegabytes:N0} MB | {DiskMegabytes:N0} MB | {PictureMilliseconds} | {ListMilliseconds} | {CommandMilliseconds} | {AuditedPerSecond / 1000:N0} k/s |");
    }

    private sealed record SpreadRow(int Writer, int Reader, Spread PictureMilliseconds, Spread FeedMilliseconds)
    {
        public string Markdown => $"| node {Writer} | node {Reader} | {PictureMilliseconds} | {FeedMilliseconds} |";
    }
}

/// <summary>What <c>load nodes</c> is told.</summary>
/// <param name="Server">Empty, or the beginning of the same copy.</param>
/// <param name="From">A data directory that was simulated before; made and thrown away where it isn't named.</param>
internal sealed record NodesOptions(string Server, long Violations, string? From, int Questions, string Directory, string? Json)
{
    public static NodesOptions? Parse(string[] arguments)
    {
        var options = new NodesOptions("", 40_000, null, 200, Path.GetTempPath(), null);
        for (var n = 0; n + 1 < arguments.Length; n += 2)
        {
            var value = arguments[n + 1];
            options = arguments[n] switch
            {
                "--server" => options with { Server = value },
                "--violations" => options with { Violations = long.Parse(value, CultureInfo.InvariantCulture) },
                "--from" => options with { From = value },
                "--questions" => options with { Questions = int.Parse(value, CultureInfo.InvariantCulture) },
                "--directory" => options with { Directory = value },
                "--json" => options with { Json = value },
                _ => throw new ArgumentException($"Unknown option {arguments[n]}."),
            };
        }

        return options.Server.Length > 0 && arguments.Length % 2 == 0 ? options : null;
    }
}
