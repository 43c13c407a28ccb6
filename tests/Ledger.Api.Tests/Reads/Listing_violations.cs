using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Api.Tests.Reads;

public sealed class Listing_violations
{
    private const string Path = "/api/v1/agreements/karabakh-2020/violations";

    [Fact]
    public async Task Filters_narrow_it_and_several_values_of_one_mean_or()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        await ledger.ZoneAsync("north", 46, 40, 46.5, 40.5);
        var a = await ledger.RecordAsync(day: 1, location: new Location.Point(new GeoPoint(40.2, 46.2)), narrative: "Shells on the orchard", killed: 2);
        var b = await ledger.RecordAsync(day: 2, alleged: "armenia", category: Category.UavStrike, location: new Location.Named("Ganja", null, new ZoneId("north")));
        var c = await ledger.RecordAsync(day: 3, alleged: null, category: Category.GroundAdvance);
        var d = await ledger.OnCaseAsync(b, new ViolationCommand.Confirm(Severity.Minor, Prose.InClear("Seen"), null), ReadingServer.Verifier);

        async Task IsAsync(string query, params Ledger.Application.Commands.CommandAnswer[] expected) =>
            Assert.Equal(expected.Select(answer => answer.Id()), (await client.JsonAsync(Path + query, d)).Items().Select(item => item.Text("violationId")));

        await IsAsync("", c, b, a);
        await IsAsync("?status=confirmed", b);
        await IsAsync("?status=confirmed&status=alleged", c, b, a);
        await IsAsync("?party=armenia&party=undetermined", c, b);
        await IsAsync("?category=uav-strike&category=artillery-or-mortar", b, a);
        await IsAsync("?from=2020-10-12T08:00:00Z&to=2020-10-13T08:00:00Z", b);
        await IsAsync("?from=2020-10-12T12:00:00%2B04:00", c, b);
        await IsAsync("?bbox=46,40,46.5,40.5", a);
        await IsAsync("?zone=north", b, a);
        await IsAsync("?q=orchard", a);
        await IsAsync($"?asOf={b.Sequence + 1}", b, a);

        var item = (await client.JsonAsync(Path + "?q=orchard", d)).Items().Single();
        Assert.Equal("alleged", item.Text("status"));
        Assert.Equal(2, item.Number("killed"));
        Assert.Equal(a.Sequence, item.Number("sequence"));
        Assert.Equal(40.2, item["location"]!["latitude"]!.GetValue<double>());
        Assert.True((await client.JsonAsync(Path + "?party=undetermined", d)).Items().Single().AsObject().ContainsKey("accountableParty"));
    }

    [Fact]
    public async Task Paging_while_others_write_gives_each_case_once_and_none_that_came_later()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        var before = new HashSet<string>();
        Ledger.Application.Commands.CommandAnswer? last = null;
        for (var i = 0; i < 60; i++) before.Add((last = await ledger.RecordAsync(day: i % 7)).Id());
        await ledger.VisibleAsync(last!);

        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++) await ledger.RecordAsync(day: i % 7);
        });

        var count = (string?)null;
        var seen = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            using var response = await client.AskAsync($"{Path}?limit=7{(cursor.Length > 0 ? "&cursor=" + cursor : "")}&asOf={last!.Sequence + 1}");
            var page = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            count ??= response.Headers.GetValues("Ledger-Count").Single();
            Assert.Equal(count, response.Headers.GetValues("Ledger-Count").Single());
            seen.AddRange(page.Items().Select(item => item.Text("violationId")));
            cursor = page["nextCursor"]?.GetValue<string>();
        }

        // The same without naming a count: the cursor pins the one that the list was begun at.
        var begun = await client.JsonAsync($"{Path}?limit=50");
        var pinned = begun.Items().Count();
        for (var cursor = begun["nextCursor"]?.GetValue<string>(); cursor is not null;)
        {
            var page = await client.JsonAsync($"{Path}?limit=50&cursor={cursor}");
            pinned += page.Items().Count();
            cursor = page["nextCursor"]?.GetValue<string>();
        }

        await stop.CancelAsync();
        await writing;
        Assert.Equal(60, seen.Count);
        Assert.Equal(before, seen.ToHashSet());
        Assert.True(pinned >= 60);
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_filters()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        for (var i = 0; i < 3; i++) await ledger.VisibleAsync(await ledger.RecordAsync(day: i));
        var cursor = (await client.JsonAsync(Path + "?limit=1&status=alleged")).Text("nextCursor");

        Assert.Single((await client.JsonAsync($"{Path}?limit=1&status=alleged&cursor={cursor}")).Items());
        Assert.Equal((400, "malformed"), await client.RefusedAsync($"{Path}?limit=1&status=confirmed&cursor={cursor}"));
        Assert.Equal((400, "malformed"), await client.RefusedAsync($"{Path}?limit=1&cursor={cursor}"));
        Assert.Equal((400, "malformed"), await client.RefusedAsync($"{Path}?cursor=nonsense"));
    }

    [Fact]
    public async Task Who_wrote_reads_it_by_naming_its_position()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.AgreementAsync();
        for (var i = 0; i < 50; i++)
        {
            var recorded = await ledger.RecordAsync(day: 1 + (i / 100.0));
            var first = (await client.JsonAsync(Path + "?limit=1", recorded)).Items().Single();
            Assert.Equal(recorded.Id(), first.Text("violationId"));
        }
    }
}
