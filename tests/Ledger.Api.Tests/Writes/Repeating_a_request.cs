using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Repeating_a_request(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task The_same_key_twenty_times_at_once_stores_one_event_and_answers_the_same()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        for (var round = 0; round < 10; round++)
        {
            var events = await ledger.EventsAsync();
            var key = $"race-{round}";

            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation(), key))));

            foreach (var answer in answers) answer.Stored(201);
            Assert.Single(answers.Select(answer => answer.Field("eventId")).Distinct());
            Assert.Single(answers.Select(answer => answer.Header("Ledger-Position")).Distinct());
            Assert.Equal(events + 1, await ledger.EventsAsync());
        }
    }

    [Fact]
    public async Task Things_that_are_added_are_added_once()
    {
        var path = await ledger.CaseAsync();
        var (liaison, verifier) = (await ledger.LiaisonAsync("azerbaijan"), await ledger.VerifierAsync());

        var first = (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute(), "dispute-1")).Stored(201);
        var again = (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute(), "dispute-1")).Stored(201);
        Assert.True(again.Replayed);
        Assert.Equal(first.Field("disputeId"), again.Field("disputeId"));
        Assert.Equal(first.Header("Location"), again.Header("Location"));

        var resolution = $"{path}/disputes/{first.Field("disputeId")}/resolution";
        var resolved = (await verifier.DecideAsync(resolution, Bodies.Rejected(), 1, "resolve-1")).Stored();
        // If-Match isn't content: the repeat comes before the revision is looked at, and its first answer stands.
        var repeated = (await verifier.DecideAsync(resolution, Bodies.Rejected(), 9, "resolve-1")).Stored();
        Assert.Equal(resolved.Field("eventId"), repeated.Field("eventId"));
        Assert.True(repeated.Replayed);
        (await verifier.PostAsync(resolution, Bodies.Rejected(), "resolve-1")).Refused(428, "if-match-required");
        // The dispute was open when it was first raised; the first answer says so still.
        Assert.Equal("disputed", (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute(), "dispute-1")).Stored(201).Field("status"));
    }

    [Fact]
    public async Task Other_content_under_the_same_key_is_refused_before_any_rule()
    {
        var path = await ledger.CaseAsync();
        var second = await ledger.MonitorAsync("monitor-2");
        (await second.PostAsync($"{path}/corroborations", Bodies.Corroboration(), "k")).Stored();

        (await second.PostAsync($"{path}/corroborations", Bodies.Corroboration("team-1"), "k")).Refused(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task The_same_content_is_the_same_JSON_value_however_it_is_written()
    {
        var path = await ledger.CaseAsync();
        var second = await ledger.MonitorAsync("monitor-2");
        var first = (await second.PostTextAsync($"{path}/corroborations", """{"origin":"team-9","observation":{"means":"saw","description":"A fire"}}""", "json")).Stored();

        var again = await second.PostTextAsync($"{path}/corroborations", """ { "observation": { "description": "\u0041 fire", "means": "saw" }, "origin": "team-9" } """, "json");

        Assert.Equal(first.Field("eventId"), again.Stored().Field("eventId"));
    }

    [Fact]
    public async Task A_key_belongs_to_its_subject_and_its_place()
    {
        var agreement = await ledger.AgreementAsync();
        var (one, two) = (await ledger.MonitorAsync(), await ledger.MonitorAsync("monitor-2"));
        var events = await ledger.EventsAsync();

        (await one.PostAsync($"agreements/{agreement}/violations", Bodies.Violation(), "mine")).Stored(201);
        (await two.PostAsync($"agreements/{agreement}/violations", Bodies.Violation(), "mine")).Stored(201);
        (await one.PostAsync($"agreements/{agreement}/monitoring", Bodies.Monitoring(), "mine")).Stored(201);
        Assert.Equal(events + 3, await ledger.EventsAsync());
        // The same place, written otherwise.
        Assert.True((await one.PostAsync($"Agreements/{agreement}/violations/", Bodies.Violation(), "mine")).Stored(201).Replayed);
    }

    [Fact]
    public async Task The_same_key_with_another_id_in_the_body_is_other_content()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        JsonObject Body() => Bodies.Violation(body => body["violationId"] = Guid.NewGuid().ToString());
        (await monitor.PostAsync($"agreements/{agreement}/violations", Body(), "two-ids")).Stored(201);
        var events = await ledger.EventsAsync();

        (await monitor.PostAsync($"agreements/{agreement}/violations", Body(), "two-ids")).Refused(422, "idempotency-key-reused");

        Assert.Equal(events, await ledger.EventsAsync());
    }

    [Fact]
    public async Task A_refused_request_leaves_its_key_free()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        var wrong = Bodies.Violation(body => body["provision"] = "p9").With("violationId", Guid.NewGuid().ToString());
        (await monitor.PostAsync($"agreements/{agreement}/violations", wrong, "again")).Refused(409, "unknown-provision");

        (await monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation().With("violationId", Guid.NewGuid().ToString()), "again")).Stored(201);
    }

    [Fact]
    public async Task The_confidential_part_is_content_too()
    {
        var (agreement, monitor) = (await ledger.AgreementAsync(), await ledger.MonitorAsync());
        (await monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation(), "hidden")).Stored(201);

        Assert.True((await monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation(), "hidden")).Stored(201).Replayed);
        var other = Bodies.Violation(body => body["confidential"] = Bodies.Parse("""{ "witness": "C. D." }"""));
        (await monitor.PostAsync($"agreements/{agreement}/violations", other, "hidden")).Refused(422, "idempotency-key-reused");
        var none = Bodies.Violation(body => body.Remove("confidential"));
        (await monitor.PostAsync($"agreements/{agreement}/violations", none, "hidden")).Refused(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Decisions_on_the_same_revision_are_taken_once()
    {
        for (var round = 0; round < 5; round++)
        {
            var path = await ledger.CaseAsync();
            var verifiers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ledger.VerifierAsync($"racing-verifier-{i}")));

            var answers = await Task.WhenAll(verifiers.Select(verifier => verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0)));

            Assert.Single(answers, answer => answer.Status == 200);
            Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.Refused(412, "stale-revision"));
        }
    }
}
