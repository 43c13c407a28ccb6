using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

/// <summary>An agreement whose readers and liaisons see places to 10 km and times to the day.</summary>
public sealed class Seeing_less_exactly(TestLedger ledger) : IClassFixture<TestLedger>
{
    private const string Policy = """{ "placePrecisionMetres": 10000, "timePrecision": "day" }""";

    // What only those who may see exactly may find: coordinates, minutes, and names of places.
    private static readonly string[] Exact = ["39.8123", "46.7512", "10:37", "06:37", "T06:4", "Old Mill", "Zarislu", "placeId", "Post 4"];

    private static JsonObject Case(int minute = 37) => Bodies.Violation(body =>
    {
        body["occurred"] = Bodies.Parse($$"""{ "from": "2020-10-18T10:{{minute:00}}:00+04:00", "to": "2020-10-18T10:{{minute + 5:00}}:00+04:00", "precision": "minute" }""");
        body["location"] = Bodies.Parse("""{ "latitude": 39.8123, "longitude": 46.7512, "uncertaintyMetres": 50, "place": "Old Mill", "placeId": "1234" }""");
        body["narrative"] = "Shelling was heard.";
    });

    [Fact]
    public async Task Every_answer_feed_and_file_shows_readers_and_liaisons_the_day_and_the_cell()
    {
        var scene = await SceneAsync();
        foreach (var client in new[] { await ReaderAsync(scene), await ledger.WhoAsync($"liaison-{scene.Agreement}", "liaison", "azerbaijan", scene.Agreement) })
        {
            foreach (var path in Paths(scene))
            {
                var answer = await client.GetAsync(path);
                Assert.True(answer.Status == 200, $"{path}: {answer.Status} {answer.Text}");
                foreach (var exact in Exact) Assert.False(answer.Text.Contains(exact, StringComparison.OrdinalIgnoreCase), $"{path} shows {exact}: {answer.Text}");
            }
        }

        var seen = (await (await ReaderAsync(scene)).GetAsync($"violations/{scene.Case}")).Json;
        Assert.Equal("2020-10-17T20:00:00Z", seen["occurred"]!["from"]!.GetValue<string>());
        Assert.Equal("day", seen["occurred"]!["precision"]!.GetValue<string>());
        Assert.InRange(seen["location"]!["latitude"]!.GetValue<double>(), 39.7, 39.9);
        Assert.True(seen["location"]!["uncertaintyMetres"]!.GetValue<double>() >= 5_000);
    }

    [Theory]
    [InlineData("monitor")]
    [InlineData("verifier")]
    [InlineData("auditor")]
    [InlineData("administrator")]
    public async Task Whoever_works_on_cases_sees_them_as_recorded(string role)
    {
        var scene = await SceneAsync();

        var seen = await (await ledger.WhoAsync($"exact-{role}", role)).GetAsync($"violations/{scene.Case}");

        Assert.Equal(39.8123, seen.Json["location"]!["latitude"]!.GetValue<double>());
        Assert.Equal("2020-10-18T06:37:30Z", seen.Json["occurred"]!["from"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_stored_bytes_are_not_for_those_who_see_less_and_events_without_a_place_keep_theirs()
    {
        var scene = await SceneAsync();
        var history = await (await ReaderAsync(scene)).GetAsync($"violations/{scene.Case}/history?raw=true");

        var items = history.Json["items"]!.AsArray();

        Assert.Null(items.First(item => item!["type"]!.GetValue<string>() == "violation-recorded-v1")!["raw"]);
        Assert.Null(items.First(item => item!["type"]!.GetValue<string>() == "violation-amended-v1")!["raw"]);
        Assert.NotNull(items.First(item => item!["type"]!.GetValue<string>() == "violation-corroborated-v1")!["raw"]);
        foreach (var exact in Exact) Assert.DoesNotContain(exact, history.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task No_filter_tells_by_bisection_what_is_not_shown()
    {
        var scene = await SceneAsync();
        var (reader, exact) = (await ReaderAsync(scene), await ledger.MonitorAsync());
        var day = new DateTimeOffset(2020, 10, 18, 0, 0, 0, TimeSpan.FromHours(4));
        var answers = new HashSet<string>();
        for (var minute = 0; minute < 24 * 60; minute += 97)
        {
            var from = Uri.EscapeDataString(day.AddMinutes(minute + 1).ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture));
            answers.Add((await CountAsync(reader, $"agreements/{scene.Agreement}/violations?from={from}")) + " " + (await RecordedAsync(reader, $"agreements/{scene.Agreement}/compliance?from={from}")));
        }

        Assert.Equal(["0 0"], answers); // A day that has begun isn't begun again.
        Assert.Equal(1, await CountAsync(exact, $"agreements/{scene.Agreement}/violations?from={Uri.EscapeDataString("2020-10-18T10:36:00+04:00")}"));

        var found = new HashSet<int>();
        for (var step = 0; step < 20; step++)
        {
            // Boxes whose west edge moves through the cell: the case is in all of them or none, by the middle of its cell.
            var west = 46.7512 + ((step - 10) * 0.0001);
            found.Add(await CountAsync(reader, string.Create(CultureInfo.InvariantCulture, $"agreements/{scene.Agreement}/violations?bbox={west},39,48,41")));
        }

        Assert.Single(found);
        (await reader.GetAsync($"agreements/{scene.Agreement}/violations?q=Mill")).Malformed("/q");
    }

    [Fact]
    public async Task A_series_is_no_finer_than_the_times_are()
    {
        var agreement = await ledger.AgreementAsync(body => body["policy"] = Bodies.Parse("""{ "timePrecision": "month" }"""));
        var reader = await ledger.WhoAsync($"reader-{agreement}", "reader", null, agreement);

        (await reader.GetAsync($"agreements/{agreement}/compliance?interval=day")).Malformed("/interval");
        (await reader.GetAsync($"agreements/{agreement}/compliance?interval=week")).Malformed("/interval");
        Assert.Equal(200, (await reader.GetAsync($"agreements/{agreement}/compliance?interval=month")).Status);
    }

    [Fact]
    public async Task A_page_goes_on_behind_a_cursor_that_tells_nothing()
    {
        var scene = await SceneAsync();
        var (monitor, reader) = (await ledger.MonitorAsync(), await ReaderAsync(scene));
        for (var minute = 0; minute < 4; minute++) (await monitor.PostAsync($"agreements/{scene.Agreement}/violations", Case(minute))).Stored(201);
        var seen = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await reader.GetAsync($"agreements/{scene.Agreement}/violations?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.Json["items"]!.AsArray().Select(item => item!["violationId"]!.GetValue<string>()));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
            if (cursor is null) break;
            var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(cursor);
            Assert.DoesNotMatch("^[0-9]+\\|", Encoding.Latin1.GetString(bytes));
            var stolen = await monitor.GetAsync($"agreements/{scene.Agreement}/violations?limit=2&cursor={cursor}");
            Assert.Equal(400, stolen.Status);
        }

        Assert.Equal(5, seen.Distinct().Count());
        (await reader.GetAsync($"agreements/{scene.Agreement}/violations?limit=2&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).Malformed("/cursor");
    }

    [Fact]
    public async Task An_observers_post_is_not_shown_at_all()
    {
        var agreement = await ledger.AgreementAsync(body => body["policy"] = Bodies.Parse(Policy));
        var path = await ledger.CaseAsync(body => body["location"] = Bodies.FromObserver(), agreement);
        var reader = await ledger.WhoAsync($"reader-{agreement}", "reader", null, agreement);

        var seen = (await reader.GetAsync(path)).Json["location"]!.AsObject();

        Assert.False(seen.ContainsKey("observer") || seen.ContainsKey("bearingDegrees") || seen.ContainsKey("place"));
        Assert.True(seen.ContainsKey("latitude"));
    }

    [Fact]
    public async Task A_change_of_the_policy_holds_for_what_was_recorded_before()
    {
        var agreement = await ledger.AgreementAsync();
        var path = await ledger.CaseAsync(body => body["location"] = Case()["location"]!.DeepClone(), agreement);
        var reader = await ledger.WhoAsync($"reader-{agreement}", "reader", null, agreement);
        Assert.Equal(39.8123, (await reader.GetAsync(path)).Json["location"]!["latitude"]!.GetValue<double>());

        (await ledger.Administrator.PostAsync($"agreements/{agreement}/policy", Bodies.Parse(Policy))).Stored();

        Assert.DoesNotContain("39.8123", (await reader.GetAsync(path)).Text, StringComparison.Ordinal);
        Assert.Equal(10_000, (await reader.GetAsync($"agreements/{agreement}")).Json["policy"]!["placePrecisionMetres"]!.GetValue<int>());
    }

    [Fact]
    public async Task Where_two_administrators_must_agree_one_changes_nothing_and_the_history_shows_both()
    {
        var agreement = await ledger.AgreementAsync(body => body["policy"] = Bodies.Parse("""{ "policyApprovals": 2 }"""));
        var second = await ledger.WhoAsync("administrator-2", "administrator");
        var change = Bodies.Parse("""{ "confirmationsRequired": 3 }""");

        var proposed = (await ledger.Administrator.PostAsync($"agreements/{agreement}/policy", change)).Stored();
        Assert.Equal("""{"given":1,"required":2}""", proposed.Json["endorsements"]!.ToJsonString());
        Assert.Equal(1, await ConfirmationsAsync(agreement));
        (await ledger.Administrator.PostAsync($"agreements/{agreement}/policy", change)).Refused(403, "separation-of-duties");
        (await second.PostAsync($"agreements/{agreement}/policy", change)).Stored();

        Assert.Equal(3, await ConfirmationsAsync(agreement));
        var feed = await ledger.Administrator.GetAsync("events?after=-1&limit=500");
        Assert.Contains("policy-change-approved-v1", feed.Text, StringComparison.Ordinal);
    }

    private async Task<int> ConfirmationsAsync(string agreement) =>
        (await ledger.Administrator.GetAsync($"agreements/{agreement}")).Json["policy"]!["confirmationsRequired"]!.GetValue<int>();

    private sealed record Scene(string Agreement, string Case);

    private Task<ApiClient> ReaderAsync(Scene scene) => ledger.WhoAsync($"reader-{scene.Agreement}", "reader", null, scene.Agreement);

    private async Task<Scene> SceneAsync()
    {
        var agreement = await ledger.AgreementAsync(body => body["policy"] = Bodies.Parse(Policy));
        var monitor = await ledger.MonitorAsync();
        var id = (await monitor.PostAsync($"agreements/{agreement}/violations", Case())).Stored(201).Field("violationId");
        (await (await ledger.MonitorAsync("monitor-2")).PostAsync($"violations/{id}/corroborations", Bodies.Corroboration())).Stored();
        var verifier = await ledger.VerifierAsync();
        var amendment = Bodies.Parse("""{ "changes": { "occurred": { "from": "2020-10-18T10:37:30+04:00", "precision": "minute" }, "otherPlaces": ["Zarislu"] }, "reason": "Written down wrongly." }""");
        var amended = (await monitor.DecideAsync($"violations/{id}/amendments", amendment, 1)).Stored();
        (await verifier.DecideAsync($"violations/{id}/confirmation", Bodies.Confirmation(), amended.Revision)).Stored();
        return new Scene(agreement, id);
    }

    private static IEnumerable<string> Paths(Scene scene) =>
    [
        $"violations/{scene.Case}", $"violations/{scene.Case}/history", $"violations/{scene.Case}/history?raw=true", "events?after=-1&limit=500&raw=true",
        $"agreements/{scene.Agreement}/violations", $"agreements/{scene.Agreement}/compliance", $"agreements/{scene.Agreement}/compliance?interval=day",
        $"agreements/{scene.Agreement}/compliance/azerbaijan/postings", $"agreements/{scene.Agreement}/export.csv", $"agreements/{scene.Agreement}/export.hxl.csv",
        $"agreements/{scene.Agreement}/export.geojson", $"agreements/{scene.Agreement}/datapackage.json", $"feeds/{scene.Agreement}.atom",
        $"agreements/{scene.Agreement}/reports/{DateTime.UtcNow.AddHours(4):yyyy-MM-dd}", $"agreements/{scene.Agreement}/reports/{DateTime.UtcNow.AddHours(4):yyyy-MM-dd}?lang=ru",
    ];

    private static async Task<int> CountAsync(ApiClient client, string path) => (await client.GetAsync(path)).Json["items"]!.AsArray().Count;

    private static async Task<long> RecordedAsync(ApiClient client, string path) =>
        (await client.GetAsync(path)).Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>());
}
