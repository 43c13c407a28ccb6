using System.Globalization;
using Ledger.Dashboard.Tests.Setup;

namespace Ledger.Dashboard.Tests.Pages;

/// <summary>The overview says what the ledger says, and every figure opens what it is made of.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Reading_the_picture(Browsers browsers)
{
    [Fact]
    public async Task Its_figures_are_the_ledgers_at_the_same_count()
    {
        using var reader = browsers.Client("reader");
        var picture = (await reader.GetAsync($"agreements/{Browsers.Agreement}/compliance?asOf=150")).Json;
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}?asOf=150");

        foreach (var party in picture["parties"]!.AsArray())
        {
            var card = page.Locator($"article[aria-labelledby='p-{(string)party!["party"]!}']");
            var shown = await card.Locator(".total a, .counts a").EvaluateAllAsync<string[]>("links => links.map(link => link.firstChild.textContent)");
            string[] names = ["recorded", "confirmed", "disputed", "alleged", "unresolved", "dismissed", "withdrawn", "duplicate"];
            Assert.Equal(names.Select(name => ((long)party["counts"]![name]!).ToString(CultureInfo.InvariantCulture)), shown);
        }
    }

    [Fact]
    public async Task Each_figure_opens_postings_that_add_up_to_it()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}?asOf=205");
        var figures = await page.Locator(".total a, .counts a").EvaluateAllAsync<string[]>("links => links.map(link => link.firstChild.textContent + ' ' + link.getAttribute('href'))");
        Assert.NotEmpty(figures);

        foreach (var figure in figures.Where(figure => figure[0] != '0'))
        {
            await page.GotoAsync(figure.Split(' ')[1]);
            Assert.Equal(figure.Split(' ')[0], await page.Locator("tfoot td").InnerTextAsync());
            Assert.Equal(figure.Split(' ')[0], await page.Locator(".figure").InnerTextAsync());
        }
    }

    [Fact]
    public async Task A_bar_opens_the_postings_of_its_day()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}?asOf=205");
        var bar = page.Locator("figure[aria-labelledby='c-armenia'] svg a").First;
        var told = (await bar.GetAttributeAsync("aria-label"))!;
        await page.GotoAsync((await bar.GetAttributeAsync("href"))!);

        Assert.EndsWith($": {await page.Locator("tfoot td").InnerTextAsync()} recorded", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_slider_shows_another_moment_at_once_and_names_it_in_the_address()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}");
        var before = await page.Locator(".total a").First.InnerTextAsync();
        await page.Locator("#asof-range").FillAsync("60");
        await page.WaitForFunctionAsync("() => document.documentElement.dataset.shown === '60'");

        Assert.Contains("asOf=60", page.Url, StringComparison.Ordinal);
        Assert.Contains("60", await page.Locator("#asof-said").InnerTextAsync(), StringComparison.Ordinal);
        Assert.NotEqual(before, await page.Locator(".total a").First.InnerTextAsync());
    }

    [Fact]
    public async Task A_moment_beyond_the_head_is_said_to_be_and_now_is_shown()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        foreach (var asOf in (string[])["99999999", "soon", "2999-01-01T00:00:00Z"])
        {
            await page.GotoAsync($"/agreements/{Browsers.Agreement}?asOf={asOf}");
            Assert.True(await page.Locator(".asof .notice").IsVisibleAsync(), asOf);
        }
    }

    [Fact]
    public async Task What_happens_elsewhere_says_so_here_and_moves_nothing()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        var followed = page.WaitForResponseAsync(response => response.Url.Contains("/api/v1/events", StringComparison.Ordinal));
        await page.GotoAsync($"/agreements/{Browsers.Agreement}");
        await followed;
        var shown = await page.Locator("#picture").InnerTextAsync();

        await browsers.CaseAsync();

        await page.Locator("#news a").WaitForAsync();
        Assert.Matches("^[0-9]+ new", await page.Locator("#news a").InnerTextAsync());
        Assert.Equal(shown, await page.Locator("#picture").InnerTextAsync());
        await page.ClickAsync("#news a");
        Assert.NotEqual(shown, await page.Locator("#picture").InnerTextAsync());
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_a_chip_removes_one()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/violations");
        await page.CheckAsync("input[value=disputed]");
        await page.CheckAsync("input[value=azerbaijan]");
        await page.FillAsync("#q", "Exercise");
        await page.ClickAsync("form.side-form button[type=submit]");
        Assert.Contains("status=disputed", page.Url, StringComparison.Ordinal);
        Assert.Equal(3, await page.Locator(".chip").CountAsync());

        await page.ClickAsync(".chip >> nth=1");

        Assert.Equal(2, await page.Locator(".chip").CountAsync());
        Assert.DoesNotContain("party=", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_is_kept_by_its_name()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/violations?status=confirmed");
        await page.FillAsync("#view-name", "What was ruled");
        await page.ClickAsync(".views .row button");
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/violations");
        await page.ClickAsync(".views a >> text=What was ruled");

        Assert.EndsWith("?status=confirmed", page.Url, StringComparison.Ordinal);
    }
}
