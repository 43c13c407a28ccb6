using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Ledger.Benchmarks.Soak;

/// <summary>People who look: at pictures as they are and as they were, at lists, and at the feed that never ends.</summary>
internal sealed class SoakReaders(SoakRecord record, SoakPeople people, SoakOptions options)
{
    private const int Feeds = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public Task RunAsync() => Task.WhenAll(
        [
            Task.Run(() => LookAsync(new Random(options.Seed + 100))), Task.Run(() => LookAsync(new Random(options.Seed + 101))),
            Task.Run(() => LookBackAsync(new Random(options.Seed + 102))),
            .. Enumerable.Range(0, Feeds).Select(_ => Task.Run(FollowAsync)),
        ]);

    private async Task LookAsync(Random random)
    {
        using var reader = people.As(people.Auditor);
        while (!record.IsOver)
        {
            var (what, path) = random.Next(4) switch
            {
                0 => ("picture", "agreements/soak/compliance"),
                1 => ("picture by day", "agreements/soak/compliance?interval=day"),
                2 => ("list", "agreements/soak/violations?limit=100"),
                _ => ("words", "agreements/soak/violations?q=post+" + random.Next(40).ToString(CultureInfo.InvariantCulture)),
            };
            await AskAsync(reader, what, path);
            await Task.Delay(Pause);
        }
    }

    /// <summary>Asks as of a moment, and later, after whatever has happened, the same again: it must be the same bytes.</summary>
    private async Task LookBackAsync(Random random)
    {
        using var reader = people.As(people.Auditor);
        while (!record.IsOver)
        {
            var newest = record.Stored.IsEmpty ? 0 : record.Stored.Count;
            var known = record.AsOf.Keys.ToArray();
            var count = known.Length > 0 && random.Next(2) == 0 ? known[random.Next(known.Length)] : 3 + random.NextInt64(Math.Max(1, newest));
            if (await AskAsync(reader, "as of", string.Create(CultureInfo.InvariantCulture, $"agreements/soak/compliance?asOf={count}")) is { Status: 200 } answer
                && record.AsOf.GetOrAdd(count, answer.Text) != answer.Text)
                record.Say($"The picture as of {count} isn't what it was.");
            await Task.Delay(Pause);
        }
    }

    private async Task<SoakAnswer> AskAsync(SoakClient reader, string what, string path)
    {
        var clock = Stopwatch.StartNew();
        var answer = await reader.GetAsync(path);
        if (answer.Status == 200) record.Took(what, clock.Elapsed);
        else if (answer is { IsAway: false, Status: not 400 and not 404 }) record.Say($"{path} was answered {answer.Status}: {answer.Text}");
        return answer;
    }

    /// <summary>Server-sent events, gone on with behind the last one after each break: every sequence once, in order.</summary>
    private async Task FollowAsync()
    {
        using var reader = people.As(people.Auditor);
        reader.Http.Timeout = Timeout.InfiniteTimeSpan;
        var last = -1L;
        while (!record.IsOver)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "events");
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
                request.Headers.TryAddWithoutValidation("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
                using var answer = await reader.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                if (answer.IsSuccessStatusCode) last = await FollowAsync(answer, last);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // The server is gone for a moment.
            }

            await Task.Delay(100);
        }
    }

    private async Task<long> FollowAsync(HttpResponseMessage answer, long last)
    {
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var isNew = false;
        while (!record.IsOver)
        {
            string? line;
            try
            {
                line = await lines.ReadLineAsync();
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return last;
            }

            if (line is null) return last;
            if (line.StartsWith("id:", StringComparison.Ordinal) && long.TryParse(line.AsSpan(3), NumberStyles.None | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var sequence))
            {
                if (sequence != last + 1) record.Say($"A feed went from sequence {last} to {sequence}.");
                (last, isNew) = (sequence, true);
            }
            else if (isNew && line.StartsWith("data:", StringComparison.Ordinal) && JsonNode.Parse(line.AsSpan(5).ToString())?["recordedAt"]?.GetValue<DateTimeOffset>() is { } at)
            {
                isNew = false;
                var late = DateTimeOffset.UtcNow - at;
                // What lay there before the feed was opened again isn't late, it is read again.
                if (late < TimeSpan.FromSeconds(5)) record.Took("feed, from recorded to received", late < TimeSpan.Zero ? TimeSpan.Zero : late);
            }
        }

        return last;
    }
}
