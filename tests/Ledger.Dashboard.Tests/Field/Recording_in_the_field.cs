using Ledger.Dashboard.Tests.Setup;
using Microsoft.Playwright;

namespace Ledger.Dashboard.Tests.Field;

/// <summary>A monitor with a phone: no network, a server that goes away, a session that ends. Nothing is lost and nothing arrives twice.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Recording_in_the_field(Browsers browsers)
{
    [Fact]
    public async Task What_was_recorded_without_a_network_arrives_once_after_the_server_was_started_anew()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger);
        var page = await SignedInAsync(window, ledger);
        await page.WaitForSelectorAsync("[data-record][data-offline=true]");

        await window.SetOfflineAsync(true);
        await ledger.StopAsync();
        await page.ReloadAsync();
        Assert.Equal("Record an alleged violation", await page.Locator("h1").InnerTextAsync());
        for (var i = 0; i < 3; i++) await RecordAsync(page, $"2026-03-0{i + 2}T14:05", i == 0 ? "" : "north");
        Assert.Equal(3, await page.Locator("[data-state=waiting]").CountAsync());
        await page.ReloadAsync();
        await ReadyAsync(page);
        Assert.Equal(3, await page.Locator("[data-state=waiting]").CountAsync());

        await ledger.StartAsync();
        await window.SetOfflineAsync(false);
        await HoldsAsync(page, "document.querySelectorAll('[data-state=sent]').length === 3");

        var recorded = await ledger.RecordedAsync();
        Assert.Equal(3, recorded.Count);
        using var client = ledger.Client();
        var first = (await client.GetAsync($"violations/{recorded[^1]}")).Json;
        Assert.Equal("2026-03-02T12:05:00Z", (string?)first["occurred"]!["from"]);
        Assert.Null(first["allegedParty"]);
        Assert.Equal("team-1", (string?)first["recordedBy"]);
        Assert.Contains("sequence", await page.Locator("[data-state=sent] .state").First.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_was_lost_on_the_way_back_stores_nothing_twice()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger);
        var page = await SignedInAsync(window, ledger);
        await page.RouteAsync("**/violations/batch", async route =>
        {
            // The ledger stores it, and the network breaks before the answer is there.
            await route.FetchAsync();
            await route.AbortAsync();
        });
        await RecordAsync(page, "2026-03-02T14:05", "north");
        await HoldsAsync(page, "document.querySelector('[data-outbox-status]').textContent.startsWith('No connection')");
        Assert.Single(await ledger.RecordedAsync());

        await page.UnrouteAsync("**/violations/batch");
        await page.ClickAsync("[data-send]");
        await page.WaitForSelectorAsync("[data-state=sent]");
        Assert.Single(await ledger.RecordedAsync());
    }

    [Fact]
    public async Task A_refusal_is_said_in_words_and_the_record_can_be_mended_and_sent_again()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger);
        var page = await SignedInAsync(window, ledger);

        await RecordAsync(page, "2020-01-01T10:00", "north");
        await page.WaitForSelectorAsync("[data-state=refused]");
        Assert.Contains("outside the time in force", await page.Locator("[data-state=refused]").InnerTextAsync(), StringComparison.Ordinal);

        await page.ClickAsync("[data-state=refused] >> text=Edit");
        Assert.Equal("2020-01-01T10:00", await page.InputValueAsync("#from"));
        await page.FillAsync("#from", "2026-03-02T10:00");
        await SubmitAsync(page);
        await page.WaitForSelectorAsync("[data-state=sent]");
        Assert.Equal(0, await page.Locator("[data-state=refused]").CountAsync());
        Assert.Single(await ledger.RecordedAsync());
    }

    [Fact]
    public async Task A_session_that_ended_keeps_the_record_and_asks_for_the_key()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger);
        var page = await SignedInAsync(window, ledger);
        await window.ClearCookiesAsync();

        await RecordAsync(page, "2026-03-02T14:05", "north");
        await page.WaitForSelectorAsync("[data-outbox-status] a");
        Assert.Empty(await ledger.RecordedAsync());

        await page.ClickAsync("[data-outbox-status] a");
        await page.FillAsync("#key", ledger.Key);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForSelectorAsync("[data-state=sent]");
        Assert.Single(await ledger.RecordedAsync());
    }

    [Fact]
    public async Task What_waits_goes_only_under_whoever_recorded_it()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger);
        var page = await SignedInAsync(window, ledger);
        await window.ClearCookiesAsync();
        await RecordAsync(page, "2026-03-02T14:05", "north");
        await page.WaitForSelectorAsync("[data-outbox-status] a");

        var other = await ledger.IssueAsync("monitor", "team-2");
        await page.ClickAsync("[data-outbox-status] a");
        await page.FillAsync("#key", other);
        await page.ClickAsync("main button[type=submit]");
        await HoldsAsync(page, "document.querySelector('[data-outbox-status]')?.textContent.includes('somebody else')");
        Assert.Empty(await ledger.RecordedAsync());
    }

    [Fact]
    public async Task A_draft_survives_a_reload()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger);
        var page = await SignedInAsync(window, ledger);
        await page.FillAsync("#from", "2026-03-02T14:05");
        await page.ClickAsync("[data-next]");
        await page.CheckAsync("input[value=observer]");
        await page.FillAsync("#bearingFrom", "40");
        await HoldsAsync(page, "async () => (await (await import('/assets/outbox.js')).draft('team-1 truce'))?.fields.bearingFrom === '40'");

        await page.ReloadAsync();
        await ReadyAsync(page);
        Assert.Equal("2026-03-02T14:05", await page.InputValueAsync("#from"));
        Assert.Equal("40", await page.InputValueAsync("#bearingFrom"));
        Assert.True(await page.IsCheckedAsync("input[value=observer]"));
    }

    [Fact]
    public async Task The_device_says_where_it_is_and_how_exactly_it_knows()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger, options =>
        {
            options.Permissions = ["geolocation"];
            options.Geolocation = new Geolocation { Latitude = 48.5f, Longitude = 38.1f, Accuracy = 24.2f };
        });
        var page = await SignedInAsync(window, ledger);
        await page.FillAsync("#from", "2026-03-02T14:05");
        await page.ClickAsync("[data-next]");
        await page.ClickAsync("[data-locate='latitude longitude uncertainty']");
        await HoldsAsync(page, "document.querySelector('#uncertainty').value !== ''");

        Assert.Equal("48.500000", await page.InputValueAsync("#latitude"));
        Assert.Equal("25", await page.InputValueAsync("#uncertainty"));
    }

    [Fact]
    public async Task The_worker_keeps_the_form_and_never_a_case()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger);
        var page = await SignedInAsync(window, ledger);
        await RecordAsync(page, "2026-03-02T14:05", "north");
        await page.WaitForSelectorAsync("[data-state=sent]");
        await page.WaitForSelectorAsync("[data-record][data-offline=true]");
        await page.ClickAsync("[data-state=sent] a");
        await page.GotoAsync(ledger.Root + "/record");
        await ReadyAsync(page);

        var kept = await page.EvaluateAsync<string[]>("async () => (await Promise.all((await caches.keys()).map(async n => (await (await caches.open(n)).keys()).map(r => new URL(r.url).pathname)))).flat()");
        Assert.Contains("/record", kept);
        Assert.All(kept, path => Assert.True(path == "/record" || path.StartsWith("/assets/", StringComparison.Ordinal), path));
    }

    [Fact]
    public async Task Without_a_script_it_is_a_plain_form_that_says_what_is_wrong_and_loses_nothing()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        await using var window = await PhoneAsync(ledger, options => options.JavaScriptEnabled = false);
        var page = await SignedInAsync(window, ledger, scripted: false);
        await page.FillAsync("#from", "2026-03-02T14:05");
        await page.SelectOptionAsync("#category", "small-arms-fire");
        await page.FillAsync("#latitude", "95");
        await page.FillAsync("#longitude", "38.1");
        await page.FillAsync("#narrative", "Two bursts.");
        await page.EvaluateAsync("document.querySelector('[data-form]').noValidate = true");
        await page.ClickAsync("[data-submit]");
        Assert.NotEmpty(await page.Locator("#latitude-error").InnerTextAsync());
        Assert.Equal("Two bursts.", await page.InputValueAsync("#narrative"));
        Assert.Empty(await ledger.RecordedAsync());

        await page.FillAsync("#latitude", "48.5");
        await page.ClickAsync("[data-submit]");
        await page.WaitForSelectorAsync(".done");
        using var client = ledger.Client();
        var stored = (await client.GetAsync($"violations/{Assert.Single(await ledger.RecordedAsync())}")).Json;
        Assert.Equal("2026-03-02T12:05:00Z", (string?)stored["occurred"]!["from"]);
        Assert.Equal(48.5, (double)stored["location"]!["latitude"]!);
    }

    [Fact]
    public async Task It_can_be_installed()
    {
        await using var window = await browsers.WindowAsync("monitor-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/record");
        var manifest = await page.EvaluateAsync<string>("async () => (await (await fetch(document.querySelector('link[rel=manifest]').href)).json()).start_url");
        Assert.Equal("/record", manifest);
        foreach (var icon in new[] { "/assets/icon-192.png", "/assets/icon-512.png" })
            Assert.Equal("image/png", (await page.APIRequest.GetAsync(browsers.Root + icon)).Headers["content-type"]);
    }

    private async Task<IBrowserContext> PhoneAsync(OwnLedger ledger, Action<BrowserNewContextOptions>? change = null) => await browsers.WindowAsync(null, options =>
    {
        options.BaseURL = ledger.Root;
        options.ViewportSize = new ViewportSize { Width = 360, Height = 740 };
        change?.Invoke(options);
    });

    private static async Task<IPage> SignedInAsync(IBrowserContext window, OwnLedger ledger, bool scripted = true)
    {
        var page = await window.NewPageAsync();
        page.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.GotoAsync("/login?return=/record");
        await page.FillAsync("#key", ledger.Key);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForURLAsync(ledger.Root + "/record");
        if (scripted) await ReadyAsync(page);
        return page;
    }

    private static Task<IElementHandle?> ReadyAsync(IPage page) => page.WaitForSelectorAsync("[data-record][data-ready=true]");

    private static async Task RecordAsync(IPage page, string from, string alleged)
    {
        await ReadyAsync(page);
        var before = await page.Locator("[data-outbox-list] li").CountAsync();
        await page.FillAsync("#from", from);
        await page.ClickAsync("[data-next]");
        await page.FillAsync("#place", "Farm north of the road");
        await page.CheckAsync("input[value=name]");
        await page.ClickAsync("[data-next]");
        await page.SelectOptionAsync("#category", "small-arms-fire");
        await page.CheckAsync($"input[name=allegedParty][value='{alleged}']");
        await SubmitAsync(page);
        await HoldsAsync(page, $"document.querySelectorAll('[data-outbox-list] li').length > {before}");
    }

    /// <summary>Waits until it is so. The page's own policy forbids what Playwright's waiting in the page does.</summary>
    private static async Task HoldsAsync(IPage page, string what)
    {
        var limit = DateTime.UtcNow.AddSeconds(30);
        while (!await page.EvaluateAsync<bool>(what))
        {
            Assert.True(DateTime.UtcNow < limit, $"It never became so: {what}");
            await Task.Delay(50);
        }
    }

    private static async Task SubmitAsync(IPage page)
    {
        await page.Locator("[data-stepper] button").Last.ClickAsync();
        await page.ClickAsync("[data-submit]");
    }
}
