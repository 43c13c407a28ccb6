using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Ledger.Benchmarks.Soak;

/// <summary>After the soak: is what was acknowledged there, once; does an auditor find it clean; is what is shown what a rebuild gives?</summary>
internal static class SoakVerdict
{
    private const string Recorded = "violation-recorded-v1";
    private const string Revised = "casualties-revised-v1";

    public static async Task<SoakCounts> JudgeAsync(SoakServer server, SoakPeople people, SoakRecord record)
    {
        using var auditor = people.As(people.Auditor);
        var events = await EventsAsync(auditor);
        JudgeEvents(events, record);
        await JudgePushesAsync(events, record);
        var picture = (await auditor.GetAsync("agreements/soak/compliance")).Text;
        var recorded = events.Count(e => Type(e) == Recorded);
        var shown = JsonNode.Parse(picture)!["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>());
        if (shown != recorded) record.Say($"{recorded} violations are recorded, and the picture counts {shown}.");
        foreach (var (count, first) in record.AsOf.Take(50))
            if ((await auditor.GetAsync($"agreements/soak/compliance?asOf={count}")).Text != first) record.Say($"The picture as of {count} isn't what it was.");
        await JudgeAuditAsync(server, people, record);
        await server.StopAsync();
        await JudgeDirectoryAsync(server, people, record, picture, events.Count);
        return new SoakCounts(events.Count, recorded);
    }

    private static void JudgeEvents(IReadOnlyList<JsonNode> events, SoakRecord record)
    {
        for (var n = 0; n < events.Count; n++)
            if (events[n]["sequence"]!.GetValue<long>() != n) record.Say($"Event {n} of the stream has another sequence.");
        var byId = events.ToLookup(e => e["eventId"]!.GetValue<Guid>());
        foreach (var (id, acknowledged) in record.Stored)
        {
            var found = byId[id].ToList();
            if (found.Count != 1) record.Say($"The acknowledged event {id} is there {found.Count} times.");
            else if (acknowledged.Sequence >= 0 && found[0]["sequence"]!.GetValue<long>() != acknowledged.Sequence) record.Say($"The acknowledged event {id} has another sequence than it was told.");
        }

        // Who gave up may have been stored or not; nothing else may be there, and nothing twice.
        var unasked = events.Count(e => e["violationId"] is not null && !record.Stored.ContainsKey(e["eventId"]!.GetValue<Guid>()));
        if (unasked > record.GivenUp.Count) record.Say($"{unasked} events of cases were acknowledged to nobody, and only {record.GivenUp.Count} commands were given up.");
        foreach (var twice in events.Where(e => Type(e) == Recorded).GroupBy(e => e["violationId"]!.GetValue<string>()).Where(of => of.Count() > 1)) record.Say($"The case {twice.Key} is recorded twice.");
        foreach (var twice in events.Where(e => Type(e) == Revised).GroupBy(e => e["data"]!["casualties"]!.ToJsonString()).Where(of => of.Count() > 1)) record.Say($"A claim of figures is there {twice.Count()} times: {twice.Key}.");
    }

    private static async Task JudgePushesAsync(IReadOnlyList<JsonNode> events, SoakRecord record)
    {
        var wanted = events.Where(e => e["violationId"] is not null).Select(e => e["eventId"]!.GetValue<Guid>()).ToList();
        var limit = DateTime.UtcNow + TimeSpan.FromMinutes(5);
        while (wanted.Any(id => !record.Pushed.ContainsKey(id)) && DateTime.UtcNow < limit) await Task.Delay(200);
        var missing = wanted.Count(id => !record.Pushed.ContainsKey(id));
        if (missing > 0) record.Say($"{missing} events were never pushed.");
    }

    private static async Task JudgeAuditAsync(SoakServer server, SoakPeople people, SoakRecord record)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        var key = (await http.GetStringAsync(new Uri("/log/vkey", UriKind.Relative))).Trim();
        var (exit, said) = await Programs.RunAsync(Programs.Auditors, server.Folder, people.Auditor, "verify", server.Address.ToString(), "--vkey", key, "--full");
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "audit.txt"), said);
        if (exit != 0) record.Say($"ledger-audit ended with {exit}: {said}");
    }

    private static async Task JudgeDirectoryAsync(SoakServer server, SoakPeople people, SoakRecord record, string picture, long count)
    {
        foreach (var args in (string[][])[["doctor", "--data", server.Data, "--full"], ["rebuild", "--data", server.Data]])
        {
            var (exit, said) = await Programs.RunAsync(Programs.Operators, server.Folder, null, args);
            await File.WriteAllTextAsync(Path.Combine(server.Folder, args[0] + ".txt"), said);
            if (exit != 0) record.Say($"ledger {args[0]} ended with {exit}: {said}");
        }

        await server.StartAsync(CancellationToken.None);
        using var auditor = people.As(people.Auditor);
        var again = (await auditor.GetAsync($"agreements/soak/compliance?asOf={count}")).Text;
        if (again != picture) record.Say("A rebuild gives another picture.");
        await server.StopAsync();
    }

    private static async Task<IReadOnlyList<JsonNode>> EventsAsync(SoakClient auditor)
    {
        var events = new List<JsonNode>();
        using var request = new HttpRequestMessage(HttpMethod.Get, "events?after=-1");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-ndjson"));
        using var answer = await auditor.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync());
        while (await lines.ReadLineAsync() is { } line)
            if (line.Length > 0) events.Add(JsonNode.Parse(line)!);
        return events;
    }

    private static string Type(JsonNode e) => e["type"]!.GetValue<string>();
}

internal sealed record SoakCounts(int Events, int Violations);
