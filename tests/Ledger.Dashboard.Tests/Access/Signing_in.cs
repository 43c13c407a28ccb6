using Ledger.Dashboard.Tests.Setup;
using Ledger.Testing.Api;
using Microsoft.Playwright;

namespace Ledger.Dashboard.Tests.Access;

/// <summary>Who gets in, for how long, and what a session opens.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Signing_in(Browsers browsers)
{
    [Fact]
    public async Task A_key_opens_what_was_asked_for_and_stays_out_of_the_browser()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}?asOf=100");
        await EnterAsync(page, browsers.KeyOf("reader"));

        Assert.EndsWith($"/agreements/{Browsers.Agreement}?asOf=100", page.Url, StringComparison.Ordinal);
        var session = (await window.CookiesAsync()).Single(cookie => cookie.Name == "ledger-session");
        Assert.True(session is { HttpOnly: true, SameSite: SameSiteAttribute.Strict });
        Assert.All(await window.CookiesAsync(), cookie => Assert.DoesNotContain(browsers.KeyOf("reader"), cookie.Value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_key_is_told_so_in_words_and_opens_nothing()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login?return=/settings");
        await EnterAsync(page, "cfl_wrong");

        Assert.Contains("isn't known here", await page.Locator(".errors").InnerTextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(await window.CookiesAsync(), cookie => cookie.Name == "ledger-session");
        await EnterAsync(page, browsers.KeyOf("reader"));
        Assert.EndsWith("/settings", page.Url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("javascript:alert(1)")]
    public async Task Nobody_is_sent_to_another_host(string where)
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/login?return={Uri.EscapeDataString(where)}");
        await EnterAsync(page, browsers.KeyOf("reader"));

        Assert.Equal(browsers.Root + "/", page.Url);
    }

    [Fact]
    public async Task Revoking_the_key_ends_the_session_and_what_was_typed_comes_back_after_the_next_sign_in()
    {
        using var administrator = browsers.Client("administrator-1");
        var issued = (await administrator.PostAsync("keys", Bodies.Key("a-verifier-who-leaves", "verifier"))).Stored(201);
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/login?return=/violations/{id}/confirm");
        await EnterAsync(page, issued.Field("key"));
        await page.CheckAsync("input[value=minor]");
        await page.FillAsync("#f-rationale", "Written at length, just before.");

        (await administrator.DeleteAsync($"keys/{issued.Field("keyId")}")).Stored();
        await page.ClickAsync("main form button[type=submit]");
        Assert.Equal(1, await page.Locator("#key").CountAsync());
        await EnterAsync(page, browsers.KeyOf("verifier-1"));
        await page.ClickAsync("main button[type=submit]");

        Assert.Equal("Written at length, just before.", await page.InputValueAsync("#f-rationale"));
        Assert.True(await page.IsCheckedAsync("input[value=minor]"));
        Assert.Equal(1, await browsers.EventsOfAsync(id));
        await page.ClickAsync("main form button[type=submit]");
        Assert.Equal(2, await browsers.EventsOfAsync(id));
    }

    [Fact]
    public async Task Under_the_api_a_session_reads_and_sends_a_batch_with_its_token_and_nothing_else()
    {
        await using var window = await browsers.WindowAsync("monitor-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/");
        var statuses = await page.EvaluateAsync<int[]>("""
            async agreement => {
              const token = (await (await fetch('/session')).json()).token;
              const batch = `/api/v1/agreements/${agreement}/violations/batch`;
              const line = JSON.stringify({ violationId: crypto.randomUUID(), category: 'other', occurred: { from: '2020-10-14T09:30:00+04:00', precision: 'day' }, allegedParty: null });
              const post = (url, body, headers) => fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/x-ndjson', ...headers } }).then(answer => answer.status);
              return [
                (await fetch('/api/v1/me')).status,
                await post(batch, line, {}),
                await post(batch, line, { 'x-antiforgery': 'wrong' }),
                await post(batch, line, { 'x-antiforgery': token }),
                await post(`/api/v1/agreements/${agreement}/violations`, line, { 'content-type': 'application/json', 'x-antiforgery': token }),
                (await fetch('/api/v1/keys/x', { method: 'DELETE', headers: { 'x-antiforgery': token } })).status,
              ];
            }
            """, Browsers.Agreement);

        Assert.Equal([200, 401, 401, 200, 401, 401], statuses);
    }

    [Fact]
    public async Task A_form_without_its_token_stores_nothing_and_keeps_what_was_typed()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("verifier-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}/confirm");
        await page.CheckAsync("input[value=minor]");
        await page.FillAsync("#f-rationale", "Kept.");
        await page.EvaluateAsync("() => { document.querySelector('main form [name=_token]').value = 'forged'; }");
        await page.ClickAsync("main form button[type=submit]");
        Assert.Equal(1, await browsers.EventsOfAsync(id));
        await page.ClickAsync("main button[type=submit]");

        Assert.Equal("Kept.", await page.InputValueAsync("#f-rationale"));
    }

    [Fact]
    public async Task Signing_out_ends_it()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        await EnterAsync(page, browsers.KeyOf("reader"));
        await page.ClickAsync("header form button");
        await page.GotoAsync("/");

        Assert.EndsWith("/login?return=%2F", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_from_elsewhere_arrives_though_the_strict_cookie_doesnt_come_with_it()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        // A page of another site, as a mail in the browser is one.
        await page.RouteAsync("http://mail.example/", route => route.FulfillAsync(new() { ContentType = "text/html", Body = $"<a href='{browsers.Root}/agreements/{Browsers.Agreement}'>look</a>" }));
        await page.GotoAsync("http://mail.example/");
        await page.ClickAsync("a");

        await page.Locator(".party").First.WaitForAsync();
    }

    [Fact]
    public async Task Language_theme_and_zone_are_kept()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/settings?return=/");
        await page.SelectOptionAsync("#language", "hy");
        await page.CheckAsync("input[value=dark]");
        await page.SelectOptionAsync("#zone", "Asia/Tokyo");
        await page.ClickAsync("main button[type=submit]");

        Assert.Equal(browsers.Root + "/", page.Url);
        Assert.Equal("hy dark", await page.EvaluateAsync<string>("document.documentElement.lang + ' ' + document.documentElement.dataset.theme"));
        Assert.Contains("(+09:00)", await page.Locator(".agreement").InnerTextAsync(), StringComparison.Ordinal);
    }

    private static async Task EnterAsync(IPage page, string key)
    {
        await page.FillAsync("#key", key);
        await page.ClickAsync("main form button[type=submit]");
    }
}
