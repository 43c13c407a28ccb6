using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

/// <summary>Bodies that were in order, spoilt at random: never a fault of the server's, and nothing stored where it says no.</summary>
public sealed class Any_garbage(TestLedger ledger) : IClassFixture<TestLedger>
{
    private const int Rounds = 1_500;

    private static readonly string[] Kinds =
    [
        "violation", "observer", "agreement", "zone", "turn", "monitoring", "gap", "claim", "evidence", "corroboration", "reply", "casualties", "amendment",
        "attribution", "reason", "dispute", "answer", "confirmation", "dismissal", "unresolved", "resolution", "upheld", "key",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1e400", "-0.0", "99999999999999999999", "1.5", "\"\"", "\" \"", "\"a\"", "[]", "{}", "[[]]", "{\"a\":{}}", "\"\\u0000\"", "\"\\ud83d\"",
        "\"2020-10-18T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"0000-00-00T00:00:00Z\"", "\"undetermined\"", "\"armenia\"", "\"018f2a6e-0000-7000-8000-000000000001\"",
        "\"\\u202e\\ufeff\"", "\"" + "é" + "\"", "[1,2,3]", "[null]", "\"<script>\"", "\"'; DROP TABLE events; --\"",
    ];

    private static readonly Gen<(int Kind, int Place, int Value, int Deed, int Cut)> Spoiling =
        Gen.Select(Gen.Int[0, Kinds.Length - 1], Gen.Int[0, 1000], Gen.Int[0, Values.Length - 1], Gen.Int[0, 5], Gen.Int[0, 5000]);

    [Fact]
    public async Task Spoilt_bodies_never_fail_the_server_and_store_nothing_where_they_are_refused()
    {
        var agreement = await ledger.AgreementAsync();
        var path = await ledger.CaseAsync(agreement: agreement);
        ApiClient[] people = [ledger.Administrator, await ledger.MonitorAsync(), await ledger.VerifierAsync(), await ledger.LiaisonAsync("azerbaijan")];

        await Spoiling.SampleAsync(
            async spoiling =>
            {
                var (place, body) = Malformed_bodies.For(Kinds[spoiling.Kind]);
                place = place.Replace("agreements/nowhere", $"agreements/{agreement}", StringComparison.Ordinal).Replace($"violations/{Guid.Empty}", path, StringComparison.Ordinal);
                var bytes = Spoil(body, spoiling);
                foreach (var who in people)
                {
                    var events = await ledger.EventsAsync();
                    var answer = await who.PostBytesAsync(place, bytes, ifMatch: "\"0\"");
                    Assert.True(answer.Status < 500, $"{answer.Status} {place} {Encoding.UTF8.GetString(bytes)}: {answer.Text}");
                    if (answer.Status < 400) continue;
                    Assert.Equal("application/problem+json", answer.MediaType);
                    Assert.Equal(events, await ledger.EventsAsync());
                }
            },
            iter: Rounds / 10, threads: 1);
    }

    [Fact]
    public async Task Spoilt_lines_never_fail_a_batch()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        await Spoiling.Array[100].SampleAsync(
            async spoilings =>
            {
                var lines = new MemoryStream();
                foreach (var spoiling in spoilings)
                {
                    lines.Write(Spoil(Bodies.Violation(), spoiling).Where(b => b != '\n').ToArray());
                    lines.WriteByte((byte)'\n');
                }

                var answer = await monitor.PostBytesAsync($"agreements/{agreement}/violations/batch", lines.ToArray(), mediaType: "application/x-ndjson");

                Assert.Equal(200, answer.Status);
                Assert.All(answer.Lines, line => Assert.InRange(line["status"]!.GetValue<int>(), 200, 499));
                Assert.Equal(answer.Lines.Select(line => line["line"]!.GetValue<int>()).Order(), answer.Lines.Select(line => line["line"]!.GetValue<int>()));
            },
            iter: Rounds / 100, threads: 1);
    }

    private static byte[] Spoil(JsonObject body, (int Kind, int Place, int Value, int Deed, int Cut) by)
    {
        var places = new List<(JsonNode Parent, string? Name, int Index)>();
        Collect(body, places);
        var (parent, name, index) = places[by.Place % places.Count];
        if (by.Deed == 1 && name is not null) parent.AsObject().Remove(name);
        var marker = JsonValue.Create("«here»");
        if (by.Deed is 0 or 2 or 3)
        {
            if (name is not null) parent[name] = marker;
            else parent[index] = marker;
        }

        var value = by.Deed == 3 ? new string('[', by.Cut % 60) + new string(']', by.Cut % 60) : Values[by.Value];
        if (value.Length == 0) value = "[]";
        var text = body.ToJsonString().Replace(JsonValue.Create("«here»")!.ToJsonString(), value, StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        if (by.Deed == 4) bytes = bytes[..(by.Cut % (bytes.Length + 1))];
        if (by.Deed == 5) bytes[by.Cut % bytes.Length] = (byte)by.Place;
        return bytes;
    }

    private static void Collect(JsonNode node, List<(JsonNode, string?, int)> places)
    {
        if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields)
            {
                places.Add((fields, name, 0));
                if (value is not null) Collect(value, places);
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                places.Add((items, null, i));
                if (items[i] is { } item) Collect(item, places);
            }
        }
    }
}
