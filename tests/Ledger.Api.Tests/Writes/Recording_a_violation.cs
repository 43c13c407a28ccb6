using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Recording_a_violation(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task It_is_there_as_it_was_said()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());

        var recorded = (await monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation())).Stored(201);

        Assert.Equal("alleged", recorded.Field("status"));
        Assert.Equal(0, recorded.Revision);
        Assert.NotNull(recorded.Json["sequence"]);
        var id = recorded.Field("violationId");
        Assert.Equal($"/api/v1/violations/{id}", recorded.Header("Location"));
        var read = (await monitor.GetAsync($"violations/{id}")).Json;
        Assert.Equal("Shelling was heard.", read["narrative"]!.GetValue<string>());
        Assert.Equal("A. B.", read["confidential"]!["witness"]!["name"]!.GetValue<string>());
        Assert.Equal(2, read["casualties"]![0]!["best"]!.GetValue<int>());
        Assert.Equal("team-1", read["origin"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{ "place": "Ganja" }""")]
    [InlineData("""{ "latitude": 40.68, "longitude": 46.36 }""")]
    [InlineData("""{ "observer": { "latitude": 40, "longitude": 46 } }""")]
    [InlineData("""{ "observer": { "latitude": 40, "longitude": 46 }, "bearingDegrees": { "from": 350, "to": 10 }, "distanceMetres": { "from": 100, "to": 100 }, "zone": "line-of-contact" }""")]
    public async Task A_place_is_given_as_exactly_as_it_is_known(string location)
    {
        await ledger.CaseAsync(body => body["location"] = JsonNode.Parse(location));
    }

    [Fact]
    public async Task What_may_be_left_out_may_be_null_as_well()
    {
        var optional = Bodies.Violation().Select(field => field.Key).Except(["category", "occurred"]);
        await ledger.CaseAsync(body =>
        {
            foreach (var name in optional) body[name] = null;
        });
    }

    [Fact]
    public async Task Without_an_origin_it_is_the_keys_subject()
    {
        var path = await ledger.CaseAsync(body => body.Remove("origin"));
        Assert.Equal("monitor-1", (await ledger.Administrator.GetAsync(path)).Field("origin"));
    }

    [Theory]
    [InlineData("""{ "allegedParty": "nobody" }""", "unknown-party")]
    [InlineData("""{ "allegedParty": "undetermined" }""", "reserved-party")]
    [InlineData("""{ "affectedParty": "nobody" }""", "unknown-party")]
    [InlineData("""{ "provision": "p9" }""", "unknown-provision")]
    [InlineData("""{ "otherProvisions": ["p9"] }""", "unknown-provision")]
    [InlineData("""{ "alsoBreaches": [{ "agreementId": "nowhere", "provisionId": "p1" }] }""", "unknown-agreement")]
    [InlineData("""{ "location": { "place": "Ganja", "zone": "nowhere" } }""", "unknown-zone")]
    [InlineData("""{ "occurred": { "from": "2999-01-01T00:00:00Z", "precision": "day" } }""", "occurred-in-future")]
    [InlineData("""{ "occurred": { "from": "9999-01-01T00:00:00Z", "precision": "month" } }""", "occurred-in-future")]
    [InlineData("""{ "occurred": { "from": "2019-01-01T00:00:00Z", "precision": "month" } }""", "outside-term")]
    [InlineData("""{ "occurred": { "from": "1000-01-01T00:00:00Z", "precision": "week" } }""", "outside-term")]
    public async Task A_rule_refuses_it_by_its_code(string changes, string code)
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var body = Bodies.Violation();
        foreach (var (name, value) in Bodies.Parse(changes)) body[name] = value?.DeepClone();

        (await monitor.PostAsync($"agreements/{agreement}/violations", body)).Refused(409, code);
    }

    [Fact]
    public async Task An_id_of_the_clients_own_makes_it_repeat_safe()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var body = Bodies.Violation(b => b["violationId"] = Guid.NewGuid().ToString());
        var first = (await monitor.PostAsync($"agreements/{agreement}/violations", body)).Stored(201);
        var events = await ledger.EventsAsync();

        var again = (await monitor.PostAsync($"agreements/{agreement}/violations", body)).Stored();

        Assert.True(again.Replayed);
        Assert.Equal(first.Field("eventId"), again.Field("eventId"));
        Assert.Equal(events, await ledger.EventsAsync());
        (await monitor.PostAsync($"agreements/{agreement}/violations", body.With("narrative", "Otherwise."))).Refused(409, "violation-exists");
        var hidden = body.With("narrative", "Shelling was heard.").With("confidential", Bodies.Parse("""{ "witness": "C. D." }"""));
        (await monitor.PostAsync($"agreements/{agreement}/violations", hidden)).Refused(409, "violation-exists");
    }

    [Fact]
    public async Task Only_monitors_record()
    {
        var agreement = await ledger.AgreementAsync();
        foreach (var who in new[] { ledger.Administrator, await ledger.VerifierAsync(), await ledger.LiaisonAsync("armenia"), await ledger.WhoAsync("auditor", "auditor") })
            (await who.PostAsync($"agreements/{agreement}/violations", Bodies.Violation())).Refused(403, "not-allowed");
    }

    [Fact]
    public async Task A_key_limited_to_agreements_touches_no_other_as_if_it_were_not_there()
    {
        var (own, other) = (await ledger.AgreementAsync(), await ledger.AgreementAsync());
        var limited = await ledger.WhoAsync("limited-monitor", "monitor", null, own);
        var foreign = await ledger.CaseAsync(agreement: other);

        (await limited.PostAsync($"agreements/{own}/violations", Bodies.Violation())).Stored(201);
        (await limited.PostAsync($"agreements/{other}/violations", Bodies.Violation())).Refused(404, "not-found");
        (await limited.PostAsync($"{foreign}/corroborations", Bodies.Corroboration())).Refused(404, "not-found");
        (await limited.BatchAsync(other, [Bodies.Violation().ToJsonString()])).Refused(404, "not-found");
    }

    [Fact]
    public async Task Long_texts_come_back_whole()
    {
        var text = string.Concat(Enumerable.Repeat("Слышны были взрывы. ", 800));
        var path = await ledger.CaseAsync(body => body["narrative"] = text[..16_000]);
        Assert.Equal(text[..16_000], (await ledger.Administrator.GetAsync(path)).Field("narrative"));
    }
}
