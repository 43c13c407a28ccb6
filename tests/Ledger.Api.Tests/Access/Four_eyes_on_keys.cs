using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

/// <summary>A ledger in which a verifier's key takes two administrators, and the two of them.</summary>
public sealed class LedgerOfFourEyes : IAsyncLifetime
{
    public TestLedger Ledger { get; private set; } = null!;

    public ApiClient Second { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Ledger = await TestLedger.StartAsync("--Ledger:Keys:Approvals=2", "--Ledger:Keys:ApprovedRoles=verifier");
        Second = await Ledger.WhoAsync("administrator-2", "administrator");
    }

    public Task DisposeAsync() => Ledger.DisposeAsync().AsTask();
}

public sealed class Four_eyes_on_keys(LedgerOfFourEyes eyes) : IClassFixture<LedgerOfFourEyes>
{
    private ApiClient First => eyes.Ledger.Administrator;

    private ApiClient Second => eyes.Second;

    [Fact]
    public async Task A_verifiers_key_is_proposed_by_one_and_opens_once_another_has_approved()
    {
        var proposed = (await First.PostAsync("keys", Bodies.Key("verifier-9", "verifier"), "propose-9")).Stored(201);
        using var verifier = eyes.Ledger.Client(proposed.Field("key"));
        var place = $"keys/{proposed.Field("keyId")}/approvals";

        Assert.Equal("proposed", proposed.Field("status"));
        Assert.Equal((1, 2), (proposed.Json["endorsements"]!["given"]!.GetValue<int>(), proposed.Json["endorsements"]!["required"]!.GetValue<int>()));
        Assert.True((await First.PostAsync("keys", Bodies.Key("verifier-9", "verifier"), "propose-9")).Stored(201).Replayed);
        (await verifier.GetAsync("me")).Refused(401, "unauthenticated");
        (await ApproveAsync(First, place)).Refused(403, "separation-of-duties");
        Assert.Contains("\"of\":\"key\"", (await Second.GetAsync("keys?limit=500")).Text, StringComparison.Ordinal);

        var approved = (await ApproveAsync(Second, place)).Stored();
        Assert.Equal("issued", approved.Field("status"));
        Assert.Equal("verifier-9", (await verifier.GetAsync("me")).Field("subject"));
        (await ApproveAsync(Second, place)).Refused(409, "nothing-to-approve");
        var told = await First.GetAsync($"events?after={proposed.Json["sequence"]!.GetValue<long>() - 1}&limit=2");
        Assert.Equal(["key-proposed-v1", "key-approved-v1"], told.Json["items"]!.AsArray().Select(e => (string)e!["type"]!));
        Assert.DoesNotContain(proposed.Field("key")[^43..], told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_becomes_a_verifier_by_giving_ones_key_another_secret()
    {
        var proposed = (await First.PostAsync("keys", Bodies.Key("verifier-8", "verifier"))).Stored(201);
        var place = $"keys/{proposed.Field("keyId")}";
        (await First.PostAsync($"{place}/rotations", Bodies.Parse("{}"))).Refused(409, "key-proposed");
        (await ApproveAsync(Second, $"{place}/approvals")).Stored();

        var asked = (await First.PostAsync($"{place}/rotations", Bodies.Parse("""{ "overlapHours": 0 }"""))).Stored();
        using var taken = eyes.Ledger.Client(asked.Field("key"));
        using var holder = eyes.Ledger.Client(proposed.Field("key"));
        Assert.Equal("rotation-proposed", asked.Field("status"));
        Assert.Equal($"cfl_{proposed.Field("keyId")}.1", asked.Field("prefix"));
        Assert.Equal((401, 200), ((await taken.GetAsync("me")).Status, (await holder.GetAsync("me")).Status));
        (await ApproveAsync(First, $"{place}/approvals")).Refused(403, "separation-of-duties");

        (await ApproveAsync(Second, $"{place}/approvals")).Stored();
        Assert.Equal((200, 401), ((await taken.GetAsync("me")).Status, (await holder.GetAsync("me")).Status));
    }

    [Fact]
    public async Task Other_keys_take_one_and_any_key_is_revoked_by_one()
    {
        var monitor = (await First.PostAsync("keys", Bodies.Key("monitor-8", "monitor"))).Stored(201);
        Assert.Equal("issued", monitor.Field("status"));
        Assert.Null(monitor.Json["endorsements"]);
        var proposed = (await First.PostAsync("keys", Bodies.Key("verifier-7", "verifier"))).Stored(201);
        (await Second.DeleteAsync($"keys/{proposed.Field("keyId")}")).Stored();
        (await ApproveAsync(Second, $"keys/{proposed.Field("keyId")}/approvals")).Refused(409, "key-revoked");
    }

    [Fact]
    public async Task A_proposed_key_counts_for_what_one_subject_may_be()
    {
        (await First.PostAsync("keys", Bodies.Key("two-hats", "verifier"))).Stored(201);
        (await First.PostAsync("keys", Bodies.Key("two-hats", "liaison", "armenia"))).Refused(409, "roles-conflict");
    }

    [Fact]
    public async Task A_ledger_that_begins_with_four_eyes_gets_its_second_administrator_from_the_first_and_every_other_from_two_whoever_is_revoked()
    {
        await using var ledger = await TestLedger.StartAsync("--Ledger:Keys:Approvals=2");
        var first = ledger.Administrator;
        Assert.Equal("proposed", (await first.PostAsync("keys", Bodies.Key("verifier-1", "verifier"))).Stored(201).Field("status"));
        var second = (await first.PostAsync("keys", Bodies.Key("administrator-2", "administrator"))).Stored(201);
        Assert.Equal("issued", second.Field("status"));
        Assert.Equal("proposed", (await first.PostAsync("keys", Bodies.Key("administrator-3", "administrator"))).Stored(201).Field("status"));

        (await first.DeleteAsync($"keys/{second.Field("keyId")}")).Stored();
        Assert.Equal("proposed", (await first.PostAsync("keys", Bodies.Key("administrator-4", "administrator"))).Stored(201).Field("status"));
        Assert.Equal("rotation-proposed", (await first.PostAsync("keys/administrator/rotations", Bodies.Parse("{}"))).Stored().Field("status"));
    }

    private static Task<ApiAnswer> ApproveAsync(ApiClient administrator, string place) => administrator.SendAsync(HttpMethod.Post, place, null);

    [Theory]
    [InlineData("--Ledger:Keys:Approvals=0")]
    [InlineData("--Ledger:Keys:Approvals=two")]
    [InlineData("--Ledger:Keys:ApprovedRoles=king")]
    [InlineData("--Ledger:Keys:ApprovedRoles=system")]
    [InlineData("--Ledger:Keys:ApprovedRoles=,")]
    public async Task A_setting_that_says_nothing_stops_the_start(string setting) =>
        await Assert.ThrowsAsync<Hosting.SettingsException>(() => TestLedger.StartAsync(setting));
}
