using System.Diagnostics;
using System.Net.Http.Headers;
using Ledger.Benchmarks.Load;

namespace Ledger.Benchmarks.All;

/// <summary>Asks over HTTP from 16 connections at once, ours and the peer's alike.</summary>
internal static class Http
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>Until the code that everybody runs is compiled: a server that has just been started is measured by its start.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <summary>Posts what <paramref name="next"/> makes, for ten seconds to warm up and then for the time; throws at the first answer that isn't a success.</summary>
    public static async Task<StoreLoad.Rate> DriveAsync(HttpClient client, Func<(string Path, byte[] Body)> next, TimeSpan time)
    {
        await DriveAsync(client, next, WarmUp, new StoreLoad.Rate());
        return await DriveAsync(client, next, time, new StoreLoad.Rate());
    }

    public static async Task PostAsync(HttpClient client, string path, byte[] body, string mediaType = "application/json")
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = mediaType == "application/json" ? Json : new MediaTypeHeaderValue(mediaType) } };
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        await answer.Content.CopyToAsync(Stream.Null);
    }

    /// <summary>How long each of so many GETs took, one after the other, the first few not counted.</summary>
    public static async Task<Spread> AskAsync(HttpClient client, int times, Func<string> path)
    {
        var milliseconds = new List<double>();
        for (var n = -times / 10; n < times; n++)
        {
            var started = Stopwatch.GetTimestamp();
            using var answer = await client.GetAsync(new Uri(path(), UriKind.Relative));
            await answer.Content.CopyToAsync(Stream.Null);
            if (n >= 0) milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{answer.RequestMessage!.RequestUri}: {(int)answer.StatusCode}");
        }

        return Spread.Of(milliseconds);
    }

    private static async Task<StoreLoad.Rate> DriveAsync(HttpClient client, Func<(string Path, byte[] Body)> next, TimeSpan time, StoreLoad.Rate rate)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, StoreLoad.Writers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var (path, body) = next();
                var asked = Stopwatch.GetTimestamp();
                await PostAsync(client, path, body);
                rate.Latencies.RecordValue((long)Stopwatch.GetElapsedTime(asked).TotalMicroseconds);
                Interlocked.Increment(ref rate.Events);
            }
        })));
        rate.Elapsed += Stopwatch.GetElapsedTime(started);
        return rate;
    }
}
