using System.Security.Cryptography;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Exchange.Answers;

namespace Ledger.Api.Labels;

/// <summary>Every code list with its labels in every language: what forms, exports and translations are made from.</summary>
internal static class CodeReads
{
    private static readonly byte[] Body = CodesAnswer.Encode();
    private static readonly string ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Body).AsSpan(0, 8))}\"";

    public static void MapCodeReads(this IEndpointRouteBuilder api) => api.MapGroup("/codes").WithTags("Codes").MapGet("", Get).Needs(Act.ReadCodes);

    private static IResult Get(HttpContext context, Reader reader)
    {
        var query = new QueryReader(context.Request);
        if (query.Problem is { } problem) return problem;
        var count = reader.View.Count;
        return Reader.IsNoneMatch(context, ETag) ? Reader.NotModified(context, ETag, count) : Reader.Answer(context, Body, ETag, count);
    }
}
