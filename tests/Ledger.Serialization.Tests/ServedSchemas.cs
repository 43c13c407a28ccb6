using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Ledger.Serialization.Tests;

/// <summary>The schemas that are served say what is stored: a stranger's validator takes every golden, and refuses what the reader refuses.</summary>
public class ServedSchemas
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");

    public static TheoryData<string> Files => new(
        Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Where(file => EventSchemas.Types.Contains(Examples.TypeOf(file))).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Files))]
    public void A_golden_is_valid(string golden) => Assert.True(IsValid(golden, Golden(golden)), golden);

    [Theory, MemberData(nameof(Files))]
    public void Without_a_field_that_must_be_there_it_isnt(string golden)
    {
        var schema = JsonNode.Parse(EventSchemas.Of(Examples.TypeOf(golden), "https://ledger.example/x")!)!;
        foreach (var name in schema["required"]?.AsArray().Select(name => name!.GetValue<string>()) ?? [])
        {
            var less = Golden(golden);
            Assert.True(less.Remove(name), name);
            Assert.False(IsValid(golden, less), name);
            Assert.Throws<StoredEventException>(() => EventCodec.Decode(Examples.TypeOf(golden), JsonSerializer.SerializeToUtf8Bytes(less)));
        }
    }

    [Theory, MemberData(nameof(Files))]
    public void With_a_value_of_another_kind_it_isnt(string golden)
    {
        foreach (var name in Golden(golden).Select(property => property.Key))
        {
            var other = Golden(golden);
            other[name] = new JsonArray(new JsonArray(17));
            Assert.False(IsValid(golden, other), name);
        }
    }

    [Fact]
    public void There_is_one_for_every_type_and_none_for_others()
    {
        Assert.All(EventSchemas.Types, type => Assert.NotNull(EventSchemas.Of(type, "https://ledger.example/x")));
        Assert.Null(EventSchemas.Of("violation-imagined-v1", "https://ledger.example/x"));
    }

    private static JsonObject Golden(string golden) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Folder, golden + ".json")))!.AsObject();

    private static bool IsValid(string golden, JsonObject data)
    {
        var schema = JsonSchema.FromText(System.Text.Encoding.UTF8.GetString(EventSchemas.Of(Examples.TypeOf(golden), $"https://ledger.example/{Guid.NewGuid()}")!));
        return schema.Evaluate(JsonSerializer.SerializeToElement(data), new EvaluationOptions { RequireFormatValidation = true }).IsValid;
    }
}
