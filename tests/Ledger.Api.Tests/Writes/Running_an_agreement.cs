using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Running_an_agreement(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task It_is_registered_once_and_the_same_again_is_a_repeat()
    {
        var body = Bodies.Agreement("once");

        var first = (await ledger.Administrator.PostAsync("agreements", body)).Stored(201);
        var again = (await ledger.Administrator.PostAsync("agreements", body)).Stored();

        Assert.Equal("/api/v1/agreements/once", first.Header("Location"));
        Assert.True(again.Replayed);
        Assert.Equal(first.Field("eventId"), again.Field("eventId"));
        (await ledger.Administrator.PostAsync("agreements", Bodies.Agreement("once").With("title", "Another"))).Refused(409, "agreement-exists");
    }

    [Fact]
    public async Task Undetermined_is_nobodys_id()
    {
        var body = Bodies.Agreement("reserved", b => b["parties"]!.AsArray().Add(Bodies.Party("undetermined")));
        (await ledger.Administrator.PostAsync("agreements", body)).Refused(409, "reserved-party");
        var agreement = await ledger.AgreementAsync();
        (await ledger.Administrator.PostAsync($"agreements/{agreement}/parties", Bodies.Party("undetermined"))).Refused(409, "reserved-party");
    }

    [Theory]
    [InlineData("parties", "party-exists")]
    [InlineData("provisions", "provision-exists")]
    [InlineData("zones", "zone-exists")]
    public async Task Parts_are_added_once(string part, string code)
    {
        var agreement = await ledger.AgreementAsync();
        JsonObject Body() => part switch { "parties" => Bodies.Party("third"), "provisions" => Bodies.Provision("third"), _ => Bodies.ZoneOf("third") };

        var first = (await ledger.Administrator.PostAsync($"agreements/{agreement}/{part}", Body())).Stored();
        var again = (await ledger.Administrator.PostAsync($"agreements/{agreement}/{part}", Body())).Stored();

        Assert.True(again.Replayed);
        Assert.Equal(first.Revision, again.Revision);
        Assert.Equal(agreement, first.Field("agreementId"));
        var other = part == "provisions" ? Body().With("text", "Other.") : Body().With("name", "Other");
        (await ledger.Administrator.PostAsync($"agreements/{agreement}/{part}", other)).Refused(409, code);
    }

    [Fact]
    public async Task A_zone_may_be_of_several_polygons_with_holes()
    {
        var agreement = await ledger.AgreementAsync();
        var body = Bodies.Parse("""
            { "zoneId": "many", "name": "Many", "polygon": { "type": "MultiPolygon", "coordinates": [
              [[[46, 39], [47, 39], [47, 40], [46, 39]], [[46.5, 39.2], [46.6, 39.2], [46.6, 39.3], [46.5, 39.2]]],
              [[[48, 39], [49, 39], [49, 40], [48, 39]]]] } }
            """);

        (await ledger.Administrator.PostAsync($"agreements/{agreement}/zones", body)).Stored();
    }

    [Fact]
    public async Task It_is_suspended_resumed_and_ended_in_order()
    {
        var agreement = await ledger.AgreementAsync();
        Task<ApiAnswer> Turn(string what, string at) => ledger.Administrator.PostAsync($"agreements/{agreement}/{what}", Bodies.Turn(at));

        (await Turn("resumption", "2020-10-20T00:00:00Z")).Refused(409, "not-suspended");
        Assert.Equal("suspended", (await Turn("suspension", "2020-10-20T00:00:00Z")).Stored().Field("status"));
        (await Turn("suspension", "2020-10-21T00:00:00Z")).Refused(409, "already-suspended");
        (await Turn("resumption", "2020-10-19T00:00:00Z")).Refused(409, "outside-term");
        Assert.Equal("registered", (await Turn("resumption", "2020-10-22T00:00:00Z")).Stored().Field("status"));
        Assert.Equal("ended", (await Turn("end", "2020-11-09T21:00:00Z")).Stored().Field("status"));
        (await Turn("end", "2020-11-10T21:00:00Z")).Refused(409, "agreement-ended");
    }

    [Fact]
    public async Task Its_policy_changes_setting_by_setting()
    {
        var agreement = await ledger.AgreementAsync();

        (await ledger.Administrator.PostAsync($"agreements/{agreement}/policy", Bodies.Parse("""{ "confirmationsRequired": 3 }"""))).Stored();

        var read = await ledger.Administrator.GetAsync($"agreements/{agreement}");
        Assert.Equal(3, read.Json["policy"]!["confirmationsRequired"]!.GetValue<int>());
        (await ledger.Administrator.PostAsync($"agreements/{agreement}/policy", Bodies.Parse("""{ "confirmationsRequired": null }"""))).Malformed("/confirmationsRequired");
        (await ledger.Administrator.PostAsync($"agreements/{agreement}/policy", Bodies.Parse("""{ "confirmationsRequired": 0 }"""))).Malformed("/confirmationsRequired");
        (await ledger.Administrator.PostAsync($"agreements/{agreement}/policy", Bodies.Parse("{}"))).Malformed("");
    }

    [Theory]
    [InlineData("parties")]
    [InlineData("provisions")]
    [InlineData("zones")]
    [InlineData("policy")]
    [InlineData("suspension")]
    [InlineData("resumption")]
    [InlineData("end")]
    public async Task Only_administrators_run_it_and_nobody_runs_what_is_not_there(string part)
    {
        var agreement = await ledger.AgreementAsync();
        var monitor = await ledger.MonitorAsync();
        var body = part switch
        {
            "parties" => Bodies.Party("third"), "provisions" => Bodies.Provision("third"), "zones" => Bodies.ZoneOf("third"),
            "policy" => Bodies.Policy(), _ => Bodies.Turn(),
        };

        (await monitor.PostAsync($"agreements/{agreement}/{part}", body)).Refused(403, "not-allowed");
        (await ledger.Administrator.PostAsync($"agreements/nowhere/{part}", body)).Refused(404, "not-found");
        (await ledger.Administrator.PostAsync($"agreements/No-Where/{part}", body)).Refused(404, "not-found");
    }
}

public sealed class Keeping_the_coverage_book(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Hours_are_logged_lost_and_corrected()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());

        var logged = (await monitor.PostAsync($"agreements/{agreement}/monitoring", Bodies.Monitoring())).Stored(201);
        var lost = (await monitor.PostAsync($"agreements/{agreement}/coverage-gaps", Bodies.Gap())).Stored(201);
        var corrected = (await monitor.PostAsync($"coverage/{logged.Field("coverageId")}/correction", Bodies.Correction())).Stored();

        Assert.Equal($"/api/v1/coverage/{lost.Field("coverageId")}", lost.Header("Location"));
        Assert.Equal(logged.Field("coverageId"), corrected.Field("coverageId"));
        Assert.Equal("corrected", corrected.Field("status"));
    }

    [Fact]
    public async Task An_id_of_the_clients_own_makes_it_repeat_safe()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var body = Bodies.Monitoring().With("coverageId", Guid.NewGuid().ToString());

        (await monitor.PostAsync($"agreements/{agreement}/monitoring", body)).Stored(201);
        Assert.True((await monitor.PostAsync($"agreements/{agreement}/monitoring", body)).Stored().Replayed);
        (await monitor.PostAsync($"agreements/{agreement}/monitoring", body.With("site", "camera-2"))).Refused(409, "coverage-exists");
    }

    [Fact]
    public async Task What_it_names_exists_and_has_been_watched()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        Task<ApiAnswer> Gap(string field, JsonNode value) => monitor.PostAsync($"agreements/{agreement}/coverage-gaps", Bodies.Gap().With(field, value));

        (await Gap("zone", "nowhere")).Refused(409, "unknown-zone");
        (await Gap("responsibleParty", "nobody")).Refused(409, "unknown-party");
        (await monitor.PostAsync($"agreements/{agreement}/monitoring", Bodies.Monitoring().With("to", "2999-01-01T00:00:00Z"))).Refused(409, "period-in-future");
        (await monitor.PostAsync("agreements/nowhere/monitoring", Bodies.Monitoring())).Refused(404, "not-found");
        (await monitor.PostAsync($"coverage/{Guid.NewGuid()}/correction", Bodies.Correction())).Refused(404, "not-found");
        (await monitor.PostAsync("coverage/five/correction", Bodies.Correction())).Refused(404, "not-found");
        var verifier = await ledger.VerifierAsync();
        (await verifier.PostAsync($"agreements/{agreement}/monitoring", Bodies.Monitoring())).Refused(403, "not-allowed");
    }
}

public sealed class Keeping_published_totals(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task A_total_is_recorded_and_withdrawn_by_its_recorder()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var recorded = (await monitor.PostAsync($"agreements/{agreement}/aggregate-claims", Bodies.Claim())).Stored(201);
        var path = $"aggregate-claims/{recorded.Field("claimId")}/withdrawal";

        (await (await ledger.MonitorAsync("monitor-2")).PostAsync(path, Bodies.Reason())).Refused(403, "not-the-recorder");
        (await (await ledger.VerifierAsync()).PostAsync(path, Bodies.Reason())).Refused(403, "not-allowed");
        Assert.Equal("withdrawn", (await monitor.PostAsync(path, Bodies.Reason())).Stored().Field("status"));
        (await ledger.Administrator.PostAsync(path, Bodies.Reason())).Refused(409, "already-withdrawn");
        (await monitor.PostAsync("aggregate-claims/1/withdrawal", Bodies.Reason())).Refused(404, "not-found");
    }

    [Fact]
    public async Task It_names_parties_of_the_agreement_or_a_body()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        Task<ApiAnswer> Claim(string field, JsonNode? value) => monitor.PostAsync($"agreements/{agreement}/aggregate-claims", Bodies.Claim().With(field, value));

        (await Claim("claimedBy", Bodies.Parse("""{ "body": "Ministry" }"""))).Stored(201);
        (await Claim("against", null)).Stored(201);
        (await Claim("against", "nobody")).Refused(409, "unknown-party");
        (await Claim("claimedBy", Bodies.Parse("{}"))).Malformed("/claimedBy");
        (await Claim("claimedBy", Bodies.Parse("""{ "body": "Ministry", "party": "armenia" }"""))).Malformed("/claimedBy");
    }
}
