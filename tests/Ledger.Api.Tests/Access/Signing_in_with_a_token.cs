using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Buffers.Text;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Microsoft.Extensions.Time.Testing;

namespace Ledger.Api.Tests.Access;

/// <summary>One ledger that takes the tokens of one issuer.</summary>
public sealed class TokenLedger : IAsyncLifetime
{
    public TokenIssuer Issuer { get; private set; } = null!;

    public TestLedger Ledger { get; private set; } = null!;

    public ApiClient With(string token) => Ledger.Client(token);

    public async Task InitializeAsync()
    {
        Issuer = await TokenIssuer.StartAsync();
        Ledger = await TestLedger.StartAsync(Issuer.Settings("--Ledger:Limits:FailedSignInsPerMinute=0"));
    }

    public async Task DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await Issuer.DisposeAsync();
    }
}

public sealed class Signing_in_with_a_token(TokenLedger tokens) : IClassFixture<TokenLedger>
{
    private TokenIssuer Issuer => tokens.Issuer;

    [Theory]
    [InlineData("rsa-1", "RS256")]
    [InlineData("rsa-1", "PS256")]
    [InlineData("ec-1", "ES256")]
    public async Task A_token_of_the_issuer_opens_with_the_roles_that_its_claims_name(string kid, string algorithm)
    {
        using var nina = tokens.With(Issuer.Sign(Issuer.Claims("nina", "monitor", "visitor"), kid, algorithm));

        var me = await nina.GetAsync("me");

        Assert.Equal(200, me.Status);
        Assert.Equal("monitor", Assert.Single(me.Json["roles"]!.AsArray())!.GetValue<string>());
        (await nina.PostAsync($"agreements/{await tokens.Ledger.AgreementAsync()}/violations", Bodies.Violation())).Stored(201);
        (await nina.PostAsync("keys", Bodies.Key("x", "reader"))).Refused(403, "not-allowed");
    }

    [Fact]
    public async Task Nobodys_name_enters_the_history_and_every_token_of_a_person_is_the_same_subject()
    {
        using var first = tokens.With(Issuer.Token("nina-7f3a", "monitor", "verifier"));
        using var second = tokens.With(Issuer.Sign(Issuer.Claims("nina-7f3a", "verifier"), "ec-1"));
        using var another = tokens.With(Issuer.Token("olga-1b2c", "verifier"));
        var path = $"agreements/{await tokens.Ledger.AgreementAsync()}/violations";
        var recorded = (await first.PostAsync(path, Bodies.Violation())).Stored(201);
        var confirmation = $"violations/{recorded.Field("violationId")}/confirmation";

        (await second.DecideAsync(confirmation, Bodies.Confirmation(), 0)).Refused(403, "separation-of-duties");
        (await another.DecideAsync(confirmation, Bodies.Confirmation(), 0)).Stored();

        var history = await tokens.Ledger.Administrator.GetAsync($"violations/{recorded.Field("violationId")}/history?raw=true");
        Assert.StartsWith("oidc:", history.Json["items"]![0]!["actor"]!["subject"]!.GetValue<string>(), StringComparison.Ordinal);
        var shown = history.Text + string.Concat(history.Json["items"]!.AsArray().Select(item => Encoding.UTF8.GetString(Convert.FromBase64String(item!["raw"]!["metadata"]!.GetValue<string>()))));
        foreach (var name in new[] { "nina", "olga", "Ministry", "ministry.example" }) Assert.DoesNotContain(name, shown, StringComparison.OrdinalIgnoreCase);
    }

    public static TheoryData<string, Func<TokenIssuer, string>> Forged() => new()
    {
        { "another issuer", issuer => issuer.Sign(Changed(issuer, "iss", "https://login.example.org")) },
        { "another issuer with a slash", issuer => issuer.Sign(Changed(issuer, "iss", issuer.Address + "/")) },
        { "another audience", issuer => issuer.Sign(Changed(issuer, "aud", "another-service")) },
        { "no audience", issuer => issuer.Sign(Changed(issuer, "aud", null)) },
        { "no subject", issuer => issuer.Sign(Changed(issuer, "sub", null)) },
        { "an empty subject", issuer => issuer.Sign(Changed(issuer, "sub", "  ")) },
        { "no end", issuer => issuer.Sign(Changed(issuer, "exp", null)) },
        { "over", issuer => issuer.Sign(Changed(issuer, "exp", TokenIssuer.Seconds(TimeSpan.FromMinutes(-2)))) },
        { "not yet", issuer => issuer.Sign(Changed(issuer, "nbf", TokenIssuer.Seconds(TimeSpan.FromMinutes(5)))) },
        { "no signature asked", issuer => TokenIssuer.Unsealed(issuer.Claims("eve", "administrator"), null, "none") + "." },
        { "no signature asked, in capitals", issuer => TokenIssuer.Unsealed(issuer.Claims("eve", "administrator"), "rsa-1", "NONE") + "." },
        { "no signature there", issuer => TokenIssuer.Unsealed(issuer.Claims("eve", "administrator"), "rsa-1", "RS256") + "." },
        { "signed with the public key as a secret", issuer => WithSecret(issuer, Encoding.ASCII.GetBytes(issuer.Rsa().ExportSubjectPublicKeyInfoPem())) },
        { "signed with the modulus as a secret", issuer => WithSecret(issuer, issuer.Rsa().ExportParameters(false).Modulus!) },
        { "a key brought along", issuer => Eves(issuer, header => header["jwk"] = PublicHalfOf(EvesKey)) },
        { "a key to be fetched", issuer => Eves(issuer, header => { header["jku"] = "http://127.0.0.1:1/keys"; header["x5u"] = "http://127.0.0.1:1/cert"; }) },
        { "a key that nobody published", issuer => Eves(issuer, header => header["kid"] = "eve") },
        { "another's key under a published name", issuer => Eves(issuer, _ => { }) },
        { "no key named", issuer => Eves(issuer, header => header.Remove("kid")) },
        { "a key's name that is a path", issuer => Eves(issuer, header => header["kid"] = "../../../../dev/null") },
        { "an algorithm that isn't taken", issuer => issuer.Sign(issuer.Claims("eve", "administrator"), algorithm: "RS512") },
        { "an algorithm of another kind of key", issuer => issuer.Sign(issuer.Claims("eve", "administrator"), "rsa-1", header: header => header["alg"] = "ES256") },
        { "something critical that isn't understood", issuer => issuer.Sign(issuer.Claims("eve", "administrator"), header: header => { header["crit"] = new JsonArray("exp2"); header["exp2"] = 1; }) },
        { "a logout token", issuer => issuer.Sign(issuer.Claims("eve", "administrator"), header: header => header["typ"] = "logout+jwt") },
        { "claims changed on the way", issuer => Swapped(issuer) },
        { "too long", issuer => issuer.Sign(Changed(issuer, "padding", new string('x', 9_000))) },
        { "not JSON", issuer => $"{TokenIssuer.Part(new JsonObject { ["alg"] = "RS256" })}.{Base64Url.EncodeToString("nothing"u8)}.AAAA" },
        { "a list for claims", issuer => $"{TokenIssuer.Part(new JsonObject { ["alg"] = "RS256", ["kid"] = "rsa-1" })}.{TokenIssuer.Part(new JsonArray())}.AAAA" },
        { "not base64", _ => "eyJ!!!!.eyJ????.****" },
    };

    [Theory]
    [MemberData(nameof(Forged))]
    public async Task What_the_issuer_did_not_sign_for_this_ledger_opens_nothing(string what, Func<TokenIssuer, string> forge)
    {
        using var eve = tokens.With(forge(Issuer));

        var answer = (await eve.GetAsync("me")).Refused(401, "unauthenticated");

        // The same words whatever was wrong: a forger learns nothing from them.
        Assert.True(answer.Field("detail") == "The key or token isn't known here, has expired or is revoked.", what);
    }

    public static TheoryData<string, Func<TokenIssuer, JsonObject>> Granting_nothing() => new()
    {
        { "no role", issuer => issuer.Claims("nina") },
        { "roles of another service", issuer => issuer.Claims("nina", "visitor", "Monitor", "system") },
        { "roles that aren't texts", issuer => Changed(issuer, "roles", new JsonArray(1, true)) },
        { "roles in an object", issuer => Changed(issuer, "roles", new JsonObject { ["monitor"] = true }) },
        { "a liaison for nobody", issuer => issuer.Claims("nina", "liaison") },
        { "a liaison for undetermined", issuer => issuer.Claims("nina", "liaison").With("party", "undetermined") },
        { "a liaison for two", issuer => issuer.Claims("nina", "liaison").With("party", new JsonArray("armenia", "azerbaijan")) },
        { "a liaison who records", issuer => issuer.Claims("nina", "liaison", "monitor").With("party", "armenia") },
        { "no agreements", issuer => issuer.Claims("nina", "monitor").Without("agreements") },
        { "agreements that are none", issuer => issuer.Claims("nina", "monitor").With("agreements", new JsonArray("Not An Id")) },
        { "all among some", issuer => issuer.Claims("nina", "monitor").With("agreements", new JsonArray("*", "a")) },
        { "an end too far away", issuer => issuer.Claims("nina", "monitor").With("exp", TokenIssuer.Seconds(TimeSpan.FromHours(2))) },
        { "no beginning", issuer => issuer.Claims("nina", "monitor").Without("iat") },
    };

    [Theory]
    [MemberData(nameof(Granting_nothing))]
    public async Task Claims_that_say_nothing_clear_grant_nothing(string what, Func<TokenIssuer, JsonObject> claims)
    {
        using var nina = tokens.With(Issuer.Sign(claims(Issuer)));

        Assert.NotEmpty(what);
        (await nina.GetAsync("me")).Refused(403, "not-allowed");
    }

    [Fact]
    public async Task A_token_limited_to_agreements_sees_no_other()
    {
        var (mine, other) = (await tokens.Ledger.AgreementAsync(), await tokens.Ledger.AgreementAsync());
        using var nina = tokens.With(Issuer.Sign(Issuer.Claims("nina", "monitor").With("agreements", new JsonArray(mine))));

        Assert.Equal(200, (await nina.GetAsync($"agreements/{mine}")).Status);
        (await nina.GetAsync($"agreements/{other}")).Refused(404, "not-found");
        (await nina.PostAsync($"agreements/{other}/violations", Bodies.Violation())).Refused(404, "not-found");
    }

    [Fact]
    public async Task A_liaisons_token_speaks_for_the_party_that_it_names()
    {
        var path = await tokens.Ledger.CaseAsync();
        using var theirs = tokens.With(Issuer.Sign(Issuer.Claims("ani", "liaison").With("party", "azerbaijan")));
        using var others = tokens.With(Issuer.Sign(Issuer.Claims("ilham", "liaison").With("party", "artsakh")));

        (await others.PostAsync($"{path}/replies", Bodies.Reply().Without("party"))).Refused(403, "not-your-party");
        (await theirs.PostAsync($"{path}/replies", Bodies.Reply().Without("party"))).Stored();
    }

    private static JsonObject Changed(TokenIssuer issuer, string claim, JsonNode? value)
    {
        var claims = issuer.Claims("eve", "administrator");
        if (value is null) claims.Remove(claim);
        else claims[claim] = value;
        return claims;
    }

    private static readonly RSA EvesKey = RSA.Create(2048);

    private static string Eves(TokenIssuer issuer, Action<JsonObject> header) => TokenIssuer.Sign(issuer.Claims("eve", "administrator"), EvesKey, "rsa-1", header: header);

    private static JsonObject PublicHalfOf(RSA key)
    {
        var half = key.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["n"] = Base64Url.EncodeToString(half.Modulus), ["e"] = Base64Url.EncodeToString(half.Exponent) };
    }

    private static string WithSecret(TokenIssuer issuer, byte[] secret)
    {
        var text = TokenIssuer.Unsealed(issuer.Claims("eve", "administrator"), "rsa-1", "HS256");
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Swapped(TokenIssuer issuer)
    {
        var parts = issuer.Token("eve", "reader").Split('.');
        return $"{parts[0]}.{TokenIssuer.Part(issuer.Claims("eve", "administrator"))}.{parts[2]}";
    }
}

public sealed class Signing_in_while_the_issuer_changes
{
    [Fact]
    public async Task A_new_key_of_the_issuer_opens_and_a_withdrawn_one_stops_opening()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        await using var ledger = await StartAsync(issuer);
        var old = issuer.Token("nina", "reader");
        Assert.Equal(200, await ledger.StatusAsync(old));

        issuer.Publish("rsa-2", RSA.Create(2048));
        issuer.Withdraw("rsa-1");
        ledger.Time.Advance(TimeSpan.FromSeconds(11)); // so often are unknown keys asked for
        Assert.Equal(200, await ledger.StatusAsync(issuer.Sign(issuer.Claims("nina", "reader"), "rsa-2")));
        ledger.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(401, await ledger.StatusAsync(old));
    }

    [Fact]
    public async Task Tokens_that_name_made_up_keys_do_not_have_the_issuer_asked_each_time()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        await using var ledger = await StartAsync(issuer);
        using var eve = RSA.Create(2048);
        for (var i = 0; i < 20; i++) Assert.Equal(401, await ledger.StatusAsync(TokenIssuer.Sign(issuer.Claims("eve", "reader"), eve, $"made-up-{i}")));

        Assert.Equal(1, issuer.Fetches);
    }

    [Fact]
    public async Task An_issuer_that_cannot_be_heard_stops_new_tokens_and_no_keys_of_the_ledger()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        issuer.IsDown = true;
        await using var ledger = await StartAsync(issuer);

        Assert.Equal(503, await ledger.StatusAsync(issuer.Token("nina", "reader")));
        Assert.Equal(200, await ledger.StatusAsync(TestLedger.AdministratorKey));
        issuer.IsDown = false;
        ledger.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(200, await ledger.StatusAsync(issuer.Token("nina", "reader")));
    }

    [Fact]
    public async Task Keys_of_a_discovery_document_that_is_another_issuers_are_not_taken()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        issuer.SaysItIs = "https://login.example.org";
        await using var ledger = await StartAsync(issuer);

        Assert.Equal(503, await ledger.StatusAsync(issuer.Token("nina", "reader")));
    }

    [Fact]
    public async Task A_token_stops_opening_when_it_is_over_also_where_it_was_verified_a_moment_ago()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        await using var ledger = await StartAsync(issuer);
        var token = issuer.Sign(issuer.Claims("nina", "reader").With("exp", ledger.Time.GetUtcNow().AddSeconds(20).ToUnixTimeSeconds()));
        Assert.Equal(200, await ledger.StatusAsync(token));

        ledger.Time.Advance(TimeSpan.FromSeconds(51)); // its end, and the clock skew

        Assert.Equal(401, await ledger.StatusAsync(token));
    }

    [Fact]
    public async Task What_the_issuer_calls_roles_is_mapped_by_the_operator()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        await using var ledger = await StartAsync(
            issuer, "--Ledger:Oidc:RoleClaim=realm_access.roles", "--Ledger:Oidc:Roles=mission-readers=reader, mission-chiefs=verifier",
            "--Ledger:Oidc:AgreementsClaim=https://claims.example.org/agreements", "--Ledger:Oidc:Agreements=*");
        var claims = issuer.Claims("nina", "administrator").Without("agreements").With("realm_access", new JsonObject { ["roles"] = new JsonArray("mission-chiefs", "monitor") });
        using var nina = new ApiClient(ledger.Server.Address, issuer.Sign(claims));

        var me = await nina.GetAsync("me");

        Assert.Equal("verifier", Assert.Single(me.Json["roles"]!.AsArray())!.GetValue<string>());
    }

    private static async Task<MovedLedger> StartAsync(TokenIssuer issuer, params string[] settings)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        string[] args = ["--urls", "http://127.0.0.1:0", "--Ledger:Store=memory", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}", "--Ledger:Limits:FailedSignInsPerMinute=0"];
        var directory = new Testing.EventStores.TemporaryDirectory();
        return new MovedLedger(await LedgerServer.StartAsync([.. args, $"--Ledger:Data={directory.File("data")}", .. issuer.Settings(settings)], time, CancellationToken.None), time, directory);
    }

    private sealed record MovedLedger(LedgerServer Server, FakeTimeProvider Time, Testing.EventStores.TemporaryDirectory Directory) : IAsyncDisposable
    {
        public async Task<int> StatusAsync(string token)
        {
            using var client = new ApiClient(Server.Address, token);
            return (await client.GetAsync("me")).Status;
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Directory.Dispose();
        }
    }
}

public sealed class Naming_an_issuer
{
    [Theory]
    [InlineData("--Ledger:Oidc:Issuer=http://login.example.org")]
    [InlineData("--Ledger:Oidc:Issuer=login.example.org")]
    [InlineData("--Ledger:Oidc:Issuer=https://user:pass@login.example.org")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org")]
    [InlineData("--Ledger:Oidc:Audience=ledger")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org", "--Ledger:Oidc:Audience=ledger", "--Ledger:Oidc:Algorithms=HS256")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org", "--Ledger:Oidc:Audience=ledger", "--Ledger:Oidc:ClientSecret=without-a-client")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org", "--Ledger:Oidc:Audience=ledger", "--Ledger:Oidc:ClientId=ledger", "--Ledger:Oidc:ClientSecretFile=/nowhere/secret")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org", "--Ledger:Oidc:Audience=ledger", "--Ledger:Oidc:ClientId=ledger", "--Ledger:Oidc:Scopes=profile email")]
    [InlineData("--Ledger:Oidc:ClientId=ledger")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org", "--Ledger:Oidc:Audience=ledger", "--Ledger:Oidc:Algorithms=none")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org", "--Ledger:Oidc:Audience=ledger", "--Ledger:Oidc:Roles=chiefs=system")]
    [InlineData("--Ledger:Oidc:Issuer=https://login.example.org", "--Ledger:Oidc:Audience=ledger", "--Ledger:Oidc:ClockSkewSeconds=900")]
    public async Task A_setting_that_would_weaken_it_stops_the_start(params string[] settings)
    {
        using var directory = new Testing.EventStores.TemporaryDirectory();

        var no = await Assert.ThrowsAsync<SettingsException>(() =>
            LedgerServer.StartAsync([$"--Ledger:Data={directory.File("data")}", .. settings], TimeProvider.System, CancellationToken.None));

        Assert.Contains("Ledger:Oidc", no.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("user:pass", no.Message, StringComparison.Ordinal);
    }
}
