using Ledger.Dashboard.Coverage;
using Ledger.Dashboard.Tests.Setup;
using Ledger.Domain;
using Ledger.Domain.Coverage;
using Ledger.Projections;

namespace Ledger.Dashboard.Tests.Field;

/// <summary>Pages that people work with: each sees what is theirs to do, and what they may not.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Working(Browsers browsers)
{
    [Fact]
    public async Task A_verifier_sees_what_waits_oldest_first_and_why_not_what_others_must_rule_on()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("verifier-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/inbox");
        Assert.NotEqual(0, await page.Locator($".queue a[href='/violations/{id}']").CountAsync());
        await using var reader = await browsers.WindowAsync("reader");
        var refused = await (await reader.NewPageAsync()).GotoAsync($"/agreements/{Browsers.Agreement}/inbox");
        Assert.Equal(403, refused!.Status);
    }

    [Fact]
    public async Task A_liaison_sees_cases_that_name_its_party_until_it_has_replied_and_no_other_party_s_page()
    {
        var id = await browsers.CaseAsync("armenia");
        await using var window = await browsers.WindowAsync("liaison-armenia");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/party");
        Assert.Equal(1, await page.Locator($"a[href='/violations/{id}/reply']").CountAsync());
        using (var liaison = browsers.Client("liaison-armenia"))
            (await liaison.PostAsync($"violations/{id}/replies", Ledger.Testing.Api.Bodies.Parse("""{ "reply": "denied" }"""))).Stored();
        await page.ReloadAsync();
        Assert.Equal(0, await page.Locator($"a[href='/violations/{id}/reply']").CountAsync());
        Assert.Equal(403, (await page.GotoAsync($"/agreements/{Browsers.Agreement}/parties/azerbaijan"))!.Status);
    }

    [Fact]
    public async Task A_party_reads_which_of_its_cases_nobody_has_ruled_on_and_no_time_that_nobody_knew()
    {
        await using var window = await browsers.WindowAsync("liaison-armenia");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/party");
        foreach (var row in await page.Locator("main tbody tr").AllAsync())
        {
            var (status, ruled) = (await row.Locator("td >> nth=1").InnerTextAsync(), await row.Locator("td >> nth=4").InnerTextAsync());
            Assert.False(status is "Confirmed" or "Dismissed" or "Left unresolved" && ruled == "nobody has ruled on the case", $"{status}: {ruled}");
        }

        // Known to the day: no hour, neither here nor beside the map.
        using var reader = browsers.Client("reader");
        var daily = (await reader.GetAsync($"agreements/{Browsers.Agreement}/violations?limit=500")).Json["items"]!.AsArray().Where(item => (string?)item!["occurred"]!["precision"] == "day").Select(item => (string)item!["violationId"]!).ToHashSet();
        await WithoutHoursAsync(page, daily, "main tbody tr, .queue li");
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/map");
        await WithoutHoursAsync(page, daily, ".map-cases li");
    }

    private static async Task WithoutHoursAsync(Microsoft.Playwright.IPage page, HashSet<string> daily, string rows)
    {
        var seen = 0;
        foreach (var row in await page.Locator(rows).AllAsync())
        {
            var link = await row.Locator("a[href^='/violations/']").First.GetAttributeAsync("href");
            if (!daily.Contains(link!.Split('/')[2])) continue;
            Assert.DoesNotMatch(@"\d\d:\d\d", (await row.Locator(".small.quiet, .quiet.small").First.InnerTextAsync()).Split('·')[0]);
            seen++;
        }

        Assert.NotEqual(0, seen);
    }

    [Fact]
    public async Task The_overview_leads_to_the_days_report_any_other_and_the_feed_under_the_readers_session()
    {
        await using var window = await browsers.WindowAsync("reader");
        await window.AddCookiesAsync([new Microsoft.Playwright.Cookie { Name = "ledger-language", Value = "ru", Url = browsers.Root }]);
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}");
        var newest = await page.Locator(".report-links a.button").GetAttributeAsync("href");
        var feed = await page.Locator(".report-links a[type='application/atom+xml']").GetAttributeAsync("href");
        await page.ClickAsync(".report-links button");

        Assert.EndsWith(newest!, page.Url, StringComparison.Ordinal);
        Assert.Equal("ru", await page.GetAttributeAsync("html", "lang"));
        Assert.True(await page.Locator("table").CountAsync() > 0);
        var atom = await window.APIRequest.GetAsync(feed!);
        Assert.Equal((200, "application/atom+xml; charset=utf-8"), (atom.Status, atom.Headers["content-type"]));

        // A day that has no report is told in the page's own words.
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/reports?day=2020-10-10");
        Assert.Equal(1, await page.Locator("main [role=alert]").CountAsync());
    }

    [Fact]
    public async Task Hours_lost_are_entered_and_stand_in_the_calendar_with_their_cause()
    {
        await using var window = await browsers.WindowAsync("monitor-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/coverage?month=2020-10");
        await page.CheckAsync("input[value=gap]");
        await page.FillAsync("#site", "Test post");
        await page.FillAsync("#from", "2020-10-20T08:00");
        await page.FillAsync("#to", "2020-10-20T12:00");
        await page.ClickAsync("#enter button[type=submit]");
        // The cause is missing: said beside its field, with everything kept.
        Assert.NotEmpty(await page.Locator("#cause-error").InnerTextAsync());
        Assert.Equal("Test post", await page.InputValueAsync("#site"));

        await page.SelectOptionAsync("#cause", "access-denied");
        await page.ClickAsync("#enter button[type=submit]");
        await page.WaitForSelectorAsync(".done");
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/coverage?month=2020-10");
        Assert.Equal(1, await page.Locator("tr:has(th:text('Test post')) td.lost").CountAsync());
    }

    [Fact]
    public async Task An_entry_is_corrected_beside_itself_and_says_so()
    {
        using var monitor = browsers.Client("monitor-2");
        var entry = (await monitor.PostAsync($"agreements/{Browsers.Agreement}/monitoring", Ledger.Testing.Api.Bodies.Parse("""
            { "site": "Corrected post", "from": "2020-10-21T08:00:00+04:00", "to": "2020-10-21T20:00:00+04:00" }
            """))).Stored(201).Field("coverageId");
        await using var window = await browsers.WindowAsync("monitor-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/coverage?month=2020-10");
        await page.ClickAsync("tr:has(td:text-is('Corrected post')) a");
        Assert.Equal("2020-10-21T08:00", await page.InputValueAsync("#c-from"));

        await page.FillAsync("#c-to", "2020-10-21T07:00");
        await page.FillAsync("#c-reason", "The team left at noon.");
        await page.ClickAsync("#correct button[type=submit]");
        Assert.NotEmpty(await page.Locator("#c-to-error").InnerTextAsync());
        Assert.Equal("The team left at noon.", await page.InputValueAsync("#c-reason"));

        await page.FillAsync("#c-to", "2020-10-21T12:00");
        await page.ClickAsync("#correct button[type=submit]");
        await page.WaitForSelectorAsync(".done");
        Assert.Contains("corrected", await page.Locator("tr:has(td:text-is('Corrected post'))").InnerTextAsync(), StringComparison.Ordinal);
        var stored = (await monitor.GetAsync($"agreements/{Browsers.Agreement}/coverage?from=2020-10-21T00:00:00Z&to=2020-10-22T00:00:00Z&limit=500")).Json["items"]!.AsArray().Single(item => (string?)item!["coverageId"] == entry)!;
        Assert.Equal(("2020-10-21T08:00:00Z", true), ((string?)stored["to"], (bool)stored["corrected"]!));
        Assert.Equal(0, await page.Locator("#correct").CountAsync());

        await using var reader = await browsers.WindowAsync("reader");
        var looked = await reader.NewPageAsync();
        await looked.GotoAsync($"/agreements/{Browsers.Agreement}/coverage?month=2020-10&correct={entry}");
        Assert.Equal(0, await looked.Locator("#correct, a:text('Correct')").CountAsync());
    }

    [Fact]
    public async Task A_change_of_the_policy_waits_for_the_second_administrator_who_says_yes_to_exactly_that()
    {
        using var administrator = browsers.Client("administrator-1");
        (await administrator.PostAsync("agreements", Ledger.Testing.Api.Bodies.Parse("""
            { "agreementId": "guarded", "title": "Guarded", "exercise": true, "parties": [{ "partyId": "north", "name": "North" }], "term": { "from": "2026-03-01T00:00:00Z" }, "policy": { "policyApprovals": 2 } }
            """))).Stored(201);
        await using var first = await browsers.WindowAsync("administrator");
        var page = await first.NewPageAsync();
        await page.GotoAsync("/agreements/guarded/policy");
        await page.FillAsync("#confirmationsRequired", "3");
        await page.SelectOptionAsync("#onePerDelegation", "true");
        await page.FillAsync("#placePrecisionMetres", "1000");
        await page.ClickAsync("form:has(#confirmationsRequired) button[type=submit]");
        Assert.Contains("1 of 2", await page.Locator(".done").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(3, await page.Locator(".proposal tbody tr").CountAsync());
        Assert.Equal(0, await page.Locator(".proposal form").CountAsync());
        Assert.Equal(1, (int)(await PolicyAsync())["confirmationsRequired"]!);

        // Whoever isn't an administrator sees what is proposed, and nothing to press.
        await using var reader = await browsers.WindowAsync("reader");
        var looked = await reader.NewPageAsync();
        await looked.GotoAsync("/agreements/guarded/policy");
        Assert.Equal((3, 0), (await looked.Locator(".proposal tbody tr").CountAsync(), await looked.Locator("main form").CountAsync()));

        await using var second = await browsers.WindowAsync("administrator-1");
        var other = await second.NewPageAsync();
        await other.GotoAsync("/agreements/guarded/policy");
        await other.ClickAsync(".proposal button[type=submit]");
        await other.WaitForSelectorAsync(".done");
        Assert.Equal(0, await other.Locator(".proposal").CountAsync());
        var policy = await PolicyAsync();
        Assert.Equal((3, true, 1000), ((int)policy["confirmationsRequired"]!, (bool)policy["onePerDelegation"]!, (int)policy["placePrecisionMetres"]!));

        async Task<System.Text.Json.Nodes.JsonNode> PolicyAsync() => (await administrator.GetAsync("agreements/guarded")).Json["policy"]!;
    }

    [Fact]
    public void Overlapping_hours_count_once_and_a_gap_is_taken_off_them()
    {
        var day = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
        CoverageItem Item(CoverageKind kind, int from, int to) => new(
            new CoverageId(Guid.NewGuid()), kind, "Post", null, day.AddHours(from), day.AddHours(to), kind == CoverageKind.Gap ? GapCause.Weather : null, null, null, false, day, 0);

        var calendar = WatchCalendar.Of(
            [Item(CoverageKind.Monitoring, 6, 12), Item(CoverageKind.Monitoring, 10, 30), Item(CoverageKind.Gap, 11, 13)], new DateOnly(2026, 3, 1), 3, one => new DateTimeOffset(one.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));

        var days = Assert.Single(calendar).Days;
        Assert.Equal(["none", "some", "some"], days.Select(one => one.Kind));
        Assert.Equal([0, 16, 6], days.Select(one => one.Watched));
        Assert.Equal(2, days[1].Lost);
    }

    [Fact]
    public async Task An_administrator_issues_a_key_that_is_shown_once_and_revokes_it()
    {
        await using var window = await browsers.WindowAsync("administrator");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/keys");
        await page.FillAsync("#subject", "team-of-the-test");
        await page.FillAsync("#displayName", "Team");
        await page.CheckAsync("input[name=roles][value=reader]");
        await page.ClickAsync("form:has(#subject) button[type=submit]");
        var key = await page.Locator(".secret").InnerTextAsync();
        using var holder = new Ledger.Testing.Api.ApiClient(browsers.Server.Address, key);
        Assert.Equal(200, (await holder.GetAsync("me")).Status);

        await page.SelectOptionAsync(".queue li:has-text('team-of-the-test') select", "0");
        await page.ClickAsync("[aria-label='New secret for the key of team-of-the-test']");
        await page.Locator(".done", new() { HasText = "The old secret has ended" }).WaitForAsync();
        var second = await page.Locator(".secret").InnerTextAsync();
        Assert.Equal(401, (await holder.GetAsync("me")).Status);
        using var rotated = new Ledger.Testing.Api.ApiClient(browsers.Server.Address, second);
        Assert.Equal(200, (await rotated.GetAsync("me")).Status);
        await page.GotoAsync("/keys");
        Assert.Contains(second[..^44], await page.Locator(".queue li:has-text('team-of-the-test')").InnerTextAsync(), StringComparison.Ordinal);

        await page.ClickAsync("[aria-label='Revoke the key of team-of-the-test']");
        await page.WaitForSelectorAsync(".done");
        Assert.Equal(401, (await rotated.GetAsync("me")).Status);
        Assert.Equal(0, await page.Locator(".secret").CountAsync());
    }

    [Fact]
    public async Task An_agreement_is_registered_with_its_parties_and_gets_a_zone()
    {
        await using var window = await browsers.WindowAsync("administrator");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/administration");
        await page.FillAsync("#agreementId", "test-truce");
        await page.FillAsync("#title", "A truce of the test");
        await page.FillAsync("#timeZone", "Asia/Baku");
        await page.FillAsync("#parties", "north | North\nsouth | South");
        await page.FillAsync("#from", "2026-03-01T00:00");
        await page.CheckAsync("input[name=exercise]");
        await page.ClickAsync("form:has(#agreementId) button[type=submit]");
        await page.WaitForSelectorAsync(".done");

        await page.GotoAsync("/agreements/test-truce/administration");
        await page.FillAsync("#zoneId", "line");
        await page.FillAsync("#zoneName", "The line");
        await page.FillAsync("#polygon", """{"type":"Polygon","coordinates":[[[46,39],[47,39],[47,40],[46,39]]]}""");
        await page.ClickAsync("form:has(#zoneId) button[type=submit]");
        await page.WaitForSelectorAsync(".done");
        using var reader = browsers.Client("reader");
        var stored = (await reader.GetAsync("agreements/test-truce")).Json;
        Assert.Equal("2026-02-28T20:00:00Z", (string?)stored["term"]!["from"]);
        Assert.Equal("line", (string?)stored["zones"]![0]!["zoneId"]);
    }

    [Fact]
    public async Task A_file_is_imported_and_its_refused_rows_are_there_to_mend()
    {
        await using var window = await browsers.WindowAsync("monitor-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/imports");
        await page.SetInputFilesAsync("#file", new Microsoft.Playwright.FilePayload
        {
            Name = "records.ndjson", MimeType = "application/x-ndjson",
            Buffer = System.Text.Encoding.UTF8.GetBytes("""
                {"violationId":"018f2a6e-0000-7000-8000-00000000aa01","category":"small-arms-fire","occurred":{"from":"2020-10-20T10:00:00+04:00","precision":"hour"},"allegedParty":null,"origin":"Post 7"}
                {"violationId":"018f2a6e-0000-7000-8000-00000000aa02","category":"small-arms-fire","occurred":{"from":"1999-10-20T10:00:00+04:00","precision":"hour"},"allegedParty":null,"origin":"Post 7"}
                """),
        });
        await page.SelectOptionAsync("#format", "ndjson");
        await page.ClickAsync("form:has(#file) button[type=submit]");
        await page.WaitForSelectorAsync(".queue a[href$='errors.csv']");
        await page.Locator("[data-running]").WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        var said = await page.Locator(".queue li").First.InnerTextAsync();
        Assert.Contains("1 new", said, StringComparison.Ordinal);
        Assert.Contains("1 refused", said, StringComparison.Ordinal);
    }

    [Fact]
    public void All_scripts_together_stay_small()
    {
        var scripts = Hosting.AssetFiles.Sizes.Where(asset => asset.Path.EndsWith(".js", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(scripts);
        Assert.InRange(scripts.Sum(script => script.Compressed), 1, 30_000);
    }
}
