using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Ledger.Dashboard.Tests.Setup;
using Microsoft.Playwright;

namespace Ledger.Dashboard.Tests.Pages;

/// <summary>What holds for every page, whatever it is about.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Looking_at_every_page(Browsers browsers)
{
    private const int MostNodes = 3_500;

    private static readonly ConcurrentDictionary<Browsers, Task<string>> OpenCases = new();

    public static TheoryData<string, string?> Rows => PageTable.Rows;

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task It_is_open_to_every_hand_and_eye_in_light_and_dark_from_right_to_left_and_on_a_phone(string path, string? who)
    {
        foreach (var look in Look.All)
        {
            await using var window = await browsers.WindowAsync(who, look.Apply);
            await look.ChooseAsync(window, browsers.Root);
            var page = await window.NewPageAsync();
            var seen = Watch(page);
            await page.GotoAsync(await PathAsync(path));

            var judged = await page.RunAxe();
            Assert.True(judged.Violations.Length == 0, $"{path} {look.Name}: {string.Join("; ", judged.Violations.Select(Said))}");
            Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, $"{path} {look.Name} scrolls sideways.");
            Assert.Equal(look.Direction, await page.EvaluateAsync<string>("document.documentElement.dir"));
            Assert.True(await page.EvaluateAsync<int>("document.getElementsByTagName('*').length") <= MostNodes, $"{path} has too many nodes.");
            Assert.Equal([], seen);
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Nobody_sees_it_without_a_session_but_where_it_is_open(string path, string? who)
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync(await PathAsync(path));

        Assert.Equal(who is not null, new Uri(page.Url).AbsolutePath == "/login" && path != "/login");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task It_says_all_that_it_says_without_a_script_too(string path, string? who)
    {
        await using var window = await browsers.WindowAsync(who, options => options.JavaScriptEnabled = false);
        await using var scripted = await browsers.WindowAsync(who);
        var (plain, full) = (await window.NewPageAsync(), await scripted.NewPageAsync());
        await plain.GotoAsync(await PathAsync(path));
        await full.GotoAsync(await PathAsync(path));

        Assert.Equal(await full.Locator("h1").InnerTextAsync(), await plain.Locator("h1").InnerTextAsync());
        Assert.Equal(await full.Locator("main svg").CountAsync(), await plain.Locator("main svg").CountAsync());
        Assert.Equal(await full.Locator("main td, main dd, main a").CountAsync() - await full.Locator(".views a, .news a").CountAsync(), await plain.Locator("main td, main dd, main a").CountAsync() - await plain.Locator(".views a, .news a").CountAsync());
    }

    /// <summary>What no page may do: ask another host, break its own policy, fail in a script.</summary>
    private ConcurrentQueue<string> Watch(IPage page)
    {
        var seen = new ConcurrentQueue<string>();
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(browsers.Root + "/", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) seen.Enqueue("asks " + request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !message.Text.Contains("404", StringComparison.Ordinal)) seen.Enqueue(message.Text);
        };
        page.PageError += (_, error) => seen.Enqueue(error);
        return seen;
    }

    private async Task<string> PathAsync(string path) => path
        .Replace("{a}", Browsers.Agreement, StringComparison.Ordinal)
        .Replace("{v}", Browsers.Ganja, StringComparison.Ordinal)
        .Replace("{entry}", path.Contains("{entry}", StringComparison.Ordinal) ? await browsers.CoverageAsync() : "", StringComparison.Ordinal)
        .Replace("{open}", path.Contains("{open}", StringComparison.Ordinal) ? await OpenCases.GetOrAdd(browsers, one => one.CaseAsync()) : "", StringComparison.Ordinal);

    private static string Said(AxeResultItem violation) =>
        $"{violation.Id}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html[..Math.Min(node.Html.Length, 160)]))}";

    private sealed record Look(string Name, string Direction, Action<BrowserNewContextOptions> Apply, string? Language = null)
    {
        /// <summary>Each by itself, where somebody has the time: together they find the same, but for what one hides of another.</summary>
        private static readonly bool IsWhole = Environment.GetEnvironmentVariable("LEDGER_LOOKS") == "whole";

        public static readonly IReadOnlyList<Look> All =
        [
            new("light", "ltr", options => options.ColorScheme = ColorScheme.Light),
            new("dark, from right to left, on a phone", "rtl", options => (options.ColorScheme, options.ViewportSize) = (ColorScheme.Dark, new ViewportSize { Width = 360, Height = 740 }), "ar"),
            .. IsWhole ?
            [
                new("dark", "ltr", options => options.ColorScheme = ColorScheme.Dark),
                new("from right to left", "rtl", options => options.ColorScheme = ColorScheme.Light, "ar"),
                new Look("on a phone", "ltr", options => options.ViewportSize = new ViewportSize { Width = 360, Height = 740 }),
            ] : (Look[])[],
        ];

        public Task ChooseAsync(IBrowserContext window, string root) =>
            Language is null ? Task.CompletedTask : window.AddCookiesAsync([new Cookie { Name = "ledger-language", Value = Language, Url = root }]);
    }
}
