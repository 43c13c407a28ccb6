using System.Security.Cryptography;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Access;
using Ledger.Dashboard.Tests.Setup;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Playwright;

namespace Ledger.Dashboard.Tests.Access;

/// <summary>A ledger that takes accounts, and their issuer on another site: the same machine under another name.</summary>
public sealed class AccountLedger : IAsyncLifetime, IAsyncDisposable
{
    public const string AdministratorKey = "administrator-key-for-tests";

    private readonly TemporaryDirectory _directory = new();

    public TokenIssuer Issuer { get; private set; } = null!;

    public LedgerServer Server { get; private set; } = null!;

    public string Root => Server.Address.ToString().TrimEnd('/');

    public async Task InitializeAsync()
    {
        Issuer = await TokenIssuer.StartAsync("localhost");
        var secret = _directory.File("client-secret");
        await File.WriteAllTextAsync(secret, TokenIssuer.ClientSecret + "\n");
        Server = await LedgerServer.StartAsync(
            [
                "--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={AdministratorKey}",
                "--Ledger:Keys:Approvals=2", "--Ledger:Keys:ApprovedRoles=verifier",
                .. Issuer.Settings($"--Ledger:Oidc:ClientId={TokenIssuer.Client}", $"--Ledger:Oidc:ClientSecretFile={secret}", "--Ledger:Oidc:Scopes=openid roles"),
            ],
            TimeProvider.System, CancellationToken.None);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Issuer.DisposeAsync();
        _directory.Dispose();
    }
}

[Collection(InTheBrowser.Name)]
public sealed class Signing_in_with_an_account : IClassFixture<AccountLedger>
{
    private readonly Browsers _browsers;
    private readonly AccountLedger _ledger;

    public Signing_in_with_an_account(Browsers browsers, AccountLedger ledger)
    {
        (_browsers, _ledger) = (browsers, ledger);
        (Issuer.Changes, Issuer.Forges, Issuer.State, Issuer.IsBrokenOff, Issuer.IsDown, Issuer.IsHolding) = (null, null, null, false, false, false);
        Issuer.Person = ("nina", ["monitor"]);
        Issuer.Asked.Clear();
    }

    private TokenIssuer Issuer => _ledger.Issuer;

    private Task<IBrowserContext> WindowAsync() => _browsers.WindowAsync(null, options => options.BaseURL = _ledger.Root);

    [Fact]
    public async Task An_account_opens_what_was_asked_for_with_its_roles_and_no_longer_than_its_token()
    {
        await using var window = await WindowAsync();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/settings?a=1");
        await page.GotoAsync("/record");
        await AccountAsync(page);
        await page.WaitForURLAsync("**/record", new() { WaitUntil = WaitUntilState.Commit });
        await page.Locator(".who").WaitForAsync();

        Assert.Contains("monitor", await page.Locator(".who-roles").InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        var cookies = await window.CookiesAsync();
        var session = cookies.Single(cookie => cookie.Name == "ledger-session");
        Assert.True(session is { HttpOnly: true, SameSite: SameSiteAttribute.Strict });
        Assert.InRange(session.Expires, TokenIssuer.Seconds(TimeSpan.FromMinutes(5)), TokenIssuer.Seconds(TimeSpan.FromMinutes(10)) + 5);
        // Nothing of the way there stays, and nothing of the token.
        Assert.Equal(["ledger-antiforgery", "ledger-session"], cookies.Where(cookie => cookie.Domain == "127.0.0.1").Select(cookie => cookie.Name).Order(StringComparer.Ordinal));
        Assert.All(cookies, cookie => Assert.DoesNotContain("nina", cookie.Value, StringComparison.OrdinalIgnoreCase));
        var asked = Assert.Single(Issuer.Asked);
        Assert.Equal(("S256", "code", $"{_ledger.Root}/session/account/back"), (asked["code_challenge_method"], asked["response_type"], asked["redirect_uri"]));

        // The same pseudonym as with a token, and what the roles allow.
        var me = await page.EvaluateAsync<string>("async () => (await (await fetch('/api/v1/me')).json()).subject");
        using var bearer = new ApiClient(_ledger.Server.Address, Issuer.Token("nina", "monitor"));
        Assert.Equal((await bearer.GetAsync("me")).Field("subject"), me);
        await page.GotoAsync("/keys");
        Assert.Equal(0, await page.Locator(".queue, main form").CountAsync());
    }

    [Fact]
    public async Task Signing_out_ends_it_and_the_next_sign_in_asks_anew_who_it_is()
    {
        await using var window = await WindowAsync();
        var page = await SignedInAsync(window);
        await page.ClickAsync("header form button");
        await page.WaitForURLAsync("**/login?out=1", new() { WaitUntil = WaitUntilState.Commit });
        await page.Locator("main form").First.WaitForAsync();
        Assert.DoesNotContain(await window.CookiesAsync(), cookie => cookie.Name == "ledger-session");
        await AccountAsync(page);
        await page.Locator(".who").WaitForAsync();

        Assert.Equal([false, true], Issuer.Asked.Select(asked => asked.TryGetValue("prompt", out var prompt) && prompt == "login"));
    }

    public static TheoryData<string, Action<TokenIssuer>> Wrong() => new()
    {
        { "another sign-in's nonce", issuer => issuer.Changes = claims => claims["nonce"] = "638000000000000000." + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) },
        { "no nonce", issuer => issuer.Changes = claims => claims.Remove("nonce") },
        { "another audience", issuer => issuer.Changes = claims => claims["aud"] = "another-service" },
        { "the bearers' audience", issuer => issuer.Changes = claims => claims["aud"] = TokenIssuer.Audience },
        { "another issuer", issuer => issuer.Changes = claims => claims["iss"] = "https://login.example.org" },
        { "over", issuer => issuer.Changes = claims => claims["exp"] = TokenIssuer.Seconds(TimeSpan.FromMinutes(-2)) },
        { "no end", issuer => issuer.Changes = claims => claims.Remove("exp") },
        { "no subject", issuer => issuer.Changes = claims => claims.Remove("sub") },
        { "no signature asked", issuer => issuer.Forges = claims => TokenIssuer.Unsealed(claims, null, "none") + "." },
        { "no signature there", issuer => issuer.Forges = claims => TokenIssuer.Unsealed(claims, "rsa-1", "RS256") + "." },
        { "an algorithm that isn't taken", issuer => issuer.Forges = claims => issuer.Sign(claims, algorithm: "RS512") },
        { "another's key", issuer => issuer.Forges = claims => { using var eve = RSA.Create(2048); return TokenIssuer.Sign(claims, eve, "rsa-1"); } },
        { "a logout token", issuer => issuer.Forges = claims => issuer.Sign(claims, header: header => header["typ"] = "logout+jwt") },
        { "no token", issuer => issuer.Forges = _ => "" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_the_issuer_did_not_say_of_this_sign_in_opens_nothing(string what, Action<TokenIssuer> wrong)
    {
        wrong(Issuer);
        await using var window = await WindowAsync();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        var answer = await page.RunAndWaitForResponseAsync(() => AccountAsync(page), response => response.Url.Contains("/session/account/back", StringComparison.Ordinal));

        Assert.True(answer.Status == 401, $"{what}: {answer.Status}");
        await page.GetByText("can't be taken here").WaitForAsync();
        await NobodyIsSignedInAsync(window);
        // The page asks for nothing by itself.
        Assert.Single(Issuer.Asked);
    }

    public static TheoryData<string, Func<string, string>> States() => new()
    {
        { "made up", _ => "CfDJ8-made-up" },
        { "changed", state => state[..^4] + (state.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA") },
        { "none", _ => "" },
    };

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_state_that_was_not_given_to_this_browser_opens_nothing(string what, Func<string, string> change)
    {
        Issuer.State = change;
        await using var window = await WindowAsync();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        var answer = await page.RunAndWaitForResponseAsync(() => AccountAsync(page), response => response.Url.Contains("/session/account/back", StringComparison.Ordinal));

        Assert.True(answer.Status == 400, $"{what}: {answer.Status}");
        await page.GetByText("wasn't begun in this browser").WaitForAsync();
        await NobodyIsSignedInAsync(window);
    }

    [Fact]
    public async Task Nobody_is_signed_in_as_somebody_else_by_a_link_and_no_answer_is_good_twice()
    {
        await using var eves = await WindowAsync();
        await using var ninas = await WindowAsync();
        var eve = await eves.NewPageAsync();
        Issuer.IsHolding = true;
        await eve.GotoAsync("/login");
        await AccountAsync(eve);
        await eve.WaitForURLAsync("**/authorize?**", new() { WaitUntil = WaitUntilState.Commit });
        var link = await eve.InnerTextAsync("body");

        var nina = await ninas.NewPageAsync();
        Assert.Equal(400, (await nina.GotoAsync(link))!.Status);
        await NobodyIsSignedInAsync(ninas);
        Assert.Equal(200, (await eve.GotoAsync(link))!.Status);
        await eve.Locator(".who").WaitForAsync();
        Assert.Equal(400, (await eve.GotoAsync(link))!.Status);
    }

    [Fact]
    public async Task Who_has_no_role_here_is_told_so_and_stays_there()
    {
        Issuer.Person = ("otto", ["visitor"]);
        await using var window = await WindowAsync();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/agreements");
        await page.GotoAsync("/login?return=/record");
        var answer = await page.RunAndWaitForResponseAsync(() => AccountAsync(page), response => response.Url.Contains("/session/account/back", StringComparison.Ordinal));

        Assert.Equal(403, answer.Status);
        await page.GetByText("has no role in this ledger").WaitForAsync();
        Assert.Equal(1, await page.Locator("#key").CountAsync());
        await NobodyIsSignedInAsync(window);
        Assert.Single(Issuer.Asked);
    }

    [Fact]
    public async Task A_sign_in_that_is_broken_off_or_that_the_issuer_does_not_answer_is_told_in_words()
    {
        await using var window = await WindowAsync();
        var page = await window.NewPageAsync();
        Issuer.IsBrokenOff = true;
        await page.GotoAsync("/login");
        await AccountAsync(page);
        await page.GetByText("was broken off there").WaitForAsync();

        Issuer.IsBrokenOff = false;
        Issuer.IsDown = true;
        await AccountAsync(page);
        await page.GetByText("can't be taken here").Or(page.GetByText("doesn't answer now")).WaitForAsync();
        await NobodyIsSignedInAsync(window);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    public async Task Nobody_is_sent_to_another_host_afterwards(string where)
    {
        await using var window = await WindowAsync();
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/session/account?return={Uri.EscapeDataString(where)}");
        await page.Locator(".who").WaitForAsync();

        Assert.Equal(_ledger.Root + "/", page.Url);
    }

    [Fact]
    public async Task A_session_ends_with_its_token()
    {
        Issuer.Changes = claims => claims["exp"] = TokenIssuer.Seconds(TimeSpan.FromSeconds(4));
        await using var window = await WindowAsync();
        var page = await SignedInAsync(window);
        var kept = (await window.CookiesAsync()).Single(cookie => cookie.Name == "ledger-session");
        using var http = new HttpClient { BaseAddress = _ledger.Server.Address };
        http.DefaultRequestHeaders.Add("Cookie", $"ledger-session={kept.Value}"); // Also where a browser's clock is wrong, or somebody kept it.
        Assert.Equal(200, (int)(await http.GetAsync(new Uri("/api/v1/me", UriKind.Relative))).StatusCode);
        for (var i = 0; i < 300 && (int)(await http.GetAsync(new Uri("/api/v1/me", UriKind.Relative))).StatusCode == 200; i++) await Task.Delay(50);

        Assert.Equal(401, (int)(await http.GetAsync(new Uri("/api/v1/me", UriKind.Relative))).StatusCode);
        await page.GotoAsync("/record");
        Assert.Equal(1, await page.Locator("#key").CountAsync());
    }

    [Fact]
    public async Task What_was_typed_when_a_session_ended_comes_back_after_signing_in_with_an_account()
    {
        Issuer.Person = ("adam", ["administrator"]);
        await using var window = await WindowAsync();
        var page = await SignedInAsync(window);
        await page.GotoAsync("/administration");
        await page.FillAsync("#title", "Typed at length");
        await window.ClearCookiesAsync();
        await page.EvaluateAsync("() => { for (const field of document.querySelectorAll('[required]')) field.required = false; }");
        await page.ClickAsync("form:has(#title) button[type=submit]");
        var other = await window.RunAndWaitForPageAsync(() => page.ClickAsync("a[href^='/session/account']"));
        await other.Locator(".who").WaitForAsync();
        await page.ClickAsync("button[formaction]");
        await page.ClickAsync("main form button[type=submit]");

        Assert.Equal("Typed at length", await page.InputValueAsync("#title"));
    }

    [Fact]
    public async Task A_verifiers_key_is_proposed_on_the_page_and_approved_by_another_administrator()
    {
        await using var first = await WindowAsync();
        var page = await first.NewPageAsync();
        await page.GotoAsync("/login?return=/keys");
        await page.FillAsync("#key", AccountLedger.AdministratorKey);
        await page.ClickAsync("main form button[type=submit]");
        await page.FillAsync("#subject", "verifier-of-the-test");
        await page.FillAsync("#displayName", "Verifier");
        await page.CheckAsync("input[name=roles][value=verifier]");
        await page.ClickAsync("form:has(#subject) button[type=submit]");
        await page.GetByText("until another administrator has approved it").WaitForAsync();
        using var verifier = new ApiClient(_ledger.Server.Address, await page.Locator(".secret").InnerTextAsync());
        Assert.Equal(401, (await verifier.GetAsync("me")).Status);
        Assert.Equal(0, await page.Locator("[aria-label^='Approve the key']").CountAsync());

        Issuer.Person = ("adam", ["administrator"]);
        await using var second = await WindowAsync();
        var other = await SignedInAsync(second);
        await other.GotoAsync("/keys");
        await other.ClickAsync("[aria-label='Approve the key of verifier-of-the-test']");
        await other.Locator(".done").WaitForAsync();

        Assert.Equal("verifier-of-the-test", (await verifier.GetAsync("me")).Field("subject"));
    }

    [Fact]
    public async Task An_administrator_ends_an_accounts_sessions_on_the_page_of_keys_and_blocks_it_and_lets_it_in_again()
    {
        Issuer.Person = ("olga", ["reader"]);
        await using var olgas = await WindowAsync();
        var olga = await SignedInAsync(olgas);
        var account = await olga.EvaluateAsync<string>("async () => (await (await fetch('/api/v1/me')).json()).subject");
        await using var window = await WindowAsync();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login?return=/keys");
        await page.FillAsync("#key", AccountLedger.AdministratorKey);
        await page.ClickAsync("main form button[type=submit]");

        await page.ClickAsync($"[aria-label='End all sessions of {account}']");
        await page.GetByText("All that the account held has ended").WaitForAsync();
        await olga.GotoAsync("/record");
        Assert.Equal(1, await olga.Locator("#key").CountAsync());
        await AccountAsync(olga);
        await olga.Locator(".who").WaitForAsync();

        await page.ClickAsync($"[aria-label='Block the account {account}']");
        await page.GetByText("The account is blocked on every server").WaitForAsync();
        await olga.GotoAsync("/login");
        await AccountAsync(olga);
        await olga.GetByText("Your account is blocked in this ledger").WaitForAsync();
        await NobodyIsInAsync(olga);

        await page.ClickAsync($"[aria-label='Unblock the account {account}']");
        await page.GetByText("may sign in again").WaitForAsync();
        await AccountAsync(olga);
        await olga.Locator(".who").WaitForAsync();
    }

    private static async Task NobodyIsInAsync(IPage page) =>
        Assert.Equal(401, await page.EvaluateAsync<int>("async () => (await fetch('/api/v1/me')).status"));

    [Fact]
    public async Task The_sign_in_page_has_no_button_where_no_accounts_are_taken()
    {
        await using var window = await _browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        Assert.Equal(0, await page.Locator("a[href^='/session/account']").CountAsync());
        await page.GotoAsync("/session/account?return=/record");
        Assert.EndsWith("/login", page.Url, StringComparison.Ordinal);
        await page.GotoAsync("/session/account/back?code=x&state=y");
        Assert.EndsWith("/login", page.Url, StringComparison.Ordinal);
    }

    private static Task AccountAsync(IPage page) => page.ClickAsync("a[href^='/session/account']");

    private static async Task<IPage> SignedInAsync(IBrowserContext window)
    {
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        await AccountAsync(page);
        await page.Locator(".who").WaitForAsync();
        return page;
    }

    private static async Task NobodyIsSignedInAsync(IBrowserContext window) =>
        Assert.DoesNotContain(await window.CookiesAsync(), cookie => cookie.Name == "ledger-session");
}
