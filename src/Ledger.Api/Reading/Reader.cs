using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ledger.Api.Http;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Node;
using Ledger.Projections;
using Microsoft.Net.Http.Headers;

namespace Ledger.Api.Reading;

/// <summary>What every read has in common: the moment that it is about, <c>Ledger-Count</c>, <c>ETag</c> and 304.</summary>
/// <remarks>The order is the contract's: what is malformed, then what isn't there, then whether anything has changed, and only then the work.</remarks>
internal sealed class Reader(LedgerNode node)
{
    public LedgerNode Node => node;

    public LedgerView View => node.View;

    /// <summary>Resolves the moment, and answers with <paramref name="read"/> or says why not.</summary>
    public async Task<IResult> AtAsync(HttpContext context, QueryReader query, AsOf? asOf, Func<long, Task<IResult>> read)
    {
        if (query.Problem is { } problem) return problem;
        return await node.Get<ReadPoints>().ResolveAsync(query.After, asOf, context.RequestAborted) switch
        {
            ReadPoint.At at => await read(at.Count),
            ReadPoint.BeyondHead => BeyondHead(),
            ReadPoint.NotYetVisible => Problem.NotYetVisible(),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>As <see cref="AtAsync"/>, for what belongs to one agreement: 404 where the key doesn't see it, 304 where the caller has this count's answer.</summary>
    /// <param name="unchanged">False where the count alone doesn't say what the answer is (a cursor pins another).</param>
    public Task<IResult> OfAgreementAsync(
        HttpContext context, QueryReader query, AsOf? asOf, string agreementId, Func<AgreementId, long, Task<IResult>> read, bool unchanged = true) =>
        AtAsync(context, query, asOf, async count =>
        {
            var id = new AgreementId(agreementId);
            if (!context.Principal().Sees(id) || View.Agreement(id, count) is null) return Problem.NotFound();
            return unchanged && IsNoneMatch(context, ETagOf(count)) ? NotModified(context, ETagOf(count), count) : await read(id, count);
        });

    /// <summary>An answer that a count and the request say everything about.</summary>
    public static IResult Answer<T>(HttpContext context, T value, JsonTypeInfo<T> type, long count, string? etag = null)
    {
        etag ??= ETagOf(count);
        if (IsNoneMatch(context, etag)) return NotModified(context, etag, count);
        Mark(context.Response, etag, count);
        return new Json<T>(value, type);
    }

    /// <summary>An answer whose bytes are there already.</summary>
    public static IResult Answer(HttpContext context, byte[] json, string etag, long count)
    {
        Mark(context.Response, etag, count);
        return TypedResults.Bytes(json, "application/json; charset=utf-8");
    }

    public static IResult NotModified(HttpContext context, string etag, long count)
    {
        Mark(context.Response, etag, count);
        return TypedResults.StatusCode(StatusCodes.Status304NotModified);
    }

    public static string ETagOf(long count) => string.Create(CultureInfo.InvariantCulture, $"\"{count}\"");

    public static Problem BeyondHead() =>
        new(StatusCodes.Status400BadRequest, "as-of-beyond-head", "The ledger hasn't come so far: the count is larger than its number of events, or the time lies ahead.");

    /// <summary>What a page of a list says, or why there is none.</summary>
    public static IResult AnswerPage<T, TAnswer>(HttpContext context, Page<T> page, Func<T, TAnswer> of, JsonTypeInfo<ListAnswer<TAnswer>> type) => page switch
    {
        Page<T>.Listed listed => Answer(context, new ListAnswer<TAnswer>([.. listed.Items.Select(of)], listed.NextCursor), type, listed.Covered.Count),
        Page<T>.BadCursor => Problem.Malformed("/cursor", "It isn't a cursor of this list with these filters."),
        Page<T>.UnknownAgreement => Problem.NotFound(),
        Page<T>.UnknownName unknown => UnknownName(unknown.Filter, unknown.Value),
        Page<T>.NotForYou no => Problem.Malformed("/" + no.Filter, no.Why),
        Page<T>.WordsBehind => Problem.NotYetVisible(),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static Problem UnknownName(string filter, string value) =>
        Problem.Malformed("/" + filter, $"The agreement has no {filter} '{value}'.");

    public static bool IsNoneMatch(HttpContext context, string etag)
    {
        var header = context.Request.Headers.IfNoneMatch;
        if (header.Count == 0) return false;
        return EntityTagHeaderValue.TryParseList(header, out var tags) && tags.Any(tag => tag.Tag == etag);
    }

    private static void Mark(HttpResponse response, string etag, long count)
    {
        response.Headers.ETag = etag;
        response.Headers["Ledger-Count"] = count.ToString(CultureInfo.InvariantCulture);
        // Answers depend on who asks, and their texts can be erased: whoever keeps one asks whether it still stands.
        response.Headers.CacheControl = "private, no-cache";
    }

    private sealed class Json<T>(T value, JsonTypeInfo<T> type) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await JsonSerializer.SerializeAsync(httpContext.Response.BodyWriter, value, type, httpContext.RequestAborted);
        }
    }
}

/// <summary>Ids in paths: what isn't one names nothing.</summary>
internal static class PathIds
{
    public static ViolationId? Violation(string text) => Guid.TryParseExact(text, "D", out var id) ? new ViolationId(id) : null;
}
