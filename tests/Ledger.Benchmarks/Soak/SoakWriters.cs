using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Ledger.Benchmarks.Soak;

/// <summary>People who record, add, dispute and rule, each command with a key of its own, and send again what got no answer.</summary>
internal sealed class SoakWriters(SoakRecord record, SoakPeople people, SoakOptions options)
{
    private const int Count = 6;

    // One in eight doesn't send again: then it must be there once or not at all.
    private const int GivesUp = 8;

    private int _number;

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Count).Select(n => Task.Run(() => WriteAsync(new Random(options.Seed + n)))));

    private async Task WriteAsync(Random random)
    {
        using var monitor = people.As(people.Monitor);
        using var liaison = people.As(people.Liaison);
        using var verifier = people.As(people.Verifier);
        var cases = new List<string>();
        var pause = TimeSpan.FromSeconds((double)Count / options.Rate);
        while (!record.IsOver)
        {
            var turn = Task.Delay(pause);
            var kind = cases.Count < 3 ? 0 : random.Next(20);
            var id = cases.Count > 0 ? cases[random.Next(cases.Count)] : "";
            if (kind < 11)
            {
                id = Guid.CreateVersion7().ToString("D");
                if (await SendAsync("record", monitor, "agreements/soak/violations", Violation(id, random), random, id)) cases.Add(id);
                if (cases.Count > 200) cases.RemoveAt(0);
            }
            else if (kind < 15)
            {
                await SendAsync("casualties", monitor, $"violations/{id}/casualties", Casualties(Interlocked.Increment(ref _number)), random, id);
            }
            else if (kind < 17)
            {
                await SendAsync("reply", liaison, $"violations/{id}/replies", new JsonObject { ["reply"] = "denied", ["statement"] = "It wasn't us." }, random, id);
            }
            else if (kind < 19)
            {
                await RuleAsync(verifier, id, random);
            }
            else
            {
                await SendAsync("dispute", liaison, $"violations/{id}/disputes", new JsonObject { ["grounds"] = "denial", ["statement"] = "It wasn't us." }, random, id);
            }

            await turn;
        }
    }

    private async Task RuleAsync(SoakClient verifier, string id, Random random)
    {
        var clock = Stopwatch.StartNew();
        var found = await verifier.GetAsync("violations/" + id);
        if (found.Status != 200) return;
        record.Took("case", clock.Elapsed);
        var revision = found.Json["revision"]!.GetValue<long>();
        await SendAsync(
            "confirm", verifier, $"violations/{id}/confirmation", new JsonObject { ["severity"] = "minor", ["rationale"] = "Two posts heard it." }, random, id,
            string.Create(CultureInfo.InvariantCulture, $"\"{revision}\""));
    }

    /// <summary>Sends until it is known what became of it, or gives up.</summary>
    private async Task<bool> SendAsync(string what, SoakClient who, string path, JsonObject body, Random random, string violation, string? ifMatch = null)
    {
        var key = Guid.NewGuid().ToString("D");
        var givesUp = random.Next(GivesUp) == 0;
        while (true)
        {
            var clock = Stopwatch.StartNew();
            var answer = await who.PostAsync(path, body, key, ifMatch);
            if (answer.IsStored)
            {
                record.Took(what, clock.Elapsed);
                return Keep(answer, violation);
            }

            if (!answer.IsAway)
            {
                if (answer.Status >= 500) record.Say($"{what} was answered {answer.Status}: {answer.Text}");
                Interlocked.Increment(ref record.Refused);
                return false;
            }

            if (givesUp || record.IsOver)
            {
                record.GivenUp[what == "record" ? violation : key] = true;
                return false;
            }

            record.SentAgain.AddOrUpdate(key, 1, (_, n) => n + 1);
            await Task.Delay(random.Next(20, 200));
        }
    }

    private bool Keep(SoakAnswer answer, string violation)
    {
        var acknowledged = new Acknowledged(answer.Json["eventId"]!.GetValue<Guid>(), answer.Json["sequence"]?.GetValue<long>() ?? -1, violation);
        if (!record.Stored.TryAdd(acknowledged.EventId, acknowledged)) record.Say($"Two commands were told the same event, {acknowledged.EventId}.");
        return true;
    }

    private static JsonObject Violation(string id, Random random) => new()
    {
        ["violationId"] = id,
        ["category"] = random.Next(2) == 0 ? "small-arms-fire" : "artillery-or-mortar",
        ["provision"] = "no-fire",
        ["occurred"] = new JsonObject { ["from"] = new DateTime(2026, 3, 1 + random.Next(28), random.Next(24), random.Next(60), 0, DateTimeKind.Utc), ["precision"] = "minute" },
        ["location"] = new JsonObject { ["latitude"] = 48 + random.NextDouble(), ["longitude"] = 38 + random.NextDouble(), ["uncertaintyMetres"] = 500 },
        ["allegedParty"] = random.Next(3) switch { 0 => "north", 1 => "south", _ => null },
        ["count"] = new JsonObject { ["min"] = random.Next(1, 9), ["unit"] = "burst" },
        ["observation"] = new JsonObject { ["means"] = "heard" },
        ["narrative"] = $"Bursts were heard near post {random.Next(40)}, for {random.Next(1, 50)} minutes.",
        ["confidential"] = new JsonObject { ["witness"] = $"Witness {random.Next(1_000_000)}" },
    };

    private static JsonObject Casualties(int number) => new()
    {
        ["casualties"] = new JsonArray(new JsonObject { ["kind"] = "injured", ["who"] = "total", ["best"] = number }),
        ["claimedBy"] = "The hospital",
    };
}
