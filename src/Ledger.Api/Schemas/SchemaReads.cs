using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Api.Docs;
using Ledger.Api.Http;
using Ledger.Exchange.Dictionary;
using Ledger.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ledger.Api.Schemas;

/// <summary>What events and requests look like, for programs and for people; open to everybody.</summary>
internal static class SchemaReads
{
    // Paths, not addresses: what a client calls this host must not end up in an answer that others are given too.
    private const string Root = "/schemas";
    private const string Json = "application/schema+json";
    private const string OpenApiSchemas = "#/components/schemas/";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void MapSchemaReads(this IEndpointRouteBuilder app)
    {
        var schemas = app.MapGroup("/schemas").WithTags("Schemas");
        schemas.MapGet("", (HttpContext context) => Answer(context, Encoding.UTF8.GetBytes(Index().ToJsonString(Readable)), "application/json"));
        schemas.MapGet("/events/{type}", (HttpContext context, string type) =>
            EventSchemas.Of(type, $"{Root}/events/{type}") is { } schema ? (IResult)Answer(context, schema, Json) : Problem.NotFound());
        schemas.MapGet("/requests", async (HttpContext context, [FromKeyedServices("v1")] IOpenApiDocumentProvider documents) =>
            Answer(context, await RequestsAsync(context, documents), Json)).Add(endpoint => endpoint.RequestDelegate = new MadeOnce(endpoint.RequestDelegate!).ServeAsync);
        schemas.MapGet("/dictionary", (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = DataDictionary.ContentSecurityPolicy;
            return Answer(context, DataDictionary.Write(), "text/html; charset=utf-8");
        });
    }

    private static JsonObject Index() => new()
    {
        ["requests"] = $"{Root}/requests",
        ["dictionary"] = $"{Root}/dictionary",
        ["events"] = new JsonObject(EventSchemas.Types.Select(type => KeyValuePair.Create(type, (JsonNode?)$"{Root}/events/{type}"))),
    };

    /// <summary>The schemas of the OpenAPI document, which come from the records that bodies are read into, as one JSON Schema with a definition for each.</summary>
    private static async Task<byte[]> RequestsAsync(HttpContext context, IOpenApiDocumentProvider documents)
    {
        var document = await documents.GetOpenApiDocumentAsync(context.RequestAborted);
        var json = JsonNode.Parse(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, context.RequestAborted))!;
        var definitions = json["components"]!["schemas"]!.DeepClone();
        Rename(definitions);
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"{Root}/requests",
            ["title"] = "Bodies of requests, each under its name",
            ["$defs"] = definitions,
        };
        return Encoding.UTF8.GetBytes(schema.ToJsonString(Readable));
    }

    private static void Rename(JsonNode? node)
    {
        if (node is JsonObject o)
        {
            if (o["$ref"]?.GetValue<string>() is { } reference && reference.StartsWith(OpenApiSchemas, StringComparison.Ordinal)) o["$ref"] = string.Concat("#/$defs/", reference.AsSpan(OpenApiSchemas.Length));
            foreach (var (_, value) in o) Rename(value);
        }
        else if (node is JsonArray a)
        {
            foreach (var item in a) Rename(item);
        }
    }

    private static FileContentHttpResult Answer(HttpContext context, byte[] bytes, string mediaType)
    {
        context.Response.Headers.CacheControl = "public, max-age=3600";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(bytes, mediaType);
    }
}
