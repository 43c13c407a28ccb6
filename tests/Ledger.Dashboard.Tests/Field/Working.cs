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

        await page.SelectOptionAsync("tr:has-text('team-of-the-test') select", "0");
        await page.ClickAsync("[aria-label='New secret for the key of team-of-the-test']");
        await page.Locator(".done", new() { HasText = "The old secret has ended" }).WaitForAsync();
        var second = await page.Locator(".secret").InnerTextAsync();
        Assert.Equal(401, (await holder.GetAsync("me")).Status);
        using var rotated = new Ledger.Testing.Api.ApiClient(browsers.Server.Address, second);
        Assert.Equal(200, (await rotated.GetAsync("me")).Status);
        await page.GotoAsync("/keys");
        Assert.Contains(second[..^44], await page.Locator("tr:has-text('team-of-the-test')").InnerTextAsync(), StringComparison.Ordinal);

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
