using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Saying_things_of_a_case(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Things_are_added_without_naming_a_revision()
    {
        var path = await ledger.CaseAsync();
        var (monitor, second, liaison) = (await ledger.MonitorAsync(), await ledger.MonitorAsync("monitor-2"), await ledger.LiaisonAsync("azerbaijan"));

        (await second.PostAsync($"{path}/corroborations", Bodies.Corroboration())).Stored();
        (await second.PostAsync($"{path}/corroborations", Bodies.Corroboration())).Refused(409, "same-origin");
        (await liaison.PostAsync($"{path}/replies", Bodies.Reply())).Stored();
        (await liaison.PostAsync($"{path}/replies", Bodies.Reply().With("party", "armenia"))).Refused(403, "not-your-party");
        (await monitor.PostAsync($"{path}/casualties", Bodies.Casualties())).Stored();
        (await monitor.PostAsync($"{path}/evidence", Bodies.Evidence())).Stored();
        var disputed = (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute())).Stored(201);

        Assert.Equal("disputed", disputed.Field("status"));
        Assert.True(Guid.TryParse(disputed.Field("disputeId"), out _));
        Assert.Equal($"/api/v1/{path}/disputes/{disputed.Field("disputeId")}", disputed.Header("Location"));
    }

    [Fact]
    public async Task Decisions_name_the_revision_that_they_were_taken_on()
    {
        var path = await ledger.CaseAsync();
        var verifier = await ledger.VerifierAsync();

        (await verifier.PostAsync($"{path}/confirmation", Bodies.Confirmation())).Refused(428, "if-match-required");
        (await verifier.PostAsync($"{path}/confirmation", Bodies.Confirmation(), ifMatch: "*")).Refused(428, "if-match-required");
        foreach (var wrong in new[] { "0", "W/\"0\"", "\"\"", "\"zero\"", "\"-1\"", "\"0\", \"1\"", "\"99999999999999999999\"" })
            (await verifier.PostAsync($"{path}/confirmation", Bodies.Confirmation(), ifMatch: wrong)).Refused(400, "malformed");
        var stale = (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 7)).Refused(412, "stale-revision");
        Assert.Equal(0, stale.Json["currentRevision"]!.GetValue<long>());
        var confirmed = (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0)).Stored();

        Assert.Equal("confirmed", confirmed.Field("status"));
        Assert.Null(confirmed.Json["endorsements"]);
        (await verifier.DecideAsync($"{path}/dismissal", Bodies.Dismissal(), 1)).Refused(409, "already-ruled");
    }

    [Theory]
    [InlineData("confirmation")]
    [InlineData("dismissal")]
    [InlineData("unresolved")]
    [InlineData("attribution")]
    [InlineData("reopening")]
    public async Task Parties_do_not_rule_and_who_has_taken_part_does_not_either(string ruling)
    {
        var path = await ledger.CaseAsync();
        var body = Ruling(ruling);

        (await (await ledger.LiaisonAsync("azerbaijan")).DecideAsync($"{path}/{ruling}", body, 0)).Refused(403, "party-cannot-rule");
        (await (await ledger.MonitorAsync()).DecideAsync($"{path}/{ruling}", body, 0)).Refused(403, "not-allowed");
        var both = ledger.Client(await ledger.KeyAsync(Bodies.Key("monitor-1", "monitor").With("roles", new JsonArray("monitor", "verifier"))));
        (await both.DecideAsync($"{path}/{ruling}", body, 0)).Refused(403, "separation-of-duties");
        both.Dispose();
    }

    [Fact]
    public async Task A_case_is_dismissed_left_unresolved_attributed_and_reopened()
    {
        var verifier = await ledger.VerifierAsync();
        var path = await ledger.CaseAsync();
        (await verifier.DecideAsync($"{path}/reopening", Bodies.Reason(), 0)).Refused(409, "nothing-to-reopen");
        Assert.Equal("unresolved", (await verifier.DecideAsync($"{path}/unresolved", Bodies.Unresolved(), 0)).Stored().Field("status"));
        Assert.Equal("dismissed", (await verifier.DecideAsync($"{path}/dismissal", Bodies.Dismissal(), 1)).Stored().Field("status"));
        (await verifier.DecideAsync($"{path}/attribution", Bodies.Attribution(), 2)).Stored();
        (await verifier.DecideAsync($"{path}/attribution", Bodies.Attribution("nobody"), 3)).Refused(409, "unknown-party");
        Assert.Equal("alleged", (await verifier.DecideAsync($"{path}/reopening", Bodies.Reason(), 3)).Stored().Field("status"));
    }

    [Fact]
    public async Task A_duplicate_names_its_original()
    {
        var agreement = await ledger.AgreementAsync();
        var (verifier, original, copy) = (await ledger.VerifierAsync(), await ledger.CaseAsync(agreement: agreement), await ledger.CaseAsync(agreement: agreement));
        JsonObject Duplicate(string of) => Bodies.Dismissal("duplicate").With("duplicateOf", of);
        var id = original["violations/".Length..];

        (await verifier.DecideAsync($"{copy}/dismissal", Duplicate(Guid.NewGuid().ToString()), 0)).Refused(409, "unknown-violation");
        (await verifier.DecideAsync($"{copy}/dismissal", Bodies.Dismissal("duplicate"), 0)).Malformed("/duplicateOf");
        (await verifier.DecideAsync($"{copy}/dismissal", Bodies.Dismissal().With("duplicateOf", id), 0)).Malformed("/duplicateOf");
        Assert.Equal("duplicate", (await verifier.DecideAsync($"{copy}/dismissal", Duplicate(id), 0)).Stored().Field("status"));
        (await verifier.DecideAsync($"{original}/dismissal", Duplicate(copy["violations/".Length..]), 0)).Refused(409, "duplicate-of-closed");
        (await (await ledger.MonitorAsync("monitor-2")).PostAsync($"{copy}/corroborations", Bodies.Corroboration())).Refused(409, "case-closed");
    }

    [Fact]
    public async Task A_confirmation_leaves_attribution_as_it_is_unless_it_says_otherwise()
    {
        var verifier = await ledger.VerifierAsync();
        async Task<JsonNode?> AccountableAfter(Action<JsonObject> change)
        {
            var path = await ledger.CaseAsync();
            var body = Bodies.Confirmation();
            change(body);
            (await verifier.DecideAsync($"{path}/confirmation", body, 0)).Stored();
            return (await verifier.GetAsync(path)).Json["accountableParty"];
        }

        Assert.Equal("azerbaijan", (await AccountableAfter(_ => { }))!.GetValue<string>());
        Assert.Null(await AccountableAfter(body => body["attribution"] = null));
        Assert.Equal("armenia", (await AccountableAfter(body => body["attribution"] = Bodies.Attribution()))!.GetValue<string>());
        Assert.Null(await AccountableAfter(body => body["attribution"] = Bodies.Attribution(null)));
    }

    [Fact]
    public async Task Below_the_quorum_the_status_stays_and_the_answer_counts()
    {
        var agreement = await ledger.AgreementAsync(body => body["policy"] = Bodies.Parse("""{ "confirmationsRequired": 2, "onePerDelegation": true }"""));
        var path = await ledger.CaseAsync(agreement: agreement);
        var (first, second) = (await ledger.VerifierAsync("verifier-a", "armenia"), await ledger.VerifierAsync("verifier-b", "azerbaijan"));
        var none = await ledger.VerifierAsync("verifier-without-delegation");

        var one = (await first.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0)).Stored();
        var still = (await none.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 1)).Stored();
        var two = (await second.DecideAsync($"{path}/confirmation", Bodies.Confirmation().With("rationale", "In other words."), 2)).Stored();

        Assert.Equal("alleged", one.Field("status"));
        Assert.Equal("""{"given":1,"required":2}""", one.Json["endorsements"]!.ToJsonString());
        Assert.Equal("""{"given":1,"required":2}""", still.Json["endorsements"]!.ToJsonString());
        Assert.Equal("confirmed", two.Field("status"));
        Assert.Null(two.Json["endorsements"]);
        Assert.Equal(4, two.Revision);
    }

    [Fact]
    public async Task A_dispute_is_answered_and_withdrawn_by_who_raised_it()
    {
        var path = await ledger.CaseAsync();
        var (liaison, monitor, verifier) = (await ledger.LiaisonAsync("azerbaijan"), await ledger.MonitorAsync(), await ledger.VerifierAsync());
        var id = Guid.NewGuid().ToString();
        (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute().With("disputeId", id))).Stored(201);
        var again = (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute().With("disputeId", id))).Stored();
        Assert.True(again.Replayed);

        (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute())).Refused(409, "dispute-already-open");
        (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 1)).Refused(409, "dispute-open");
        (await monitor.PostAsync($"{path}/disputes/{id}/answer", Bodies.Answer())).Stored();
        (await monitor.PostAsync($"{path}/disputes/{Guid.NewGuid()}/answer", Bodies.Answer())).Refused(404, "not-found");
        (await monitor.PostAsync($"{path}/disputes/none/answer", Bodies.Answer())).Refused(404, "not-found");
        (await monitor.PostAsync($"{path}/disputes/{id}/withdrawal", Bodies.Reason())).Refused(403, "not-your-dispute");
        Assert.Equal("alleged", (await liaison.PostAsync($"{path}/disputes/{id}/withdrawal", Bodies.Reason())).Stored().Field("status"));
        (await monitor.PostAsync($"{path}/disputes/{id}/answer", Bodies.Answer())).Refused(409, "dispute-closed");
        (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute("armenia"))).Refused(403, "not-your-party");
    }

    [Theory]
    [InlineData("""{ "kind": "dismissed", "reason": "no-incident" }""", "dismissed")]
    [InlineData("""{ "kind": "reattributed", "party": null, "confidence": "low", "basis": "Nobody knows." }""", "confirmed")]
    [InlineData("""{ "kind": "reattributed", "party": "armenia", "confidence": "low", "basis": "Tracks." }""", "confirmed")]
    [InlineData("""{ "kind": "reopened" }""", "alleged")]
    [InlineData("""{ "kind": "amended", "changes": { "location": null, "category": "other" } }""", "confirmed")]
    public async Task A_dispute_that_is_upheld_has_a_remedy(string remedy, string status)
    {
        var path = await ledger.CaseAsync();
        var verifier = await ledger.VerifierAsync();
        (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0)).Stored();
        var dispute = (await (await ledger.LiaisonAsync("azerbaijan")).PostAsync($"{path}/disputes", Bodies.Dispute())).Stored(201).Field("disputeId");
        var place = $"{path}/disputes/{dispute}/resolution";

        (await verifier.PostAsync(place, Bodies.Upheld(remedy))).Refused(428, "if-match-required");
        var resolved = (await verifier.DecideAsync(place, Bodies.Upheld(remedy), 2)).Stored();

        Assert.Equal(status, resolved.Field("status"));
        Assert.Equal(4, resolved.Revision);
    }

    [Fact]
    public async Task A_dispute_that_is_rejected_leaves_everything_as_it_was()
    {
        var path = await ledger.CaseAsync();
        var dispute = (await (await ledger.LiaisonAsync("azerbaijan")).PostAsync($"{path}/disputes", Bodies.Dispute())).Stored(201).Field("disputeId");

        var resolved = await (await ledger.VerifierAsync()).DecideAsync($"{path}/disputes/{dispute}/resolution", Bodies.Rejected(), 1);

        Assert.Equal("alleged", resolved.Stored().Field("status"));
    }

    [Fact]
    public async Task Only_the_recorder_amends_and_withdraws()
    {
        var path = await ledger.CaseAsync();
        var (monitor, other) = (await ledger.MonitorAsync(), await ledger.MonitorAsync("monitor-2"));

        (await other.DecideAsync($"{path}/amendments", Bodies.Amendment(), 0)).Refused(403, "not-the-recorder");
        (await monitor.DecideAsync($"{path}/amendments", Bodies.Amendment(), 0)).Stored();
        var read = (await monitor.GetAsync(path)).Json;
        Assert.Equal("Shelling was heard twice.", read["narrative"]!.GetValue<string>());
        Assert.Null(read["weapon"]);
        Assert.Equal("Shushi", read["location"]!["place"]!.GetValue<string>());
        Assert.Equal("team-1", read["origin"]!.GetValue<string>());
        (await other.DecideAsync($"{path}/withdrawal", Bodies.Reason(), 1)).Refused(403, "not-the-recorder");
        Assert.Equal("withdrawn", (await monitor.DecideAsync($"{path}/withdrawal", Bodies.Reason(), 1)).Stored().Field("status"));
    }

    [Theory]
    [InlineData("evidence")]
    [InlineData("corroborations")]
    [InlineData("replies")]
    [InlineData("casualties")]
    [InlineData("amendments")]
    [InlineData("attribution")]
    [InlineData("withdrawal")]
    [InlineData("reopening")]
    [InlineData("disputes")]
    [InlineData("confirmation")]
    [InlineData("dismissal")]
    [InlineData("unresolved")]
    public async Task Nothing_is_said_of_a_case_that_is_not_there(string what)
    {
        var body = what switch
        {
            "evidence" => Bodies.Evidence(), "corroborations" => Bodies.Corroboration(), "replies" => Bodies.Reply(), "casualties" => Bodies.Casualties(),
            "amendments" => Bodies.Amendment(), "withdrawal" => Bodies.Reason(), "disputes" => Bodies.Dispute(), _ => Ruling(what),
        };

        (await ledger.Administrator.PostAsync($"violations/{Guid.NewGuid()}/{what}", body, ifMatch: "\"0\"")).Refused(404, "not-found");
        (await ledger.Administrator.PostAsync($"violations/not-an-id/{what}", body, ifMatch: "\"0\"")).Refused(404, "not-found");
        (await ledger.Administrator.PostAsync($"{await ledger.CaseAsync()}/{what}", body, ifMatch: "\"0\"")).Refused(403, "not-allowed");
    }

    private static JsonObject Ruling(string ruling) => ruling switch
    {
        "confirmation" => Bodies.Confirmation(), "dismissal" => Bodies.Dismissal(), "unresolved" => Bodies.Unresolved(),
        "attribution" => Bodies.Attribution(), _ => Bodies.Reason(),
    };
}
