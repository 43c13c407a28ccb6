using System.Diagnostics;
using JasperFx;
using JasperFx.Events.Projections;
using Ledger.Benchmarks.Load;
using Marten;
using Marten.Events.Projections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ledger.Benchmarks.All;

/// <summary>An event as a Marten user would write it, of the size of ours.</summary>
public sealed record PeerRecorded(Guid ViolationId, string Party, string Category, DateTimeOffset Occurred, double Latitude, double Longitude, int Count, string Place, string Text);

/// <summary>A party's tally, kept by Marten.</summary>
public sealed class PeerTally
{
    public string Id { get; set; } = "";

    public long Recorded { get; set; }
}

public sealed partial class PeerTallies : MultiStreamProjection<PeerTally, string>
{
    public PeerTallies() => Identity<PeerRecorded>(e => e.Party);

    public static void Apply(PeerRecorded e, PeerTally tally) => tally.Recorded += e.Count;
}

/// <summary>What people would pick instead: Marten on PostgreSQL, asked for the same work in the same run.</summary>
internal sealed class MartenPeer(string connection)
{
    private static readonly string Text = new('t', 220);

    public async Task<StoreLoad.Rate> AppendAsync(int eventsPerAppend, TimeSpan time)
    {
        using var store = Open(null);
        await store.Advanced.Clean.CompletelyRemoveAllAsync();
        await DriveAsync(store, eventsPerAppend, TimeSpan.FromSeconds(1), new StoreLoad.Rate());
        return await DriveAsync(store, eventsPerAppend, time, new StoreLoad.Rate());
    }

    /// <summary>Events a second, decoded, of what was appended last.</summary>
    public async Task<double> ReplayAsync()
    {
        using var store = Open(null);
        await using var session = store.QuerySession();
        var (events, started) = (0L, Stopwatch.GetTimestamp());
        for (var after = 0L; ; )
        {
            var page = await session.Events.QueryAllRawEvents().Where(e => e.Sequence > after).OrderBy(e => e.Sequence).Take(5_000).ToListAsync();
            if (page.Count == 0) return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
            (after, events) = (page[^1].Sequence, events + page.Count(e => e.Data is PeerRecorded));
        }
    }

    /// <summary>Events a second of a rebuild of the per-party table.</summary>
    public async Task<double> RebuildAsync()
    {
        using var store = Open(ProjectionLifecycle.Async);
        var events = (await store.Advanced.FetchEventStoreStatistics()).EventCount;
        using var daemon = await store.BuildProjectionDaemonAsync();
        var started = Stopwatch.GetTimestamp();
        await daemon.RebuildProjectionAsync<PeerTallies>(TimeSpan.FromMinutes(10), CancellationToken.None);
        return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Milliseconds from the answer of an append until the asynchronous projection shows it.</summary>
    public async Task<Spread> VisibleAsync()
    {
        using var store = Open(ProjectionLifecycle.Async);
        using var daemon = await store.BuildProjectionDaemonAsync();
        await daemon.StartAllAsync();
        var waits = new List<double>();
        for (var n = 1; n <= 12; n++)
        {
            await using var session = store.LightweightSession();
            session.Events.StartStream(Guid.NewGuid(), Recorded("watched", n));
            await session.SaveChangesAsync();
            var started = Stopwatch.GetTimestamp();
            while (await TallyAsync(store, "watched") < n) await Task.Delay(1);
            waits.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return Spread.Of(waits);
    }

    /// <summary>The share of tallies that an inline projection loses when 16 writers meet on one party.</summary>
    public async Task<double> LostAsync(TimeSpan time)
    {
        using var store = Open(ProjectionLifecycle.Inline);
        var (appended, started) = (0L, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, StoreLoad.Writers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                await using var session = store.LightweightSession();
                session.Events.StartStream(Guid.NewGuid(), Recorded("raced", 0));
                await session.SaveChangesAsync();
                Interlocked.Increment(ref appended);
            }
        })));
        return 1 - ((double)await TallyAsync(store, "raced") / appended);
    }

    /// <summary>The least API that somebody would write over it, driven as ours is.</summary>
    public async Task<StoreLoad.Rate> HttpAsync(TimeSpan time)
    {
        using var store = Open(null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IDocumentStore>(store);
        await using var app = builder.Build();
        app.MapPost("/violations", async (PeerRecorded recorded, IDocumentStore documents) =>
        {
            await using var session = documents.LightweightSession();
            session.Events.StartStream(recorded.ViolationId, recorded);
            await session.SaveChangesAsync();
            return Results.Created($"/violations/{recorded.ViolationId}", null);
        });
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        return await Http.DriveAsync(client, () => ("violations", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Recorded("north", 1))), time);
    }

    /// <summary>PostgreSQL's fastest way in: rows a second of binary COPY, of the size of ours.</summary>
    public async Task<double> CopyAsync(int rows)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var to = await source.OpenConnectionAsync();
        await using (var create = new NpgsqlCommand("CREATE TABLE copied (id uuid PRIMARY KEY, type text NOT NULL, data bytea NOT NULL)", to)) await create.ExecuteNonQueryAsync();
        var (data, started) = (new byte[600], Stopwatch.GetTimestamp());
        await using (var copy = await to.BeginBinaryImportAsync("COPY copied FROM STDIN (FORMAT BINARY)"))
        {
            for (var n = 0; n < rows; n++) await copy.WriteRowAsync(CancellationToken.None, Guid.CreateVersion7(), "violation-recorded-v1", data);
            await copy.CompleteAsync();
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<StoreLoad.Rate> DriveAsync(DocumentStore store, int eventsPerAppend, TimeSpan time, StoreLoad.Rate rate)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, StoreLoad.Writers).Select(writer => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var events = Enumerable.Range(0, eventsPerAppend).Select(object (_) => Recorded(writer % 2 == 0 ? "north" : "south", 1)).ToArray();
                var asked = Stopwatch.GetTimestamp();
                await using var session = store.LightweightSession();
                session.Events.StartStream(Guid.NewGuid(), events);
                await session.SaveChangesAsync();
                rate.Latencies.RecordValue((long)Stopwatch.GetElapsedTime(asked).TotalMicroseconds);
                Interlocked.Add(ref rate.Events, eventsPerAppend);
            }
        })));
        rate.Elapsed += Stopwatch.GetElapsedTime(started);
        return rate;
    }

    private static async Task<long> TallyAsync(DocumentStore store, string party)
    {
        await using var session = store.QuerySession();
        return (await session.LoadAsync<PeerTally>(party))?.Recorded ?? 0;
    }

    private static PeerRecorded Recorded(string party, int n) =>
        new(Guid.CreateVersion7(), party, "artillery-or-mortar", DateTimeOffset.UnixEpoch.AddMinutes(n), 39.8, 46.75, 1, "Village 7", Text);

    private DocumentStore Open(ProjectionLifecycle? tallies) => DocumentStore.For(options =>
    {
        options.Connection(connection);
        options.AutoCreateSchemaObjects = AutoCreate.All;
        options.DisableNpgsqlLogging = true;
        if (tallies is { } lifecycle) options.Projections.Add(new PeerTallies(), lifecycle);
    });
}
