using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ledger.Api.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Ledger.Api.Docs;

/// <summary>Fills the OpenAPI document from the endpoints that are really mapped: what isn't mapped isn't in it, and what is mapped can't hide.</summary>
internal sealed partial class ApiDocument(EndpointDataSource endpoints, OperationDocs docs) : IOpenApiDocumentTransformer
{
    private const string Scheme = "key";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Ceasefire Ledger",
            Version = "v1",
            Description = "Records, disputes and confirms alleged ceasefire violations in an append-only, event-sourced ledger, and says what any moment's picture was.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key." },
        };
        document.Paths = [];
        foreach (var (method, path, endpoint) in Mapped(endpoints)) Add(document, method, path, endpoint);
        document.Tags = new HashSet<OpenApiTag>(
            document.Paths.Values.SelectMany(item => item.Operations!.Values).SelectMany(operation => operation.Tags!)
                .Select(tag => tag.Reference.Id!).Distinct().Order(StringComparer.Ordinal).Select(name => new OpenApiTag { Name = name }));
        return Task.CompletedTask;
    }

    /// <summary>Every endpoint with a method, each with its path as the document writes it.</summary>
    public static IEnumerable<(string Method, string Path, RouteEndpoint Endpoint)> Mapped(EndpointDataSource endpoints) =>
        from endpoint in endpoints.Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null or { ExcludeFromDescription: false } || IsOurDoc(endpoint)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        let path = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!.Trim('/'), "{$1}")
        where !path.Contains("{**", StringComparison.Ordinal) && !path.EndsWith(".js", StringComparison.Ordinal)
        orderby path, method
        select (method, path, endpoint);

    private static bool IsOurDoc(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText!.Trim('/') is "docs";

    private void Add(OpenApiDocument document, string method, string path, RouteEndpoint endpoint)
    {
        if (!document.Paths.TryGetValue(path, out var item)) document.Paths.Add(path, item = new OpenApiPathItem { Operations = [] });
        item.Operations!.TryAdd(new HttpMethod(method), Operation(document, method, path, endpoint));
    }

    private OpenApiOperation Operation(OpenApiDocument document, string method, string path, RouteEndpoint endpoint)
    {
        var doc = docs.Find(method, path);
        var needsKey = path.StartsWith("/api/", StringComparison.Ordinal) && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null;
        var operation = new OpenApiOperation
        {
            Summary = doc?.Summary,
            Description = doc?.Description,
            OperationId = method.ToLowerInvariant() + NotALetter().Replace(path.Replace("/api/v1", "", StringComparison.Ordinal), "-"),
            Tags = new HashSet<OpenApiTagReference> { new(doc?.Tag ?? "Other", document) },
            Parameters = [],
            Responses = [],
        };
        if (needsKey) operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        AddPathParameters(operation, path);
        if (doc is null) return operation;

        AddParameters(operation, method, path, doc);
        if (doc.Request is not null)
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Content(doc.RequestType, doc.Request) };
        AddAnswers(operation, doc, needsKey && method == "GET");
        if (needsKey) AddProblems(operation, method, path, doc);
        return operation;
    }

    private static void AddPathParameters(OpenApiOperation operation, string path)
    {
        foreach (Match name in Parameter().Matches(path))
            operation.Parameters!.Add(new OpenApiParameter { Name = name.Groups[1].Value, In = ParameterLocation.Path, Required = true, Schema = Text() });
    }

    private void AddParameters(OpenApiOperation operation, string method, string path, OperationDoc doc)
    {
        foreach (var name in doc.Query)
            operation.Parameters!.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = docs.ParameterText(name), Schema = Text() });
        if (!path.StartsWith("/api/", StringComparison.Ordinal)) return;
        if (method == "GET")
        {
            AddHeader(operation, "Ledger-Position", "Wait, 2 seconds at most, until answers cover this position.", false);
            AddHeader(operation, "If-None-Match", "The ETag of an answer that you have: 304 where it still stands.", false);
        }
        else
        {
            AddHeader(operation, "Idempotency-Key", "Makes repeating this request safe.", false);
            if (doc.Decision) AddHeader(operation, "If-Match", "The revision that the decision was taken on, in quotes.", true);
        }
    }

    private static void AddHeader(OpenApiOperation operation, string name, string text, bool required) =>
        operation.Parameters!.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Header, Description = text, Required = required, Schema = Text() });

    private static void AddAnswers(OpenApiOperation operation, OperationDoc doc, bool conditional)
    {
        foreach (var (status, example) in doc.Answers)
        {
            var content = Content(doc.AnswerType, example);
            foreach (var type in doc.OtherAnswerTypes) content[type] = new OpenApiMediaType { Schema = Text(), Example = OneLine(example) };
            operation.Responses![status] = new OpenApiResponse { Description = ReasonPhrases.GetReasonPhrase(int.Parse(status, null)), Content = content };
        }

        if (conditional) operation.Responses!["304"] = new OpenApiResponse { Description = "What you have still stands." };
    }

    private void AddProblems(OpenApiOperation operation, string method, string path, OperationDoc doc)
    {
        var codes = new List<string> { "malformed", "unauthenticated", "too-many-requests", "unavailable" };
        if (path.Contains('{', StringComparison.Ordinal)) codes.Add("not-found");
        if (doc.Query.Contains("asOf")) codes.Add("as-of-beyond-head");
        if (method == "GET") codes.Add("not-yet-visible");
        else codes.AddRange(["not-allowed", "idempotency-key-reused", "read-only"]);
        if (method == "POST") codes.AddRange(["too-large", "unsupported-media-type"]);
        if (doc.Decision) codes.AddRange(["stale-revision", "if-match-required"]);
        foreach (var sameStatus in codes.Concat(doc.Codes).GroupBy(code => docs.Code(code).Status).OrderBy(group => group.Key))
            operation.Responses![sameStatus.Key.ToString(System.Globalization.CultureInfo.InvariantCulture)] = Refusals([.. sameStatus]);
    }

    private OpenApiResponse Refusals(IReadOnlyList<string> codes) => new()
    {
        Description = string.Join(", ", codes),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [Problem.MediaType] = new OpenApiMediaType
            {
                Schema = SchemaOf(ProblemOf(codes[0])),
                Examples = codes.ToDictionary(code => code, code => (IOpenApiExample)new OpenApiExample { Value = ProblemOf(code) }),
            },
        },
    };

    private JsonObject ProblemOf(string code)
    {
        var (status, detail) = docs.Code(code);
        var problem = new JsonObject
        {
            ["type"] = "about:blank", ["title"] = ReasonPhrases.GetReasonPhrase(status), ["status"] = status, ["code"] = code, ["detail"] = detail,
        };
        if (code == "malformed") problem["errors"] = new JsonObject { ["/occurred/from"] = "It must be a time of RFC 3339." };
        if (code == "stale-revision") problem["currentRevision"] = 4;
        return problem;
    }

    private static Dictionary<string, OpenApiMediaType> Content(string type, JsonNode? example) => new()
    {
        [type] = new OpenApiMediaType
        {
            Schema = type == "application/json" ? SchemaOf(example) : Text(),
            Example = type == "application/x-ndjson" ? OneLine(example) : example?.DeepClone(),
        },
    };

    private static JsonNode? OneLine(JsonNode? example) => example?.ToJsonString();

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    /// <summary>The shape that an example shows. What may be left out stands in the descriptions.</summary>
    private static OpenApiSchema SchemaOf(JsonNode? example) => example switch
    {
        JsonObject o => new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = o.ToDictionary(property => property.Key, property => (IOpenApiSchema)SchemaOf(property.Value)),
        },
        JsonArray a => new OpenApiSchema { Type = JsonSchemaType.Array, Items = a.Count > 0 ? SchemaOf(a[0]) : new OpenApiSchema() },
        null => new OpenApiSchema(),
        _ => ScalarOf(example),
    };

    private static OpenApiSchema ScalarOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String when Guid.TryParseExact(value.GetValue<string>(), "D", out _) => new() { Type = JsonSchemaType.String, Format = "uuid" },
        JsonValueKind.String when Time().IsMatch(value.GetValue<string>()) => new() { Type = JsonSchemaType.String, Format = "date-time" },
        JsonValueKind.String => Text(),
        JsonValueKind.Number when value.ToJsonString().Contains('.', StringComparison.Ordinal) => new() { Type = JsonSchemaType.Number },
        JsonValueKind.Number => new() { Type = JsonSchemaType.Integer },
        _ => new() { Type = JsonSchemaType.Boolean },
    };

    [GeneratedRegex(@"\{(\w+)[^}]*\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"[^A-Za-z0-9]+")]
    private static partial Regex NotALetter();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")]
    private static partial Regex Time();
}
