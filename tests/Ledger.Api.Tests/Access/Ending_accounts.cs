using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Extensions.Time.Testing;

namespace Ledger.Api.Tests.Access;

/// <summary>A ledger that takes accounts, whose clock the test moves, and which it may stop and start again.</summary>
public sealed class Ending_accounts : IAsyncLifetime, IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TokenIssuer _issuer = null!;
    private LedgerServer _server = null!;
    private ApiClient _administrator = null!;

    public async Task InitializeAsync()
    {
        _issuer = await TokenIssuer.StartAsync();
        await StartAsync();
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _administrator.Dispose();
        await _server.DisposeAsync();
        await _issuer.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_an_account_held_opens_nothing_from_the_answer_on_and_what_it_gets_later_does()
    {
        using var nina = Bearer("nina", "monitor");
        using var olga = Bearer("olga", "monitor");
        var account = await AccountAsync(nina);
        Assert.Equal(account, await AccountAsync(nina)); // Verified a moment ago, and not verified again.

        var ended = (await ActAsync(_administrator, $"accounts/{account}/ending")).Stored();

        (await nina.GetAsync("me")).Refused(401, "unauthenticated");
        Assert.Equal((account, "ended"), (ended.Field("account"), ended.Field("status")));
        Assert.Equal(200, (await olga.GetAsync("me")).Status);
        // An issuer's clock may be ahead: what may be older than the ending isn't taken.
        using var soon = Bearer("nina", "monitor");
        (await soon.GetAsync("me")).Refused(401, "unauthenticated");
        _time.Advance(TimeSpan.FromSeconds(32));
        using var later = Bearer("nina", "monitor");
        Assert.Equal(account, await AccountAsync(later));
        (await nina.GetAsync("me")).Refused(401, "unauthenticated");

        var told = (await _administrator.GetAsync($"events?after={ended.Json["sequence"]!.GetValue<long>() - 1}&limit=1")).Json["items"]![0]!;
        Assert.Equal(("account-ended-v1", account, "administrator"), ((string?)told["type"], (string?)told["data"]!["subject"], (string?)told["actor"]!["role"]));
    }

    [Fact]
    public async Task What_was_ended_stays_ended_over_a_start()
    {
        var token = Token("nina", "monitor");
        using var before = new ApiClient(_server.Address, token);
        var account = await AccountAsync(before);
        (await ActAsync(_administrator, $"accounts/{account}/ending")).Stored();
        await RestartAsync();

        using var nina = new ApiClient(_server.Address, token);
        (await nina.GetAsync("me")).Refused(401, "unauthenticated");
    }

    [Fact]
    public async Task A_blocked_account_is_let_in_by_nothing_until_it_is_unblocked_and_then_by_what_is_new()
    {
        using var nina = Bearer("nina", "monitor");
        var account = await AccountAsync(nina);

        Assert.Equal("blocked", (await ActAsync(_administrator, $"accounts/{account}/block")).Stored().Field("status"));
        (await ActAsync(_administrator, $"accounts/{account}/block")).Refused(409, "account-blocked");
        (await ActAsync(_administrator, $"accounts/{account}/ending")).Refused(409, "account-blocked");
        _time.Advance(TimeSpan.FromMinutes(5));
        using var fresh = Bearer("nina", "monitor");
        (await fresh.GetAsync("me")).Refused(401, "unauthenticated");

        Assert.Equal("open", (await _administrator.DeleteAsync($"accounts/{account}/block")).Stored().Field("status"));
        (await _administrator.DeleteAsync($"accounts/{account}/block")).Refused(409, "account-not-blocked");
        (await nina.GetAsync("me")).Refused(401, "unauthenticated");
        Assert.Equal(200, (await fresh.GetAsync("me")).Status); // Of after the block: its holder is trusted again.
    }

    [Fact]
    public async Task Nobody_blocks_their_own_account_and_anybody_may_end_their_own_sessions()
    {
        using var adam = Bearer("adam", "administrator");
        var account = await AccountAsync(adam);

        (await ActAsync(adam, $"accounts/{account}/block")).Refused(403, "separation-of-duties");
        (await ActAsync(adam, $"accounts/{account}/ending")).Stored();
        (await adam.GetAsync("me")).Refused(401, "unauthenticated");
    }

    [Fact]
    public async Task An_open_feed_ends_and_a_batch_that_is_on_its_way_stores_no_more()
    {
        (await _administrator.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
        var token = Token("nina", "monitor");
        using var nina = new ApiClient(_server.Address, token);
        var account = await AccountAsync(nina);
        using var http = new HttpClient { BaseAddress = _server.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events?after=-1") { Headers = { Accept = { new("text/event-stream") } } };
        using var feed = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var socket = new TcpClient();
        await socket.ConnectAsync(_server.Address.Host, _server.Address.Port);
        using var answers = new StreamReader(socket.GetStream());
        await SendAsync($"POST /api/v1/agreements/one/violations/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
        await LineAsync();
        Assert.Contains("\"status\":201", await UntilAsync("\"line\":1,"), StringComparison.Ordinal);

        (await ActAsync(_administrator, $"accounts/{account}/ending")).Stored();

        await (await feed.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromSeconds(30)); // It ends, or this times out.
        await LineAsync();
        Assert.Contains("\"status\":401", await UntilAsync("\"line\":2,"), StringComparison.Ordinal);
        await SendAsync("0\r\n\r\n");

        async Task SendAsync(string text) => await socket.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));
        async Task LineAsync()
        {
            var line = Bodies.Violation().ToJsonString() + "\n";
            await SendAsync($"{Encoding.UTF8.GetByteCount(line):x}\r\n{line}\r\n");
        }

        async Task<string> UntilAsync(string wanted)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (await answers.ReadLineAsync(limit.Token) is { } line)
                if (line.Contains(wanted, StringComparison.Ordinal)) return line;
            throw new EndOfStreamException(wanted);
        }
    }

    [Fact]
    public async Task A_key_of_the_same_subject_goes_on_until_it_is_revoked_itself()
    {
        using var nina = Bearer("nina", "monitor");
        var account = await AccountAsync(nina);
        var key = (await _administrator.PostAsync("keys", Bodies.Key(account, "monitor"))).Stored(201);
        (await ActAsync(_administrator, $"accounts/{account}/ending")).Stored();

        using var holder = new ApiClient(_server.Address, key.Field("key"));
        Assert.Equal(account, await AccountAsync(holder));
    }

    [Fact]
    public async Task A_repeat_by_key_ends_nothing_that_began_since()
    {
        using var nina = Bearer("nina", "monitor");
        var account = await AccountAsync(nina);
        var first = (await ActAsync(_administrator, $"accounts/{account}/ending", "end-nina")).Stored();
        _time.Advance(TimeSpan.FromMinutes(1));
        using var later = Bearer("nina", "monitor");

        var again = (await ActAsync(_administrator, $"accounts/{account}/ending", "end-nina")).Stored();

        Assert.True(again.Replayed);
        Assert.Equal(first.Field("eventId"), again.Field("eventId"));
        Assert.Equal(200, (await later.GetAsync("me")).Status);
    }

    [Theory]
    [InlineData("nina")]
    [InlineData("oidc:")]
    [InlineData("oidc:short")]
    [InlineData("OIDC:2fR0bS7k1cQxVv0m3mYw8n6u5t4s3r2q1p0o9n8m7lA")]
    [InlineData("oidc:2fR0bS7k1cQxVv0m3mYw8n6u5t4s3r2q1p0o9n8m7l%2F")]
    public async Task What_is_no_pseudonym_of_an_account_names_nothing(string account)
    {
        (await ActAsync(_administrator, $"accounts/{account}/ending")).Refused(404, "not-found");
        (await _administrator.DeleteAsync($"accounts/{account}/block")).Refused(404, "not-found");
    }

    [Fact]
    public async Task Accounts_lately_seen_are_listed_by_pseudonym_role_and_hour_survive_a_start_and_are_no_event()
    {
        using var nina = Bearer("nina-7f3a", "verifier", "monitor");
        var account = await AccountAsync(nina);
        var count = _server.Node.View.Count;
        var hour = new DateTimeOffset(_time.GetUtcNow().UtcDateTime.Date.AddHours(_time.GetUtcNow().Hour), TimeSpan.Zero);

        var listed = await ListedAsync(account);
        Assert.Equal(("[\"monitor\",\"verifier\"]", hour), (listed["roles"]!.ToJsonString(), listed["lastSeenAt"]!.GetValue<DateTimeOffset>()));
        Assert.Equal(count, _server.Node.View.Count);
        await RestartAsync();

        Assert.Equal(hour, (await ListedAsync(account))["lastSeenAt"]!.GetValue<DateTimeOffset>());
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_directory.File("data"), "evidence", "key-use")))
            Assert.DoesNotContain("nina-7f3a", await File.ReadAllTextAsync(file), StringComparison.OrdinalIgnoreCase);
        _time.Advance(TimeSpan.FromDays(91));
        Assert.Empty((await _administrator.GetAsync("accounts")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task An_account_that_something_was_ended_of_is_listed_whether_or_not_it_was_seen()
    {
        const string unseen = "oidc:2fR0bS7k1cQxVv0m3mYw8n6u5t4s3r2q1p0o9n8m7lA";
        (await ActAsync(_administrator, $"accounts/{unseen}/block")).Stored();

        var listed = await ListedAsync(unseen);
        Assert.NotNull(listed["blockedAt"]);
        Assert.Null(listed["lastSeenAt"]);
        Assert.Equal("[]", listed["roles"]!.ToJsonString());
    }

    private async Task<JsonNode> ListedAsync(string account) =>
        (await _administrator.GetAsync("accounts?limit=500")).Json["items"]!.AsArray().Single(item => (string?)item!["account"] == account)!;

    private static async Task<string> AccountAsync(ApiClient client)
    {
        var me = await client.GetAsync("me");
        Assert.Equal(200, me.Status);
        return me.Field("subject");
    }

    /// <summary>Somebody with a token that the issuer makes now, by the clock that the test moves.</summary>
    private ApiClient Bearer(string subject, params string[] roles) => new(_server.Address, Token(subject, roles));

    private string Token(string subject, params string[] roles)
    {
        var claims = _issuer.Claims(subject, roles);
        (claims["iat"], claims["nbf"], claims["exp"]) = (At(0), At(0), At(600));
        return _issuer.Sign(claims);

        long At(int seconds) => _time.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();
    }

    private async Task RestartAsync()
    {
        _administrator.Dispose();
        await _server.DisposeAsync();
        await StartAsync();
    }

    private async Task StartAsync()
    {
        _server = await LedgerServer.StartAsync(
            ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}", .. _issuer.Settings("--Ledger:Limits:FailedSignInsPerMinute=0")],
            _time, CancellationToken.None);
        _administrator = new ApiClient(_server.Address, TestLedger.AdministratorKey);
    }

    private static Task<ApiAnswer> ActAsync(ApiClient client, string path, string? key = null) => client.SendAsync(HttpMethod.Post, path, null, key);
}
