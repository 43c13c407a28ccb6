using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.EventStore;
using Ledger.EventStore.EventStoreDb;
using Ledger.EventStore.EventStoreDb.Wire;
using Ledger.EventStore.InMemory;
using Ledger.Projections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Benchmarks.Load;

/// <summary>Appends, reads and catching up on an EventStoreDB through the port, against a bare gRPC client that does nothing else, in the same run.</summary>
internal static class ServerLoad
{
    private const int SideBySide = 32;
    private const int Turns = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--server", var server, .. var rest])
        {
            Console.Error.WriteLine("Ledger.Benchmarks load server --server esdb://host:2113?tls=false [--only catch-up] [--seconds N] [--json FILE]");
            return 2;
        }

        // Which writes nothing, so that the same ledger can be measured again.
        var onlyCatchUp = rest is ["--only", "catch-up", ..];
        var options = LoadOptions.Parse(onlyCatchUp ? rest[2..] : rest);
        await using var store = await EventStoreDbEventStore.ConnectAsync(EventStoreDbOptions.Parse(server, "--server"), CancellationToken.None);
        using var bare = new Bare(store.Leader!.Value);
        Console.WriteLine($"Server {store.ServerVersion}, leader {store.Leader}\n");
        // First, while the log holds the ledger and nothing else.
        List<Figure> figures = await store.ReadHeadAsync(CancellationToken.None) is { } head ? await NodesAsync(store, bare, head) : [];
        if (onlyCatchUp)
        {
            Figures.Print(figures, options.Json);
            return 0;
        }

        figures =
        [
            .. figures,
            .. await AppendsAsync(store, bare, options.Seconds, eventsPerAppend: 1),
            .. await AppendsAsync(store, bare, options.Seconds, eventsPerAppend: 100),
        ];
        var (all, shown) = (await bare.ReadAllAsync(null), await ReadAsync(store.ReadAllAsync(null, CancellationToken.None), long.MaxValue));
        figures.AddRange(await ReadsAsync("read $all", shown, () => bare.ReadAllAsync(null), () => store.ReadAllAsync(null, CancellationToken.None)));
        figures.AddRange(await ReadsAsync("subscribe to $all and catch up", shown, () => bare.ReadAllAsync(all), () => store.SubscribeAsync(null, CancellationToken.None)));
        Figures.Print(figures, options.Json);
        return 0;
    }

    private static async Task<List<Figure>> AppendsAsync(EventStoreDbEventStore store, Bare bare, int seconds, int eventsPerAppend)
    {
        var (floor, port) = (new StoreLoad.Rate(), new StoreLoad.Rate());
        for (var turn = -1; turn < Turns; turn++)
        {
            var slice = TimeSpan.FromSeconds((double)seconds / Turns);
            await DriveAsync(bare.AppendAsync, turn < 0 ? new StoreLoad.Rate() : floor, slice, eventsPerAppend);
            await DriveAsync(async (stream, events) => { _ = (AppendOutcome.Appended)await store.AppendAsync(stream, ExpectedRevision.NoStream, events, CancellationToken.None); }, turn < 0 ? new StoreLoad.Rate() : port, slice, eventsPerAppend);
        }

        var what = $"append, {SideBySide} × {eventsPerAppend}";
        return
        [
            Figures.Of(what, "bare gRPC client (the floor)", floor.PerSecond, floor.Latencies, floor.PerSecond),
            Figures.Of(what, "EventStoreDbEventStore", port.PerSecond, port.Latencies, floor.PerSecond),
        ];
    }

    private static async Task DriveAsync(Func<StreamName, EventToAppend[], Task> append, StoreLoad.Rate rate, TimeSpan time, int eventsPerAppend)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, SideBySide).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var events = StoreLoad.NewEvents(eventsPerAppend);
                var asked = Stopwatch.GetTimestamp();
                // Not a stream of the ledger's: what catches up afterwards passes it by.
                await append(new StreamName($"load-{Guid.NewGuid():D}"), events);
                rate.Latencies.RecordValue((long)Stopwatch.GetElapsedTime(asked).TotalMicroseconds);
                Interlocked.Add(ref rate.Events, events.Length);
            }
        })));
        rate.Elapsed += Stopwatch.GetElapsedTime(started);
    }

    /// <param name="shown">Events that the port shows of the log that both read.</param>
    private static async Task<List<Figure>> ReadsAsync(string what, long shown, Func<Task> floor, Func<IAsyncEnumerable<IReadOnlyList<RecordedEvent>>> port)
    {
        var (bare, ours) = (new StoreLoad.Rate(), new StoreLoad.Rate());
        for (var turn = 0; turn < Turns; turn++)
        {
            var started = Stopwatch.GetTimestamp();
            await floor();
            bare.Add(shown, started);
            started = Stopwatch.GetTimestamp();
            await ReadAsync(port(), shown);
            ours.Add(shown, started);
        }

        return
        [
            Figures.Of(what, "bare gRPC client (the floor)", bare.PerSecond, bare.Latencies, bare.PerSecond),
            Figures.Of(what, "EventStoreDbEventStore", ours.PerSecond, ours.Latencies, bare.PerSecond),
        ];
    }

    private static async Task<long> ReadAsync(IAsyncEnumerable<IReadOnlyList<RecordedEvent>> pages, long upTo)
    {
        var events = 0L;
        await foreach (var page in pages)
            if ((events += page.Count) >= upTo) break;
        return events;
    }

    /// <summary>A node that has nothing yet: read, decode, number and fold everything; against a bare subscription to the same log.</summary>
    private static async Task<List<Figure>> NodesAsync(EventStoreDbEventStore store, Bare bare, Position head)
    {
        var (floor, node) = (new StoreLoad.Rate(), new StoreLoad.Rate());
        var all = await bare.ReadAllAsync(null);
        var count = 0L;
        var (bareCpu, nodeCpu) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var turn = -1; turn < Turns; turn++)
        {
            var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await using var vault = new InMemoryVault(TimeProvider.System);
            await using var view = await LedgerView.OpenAsync(store, vault, new LedgerViewOptions(null), NullLogger.Instance, CancellationToken.None);
            await view.WaitUntilVisibleAsync(head, TimeSpan.FromMinutes(10), CancellationToken.None);
            (turn < 0 ? new StoreLoad.Rate() : node).Add(count = view.Count, started);
            if (turn >= 0) nodeCpu += Environment.CpuUsage.TotalTime - cpu;
            (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await bare.ReadAllAsync(all);
            (turn < 0 ? new StoreLoad.Rate() : floor).Add(count, started);
            if (turn >= 0) bareCpu += Environment.CpuUsage.TotalTime - cpu;
        }

        // Where the server and others share the cores, this says more than events a second.
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Processor time an event: bare client {bareCpu.TotalMicroseconds / Turns / count:0.0} µs, LedgerView {nodeCpu.TotalMicroseconds / Turns / count:0.0} µs.\n"));

        var what = $"a new node catches up, {count:N0} events";
        return
        [
            Figures.Of(what, "bare gRPC client (the floor)", floor.PerSecond, floor.Latencies, floor.PerSecond),
            Figures.Of(what, "LedgerView: decoded, numbered, folded", node.PerSecond, node.Latencies, floor.PerSecond),
        ];
    }

    /// <summary>The protocol and nothing else: no retries, no checks, no discovery.</summary>
    private sealed class Bare : IDisposable
    {
        private static readonly Empty Nothing = new();
        private static readonly Metadata Headers = new() { { "requires-leader", "true" } };

        private readonly GrpcChannel _channel;
        private readonly Streams.StreamsClient _streams;

        public Bare(NodeAddress address)
        {
            var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, InitialHttp2StreamWindowSize = 1024 * 1024 };
            _channel = GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = 17 * 1024 * 1024 });
            _streams = new Streams.StreamsClient(_channel);
        }

        public async Task AppendAsync(StreamName stream, EventToAppend[] events)
        {
            using var call = _streams.Append(Headers, DateTime.UtcNow.AddSeconds(10));
            call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            var identifier = new StreamIdentifier { StreamName = ByteString.CopyFromUtf8(stream.Value) };
            await call.RequestStream.WriteAsync(new AppendReq { Options = new AppendReq.Types.Options { StreamIdentifier = identifier, NoStream = Nothing } });
            foreach (var e in events)
            {
                await call.RequestStream.WriteAsync(new AppendReq
                {
                    ProposedMessage = new AppendReq.Types.ProposedMessage
                    {
                        Id = new Uuid { String = e.Id.ToString() },
                        Metadata = { { "type", e.Type }, { "content-type", "application/json" } },
                        CustomMetadata = UnsafeByteOperations.UnsafeWrap(e.Metadata),
                        Data = UnsafeByteOperations.UnsafeWrap(e.Data),
                    },
                });
            }

            await call.RequestStream.CompleteAsync();
            var answer = await call.ResponseAsync;
            if (answer.ResultCase != AppendResp.ResultOneofCase.Success) throw new InvalidOperationException("The append wasn't taken.");
        }

        /// <param name="records">Null: reads to the end. Else subscribes and stops there.</param>
        public async Task<long> ReadAllAsync(long? records)
        {
            var options = new ReadReq.Types.Options
            {
                ReadDirection = ReadReq.Types.Direction.Forwards,
                NoFilter = Nothing,
                UuidOption = new ReadReq.Types.UuidOption { String = Nothing },
                All = new ReadReq.Types.All { Start = Nothing },
            };
            if (records is null) options.Count = long.MaxValue;
            else options.Subscription = new ReadReq.Types.Subscription();
            using var call = _streams.Read(new ReadReq { Options = options }, Headers);
            var read = 0L;
            while (read != records && await call.ResponseStream.MoveNext(CancellationToken.None))
                if (call.ResponseStream.Current.ContentCase == ReadResp.ContentOneofCase.Event) read++;
            return read;
        }

        public void Dispose() => _channel.Dispose();
    }
}
