using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Describing_bodies(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Every_JSON_body_is_described_by_the_record_that_it_is_read_with()
    {
        var document = await DocumentAsync();
        var bodies = document["paths"]!.AsObject()
            .Select(path => (path.Key, Body: path.Value!["post"]?["requestBody"]?["content"]?["application/json"]))
            .Where(path => path.Body is not null).ToArray();

        Assert.True(bodies.Length > 20);
        Assert.All(bodies, path => Assert.NotNull(Schema(document, path.Body!)["properties"]));
    }

    [Fact]
    public async Task A_schema_says_what_the_binder_asks_for()
    {
        var document = await DocumentAsync();
        var schema = Schema(document, document["paths"]!["/api/v1/agreements/{agreementId}/violations"]!["post"]!["requestBody"]!["content"]!["application/json"]!);

        Assert.Equal(["category", "occurred", "allegedParty"], schema["required"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.False(schema["additionalProperties"]!.GetValue<bool>());
        Assert.Empty(Bodies.Violation().Select(field => field.Key).Except(schema["properties"]!.AsObject().Select(field => field.Key)));
        Assert.Contains("strike-on-settlement", document["components"]!["schemas"]!["Category"]!["enum"]!.AsArray().Select(code => code!.GetValue<string>()));
        Assert.Contains("null", schema["properties"]!["allegedParty"]!["type"]!.ToJsonString(), StringComparison.Ordinal);
        var count = document["components"]!["schemas"]!["CountRequest"]!["properties"]!["min"]!;
        Assert.Equal("integer", count["type"]!.GetValue<string>());
        Assert.Equal(10_000_000, count["maximum"]!.GetValue<int>());
        Assert.Equal("date-time", document["components"]!["schemas"]!["OccurredRequest"]!["properties"]!["from"]!["format"]!.GetValue<string>());
    }

    private async Task<JsonNode> DocumentAsync() => (await ledger.Administrator.GetAsync("../../openapi/v1.json")).Json;

    private static JsonNode Schema(JsonNode document, JsonNode body)
    {
        var name = body["schema"]!["$ref"]!.GetValue<string>()["#/components/schemas/".Length..];
        return document["components"]!["schemas"]![name]!;
    }
}
