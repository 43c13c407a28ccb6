using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ledger.Api.Docs;

/// <summary>What is said of one endpoint.</summary>
/// <param name="Decision">It names the revision that it was taken on (<c>If-Match</c>).</param>
/// <param name="Codes">Refusals that are its own; the common ones follow from the method and the path.</param>
internal sealed record OperationDoc(
    string Tag, string Summary, string? Description, IReadOnlyList<string> Query, bool Decision, string RequestType, JsonNode? Request,
    string AnswerType, IReadOnlyDictionary<string, JsonNode?> Answers, IReadOnlyList<string> OtherAnswerTypes, IReadOnlyList<string> Codes);

/// <summary>The words and examples of the reference page. They stand in <c>operations.json</c>, one entry an endpoint; a test asks for every mapped one.</summary>
internal sealed class OperationDocs
{
    private readonly JsonObject _root;

    public OperationDocs()
    {
        using var stream = typeof(OperationDocs).Assembly.GetManifestResourceStream("operations.json")!;
        _root = JsonNode.Parse(stream)!.AsObject();
    }

    /// <summary>Null where nobody has described the endpoint yet.</summary>
    public OperationDoc? Find(string method, string path)
    {
        if (_root["operations"]![$"{method} {path}"] is not JsonObject entry) return null;
        return new OperationDoc(
            Text(entry, "tag")!, Text(entry, "summary")!, Text(entry, "description"), Texts(entry, "query"), entry["decision"]?.GetValue<bool>() ?? false,
            Text(entry, "requestType") ?? "application/json", Example(entry["request"]),
            Text(entry, "answerType") ?? "application/json",
            entry["answers"]!.AsObject().ToDictionary(answer => answer.Key, answer => Example(answer.Value)),
            Texts(entry, "otherAnswerTypes"), Texts(entry, "codes"));
    }

    public string ParameterText(string name) => _root["parameters"]![name]!.GetValue<string>();

    public (int Status, string Detail) Code(string code)
    {
        var entry = _root["codes"]![code]!.AsArray();
        return (entry[0]!.GetValue<int>(), entry[1]!.GetValue<string>());
    }

    /// <summary>An example, with the named ones (<c>"@case"</c>) in their places.</summary>
    private JsonNode? Example(JsonNode? node) => node switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is ['@', .. var name] =>
            _root["examples"]![name]!.DeepClone(),
        JsonObject o => new JsonObject(o.Select(property => KeyValuePair.Create(property.Key, Example(property.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Example)]),
        _ => node?.DeepClone(),
    };

    private static string? Text(JsonObject entry, string name) => entry[name]?.GetValue<string>();

    private static IReadOnlyList<string> Texts(JsonObject entry, string name) =>
        entry[name] is JsonArray array ? [.. array.Select(item => item!.GetValue<string>())] : [];
}
