using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

/// <summary>401 · 413, 415, 429 · 400 · 404 · 403 · 428 · repeat · 412 · the rules.</summary>
public sealed class Order_of_checks(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Each_check_comes_before_the_next()
    {
        var path = await ledger.CaseAsync();
        var nowhere = $"violations/{Guid.NewGuid()}";
        using var nobody = ledger.Client(null);
        var (verifier, reader) = (await ledger.VerifierAsync(), await ledger.WhoAsync("reader", "reader"));
        var large = $$"""{ "reason": "{{new string('x', 1 << 20)}}" }""";

        (await nobody.PostTextAsync($"{nowhere}/confirmation", large, mediaType: "text/plain")).Refused(401, "unauthenticated");
        (await reader.PostTextAsync($"{nowhere}/confirmation", large)).Refused(413, "too-large");
        Assert.Equal("Send application/json.", (await reader.PostTextAsync($"{nowhere}/confirmation", "{", mediaType: "text/plain")).Refused(415, "unsupported-media-type").Field("detail"));
        Assert.Equal("Send application/json or multipart/form-data.", (await reader.PostTextAsync($"{nowhere}/evidence", "{", mediaType: "text/plain")).Refused(415, "unsupported-media-type").Field("detail"));
        (await reader.PostTextAsync($"{nowhere}/confirmation", "{}", mediaType: null)).Refused(415, "unsupported-media-type");
        (await reader.PostTextAsync($"{nowhere}/confirmation", "{}", mediaType: "application/json; charset=utf-16")).Refused(415, "unsupported-media-type");
        (await reader.PostTextAsync($"{nowhere}/confirmation", "{}")).Refused(400, "malformed");
        (await reader.PostAsync("violations/none/confirmation", Bodies.Confirmation())).Refused(404, "not-found");
        (await reader.PostAsync($"{nowhere}/confirmation", Bodies.Confirmation())).Refused(404, "not-found");
        (await reader.PostAsync($"{path}/confirmation", Bodies.Confirmation())).Refused(403, "not-allowed");
        (await verifier.PostAsync($"{path}/confirmation", Bodies.Confirmation(), "order")).Refused(428, "if-match-required");
        (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0, "order")).Stored();
        (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0, "order")).Stored();
        (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation().With("severity", "minor"), 0, "order")).Refused(422, "idempotency-key-reused");
        (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0)).Refused(412, "stale-revision");
        (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 1)).Refused(409, "already-ruled");
    }

    [Fact]
    public async Task A_body_that_only_shows_itself_to_be_too_large_is_refused_as_well()
    {
        var content = new StreamContent(new MemoryStream(new byte[(1 << 20) + 1]));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "agreements") { Content = content };
        request.Headers.TransferEncodingChunked = true;

        (await ledger.Administrator.SendAsync(request)).Refused(413, "too-large");
    }

    [Fact]
    public async Task A_body_in_an_encoding_is_refused()
    {
        var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.ContentEncoding.Add("gzip");

        (await ledger.Administrator.SendAsync(HttpMethod.Post, "agreements", content)).Refused(415, "unsupported-media-type");
    }

    [Fact]
    public async Task A_charset_that_says_UTF_8_is_taken()
    {
        (await ledger.Administrator.PostTextAsync("agreements", Bodies.Agreement("charset").ToJsonString(), mediaType: "application/json; charset=\"UTF-8\"")).Stored(201);
    }

    [Theory]
    [InlineData("PUT", "agreements", "GET, POST")]
    [InlineData("DELETE", "agreements", "GET, POST")]
    [InlineData("PATCH", "keys/administrator", "DELETE")]
    [InlineData("PUT", "violations/018f2a6e-0000-7000-8000-000000000001/evidence", "POST")]
    [InlineData("GET", "violations/018f2a6e-0000-7000-8000-000000000001/confirmation", "POST")]
    [InlineData("POST", "evidence/abc", "GET")]
    public async Task A_method_that_a_place_does_not_take_is_told_with_those_that_it_takes(string method, string path, string allow)
    {
        var answer = (await ledger.Administrator.SendAsync(new HttpMethod(method), path, null)).Refused(405, "method-not-allowed");

        Assert.Equal(allow, string.Join(", ", answer.Header("Allow")!.Split(',', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        (await ledger.Administrator.GetAsync("no-such-place")).Refused(404, "not-found");
        (await ledger.Administrator.PostAsync("violations", Bodies.Violation())).Refused(404, "not-found");
        (await ledger.Administrator.GetAsync("../../no-such-place")).Refused(404, "not-found");
    }
}
