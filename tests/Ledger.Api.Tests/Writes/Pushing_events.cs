using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>Webhooks: every event at least once, in order, signed; whatever the receiver does meanwhile.</summary>
public sealed class Pushing_events : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private LedgerServer _server = null!;
    private ApiClient _administrator = null!;
    private ApiClient _monitor = null!;
    private int _port;

    public async Task InitializeAsync()
    {
        await StartAsync("--Ledger:Webhooks:AllowPrivate=true");
        (await _administrator.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
        (await _administrator.PostAsync("agreements", Bodies.Agreement("two"))).Stored(201);
        var key = (await _administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201).Field("key");
        _monitor = new ApiClient(_server.Address, key);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _administrator.Dispose();
        _monitor.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Events_come_in_order_signed_and_as_cloud_events()
    {
        using var receiver = new Receiver(_ => 204);
        var secret = await RegisterAsync(receiver, body => body["agreements"] = new JsonArray("one"));
        var cases = new List<string>();
        for (var i = 0; i < 20; i++) cases.Add(await CaseAsync(i % 2 == 0 ? "one" : "two"));

        await receiver.UntilAsync(10);
        Assert.Equal(cases.Where((_, i) => i % 2 == 0), receiver.Taken.Select(push => push.Body["data"]!["violationId"]!.GetValue<string>()));
        foreach (var push in receiver.Taken)
        {
            Assert.Equal("1.0", push.Body["specversion"]!.GetValue<string>());
            Assert.Equal(push.Id, push.Body["id"]!.GetValue<string>());
            Assert.Equal("violation-recorded-v1", push.Body["type"]!.GetValue<string>());
            Assert.Equal(push.Body["subject"]!.GetValue<string>(), push.Body["data"]!["stream"]!.GetValue<string>());
            Assert.True(push.IsSignedBy(secret), "the signature doesn't verify");
            Assert.DoesNotContain("A. B.", push.Text, StringComparison.Ordinal); // The confidential part never leaves.
        }
    }

    [Fact]
    public async Task A_receiver_that_fails_and_hangs_and_comes_back_gets_everything_once_in_order()
    {
        var tries = 0;
        using var receiver = new Receiver(_ => Interlocked.Increment(ref tries) switch { <= 3 => 500, 4 => 503, 5 => 302, _ => 200 });
        await RegisterAsync(receiver);
        var cases = new List<string>();
        for (var i = 0; i < 8; i++) cases.Add(await CaseAsync("one"));

        await receiver.UntilAsync(8);
        Assert.Equal(cases, receiver.Taken.Where(push => push.Status == 200).Select(push => push.Body["data"]!["violationId"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Types_narrow_it_and_after_begins_in_the_past()
    {
        var first = await CaseAsync("one");
        using var receiver = new Receiver(_ => 200);
        await RegisterAsync(receiver, body =>
        {
            body["after"] = -1;
            body["types"] = new JsonArray("violation-recorded-v1");
        });
        await receiver.UntilAsync(1);
        Assert.Equal(first, Assert.Single(receiver.Taken).Body["data"]!["violationId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Gone_pauses_it_and_says_so()
    {
        using var receiver = new Receiver(_ => 410);
        await RegisterAsync(receiver, body => body["webhookId"] = "gone");
        await CaseAsync("one");
        JsonNode? delivery = null;
        for (var i = 0; i < 200 && delivery?["state"]!.GetValue<string>() != "paused"; i++)
        {
            await Task.Delay(50);
            delivery = (await _administrator.GetAsync("webhooks")).Json["items"]!.AsArray().Single(item => item!["webhookId"]!.GetValue<string>() == "gone")!["delivery"];
        }

        Assert.Equal("paused", delivery!["state"]!.GetValue<string>());
        var sent = receiver.Taken.Count;
        await CaseAsync("one");
        await Task.Delay(1200);
        Assert.Equal(sent, receiver.Taken.Count);
    }

    [Fact]
    public async Task Resumed_it_goes_on_with_the_event_that_wasnt_taken()
    {
        var status = 410;
        using var receiver = new Receiver(_ => Volatile.Read(ref status));
        await RegisterAsync(receiver, body => body["webhookId"] = "back");
        var cases = new List<string> { await CaseAsync("one"), await CaseAsync("one") };
        await StateAsync("back", "paused");
        Volatile.Write(ref status, 200);
        (await _administrator.PostTextAsync("webhooks/back/resumption", "")).Stored();
        await receiver.UntilAsync(2);
        Assert.Equal(cases, receiver.Taken.Where(push => push.Status == 200).Select(push => push.Body["data"]!["violationId"]!.GetValue<string>()));
        await StateAsync("back", "delivering");

        // Paused again, and resumed over a restart.
        Volatile.Write(ref status, 410);
        cases.Add(await CaseAsync("one"));
        await StateAsync("back", "paused");
        await _server.DisposeAsync();
        await StartAsync("--Ledger:Webhooks:AllowPrivate=true");
        await StateAsync("back", "paused");
        Volatile.Write(ref status, 200);
        (await _administrator.PostTextAsync("webhooks/back/resumption", "")).Stored();
        await receiver.UntilAsync(3);
        Assert.Equal(cases, receiver.Taken.Where(push => push.Status == 200).Select(push => push.Body["data"]!["violationId"]!.GetValue<string>()));
        (await _monitor.PostTextAsync("webhooks/back/resumption", "")).Refused(403, "not-allowed");
        (await _administrator.PostTextAsync("webhooks/nothing/resumption", "")).Refused(404, "not-found");
    }

    [Fact]
    public async Task A_replaced_secret_signs_at_once_and_the_old_one_beside_it()
    {
        using var receiver = new Receiver(_ => 200);
        var old = await RegisterAsync(receiver, body => body["webhookId"] = "turn");
        await CaseAsync("one");
        await receiver.UntilAsync(1);
        var answer = (await _administrator.PostTextAsync("webhooks/turn/secret", "", idempotencyKey: "turn-1")).Stored();
        var secret = answer.Field("secret");
        Assert.Null((await _administrator.PostTextAsync("webhooks/turn/secret", "", idempotencyKey: "turn-1")).Stored().Json["secret"]);
        Assert.NotEqual(old, secret);
        await CaseAsync("one");
        await receiver.UntilAsync(2);
        Assert.True(receiver.Taken[0].IsSignedBy(old));
        Assert.False(receiver.Taken[0].IsSignedBy(secret));
        Assert.True(receiver.Taken[1].IsSignedBy(secret));
        Assert.True(receiver.Taken[1].IsSignedBy(old)); // For a day: the receiver may not have the new one yet.
        (await _monitor.PostTextAsync("webhooks/turn/secret", "")).Refused(403, "not-allowed");
    }

    [Fact]
    public async Task A_filter_by_case_lets_through_what_it_is_about_and_what_has_just_left_it()
    {
        using var receiver = new Receiver(_ => 200);
        await RegisterAsync(receiver, body =>
        {
            body["parties"] = new JsonArray("azerbaijan");
            body["categories"] = new JsonArray("strike-on-settlement");
            body["area"] = new JsonObject { ["west"] = 46, ["south"] = 39, ["east"] = 47, ["north"] = 40 };
        });
        async Task<string> RecordAsync(Action<JsonObject> change) =>
            (await _monitor.PostAsync("agreements/one/violations", Bodies.Violation(change))).Stored(201).Field("violationId");
        var hers = await RecordAsync(_ => { });
        await RecordAsync(body => (body["allegedParty"], body["allegedBy"], body["affectedParty"]) = ("armenia", null, null));
        await RecordAsync(body => body["category"] = "uav-overflight");
        await RecordAsync(body => body["location"] = new JsonObject { ["latitude"] = 41, ["longitude"] = 46.5 });
        await RecordAsync(body => body["location"] = new JsonObject { ["place"] = "somewhere" });
        // The amendment takes the case out of the filter: that is still news; what comes afterwards isn't.
        (await _monitor.PostAsync($"violations/{hers}/amendments", JsonNode.Parse("""{"changes":{"category":"uav-overflight"},"reason":"It was a drone."}""")!, ifMatch: "\"0\"")).Stored();
        (await _monitor.PostAsync($"violations/{hers}/amendments", JsonNode.Parse("""{"changes":{"otherPlaces":[]},"reason":"A slip."}""")!, ifMatch: "\"1\"")).Stored();
        var last = await RecordAsync(_ => { });
        await receiver.UntilAsync(3);
        Assert.Equal(
            [(hers, "violation-recorded-v1"), (hers, "violation-amended-v1"), (last, "violation-recorded-v1")],
            receiver.Taken.Select(push => (push.Body["data"]!["violationId"]!.GetValue<string>(), push.Body["type"]!.GetValue<string>())));
    }

    [Fact]
    public async Task A_filter_by_severity_begins_with_the_confirmation()
    {
        using var receiver = new Receiver(_ => 200);
        await RegisterAsync(receiver, body => body["severities"] = new JsonArray("serious"));
        var key = (await _administrator.PostAsync("keys", Bodies.Key("verifier-1", "verifier", null, []))).Stored(201).Field("key");
        using var verifier = new ApiClient(_server.Address, key);
        foreach (var severity in (string[])["minor", "serious"])
            (await verifier.PostAsync($"violations/{await CaseAsync("one")}/confirmation", new JsonObject { ["severity"] = severity, ["rationale"] = "Two posts." }, ifMatch: "\"0\"")).Stored();
        await receiver.UntilAsync(1);
        var push = Assert.Single(receiver.Taken);
        Assert.Equal(("violation-confirmed-v1", "serious"), (push.Body["type"]!.GetValue<string>(), push.Body["data"]!["data"]!["severity"]!.GetValue<string>()));
        var listed = Assert.Single((await _administrator.GetAsync("webhooks")).Json["items"]!.AsArray())!;
        Assert.Equal("serious", listed["severities"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_where_it_was()
    {
        using var receiver = new Receiver(_ => 200);
        await RegisterAsync(receiver);
        var cases = new List<string>();
        for (var i = 0; i < 5; i++) cases.Add(await CaseAsync("one"));
        await receiver.UntilAsync(5);
        await Task.Delay(1500); // The cursor is written at most once a second.
        await _server.DisposeAsync();
        await StartAsync("--Ledger:Webhooks:AllowPrivate=true");
        for (var i = 0; i < 5; i++) cases.Add(await CaseAsync("one"));

        await receiver.UntilAsync(10);
        Assert.Equal(cases, receiver.Taken.DistinctBy(push => push.Id).Select(push => push.Body["data"]!["violationId"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_removed_webhook_gets_nothing_more_and_isnt_listed()
    {
        using var receiver = new Receiver(_ => 200);
        await RegisterAsync(receiver, body => body["webhookId"] = "brief");
        await CaseAsync("one");
        await receiver.UntilAsync(1);
        Assert.Equal("removed", (await _administrator.DeleteAsync("webhooks/brief")).Stored().Field("status"));
        (await _administrator.DeleteAsync("webhooks/brief")).Refused(409, "webhook-removed");
        await Task.Delay(1500);
        await CaseAsync("one");
        await Task.Delay(1000);
        Assert.Single(receiver.Taken);
        Assert.DoesNotContain((await _administrator.GetAsync("webhooks")).Json["items"]!.AsArray(), item => item!["webhookId"]!.GetValue<string>() == "brief");
    }

    [Fact]
    public async Task The_secret_is_shown_once_and_lies_nowhere_in_clear()
    {
        using var receiver = new Receiver(_ => 200);
        var body = new JsonObject { ["webhookId"] = "hush", ["url"] = receiver.Url };
        var first = (await _administrator.PostAsync("webhooks", body.DeepClone())).Stored(201);
        var secret = first.Field("secret");
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        var again = (await _administrator.PostAsync("webhooks", body.DeepClone())).Stored();
        Assert.True(again.Replayed);
        Assert.Null(again.Json["secret"]);
        (await _administrator.PostAsync("webhooks", new JsonObject { ["webhookId"] = "hush", ["url"] = receiver.Url + "other" })).Refused(409, "webhook-exists");
        Assert.DoesNotContain("whsec_", (await _administrator.GetAsync("webhooks")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[6..], (await _administrator.GetAsync("events?after=-1&limit=500&raw=true")).Text, StringComparison.Ordinal);
        await _server.DisposeAsync();
        foreach (var file in Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories))
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret[6..])) < 0, file);
        await StartAsync("--Ledger:Webhooks:AllowPrivate=true");
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080/")]
    [InlineData("https://localhost/hook")]
    [InlineData("https://10.1.2.3/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    public async Task Targets_in_the_operators_own_network_are_refused(string url)
    {
        await _server.DisposeAsync();
        await StartAsync();
        (await _administrator.PostAsync("webhooks", new JsonObject { ["url"] = url })).Refused(409, "private-target");
    }

    [Fact]
    public async Task Bad_registrations_are_told_at_their_place()
    {
        foreach (var url in (string[])["", "ftp://example.org/", "example.org", "https://user:secret@example.org/", "https://example.org/#x"])
            Assert.Contains("/url", (await _administrator.PostAsync("webhooks", new JsonObject { ["url"] = url })).Refused(400, "malformed").Errors);
        (await _administrator.PostAsync("webhooks", new JsonObject { ["url"] = "https://example.org/", ["after"] = -2 })).Refused(400, "malformed");
        (await _administrator.PostAsync("webhooks", new JsonObject { ["url"] = "https://example.org/", ["agreements"] = new JsonArray("nowhere") })).Refused(409, "unknown-agreement");
        foreach (var (field, value) in new (string, JsonNode)[]
        {
            ("severities", new JsonArray("grave")), ("categories", new JsonArray()), ("parties", new JsonArray("Not A Slug")), ("colour", "red"),
            ("area", new JsonObject { ["west"] = 46, ["south"] = 40, ["east"] = 47, ["north"] = 39 }), ("area", new JsonObject { ["west"] = 200, ["south"] = 39, ["east"] = 47, ["north"] = 40 }),
        })
            (await _administrator.PostAsync("webhooks", new JsonObject { ["url"] = "https://example.org/", [field] = value })).Refused(400, "malformed");
        (await _monitor.PostAsync("webhooks", new JsonObject { ["url"] = "https://example.org/" })).Refused(403, "not-allowed");
        (await _monitor.GetAsync("webhooks")).Refused(403, "not-allowed");
        (await _administrator.DeleteAsync("webhooks/nothing")).Refused(404, "not-found");
    }

    private async Task StartAsync(params string[] settings)
    {
        _server = await LedgerServer.StartAsync(
            ["--urls", $"http://127.0.0.1:{_port}", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}", .. settings], TimeProvider.System, CancellationToken.None);
        _port = _server.Address.Port;
        _administrator ??= new ApiClient(_server.Address, TestLedger.AdministratorKey);
        while ((await _administrator.GetAsync("me")).Status != 200) await Task.Delay(20);
    }

    private async Task StateAsync(string webhook, string state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var answer = await _administrator.GetAsync("webhooks");
            if (answer.Status == 200 && answer.Json["items"]!.AsArray().Single(item => item!["webhookId"]!.GetValue<string>() == webhook)!["delivery"]?["state"]!.GetValue<string>() == state) return;
            await Task.Delay(50, limit.Token);
        }
    }

    private async Task<string> RegisterAsync(Receiver receiver, Action<JsonObject>? change = null)
    {
        var body = new JsonObject { ["url"] = receiver.Url };
        change?.Invoke(body);
        return (await _administrator.PostAsync("webhooks", body)).Stored(201).Field("secret");
    }

    private async Task<string> CaseAsync(string agreement)
    {
        while (true)
        {
            var answer = await _monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation());
            if (answer.Status != 401 && answer.Status != 503) return answer.Stored(201).Field("violationId");
            await Task.Delay(20);
        }
    }
}
