using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using HdrHistogram;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.EventStore.InMemory;
using Ledger.Exchange.Simulation;
using Ledger.Projections;
using Ledger.Serialization;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Benchmarks.Load;

/// <summary>How fast the books are folded from the history, and how fast they answer as of any moment of it.</summary>
/// <remarks>The floor is reading and decoding the same history on one thread, in the same run.</remarks>
internal static class ProjectionLoad
{
    public const int Seed = 20;

    private const int Questions = 400;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var violations = arguments is ["--violations", var n, ..] ? int.Parse(n, CultureInfo.InvariantCulture) : 50_000;
        var directory = Path.Combine(Path.GetTempPath(), "ledger-bench-" + Guid.NewGuid().ToString("N"));
        await using var store = new InMemoryEventStore();
        var events = await FillAsync(store, violations);
        var agreement = new SimulatedMission(Seed, violations).Agreement;
        Console.WriteLine($"{violations:N0} violations, {events:N0} events\n");
        try
        {
            var floor = events / (await Timed(() => DecodeAsync(store))).TotalSeconds;
            var before = GC.GetTotalMemory(forceFullCollection: true);
            LedgerView view = null!;
            var rebuild = events / (await Timed(async () => view = await OpenAsync(store, directory, events))).TotalSeconds;
            await view.DisposeAsync();
            var start = await Timed(async () => view = await OpenAsync(store, directory, events));
            var held = GC.GetTotalMemory(forceFullCollection: true) - before;
            Console.WriteLine("| what | figure | against reading and decoding on one thread |");
            Console.WriteLine("|---|---|---|");
            Console.WriteLine($"| read and decode | {floor / 1000:N0} k events/s | 1.00 |");
            Console.WriteLine($"| rebuild of all books | {rebuild / 1000:N0} k events/s | {(rebuild / floor).ToString("0.00", CultureInfo.InvariantCulture)} |");
            Console.WriteLine($"| start with saved read models | {start.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s | |");
            Console.WriteLine($"| managed memory held by the books | {held / 1048576:N0} MiB | |");
            await AskAsync("picture as of any sequence, all parties", view, new ComplianceQuery(agreement));
            await AskAsync("the same by day", view, new ComplianceQuery(agreement) { Interval = SeriesInterval.Day });
            await ListAsync("list of cases as of any sequence", view, agreement, current: false);
            await ListAsync("list of cases now", view, agreement, current: true);
            await view.DisposeAsync();
            return 0;
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }

    public static async Task<long> FillAsync(InMemoryEventStore store, int violations)
    {
        long number = 0;
        var salt = Base64Url.EncodeToString(new byte[32]);
        foreach (var e in new SimulatedMission(Seed, violations).Events())
        {
            var encoded = EventCodec.Encode(e.Event);
            var id = DeterministicId.Version5(Guid.Empty, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
            var at = new DateTimeOffset(e.RecordedAt.UtcTicks - (e.RecordedAt.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
            var metadata = EventCodec.EncodeMetadata(new EventMetadata(at, e.Actor, Guid.CreateVersion7(), salt, null, null, 1, salt));
            var expected = e.Revision == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(e.Revision - 1));
            await store.AppendAsync(new StreamName(e.Stream), expected, [new EventToAppend(id, encoded.Type, encoded.Data, metadata)], CancellationToken.None);
            number++;
        }

        return number;
    }

    private static async Task DecodeAsync(InMemoryEventStore store)
    {
        await foreach (var page in store.ReadAllAsync(null, CancellationToken.None))
            foreach (var stored in page)
            {
                EventCodec.Decode(stored.Type, stored.Data);
                EventCodec.DecodeMetadata(stored.Metadata);
            }
    }

    public static async Task<LedgerView> OpenAsync(InMemoryEventStore store, string directory, long events)
    {
        var view = await LedgerView.OpenAsync(
            store, new InMemoryVault(TimeProvider.System), new LedgerViewOptions(directory), NullLogger.Instance, CancellationToken.None);
        await view.WaitForCountAsync(events, CancellationToken.None);
        return view;
    }

    private static Task AskAsync(string what, LedgerView view, ComplianceQuery query) =>
        MeasureAsync(what, view, count => view.ComplianceAsync(query, count, CancellationToken.None));

    private static Task ListAsync(string what, LedgerView view, AgreementId agreement, bool current) =>
        MeasureAsync(what, view, count => view.ViolationsAsync(new ViolationQuery(agreement), current ? view.Count : count, new PageRequest(50), CancellationToken.None));

    private static async Task MeasureAsync(string what, LedgerView view, Func<long, Task> ask)
    {
        var random = new Random(7);
        var latencies = new LongHistogram(TimeSpan.TicksPerMinute, 3);
        for (var i = 0; i < 20; i++) await ask(random.NextInt64(view.Count / 2, view.Count));
        for (var i = 0; i < Questions; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await ask(random.NextInt64(view.Count / 100, view.Count));
            latencies.RecordValue(Stopwatch.GetElapsedTime(started).Ticks);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {what} | p50 {latencies.GetValueAtPercentile(50) / 10_000.0:0.0} ms, p99 {latencies.GetValueAtPercentile(99) / 10_000.0:0.0} ms | |"));
    }

    private static async Task<TimeSpan> Timed(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started);
    }
}
