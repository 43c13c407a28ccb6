using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

/// <summary>What was tried by hand and by script against a running ledger, kept.</summary>
public sealed class Attacking_it(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Theory]
    [InlineData("/API/v1/me")]
    [InlineData("/api/v1//me")]
    [InlineData("/%61pi/v1/me")]
    [InlineData("//api/v1/me")]
    [InlineData("/api%2fv1/me")]
    [InlineData("/./api/v1/me")]
    [InlineData("/api;x/v1/me")]
    [InlineData("/log/../api/v1/me")]
    [InlineData("/log/%2e%2e/api/v1/me")]
    [InlineData("/docs/..%2fapi/v1/me")]
    [InlineData("/api/v1/me%00")]
    public async Task No_spelling_of_a_path_goes_round_the_gate(string path)
    {
        var answer = await RawAsync($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|401|404) ", answer);
        Assert.DoesNotContain("\"subject\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/evidence/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/v1/evidence/..")]
    [InlineData("/log/tile/0/..%2f..%2f..%2fledger.db")]
    [InlineData("/log/tile/../../../etc/passwd")]
    [InlineData("/openapi/..%2f..%2fappsettings.json")]
    [InlineData("/schemas/events/..%2f..%2fetc")]
    [InlineData("/appsettings.json")]
    public async Task No_path_leads_out_of_what_is_served(string path)
    {
        var answer = await RawAsync($"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestLedger.AdministratorKey}\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|404) ", answer);
    }

    [Theory]
    [InlineData("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\nContent-Length: 3", "abc")]
    [InlineData("Content-Length: 0\r\nContent-Length: 30", "GET / HTTP/1.1\r\nHost: y\r\n\r\n")]
    [InlineData("Content-Length : 5", "hello")]
    [InlineData("Content-Length: -5", "hello")]
    [InlineData("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFF\r\nx")]
    [InlineData("Transfer-Encoding: chunked", "-1\r\nx")]
    [InlineData("X: a\r\n b\r\nContent-Length: 0", "")]
    [InlineData("Idempotency-Key: a\rSet-Cookie: x=y\r\nContent-Length: 0", "")]
    [InlineData("X-A: a\0b\r\nContent-Length: 0", "")]
    [InlineData("Host: y\r\nContent-Length: 0", "")]
    public async Task A_request_that_two_programs_could_read_differently_is_refused_and_nothing_behind_it_is_answered(string headers, string body)
    {
        var answer = await RawAsync(
            $"POST /api/v1/agreements HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestLedger.AdministratorKey}\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{body}"
            + "GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Equal(1, answer.Split("HTTP/1.1 ").Length - 1);
        Assert.DoesNotContain("Set-Cookie", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://localhost/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://127.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://0/")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://100.64.0.1/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    [InlineData("http://93.184.216.34/")]
    public async Task A_webhook_leads_to_nobodys_inner_network(string url) =>
        (await ledger.Administrator.PostAsync("webhooks", new JsonObject { ["url"] = url })).Refused(409, "private-target");

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.org/")]
    [InlineData("https://user:password@example.org/")]
    [InlineData("//example.org/")]
    [InlineData("https://ex\uFFFFample.org/")]
    public async Task A_webhook_is_an_address_of_the_web(string url) =>
        (await ledger.Administrator.PostAsync("webhooks", new JsonObject { ["url"] = url })).Malformed("/url");

    [Fact]
    public async Task What_is_out_of_reach_looks_in_every_byte_as_if_it_were_not_there()
    {
        var (mine, other) = (await ledger.AgreementAsync(), await ledger.AgreementAsync());
        var hidden = (await ledger.CaseAsync(agreement: other))["violations/".Length..];
        var monitor = await ledger.WhoAsync("limited-monitor", "monitor", null, mine);
        string[] places = ["violations/{0}", "violations/{0}/history"];
        foreach (var place in places)
        {
            var (there, nowhere) = (await monitor.GetAsync(place.Replace("{0}", hidden, StringComparison.Ordinal)), await monitor.GetAsync(place.Replace("{0}", Guid.NewGuid().ToString(), StringComparison.Ordinal)));
            Assert.Equal(404, there.Status);
            Assert.Equal(nowhere.Text, there.Text);
            Assert.Equal(nowhere.Headers.Keys.Order(StringComparer.Ordinal), there.Headers.Keys.Order(StringComparer.Ordinal));
        }

        Assert.Equal((await monitor.GetAsync("agreements/none-such")).Text, (await monitor.GetAsync($"agreements/{other}")).Text);
    }

    [Fact]
    public async Task Naming_another_agreement_tells_nothing_of_it_to_who_does_not_see_it()
    {
        var (mine, other) = (await ledger.AgreementAsync(), await ledger.AgreementAsync());
        var monitor = await ledger.WhoAsync("naming-monitor", "monitor", null, mine);
        var everywhere = await ledger.MonitorAsync();

        foreach (var (agreement, provision) in new[] { (other, "p1"), (other, "none-such"), ("none-such", "p1") })
            (await monitor.PostAsync($"agreements/{mine}/violations", Naming(agreement, provision))).Refused(409, "unknown-agreement");

        (await everywhere.PostAsync($"agreements/{mine}/violations", Naming(other, "none-such"))).Refused(409, "unknown-provision");
        (await everywhere.PostAsync($"agreements/{mine}/violations", Naming(other, "p1"))).Stored(201);
    }

    [Theory]
    [InlineData("status", "\"confirmed\"")]
    [InlineData("recordedBy", "\"somebody\"")]
    [InlineData("recordedAt", "\"2020-01-01T00:00:00Z\"")]
    [InlineData("actor", "{}")]
    [InlineData("finding", "{}")]
    [InlineData("agreementId", "\"another\"")]
    [InlineData("revision", "5")]
    [InlineData("sequence", "1")]
    [InlineData("_sd", "[\"x\"]")]
    [InlineData("__proto__", "{}")]
    public async Task Nobody_says_what_the_ledger_says_itself(string field, string value)
    {
        var monitor = await ledger.MonitorAsync();

        (await monitor.PostAsync($"agreements/{await ledger.AgreementAsync()}/violations", Bodies.Violation().With(field, JsonNode.Parse(value)))).Malformed("/" + field);
    }

    [Fact]
    public async Task A_picture_with_a_script_in_it_is_handed_out_as_a_file_and_never_as_a_page()
    {
        var path = await ledger.CaseAsync();
        var monitor = await ledger.MonitorAsync();
        var svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"u8.ToArray();
        using var parts = new MultipartFormDataContent();
        var file = new ByteArrayContent(svg);
        file.Headers.ContentType = new("image/svg+xml");
        parts.Add(file, "file", "../../x.svg");
        parts.Add(new StringContent("<script>"), "title");
        parts.Add(new StringContent("true"), "original");
        (await monitor.SendAsync(HttpMethod.Post, $"{path}/evidence", parts)).Stored();

        var answer = await monitor.GetAsync($"evidence/{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(svg))}");

        Assert.StartsWith("attachment", answer.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal("default-src 'none'; sandbox", answer.Header("Content-Security-Policy"));
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.DoesNotContain("x.svg", answer.Header("Content-Disposition"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_fifty_who_choose_one_id_at_once_one_records()
    {
        var agreement = await ledger.AgreementAsync();
        var monitor = await ledger.MonitorAsync();
        var id = Guid.NewGuid().ToString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation().With("violationId", id).With("narrative", $"Version {i % 2}."))));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 201, 409 }));
        Assert.Single((await monitor.GetAsync($"violations/{id}/history")).Json["items"]!.AsArray());
    }

    private static JsonObject Naming(string agreement, string provision) =>
        Bodies.Violation(body => body["alsoBreaches"] = new JsonArray(new JsonObject { ["agreementId"] = agreement, ["provisionId"] = provision }));

    private async Task<string> RawAsync(string request)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = new TcpClient();
        await client.ConnectAsync(ledger.Server.Address.Host, ledger.Server.Address.Port, patience.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);
        var text = new StringBuilder();
        var buffer = new byte[8_192];
        try
        {
            while (await stream.ReadAsync(buffer, patience.Token) is var count && count > 0) text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (IOException)
        {
            // Cut off without a goodbye.
        }

        return text.ToString();
    }
}
