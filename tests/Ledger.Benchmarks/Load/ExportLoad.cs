using System.Diagnostics;
using System.Globalization;
using Ledger.Domain;
using Ledger.EventStore.InMemory;
using Ledger.Exchange.Exports;
using Ledger.Exchange.Simulation;
using Ledger.Projections;

namespace Ledger.Benchmarks.Load;

/// <summary>How fast the register leaves as files. The floor is reading the same rows out of the register, and writing nothing.</summary>
internal static class ExportLoad
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var violations = arguments is ["--violations", var n, ..] ? int.Parse(n, CultureInfo.InvariantCulture) : 200_000;
        var directory = Directory.CreateTempSubdirectory("ledger-bench-");
        await using var store = new InMemoryEventStore();
        var events = await ProjectionLoad.FillAsync(store, violations);
        var agreement = new SimulatedMission(ProjectionLoad.Seed, violations).Agreement;
        Console.WriteLine($"{violations:N0} violations, {events:N0} events\n");
        try
        {
            await using var view = await ProjectionLoad.OpenAsync(store, directory.FullName, events);
            var head = new ExportHead(agreement, "A simulated mission", true, view.Count, null, "ledger.invalid/bench", null, CountingMethod.RecordsV1, null, []);
            Console.WriteLine("| what | rows/s | of the floor | bytes allocated a row |");
            Console.WriteLine("|---|---:|---:|---:|");
            var floor = 0.0;
            await MeasureAsync("rows out of the register", async () => await RowsAsync(view, agreement).CountAsync(), () => floor);
            await MeasureAsync("rows out of the register", async () => await RowsAsync(view, agreement).CountAsync(), () => floor);
            await MeasureAsync("CSV", () => ViolationExports.WriteCsvAsync(Stream.Null, head, RowsAsync(view, agreement), hxl: false, CancellationToken.None), () => floor);
            await MeasureAsync("GeoJSON", () => ViolationExports.WriteGeoJsonAsync(Stream.Null, head, RowsAsync(view, agreement), CancellationToken.None), () => floor);
            await MeasureAsync("Parquet", () => ViolationExports.WriteParquetAsync(Path.Combine(directory.FullName, "x.parquet"), head, RowsAsync(view, agreement), CancellationToken.None), () => floor);
            await MeasureAsync("Excel", () => SpreadsheetExport.WriteAsync(Path.Combine(directory.FullName, "x.xlsx"), head, null, RowsAsync(view, agreement), violations, CancellationToken.None), () => floor);
            return 0;

            async Task MeasureAsync(string what, Func<Task> work, Func<double> of)
            {
                var (allocated, started) = (GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
                await work();
                var rate = violations / Stopwatch.GetElapsedTime(started).TotalSeconds;
                if (what.StartsWith("rows", StringComparison.Ordinal)) floor = rate;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {rate:N0} | {rate / of():P0} | {(GC.GetTotalAllocatedBytes() - allocated) / violations:N0} |"));
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static IAsyncEnumerable<ViolationListItem> RowsAsync(LedgerView view, AgreementId agreement) =>
        view.AllViolationsAsync(new ViolationQuery(agreement), view.Count, CancellationToken.None);
}
