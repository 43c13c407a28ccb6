using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.EventStore;
using Ledger.Exchange.Imports;
using Ledger.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Benchmarks.Load;

/// <summary>How fast a plain CSV comes in through a whole node: read, mapped, decided, hashed, appended with fsync, while the same two cores number, post and seal it.</summary>
/// <remarks>The floor is raw SQLite that keeps the very bytes of the same events, a thousand a commit, and does nothing else.</remarks>
internal static class ImportLoad
{
    private const string Mapping = """
        {
          "system": "bench",
          "rows": [{ "case": {
            "id": "id", "category": "category", "occurred": { "from": "time" }, "location": { "latitude": "latitude", "longitude": "longitude", "place": "place" },
            "allegedParty": "party", "count": { "figure": "count", "unit": { "is": "explosion" } }, "origin": { "is": "bench" },
            "casualties": [{ "kind": { "is": "killed" }, "figure": "killed" }], "source": { "name": { "is": "Bench" } }
          } }]
        }
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var rows = arguments is ["--rows", var n, ..] ? int.Parse(n, CultureInfo.InvariantCulture) : 200_000;
        var directory = Directory.CreateDirectory(Path.Combine(arguments is [.., "--directory", var at] ? at : Path.GetTempPath(), $"ledger-import-{Guid.NewGuid():N}"));
        try
        {
            await MeasureAsync(directory, rows);
            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <returns>Rows a second of the import, and of the floor.</returns>
    public static async Task<(double Import, double Floor)> MeasureAsync(DirectoryInfo directory, int rows)
    {
        var file = await WriteAsync(directory.FullName, rows);
        await using var node = await LedgerNode.StartAsync(new NodeOptions(Path.Combine(directory.FullName, "data")), NullLoggerFactory.Instance, CancellationToken.None);
        var agreement = await FoundAsync(node);
        var frame = ImportFrame.Of(agreement, TimeZoneInfo.Utc, [(new PartyId("north"), ["North"]), (new PartyId("south"), ["South"])]);
        var options = new ImportOptions(ImportFile.Table) { Mapping = Path.Combine(directory.FullName, "mapping.json") };

        await MeasureAsync(rows / 10, () => ImportAsync(node, file, frame, options, rows / 10)); // Warm: the first rows pay for compiling.
        Console.WriteLine("| what | rows/s | CPU µs a row | allocated a row |");
        Console.WriteLine("|---|---:|---:|---:|");
        var read = await MeasureAsync(rows, () => Task.Run(() => Read(file, frame, options)));
        Print("read and map", read);
        var first = await MeasureAsync(rows - (rows / 10), () => ImportAsync(node, file, frame, options, int.MaxValue));
        Print("import", first);
        var seen = await MeasureAsync(rows, () => VisibleAsync(node));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nvisible in the picture {seen.Seconds:0.00} s after the import's end"));
        var again = await MeasureAsync(rows, () => ImportAsync(node, file, frame, options, int.MaxValue));
        Print("import again", again);
        var floor = await FloorAsync(node, directory.FullName);
        Print("floor: raw SQLite, 1,000 a commit", floor);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nimport is {first.Rate / floor.Rate:P0} of the floor"));
        return (first.Rate, floor.Rate);
    }

    private sealed record Measured(double Rate, double Seconds, double MicrosecondsCpu, double Bytes);

    private static async Task<Measured> MeasureAsync(int rows, Func<Task> work)
    {
        var process = Process.GetCurrentProcess();
        var (cpu, allocated, started) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
        await work();
        var elapsed = Stopwatch.GetElapsedTime(started);
        process.Refresh();
        return new Measured(rows / elapsed.TotalSeconds, elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalMicroseconds / rows, (double)(GC.GetTotalAllocatedBytes() - allocated) / rows);
    }

    private static void Print(string what, Measured m) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {m.Rate:N0} | {m.MicrosecondsCpu:N1} | {m.Bytes:N0} B |"));

    private static int Read(string path, ImportFrame frame, ImportOptions options)
    {
        using var file = ImportFile.Open(path, frame, options);
        return file.Rows.Count(row => row.Entry is not null);
    }

    private static async Task ImportAsync(LedgerNode node, string path, ImportFrame frame, ImportOptions options, int rows)
    {
        using var file = ImportFile.Open(path, frame, options);
        var result = await new ImportRunner(new NodeTarget(node.Mediator, Principal.Machine("import"))).RunAsync(file.Rows.Take(rows), new ImportWatch(), CancellationToken.None);
        if (!result.IsComplete) throw new InvalidOperationException(string.Join('\n', result.Problems.Take(3)));
    }

    private static async Task VisibleAsync(LedgerNode node)
    {
        var head = await node.Store.ReadHeadAsync(CancellationToken.None);
        while (!await node.View.WaitUntilVisibleAsync(head!.Value, TimeSpan.FromSeconds(1), CancellationToken.None))
        {
        }
    }

    private static async Task<Measured> FloorAsync(LedgerNode node, string directory)
    {
        var batches = new List<EventToAppend[]>();
        await foreach (var page in node.Store.ReadAllAsync(null, CancellationToken.None))
            foreach (var chunk in page.Where(e => e.Stream.Value.StartsWith("violation-", StringComparison.Ordinal)).Select(e => new EventToAppend(e.Id, e.Type, e.Data, e.Metadata)).Chunk(1_000))
                batches.Add(chunk);
        await using var raw = new RawSqlite(Path.Combine(directory, "floor.db"));
        return await MeasureAsync(batches.Sum(batch => batch.Length), async () =>
        {
            for (var i = 0; i < batches.Count; i++) await raw.AppendAsync(i, 0, batches[i]);
        });
    }

    private static async Task<AgreementId> FoundAsync(LedgerNode node)
    {
        var id = new AgreementId("bench");
        var register = new AgreementCommand.Register(
            id, "Bench", "UTC", Values<Instrument>.None,
            Values.Of(new Party(new PartyId("north"), "North", Values<Label>.None), new Party(new PartyId("south"), "South", Values<Label>.None)),
            Values<Guarantor>.None, Values<Provision>.None, new Term(DateTimeOffset.UnixEpoch), true, Policy.Default);
        await node.Mediator.Send(new Execute<AgreementCommand>(Streams.Of(id), register, Principal.Machine("bench"), new CommandIdentity(Guid.NewGuid(), false, "bench"), null, Sealed.Nothing));
        return id;
    }

    private static async Task<string> WriteAsync(string directory, int rows)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "mapping.json"), Mapping);
        var path = Path.Combine(directory, "rows.csv");
        await using var to = new StreamWriter(path, false, Encoding.UTF8);
        await to.WriteLineAsync("id,category,time,latitude,longitude,place,party,count,killed");
        string[] categories = ["small-arms-fire", "artillery-or-mortar", "uav-strike", "heavy-weapons-fire"];
        for (var i = 0; i < rows; i++)
        {
            var time = new DateTime(2019, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i * 1.7);
            await to.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"B{i},{categories[i % 4]},{time:yyyy-MM-dd'T'HH:mm},{48 + (i % 997 * 0.001):0.####},{37.5 + (i % 1009 * 0.001):0.####},Village {i % 211},{(i % 2 == 0 ? "north" : "south")},{1 + (i % 40)},{(i % 25 == 0 ? i % 3 : "")}"));
        }

        return path;
    }
}
