using System.Net;
using System.Text;
using Ledger.Api.Operations;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

public sealed class Telling_browsers_what_to_do(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Theory]
    [InlineData("/api/v1/me", 401)]
    [InlineData("/api/v1/agreements", 200)]
    [InlineData("/no-such-place", 404)]
    [InlineData("/health/live", 200)]
    [InlineData("/log/vkey", 200)]
    [InlineData("/docs/", 200)]
    [InlineData("/openapi/v1.json", 200)]
    public async Task No_answer_may_be_framed_guessed_at_or_loaded_by_another_site(string path, int status)
    {
        using var http = new HttpClient { BaseAddress = ledger.Server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Origin", "https://evil.example");
        if (status == 200) request.Headers.Add("Authorization", $"Bearer {TestLedger.AdministratorKey}");

        using var answer = await http.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        var headers = answer.Headers.ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        Assert.Equal("nosniff", headers["X-Content-Type-Options"]);
        Assert.Equal("DENY", headers["X-Frame-Options"]);
        Assert.Contains("frame-ancestors 'none'", headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.True(headers.ContainsKey("Referrer-Policy") && headers.ContainsKey("Permissions-Policy") && headers.ContainsKey("Cache-Control"));
        Assert.False(headers.ContainsKey("Server") || headers.ContainsKey("X-Powered-By"));
        // Another site's script reads the log, which is everybody's, and nothing else.
        var isLog = path.StartsWith("/log/", StringComparison.Ordinal);
        Assert.Equal(isLog ? "*" : null, headers.GetValueOrDefault("Access-Control-Allow-Origin"));
        Assert.Equal(isLog ? "cross-origin" : "same-origin", headers["Cross-Origin-Resource-Policy"]);
        Assert.False(headers.ContainsKey("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task A_preflight_of_another_site_is_allowed_nothing()
    {
        using var http = new HttpClient { BaseAddress = ledger.Server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/v1/agreements");
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization");

        using var answer = await http.SendAsync(request);

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_a_caller_claims_of_proxies_is_believed_of_named_ones_only()
    {
        await using var behind = await TestLedger.StartAsync("--Ledger:Proxies=127.0.0.1, 10.0.0.0/8", "--Ledger:Limits:FailedSignInsPerMinute=2");

        Assert.NotNull(await TransportSecurityAsync(behind.Server.Address, "https"));
        Assert.Null(await TransportSecurityAsync(behind.Server.Address, "http"));
        Assert.Null(await TransportSecurityAsync(ledger.Server.Address, "https"));

        // Each address has its own failures, where the proxy says who they are; what a client itself put in front doesn't count.
        for (var i = 0; i < 3; i++) await GuessAsync(behind.Server.Address, "203.0.113.7");
        Assert.Equal(429, await GuessAsync(behind.Server.Address, "203.0.113.7"));
        Assert.Equal(429, await GuessAsync(behind.Server.Address, "198.51.100.1, 203.0.113.7"));
        Assert.Equal(401, await GuessAsync(behind.Server.Address, "203.0.113.8"));
    }

    [Theory]
    [InlineData("""{"csp-report":{"effective-directive":"script-src-elem","blocked-uri":"https://evil.example/a.js?stolen=1"}}""", "script-src-elem", "https://evil.example")]
    [InlineData("""[{"type":"csp-violation","body":{"effectiveDirective":"img-src","blockedURL":"http://x.example:81/p"}}]""", "img-src", "http://x.example")]
    [InlineData("""{"csp-report":{"violated-directive":"style-src 'self'","blocked-uri":"inline"}}""", "style-src", "inline")]
    [InlineData("""{"csp-report":{"effective-directive":"a\nERROR forged","blocked-uri":"a secret\r\nline"}}""", "unknown", "something")]
    public void A_report_is_cut_down_to_what_can_carry_nothing(string json, string directive, string source) =>
        Assert.Equal((directive, source), CspReports.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public async Task Reports_are_taken_from_anybody_and_stay_small()
    {
        using var http = new HttpClient { BaseAddress = ledger.Server.Address };

        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(http, "{}", "application/csp-report"));
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(http, "[[[[[[[[[[[[", "application/reports+json"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await ReportAsync(http, new string('x', 20_000), "application/csp-report"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await ReportAsync(http, "{}", "text/plain"));
    }

    private static async Task<HttpStatusCode> ReportAsync(HttpClient http, string body, string mediaType)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new(mediaType);
        using var answer = await http.PostAsync(new Uri("/csp-reports", UriKind.Relative), content);
        return answer.StatusCode;
    }

    private static async Task<string?> TransportSecurityAsync(Uri address, string scheme)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/health/live"));
        request.Headers.Add("X-Forwarded-Proto", scheme);
        using var answer = await http.SendAsync(request);
        return answer.Headers.TryGetValues("Strict-Transport-Security", out var values) ? values.Single() : null;
    }

    private static async Task<int> GuessAsync(Uri address, string forwardedFor)
    {
        using var client = new ApiClient(address, "a-guess-at-the-key-of-the-administrator");
        using var request = new HttpRequestMessage(HttpMethod.Get, "me");
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        return (await client.SendAsync(request)).Status;
    }
}
