using System.Text.Json.Nodes;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Reads;

/// <summary>Two accounts of one act are suggested with the reason; people link them, or don't.</summary>
public sealed class Looking_for_twins(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Near_in_time_place_and_kind_and_told_by_another()
    {
        var agreement = await ledger.AgreementAsync();
        var first = await RecordAsync(agreement, "post-1");
        var twin = await RecordAsync(agreement, "post-2", body =>
        {
            body["occurred"] = Parse("""{ "from": "2020-10-18T12:30:00+04:00", "precision": "minute" }""");
            body["location"] = Parse("""{ "latitude": 39.83, "longitude": 46.75 }""");
            body["category"] = "artillery-or-mortar";
        });
        await RecordAsync(agreement, "post-1"); // The same reporter again.
        await RecordAsync(agreement, "post-3", body => body["occurred"] = Parse("""{ "from": "2020-10-20T10:00:00+04:00", "precision": "minute" }"""));
        await RecordAsync(agreement, "post-4", body => body["location"] = Parse("""{ "latitude": 40.8, "longitude": 46.75, "place": "Far away" }"""));
        await RecordAsync(agreement, "post-5", body => body["category"] = "confrontational-rhetoric");
        await RecordAsync(await ledger.AgreementAsync(), "post-6");

        var told = Assert.Single(await TwinsAsync(first));
        Assert.Equal((twin, "post-2"), (told["violationId"]!.GetValue<string>(), told["origin"]!.GetValue<string>()));
        Assert.Equal(["near-in-time", "near-in-place", "related-category"], told["reasons"]!.AsArray().Select(reason => reason!.GetValue<string>()));
        Assert.InRange(told["metresApart"]!.GetValue<double>(), 3_300, 3_400);
        Assert.Equal(1.5, told["hoursApart"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_place_without_a_point_is_known_by_its_name_however_it_is_spelt()
    {
        var agreement = await ledger.AgreementAsync();
        var first = await RecordAsync(agreement, "post-1", body => body["location"] = Parse("""{ "place": "Şuşa" }"""));
        await RecordAsync(agreement, "post-2", body =>
        {
            body["location"] = Parse("""{ "place": "SUSA" }""");
            body["occurred"] = Parse("""{ "from": "2020-10-18T00:00:00+04:00", "precision": "day" }""");
            body["allegedParty"] = "armenia";
        });
        Assert.Equal(["same-time", "same-place-name", "same-category", "other-alleged-party"], Assert.Single(await TwinsAsync(first))["reasons"]!.AsArray().Select(reason => reason!.GetValue<string>()));
    }

    [Fact]
    public async Task What_was_linked_is_not_suggested_again()
    {
        var agreement = await ledger.AgreementAsync();
        var first = await RecordAsync(agreement, "post-1");
        var second = await RecordAsync(agreement, "post-2");
        var third = await RecordAsync(agreement, "post-3");
        Assert.Equal(2, (await TwinsAsync(first)).Count);

        var monitor = await ledger.MonitorAsync("monitor-2");
        (await monitor.PostAsync($"violations/{first}/corroborations", Bodies.Parse("""{ "origin": "post-2", "observation": { "means": "heard" } }"""))).Stored();
        var verifier = await ledger.VerifierAsync();
        (await verifier.DecideAsync($"violations/{third}/dismissal", Bodies.Parse($$"""{ "reason": "duplicate", "rationale": "The same.", "duplicateOf": "{{first}}" }"""), 0)).Stored();
        Assert.Empty(await TwinsAsync(first));
        Assert.Empty(await TwinsAsync(second));
    }

    private async Task<string> RecordAsync(string agreement, string origin, Action<JsonObject>? change = null)
    {
        var monitor = await ledger.MonitorAsync();
        var answer = await monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation(body =>
        {
            body["origin"] = origin;
            change?.Invoke(body);
        }));
        return answer.Stored(201).Field("violationId");
    }

    private async Task<IReadOnlyList<JsonNode>> TwinsAsync(string violation) =>
        [.. (await (await ledger.VerifierAsync()).GetAsync($"violations/{violation}/possible-duplicates")).Json["items"]!.AsArray().Select(item => item!)];

    private static JsonObject Parse(string json) => Bodies.Parse(json);
}
