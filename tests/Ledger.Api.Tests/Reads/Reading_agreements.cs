using System.Net;
using Ledger.Domain;

namespace Ledger.Api.Tests.Reads;

public sealed class Reading_agreements
{
    [Fact]
    public async Task One_is_read_as_it_stands_and_as_it_stood()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        var registered = await ledger.AgreementAsync();
        var zoned = await ledger.ZoneAsync("north", 46, 40, 46.5, 40.5);

        var now = await client.JsonAsync("/api/v1/agreements/karabakh-2020", zoned);
        var then = await client.JsonAsync($"/api/v1/agreements/karabakh-2020?asOf={registered.Sequence + 1}", zoned);

        Assert.Equal("Asia/Yerevan", now.Text("timeZone"));
        Assert.Equal("[[[46,40],[46.5,40],[46.5,40.5],[46,40.5],[46,40]]]", now["zones"]![0]!["polygon"]!["coordinates"]!.ToJsonString());
        Assert.Equal(1, now.Number("revision"));
        Assert.Empty(then["zones"]!.AsArray());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", now.Text("recordedAt"));
    }

    [Fact]
    public async Task Before_it_existed_it_is_not_found()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        var registered = await ledger.VisibleAsync(await ledger.AgreementAsync());

        Assert.Equal((404, "not-found"), await client.RefusedAsync($"/api/v1/agreements/karabakh-2020?asOf={registered.Sequence}"));
        Assert.Equal((404, "not-found"), await client.RefusedAsync("/api/v1/agreements/karabakh-2020?asOf=2020-01-01T00:00:00Z"));
        Assert.Equal((400, "as-of-beyond-head"), await client.RefusedAsync($"/api/v1/agreements/karabakh-2020?asOf={registered.Sequence + 2}"));
        Assert.Equal((400, "as-of-beyond-head"), await client.RefusedAsync("/api/v1/agreements/karabakh-2020?asOf=2999-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task A_list_goes_on_where_its_cursor_says_whatever_is_registered_meanwhile()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        foreach (var id in new[] { "b", "d", "f" }) await ledger.VisibleAsync(await ledger.AgreementAsync(id));

        var first = await client.JsonAsync("/api/v1/agreements?limit=2");
        await ledger.VisibleAsync(await ledger.AgreementAsync("e"));
        var second = await client.JsonAsync($"/api/v1/agreements?limit=2&cursor={first.Text("nextCursor")}");

        Assert.Equal(["b", "d"], first.Items().Select(item => item.Text("agreementId")));
        Assert.Equal(["f"], second.Items().Select(item => item.Text("agreementId")));
        Assert.Null(second["nextCursor"]);
    }

    [Fact]
    public async Task A_key_limited_to_some_sees_no_other()
    {
        await using var ledger = await ReadingServer.StartAsync();
        await ledger.AgreementAsync("a");
        await ledger.AgreementAsync("b");
        using var client = ledger.Client(await ledger.KeyAsync("narrow", [Role.Reader], "b"));

        Assert.Equal(["b"], (await client.JsonAsync("/api/v1/agreements")).Items().Select(item => item.Text("agreementId")));
        foreach (var path in new[] { "", "/violations", "/coverage", "/aggregate-claims", "/compliance", "/compliance/armenia", "/compliance/armenia/postings" })
            Assert.Equal((404, "not-found"), await client.RefusedAsync("/api/v1/agreements/a" + path));
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.VisibleAsync(await ledger.AgreementAsync());
        foreach (var path in new[] { "", "/compliance", "/compliance/armenia", "/violations", "/coverage", "/aggregate-claims", "/compliance/undetermined/postings" })
        {
            using var first = await client.AskAsync("/api/v1/agreements/karabakh-2020" + path);
            var etag = first.Headers.ETag!.ToString();
            using var again = await client.AskAsync("/api/v1/agreements/karabakh-2020" + path, noneMatch: $"\"other\", {etag}");

            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(etag, again.Headers.ETag!.ToString());
            Assert.Equal(first.Headers.GetValues("Ledger-Count"), again.Headers.GetValues("Ledger-Count"));
        }
    }
}
