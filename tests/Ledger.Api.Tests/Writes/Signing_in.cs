using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Signing_in(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Theory]
    [InlineData("me")]
    [InlineData("keys")]
    [InlineData("no-such-place")]
    [InlineData("agreements/none/violations")]
    public async Task Nothing_under_api_is_answered_without_a_key(string path)
    {
        using var nobody = ledger.Client(null);

        var get = (await nobody.GetAsync(path)).Refused(401, "unauthenticated");
        var post = (await nobody.PostTextAsync(path, "{ garbage", mediaType: "text/plain")).Refused(401, "unauthenticated");

        Assert.StartsWith("Bearer", get.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.StartsWith("Bearer", post.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer not-a-key")]
    [InlineData("Bearer cfl_administrator_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_not_a_key_of_this_ledger_opens_nothing(string authorization)
    {
        using var nobody = ledger.Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "me");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        (await nobody.SendAsync(request)).Refused(401, "unauthenticated");
    }

    [Fact]
    public async Task A_key_is_shown_once_and_opens_from_then_on()
    {
        var issued = (await ledger.Administrator.PostAsync("keys", Bodies.Key("reader-1", "reader"))).Stored(201);
        using var reader = ledger.Client(issued.Field("key"));

        var me = await reader.GetAsync("me");

        Assert.Equal(200, me.Status);
        Assert.Equal("reader-1", me.Field("subject"));
        Assert.Equal($"/api/v1/keys/{issued.Field("keyId")}", issued.Header("Location"));
        var listed = await ledger.Administrator.GetAsync("keys?limit=500");
        Assert.Contains(issued.Field("keyId"), listed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(issued.Field("key")[^43..], listed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("ecretHash", listed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_key_opens_nothing_from_that_moment()
    {
        var issued = (await ledger.Administrator.PostAsync("keys", Bodies.Key("reader-2", "reader"))).Stored(201);
        using var reader = ledger.Client(issued.Field("key"));
        Assert.Equal(200, (await reader.GetAsync("me")).Status);

        var revoked = (await ledger.Administrator.DeleteAsync($"keys/{issued.Field("keyId")}")).Stored();

        Assert.Equal("revoked", revoked.Field("status"));
        (await reader.GetAsync("me")).Refused(401, "unauthenticated");
        (await ledger.Administrator.DeleteAsync($"keys/{issued.Field("keyId")}")).Refused(409, "key-revoked");
        (await ledger.Administrator.DeleteAsync("keys/no-such-key")).Refused(404, "not-found");
        (await ledger.Administrator.DeleteAsync("keys/NO%20KEY")).Refused(404, "not-found");
    }

    [Fact]
    public async Task An_expired_key_opens_nothing()
    {
        var key = await ledger.KeyAsync(Bodies.Key("reader-3", "reader").With("expiresAt", "2021-01-01T00:00:00Z"));
        using var reader = ledger.Client(key);

        (await reader.GetAsync("me")).Refused(401, "unauthenticated");
    }

    [Fact]
    public async Task Only_administrators_deal_with_keys()
    {
        var monitor = await ledger.MonitorAsync();

        (await monitor.PostAsync("keys", Bodies.Key("x", "reader"))).Refused(403, "not-allowed");
        (await monitor.DeleteAsync("keys/administrator")).Refused(403, "not-allowed");
        (await monitor.GetAsync("keys")).Refused(403, "not-allowed");
    }

    [Fact]
    public async Task A_key_limited_to_agreements_sees_no_keys()
    {
        var agreement = await ledger.AgreementAsync();
        var limited = await ledger.WhoAsync("limited-administrator", "administrator", null, agreement);

        (await limited.PostAsync("keys", Bodies.Key("x", "reader"))).Refused(404, "not-found");
        (await limited.DeleteAsync("keys/administrator")).Refused(404, "not-found");
    }

    [Fact]
    public async Task A_liaison_has_a_party_and_no_other_role_but_reader()
    {
        (await ledger.Administrator.PostAsync("keys", Bodies.Key("x", "liaison"))).Malformed("/partyId");
        var both = Bodies.Key("x", "liaison", "armenia").With("roles", new JsonArray("liaison", "monitor"));
        (await ledger.Administrator.PostAsync("keys", both)).Refused(409, "roles-conflict");
        var reader = Bodies.Key("liaison-x", "liaison", "armenia").With("roles", new JsonArray("liaison", "reader"));
        (await ledger.Administrator.PostAsync("keys", reader)).Stored(201);
    }

    [Fact]
    public async Task Two_keys_make_one_subject_no_more_than_one_key_may()
    {
        var liaison = (await ledger.Administrator.PostAsync("keys", Bodies.Key("two-hats", "liaison", "armenia"), "two-hats")).Stored(201);
        (await ledger.Administrator.PostAsync("keys", Bodies.Key("two-hats", "verifier"))).Refused(409, "roles-conflict");
        (await ledger.Administrator.PostAsync("keys", Bodies.Key("two-hats", "reader"))).Stored(201);
        (await ledger.Administrator.DeleteAsync($"keys/{liaison.Field("keyId")}")).Stored();
        (await ledger.Administrator.PostAsync("keys", Bodies.Key("two-hats", "verifier"))).Stored(201);
        (await ledger.Administrator.PostAsync("keys", Bodies.Key("two-hats", "liaison", "armenia"))).Refused(409, "roles-conflict");
        (await ledger.Administrator.PostAsync("keys", Bodies.Key("two-hats", "liaison", "armenia"), "two-hats")).Stored(201); // A repeat has its first answer.
    }

    [Fact]
    public async Task A_repeated_issue_says_the_same_but_the_key()
    {
        var first = (await ledger.Administrator.PostAsync("keys", Bodies.Key("reader-4", "reader"), "issue-4")).Stored(201);
        var again = (await ledger.Administrator.PostAsync("keys", Bodies.Key("reader-4", "reader"), "issue-4")).Stored(201);

        Assert.False(first.Replayed);
        Assert.True(again.Replayed);
        Assert.Equal(first.Field("keyId"), again.Field("keyId"));
        Assert.Null(again.Json["key"]);
        Assert.True(again.Json.AsObject().ContainsKey("key"));
        var other = Bodies.Key("reader-4", "reader").With("displayName", "Somebody else");
        (await ledger.Administrator.PostAsync("keys", other, "issue-4")).Refused(422, "idempotency-key-reused");
        using var holder = ledger.Client(first.Field("key"));
        Assert.Equal(200, (await holder.GetAsync("me")).Status);
    }
}

public sealed class Signing_in_too_often
{
    [Fact]
    public async Task Failures_of_an_address_are_limited_and_keys_that_nobody_can_guess_still_open()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Limits:FailedSignInsPerMinute=3");
        var made = await ledger.KeyAsync(Bodies.Key("reader-1", "reader"));
        using var guesser = ledger.Client("a-guess-at-the-key-of-the-administrator");
        for (var i = 0; i < 3; i++) (await guesser.GetAsync("me")).Refused(401, "unauthenticated");

        var refused = (await guesser.GetAsync("me")).Refused(429, "too-many-requests");

        Assert.InRange(int.Parse(refused.Header("Retry-After")!, null), 1, 60);
        using var reader = ledger.Client(made);
        Assert.Equal(200, (await reader.GetAsync("me")).Status);
        // Signed in from here before, so nobody else's mistakes lock it out.
        Assert.Equal(200, (await ledger.Administrator.GetAsync("me")).Status);
    }

    [Fact]
    public async Task A_guess_is_not_even_looked_up_once_the_address_has_failed_too_often()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Limits:FailedSignInsPerMinute=2");
        using var guesser = ledger.Client("a-guess-at-the-key-of-the-administrator");
        for (var i = 0; i < 3; i++) await guesser.GetAsync("me");

        (await ledger.Administrator.GetAsync("me")).Refused(429, "too-many-requests");
    }

    [Fact]
    public async Task Requests_of_a_key_are_limited_where_the_operator_says_so()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Limits:RequestsPerSecond=5");
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ledger.Administrator.GetAsync("me")));

        Assert.Contains(answers, answer => answer.Status == 200);
        var refused = answers.First(answer => answer.Status == 429).Refused(429, "too-many-requests");
        Assert.NotNull(refused.Header("Retry-After"));
    }
}
