using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Ledger.Api.Docs;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ledger.Api.Http.Binding;

/// <summary>Shows in the API's description what the binder asks for: schemas come from the same records and rules.</summary>
internal sealed class RequestSchemas(EndpointDataSource endpoints) : IOpenApiSchemaTransformer, IOpenApiDocumentTransformer
{
    public static IServiceCollection Add(IServiceCollection services)
    {
        // Schemas are made with these options; the binder has its own, with the same converters.
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, RequestJson.Default);
            foreach (var converter in RequestJson.Default.Options.Converters) options.SerializerOptions.Converters.Add(converter);
        });
        services.AddSingleton<RequestSchemas>();
        // After whatever else describes the API, so that bodies are shown as they are read.
        return services.PostConfigureAll<OpenApiOptions>(options => options.AddSchemaTransformer<RequestSchemas>().AddDocumentTransformer<RequestSchemas>());
    }

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        Type(schema, context.JsonTypeInfo.Type);
        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(inherit: true) is not { } rules) return Task.CompletedTask;
        var isList = schema.Type is { } type && (type & JsonSchemaType.Array) != 0;
        var each = isList ? schema.Items as OpenApiSchema ?? schema : schema;
        foreach (var rule in rules)
        {
            switch (rule)
            {
                case SlugAttribute slug:
                    (schema.Pattern, each.Pattern) = (null, slug.Pattern);
                    break;
                case Sha256Attribute sha256:
                    (schema.Pattern, each.Pattern) = (null, sha256.Pattern);
                    break;
                case OneOfAttribute codes:
                    each.Enum = [.. codes.Codes.Select(code => (JsonNode)code)];
                    break;
                case EachNameAttribute:
                    each.MaxLength = NameAttribute.Longest;
                    break;
                case DistinctAttribute:
                    schema.UniqueItems = true;
                    break;
                case NeverNullAttribute:
                    schema.Type &= ~JsonSchemaType.Null;
                    break;
            }
        }

        if (isList) schema.MaxItems = ListShape.Usual;
        return Task.CompletedTask;
    }

    /// <summary>What a converter of ours hides from the framework.</summary>
    private static void Type(OpenApiSchema schema, Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        var orNull = value == type ? default : JsonSchemaType.Null;
        if (value == typeof(int) || value == typeof(long)) schema.Type = JsonSchemaType.Integer | orNull;
        else if (value == typeof(DateTimeOffset) || value.IsEnum) schema.Type = JsonSchemaType.String | orNull;
        else if (type.Assembly == typeof(RequestSchemas).Assembly && RequestJson.Default.GetTypeInfo(type) is not null) schema.AdditionalPropertiesAllowed = false;
    }

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var (method, path, endpoint) in ApiDocument.Mapped(endpoints))
        {
            if (endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is not { } record) continue;
            if (!document.Paths.TryGetValue(path, out var item) || !item.Operations!.TryGetValue(new HttpMethod(method), out var operation)) continue;
            if (operation.RequestBody?.Content?.TryGetValue(Body.Json, out var content) == true && document.Components?.Schemas?.ContainsKey(record.Name) == true)
                content.Schema = new OpenApiSchemaReference(record.Name, document);
        }

        return Task.CompletedTask;
    }
}
