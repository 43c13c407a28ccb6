using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Extensions.Time.Testing;

namespace Ledger.Api.Tests.Access;

public sealed class Rotating_keys(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task A_new_secret_opens_beside_the_old_one_and_says_which_it_is()
    {
        var issued = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-1", "reader"))).Stored(201);
        var rotated = await RotateAsync(issued.Field("keyId"), 24);

        Assert.Equal($"cfl_{issued.Field("keyId")}", issued.Field("prefix"));
        Assert.Equal($"cfl_{issued.Field("keyId")}.1", rotated.Field("prefix"));
        Assert.StartsWith(rotated.Field("prefix") + "_", rotated.Field("key"), StringComparison.Ordinal);
        using var before = ledger.Client(issued.Field("key"));
        using var after = ledger.Client(rotated.Field("key"));
        Assert.Equal("rotated-1", (await before.GetAsync("me")).Field("subject"));
        Assert.Equal(rotated.Field("prefix"), (await after.GetAsync("me")).Field("prefix"));
        var listed = await ListedAsync(issued.Field("keyId"));
        var earlier = Assert.Single(listed["earlier"]!.AsArray())!;
        Assert.Equal(issued.Field("prefix"), (string?)earlier["prefix"]);
        var left = rotated.Json["earlierUntil"]!.GetValue<DateTimeOffset>() - listed["rotatedAt"]!.GetValue<DateTimeOffset>();
        Assert.Equal(TimeSpan.FromHours(24), left);
    }

    [Fact]
    public async Task The_history_tells_of_a_rotation_and_never_the_secret()
    {
        var issued = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-2", "reader"))).Stored(201);
        var rotated = await RotateAsync(issued.Field("keyId"), null);

        var events = await ledger.Administrator.GetAsync($"events?after={rotated.Json["sequence"]!.GetValue<long>() - 1}&limit=1&raw=true");
        var told = events.Json["items"]![0]!;
        Assert.Equal("key-rotated-v1", (string?)told["type"]);
        Assert.Equal(24, (int?)told["data"]!["overlapHours"]);
        Assert.DoesNotContain(rotated.Field("key")[^43..], events.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(rotated.Field("key")[^43..], (await ledger.Administrator.GetAsync("keys?limit=500")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_overlap_every_secret_before_ends_with_the_answer()
    {
        var issued = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-3", "reader"))).Stored(201);
        var second = await RotateAsync(issued.Field("keyId"), 48);
        var third = await RotateAsync(issued.Field("keyId"), 0);

        Assert.Null(third.Json["earlierUntil"]);
        foreach (var (key, status) in new[] { (issued, 401), (second, 401), (third, 200) })
        {
            using var holder = ledger.Client(key.Field("key"));
            Assert.Equal(status, (await holder.GetAsync("me")).Status);
        }
    }

    [Fact]
    public async Task A_repeat_shows_no_secret_and_makes_none()
    {
        var id = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-4", "reader"))).Stored(201).Field("keyId");
        var first = (await ledger.Administrator.PostAsync($"keys/{id}/rotations", Bodies.Parse("{}"), "rotate-4")).Stored();
        var again = (await ledger.Administrator.PostAsync($"keys/{id}/rotations", Bodies.Parse("{}"), "rotate-4")).Stored();

        Assert.True(again.Replayed);
        Assert.Null(again.Json["key"]);
        Assert.Equal(first.Field("eventId"), again.Field("eventId"));
        using var holder = ledger.Client(first.Field("key"));
        Assert.Equal(200, (await holder.GetAsync("me")).Status);
        (await ledger.Administrator.PostAsync($"keys/{id}/rotations", Bodies.Parse("""{ "overlapHours": 1 }"""), "rotate-4")).Refused(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Of_several_who_rotate_at_once_nobody_gets_a_secret_that_does_not_open()
    {
        var id = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-5", "reader"))).Stored(201).Field("keyId");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ledger.Administrator.PostAsync($"keys/{id}/rotations", Bodies.Parse("{}"))));

        Assert.Contains(answers, answer => answer.Status == 200);
        foreach (var answer in answers)
        {
            if (answer.Status == 409) answer.Refused(409, "key-rotated");
            else
            {
                using var holder = ledger.Client(answer.Field("key"));
                Assert.Equal(200, (await holder.GetAsync("me")).Status);
            }
        }

        Assert.Equal(answers.Count(answer => answer.Status == 200), answers.Where(answer => answer.Status == 200).Select(answer => answer.Field("prefix")).Distinct().Count());
    }

    [Fact]
    public async Task A_key_that_opens_nothing_gets_no_secret()
    {
        var revoked = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-6", "reader"))).Stored(201).Field("keyId");
        (await ledger.Administrator.DeleteAsync($"keys/{revoked}")).Stored();
        (await ledger.Administrator.PostAsync($"keys/{revoked}/rotations", Bodies.Parse("{}"))).Refused(409, "key-revoked");

        var expired = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-7", "reader").With("expiresAt", "2021-01-01T00:00:00Z"))).Stored(201).Field("keyId");
        (await ledger.Administrator.PostAsync($"keys/{expired}/rotations", Bodies.Parse("{}"))).Refused(409, "key-expired");
        (await ledger.Administrator.PostAsync("keys/nobodys/rotations", Bodies.Parse("{}"))).Refused(404, "not-found");
    }

    [Fact]
    public async Task Revoking_ends_every_secret_and_a_feed_that_an_earlier_one_opened_ends_with_it()
    {
        var issued = (await ledger.Administrator.PostAsync("keys", Bodies.Key("rotated-8", "auditor"))).Stored(201);
        using var feed = new HttpClient { BaseAddress = ledger.Server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events?after=-1");
        request.Headers.Authorization = new("Bearer", issued.Field("key"));
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await feed.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)answer.StatusCode);

        var rotated = await RotateAsync(issued.Field("keyId"), 0);
        await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromSeconds(30)); // It ends, or this times out.

        (await ledger.Administrator.DeleteAsync($"keys/{issued.Field("keyId")}")).Stored();
        using var holder = ledger.Client(rotated.Field("key"));
        (await holder.GetAsync("me")).Refused(401, "unauthenticated");
    }

    private async Task<ApiAnswer> RotateAsync(string key, int? hours) =>
        (await ledger.Administrator.PostAsync($"keys/{key}/rotations", hours is { } overlap ? new JsonObject { ["overlapHours"] = overlap } : [])).Stored();

    private async Task<JsonNode> ListedAsync(string key) =>
        (await ledger.Administrator.GetAsync("keys?limit=500")).Json["items"]!.AsArray().Single(item => (string?)item!["keyId"] == key)!;
}

/// <summary>A ledger whose clock the test moves, and which it may stop and start again.</summary>
public sealed class Using_keys_over_time : IAsyncLifetime, IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 10, 20, 0, TimeSpan.Zero));
    private LedgerServer _server = null!;

    public Task InitializeAsync() => StartAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task The_old_secret_ends_when_it_was_said_to_and_the_key_when_it_expires()
    {
        using var administrator = Client(TestLedger.AdministratorKey);
        var issued = (await administrator.PostAsync("keys", Bodies.Key("a", "reader").With("expiresAt", "2026-03-01T14:20:00Z"))).Stored(201);
        var rotated = (await administrator.PostAsync($"keys/{issued.Field("keyId")}/rotations", Bodies.Parse("""{ "overlapHours": 2 }"""))).Stored();

        _time.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal((200, 200), (await StatusAsync(issued), await StatusAsync(rotated)));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((401, 200), (await StatusAsync(issued), await StatusAsync(rotated)));
        Assert.Null((await administrator.GetAsync("keys")).Json["items"]!.AsArray().Single(item => (string?)item!["subject"] == "a")!["earlier"]);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal((401, 401), (await StatusAsync(issued), await StatusAsync(rotated)));
    }

    [Fact]
    public async Task When_a_key_was_last_used_is_known_to_the_hour_survives_a_start_and_is_no_event()
    {
        using (var administrator = Client(TestLedger.AdministratorKey))
        {
            var issued = (await administrator.PostAsync("keys", Bodies.Key("b", "reader"))).Stored(201);
            Assert.Null((await ListedAsync(administrator, "b"))["lastUsedAt"]);
            await StatusAsync(issued);
            Assert.Equal("2026-03-01T10:00:00Z", (string?)(await ListedAsync(administrator, "b"))["lastUsedAt"]);
            var count = _server.Node.View.Count;
            _time.Advance(TimeSpan.FromHours(3));
            for (var i = 0; i < 5; i++) await StatusAsync(issued);
            Assert.Equal("2026-03-01T13:00:00Z", (string?)(await ListedAsync(administrator, "b"))["lastUsedAt"]);
            Assert.Equal(count, _server.Node.View.Count);
        }

        await _server.DisposeAsync();
        await StartAsync();
        using var after = Client(TestLedger.AdministratorKey);
        Assert.Equal("2026-03-01T13:00:00Z", (string?)(await ListedAsync(after, "b"))["lastUsedAt"]);
    }

    private async Task<int> StatusAsync(ApiAnswer key)
    {
        using var holder = Client(key.Field("key"));
        return (await holder.GetAsync("me")).Status;
    }

    private static async Task<JsonNode> ListedAsync(ApiClient administrator, string subject) =>
        (await administrator.GetAsync("keys")).Json["items"]!.AsArray().Single(item => (string?)item!["subject"] == subject)!;

    private ApiClient Client(string key) => new(_server.Address, key);

    private async Task StartAsync() => _server = await LedgerServer.StartAsync(
        ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}"], _time, CancellationToken.None);
}
