using System.Net;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Api.Tests.Reads;

public sealed class Reading_a_case
{
    private static readonly string LongText = string.Concat(Enumerable.Repeat("A long account of what was heard. ", 10));

    [Fact]
    public async Task It_is_folded_from_its_stream_and_its_texts_are_back()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        var recorded = await ledger.RecordAsync(narrative: LongText, killed: 5);
        var seal = new Sealer();
        var confirmed = await ledger.OnCaseAsync(
            recorded, new ViolationCommand.Confirm(Severity.Serious, seal.Text("rationale", LongText), null), ReadingServer.Verifier, seal.Done());

        using var response = await client.AskAsync($"/api/v1/violations/{recorded.Id()}", confirmed);
        var now = await client.JsonAsync($"/api/v1/violations/{recorded.Id()}", confirmed);

        Assert.Equal("\"1\"", response.Headers.ETag!.ToString());
        Assert.Equal("confirmed", now.Text("status"));
        Assert.Equal("azerbaijan", now.Text("accountableParty"));
        Assert.Equal(LongText, now.Text("narrative"));
        Assert.Equal("confirmed", now["finding"]!.Text("kind"));
        Assert.Equal("serious", now["finding"]!.Text("severity"));
        Assert.Equal(LongText, now["finding"]!.Text("rationale"));
        Assert.Equal(5, now["casualties"]![0]!.Number("best"));
        Assert.Equal("2020-10-18T08:00:00Z", now["occurred"]!.Text("from"));
        Assert.True(now.AsObject().ContainsKey("attribution"));
        Assert.Equal("monitor-1", now.Text("recordedBy"));
    }

    [Fact]
    public async Task It_is_read_as_it_stood_and_before_it_was_recorded_it_is_not_found()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        var recorded = await ledger.RecordAsync();
        var corroborated = await ledger.OnCaseAsync(
            recorded, new ViolationCommand.Corroborate("camera", new Observation(ObservationMeans.Camera)), ReadingServer.Person("m2", Role.Monitor));
        await ledger.VisibleAsync(corroborated);
        var path = $"/api/v1/violations/{recorded.Id()}";

        Assert.Empty((await client.JsonAsync($"{path}?asOf={recorded.Sequence + 1}"))["corroborations"]!.AsArray());
        Assert.Single((await client.JsonAsync($"{path}?asOf={corroborated.Sequence + 1}"))["corroborations"]!.AsArray());
        Assert.Equal((404, "not-found"), await client.RefusedAsync($"{path}?asOf={recorded.Sequence}"));
        Assert.Equal((400, "as-of-beyond-head"), await client.RefusedAsync($"{path}?asOf=99999999999999999999"));
        Assert.Equal((404, "not-found"), await client.RefusedAsync("/api/v1/violations/" + Guid.NewGuid()));
        Assert.Equal((404, "not-found"), await client.RefusedAsync("/api/v1/violations/not-an-id"));
    }

    [Fact]
    public async Task Its_confidential_part_is_read_by_who_may_and_found_nowhere_else()
    {
        const string Marker = "marker-of-the-witness-7731";
        using var logs = new CapturedLogs();
        await using var ledger = await ReadingServer.StartAsync();
        await ledger.AgreementAsync();
        var recorded = await ledger.VisibleAsync(await ledger.RecordAsync(narrative: LongText, confidential: Marker));
        var path = $"/api/v1/violations/{recorded.Id()}";

        foreach (var role in new[] { Role.Monitor, Role.Verifier, Role.Auditor })
        {
            using var may = ledger.Client(await ledger.KeyAsync($"may-{role.Code()}", [role]));
            Assert.Equal(Marker, (await may.JsonAsync(path))["confidential"]!.Text("witness"));
            await HoldsNothingAsync(may, recorded.Id(), Marker);
        }

        foreach (var role in new[] { Role.Administrator, Role.Reader })
        {
            using var mayNot = ledger.Client(await ledger.KeyAsync($"may-not-{role.Code()}", [role]));
            Assert.Null((await mayNot.JsonAsync(path))["confidential"]);
            Assert.DoesNotContain(Marker, await mayNot.GetStringAsync(path), StringComparison.Ordinal);
            await HoldsNothingAsync(mayNot, recorded.Id(), Marker);
        }

        using var elsewhere = ledger.Client(await ledger.KeyAsync("elsewhere", [Role.Monitor], "another"));
        Assert.Equal((404, "not-found"), await elsewhere.RefusedAsync(path));
        Assert.DoesNotContain(Marker, logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("A long account", logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_erased_is_gone_and_its_digest_stands_in_its_place()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        var recorded = await ledger.VisibleAsync(await ledger.RecordAsync(narrative: LongText));
        var digest = ((ViolationState)recorded.State).Report.Narrative!.Digest!;
        await ledger.Server.Node.Vault.DestroyAsync([digest], CancellationToken.None);

        var now = await client.JsonAsync($"/api/v1/violations/{recorded.Id()}");
        var history = await client.JsonAsync($"/api/v1/violations/{recorded.Id()}/history");

        Assert.Null(now["narrative"]);
        Assert.Equal(digest, now["erased"]![0]!.GetValue<string>());
        Assert.Equal(digest, history["items"]![0]!["data"]!["_sd"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task Its_history_is_its_events_in_pages_and_holds_as_many_as_when_it_was_begun()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        var last = await ledger.RecordAsync(narrative: LongText);
        for (var i = 0; i < 4; i++) last = await CorroborateAsync(ledger, last, i);
        var path = $"/api/v1/violations/{last.Id()}/history";

        var first = await client.JsonAsync($"{path}?limit=3&raw=true", last);
        last = await ledger.VisibleAsync(await CorroborateAsync(ledger, last, 9));
        var second = await client.JsonAsync($"{path}?limit=3&cursor={first.Text("nextCursor")}");

        Assert.Equal([0, 1, 2], first.Items().Select(item => item.Number("revision")));
        Assert.Equal([3, 4], second.Items().Select(item => item.Number("revision")));
        Assert.Null(second["nextCursor"]);
        Assert.Equal(6, (await client.JsonAsync(path)).Items().Count());
        Assert.Equal(LongText, first["items"]![0]!["data"]!.Text("narrative"));
        Assert.Equal("violation-recorded-v1", first["items"]![0]!.Text("type"));
        Assert.NotNull(first["items"]![0]!["raw"]!["metadata"]);
        Assert.Equal((400, "malformed"), await client.RefusedAsync($"{path}?cursor=AAAA"));
    }

    [Fact]
    public async Task Who_asks_with_its_revision_gets_304_until_it_moves_on()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        var recorded = await ledger.RecordAsync();
        var path = $"/api/v1/violations/{recorded.Id()}";

        using var unchanged = await client.AskAsync(path, recorded, noneMatch: "\"0\"");
        var corroborated = await CorroborateAsync(ledger, recorded, 1);
        using var changed = await client.AskAsync(path, corroborated, noneMatch: "\"0\"");

        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    private static Task<Ledger.Application.Commands.CommandAnswer> CorroborateAsync(
        ReadingServer ledger, Ledger.Application.Commands.CommandAnswer earlier, int place) =>
        ledger.OnCaseAsync(
            earlier, new ViolationCommand.Corroborate($"origin-{place}", new Observation(ObservationMeans.Camera)),
            ReadingServer.Person($"monitor-{place + 10}", Role.Monitor));

    private static async Task HoldsNothingAsync(HttpClient client, string violationId, string marker)
    {
        foreach (var path in new[]
        {
            "/api/v1/events?raw=true", $"/api/v1/violations/{violationId}/history?raw=true", "/api/v1/agreements/karabakh-2020/violations",
            "/api/v1/agreements/karabakh-2020/violations?q=witness", "/api/v1/agreements/karabakh-2020/compliance",
            "/api/v1/agreements/karabakh-2020/compliance/azerbaijan/postings", "/api/v1/agreements/karabakh-2020", "/health", "/openapi/v1.json",
            $"/api/v1/violations/{violationId}?asOf={marker}", "/metrics",
        })
        {
            using var response = await client.AskAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.DoesNotContain(marker, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(marker))[..20], text, StringComparison.Ordinal);
        }

        using var lines = await client.AskAsync("/api/v1/events", accept: "application/x-ndjson");
        Assert.DoesNotContain(marker, await lines.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
