using System.Text.Json;
using Json.Schema;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Reads;

/// <summary>Schemas are there for everybody, and say of real bodies and real events what the server says.</summary>
public sealed class Serving_schemas(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Every_event_of_the_feed_is_valid_under_the_schema_of_its_type()
    {
        var path = await ledger.CaseAsync();
        var verifier = await ledger.VerifierAsync();
        (await verifier.PostAsync($"{path}/dismissal", System.Text.Json.Nodes.JsonNode.Parse("""{"reason":"not-substantiated","rationale":"Nobody else heard it."}""")!, ifMatch: "\"0\"")).Stored();
        using var stranger = new HttpClient { BaseAddress = ledger.Server.Address };
        var events = await (await ledger.WhoAsync("auditor-1", "auditor")).GetAsync("events?after=-1&limit=500&raw=true");
        var checkedTypes = new HashSet<string>();
        foreach (var item in events.Json["items"]!.AsArray())
        {
            var type = item!["type"]!.GetValue<string>();
            var schema = JsonSchema.FromText(Fresh(await stranger.GetStringAsync($"/schemas/events/{type}")));
            var stored = JsonDocument.Parse(Convert.FromBase64String(item["raw"]!["data"]!.GetValue<string>()));
            Assert.True(schema.Evaluate(stored.RootElement).IsValid, type);
            checkedTypes.Add(type);
        }

        Assert.Superset(new HashSet<string> { "agreement-registered-v1", "zone-defined-v1", "violation-recorded-v1", "violation-dismissed-v1", "key-issued-v1" }, checkedTypes);
    }

    [Fact]
    public async Task A_body_that_the_server_takes_is_valid_and_one_with_a_foreign_field_isnt()
    {
        using var stranger = new HttpClient { BaseAddress = ledger.Server.Address };
        var all = Fresh(await stranger.GetStringAsync("/schemas/requests"));
        using var parsed = JsonDocument.Parse(all);
        var id = parsed.RootElement.GetProperty("$id").GetString();
        SchemaRegistry.Global.Register(JsonSchema.FromText(all));
        var violation = JsonSchema.FromText($$"""{ "$ref": "{{id}}#/$defs/ViolationRequest" }""");
        Assert.True(violation.Evaluate(JsonSerializer.SerializeToElement(Bodies.Violation())).IsValid);
        Assert.False(violation.Evaluate(JsonSerializer.SerializeToElement(Bodies.Violation(body => body["colour"] = "red"))).IsValid);
        Assert.False(violation.Evaluate(JsonSerializer.SerializeToElement(Bodies.Violation(body => body.Remove("category")))).IsValid);
    }

    [Fact]
    public async Task The_dictionary_names_every_column_and_every_code()
    {
        using var stranger = new HttpClient { BaseAddress = ledger.Server.Address };
        var page = await stranger.GetStringAsync("/schemas/dictionary");
        foreach (var name in (string[])["uncertainty_metres", "strike-on-settlement", "Ракетный удар", "violation-recorded-v1", "#loc &#x2B;name", "code of categories"])
            Assert.Contains(name, page, StringComparison.Ordinal);
        var unknown = await stranger.GetAsync("/schemas/events/violation-imagined-v1");
        Assert.Equal(404, (int)unknown.StatusCode);
    }

    /// <summary>Under an address of its own, because the library keeps what it has seen.</summary>
    private static string Fresh(string schema) => schema.Replace("\"$id\": \"/schemas", $"\"$id\": \"https://{Guid.NewGuid():N}.example/schemas", StringComparison.Ordinal);
}
