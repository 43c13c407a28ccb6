using System.Net;
using Ledger.Dashboard.Hosting;
using Ledger.Dashboard.Tests.Setup;

namespace Ledger.Dashboard.Tests.Pages;

/// <summary>What a page weighs on a thin line.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Loading_a_page(Browsers browsers)
{
    private const long MostBytes = 60 * 1024;
    private const int MostScript = 30 * 1024;

    [Theory]
    [InlineData("/agreements/karabakh-2020")]
    [InlineData("/agreements/karabakh-2020/violations")]
    public async Task The_first_load_fits_into_sixty_kilobytes(string path)
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        var sizes = new List<Task<long>>();
        page.RequestFinished += (_, request) =>
        {
            if (request.ResourceType != "eventsource") sizes.Add(SizeAsync(request));
        };
        await page.GotoAsync(path, new() { WaitUntil = Microsoft.Playwright.WaitUntilState.Load });
        await page.WaitForFunctionAsync("() => document.readyState === 'complete'");
        var total = (await Task.WhenAll(sizes)).Sum();

        Assert.InRange(total, 5_000, MostBytes);
    }

    [Fact]
    public void All_scripts_together_stay_below_thirty_kilobytes_a_page()
    {
        var scripts = AssetFiles.Sizes.Where(asset => asset.Path.EndsWith(".js", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.InRange(script.Compressed, 1, MostScript));
    }

    [Fact]
    public async Task Pages_go_out_with_their_policy_and_uncached_and_assets_to_be_kept_for_ever()
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = browsers.Server.Address };
        var page = await client.GetAsync("/login");
        var asset = await client.GetAsync(AssetFiles.Url("/assets/ledger.css"));

        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            page.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", page.Headers.GetValues("Referrer-Policy").Single());
        Assert.True(page.Headers.CacheControl!.NoStore);
        Assert.Contains("immutable", asset.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
    }

    [Fact]
    public async Task Nothing_in_a_page_has_a_style_of_its_own()
    {
        await using var window = await browsers.WindowAsync("verifier-1");
        foreach (var path in (string[])["/agreements/karabakh-2020", $"/violations/{Browsers.Ganja}"])
        {
            var page = await window.NewPageAsync();
            await page.GotoAsync(path);
            Assert.Equal(0, await page.Locator("[style], style").CountAsync());
        }
    }

    private static async Task<long> SizeAsync(Microsoft.Playwright.IRequest request)
    {
        var sizes = await request.SizesAsync();
        return sizes.ResponseBodySize + sizes.ResponseHeadersSize;
    }
}
