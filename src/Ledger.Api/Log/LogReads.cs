using System.Globalization;
using System.Text;
using Ledger.Api.Http;
using Ledger.Log;
using Ledger.Node;
using Ledger.Transparency;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ledger.Api.Log;

/// <summary>The transparency log as C2SP tlog-tiles serves one: static bytes that anybody may fetch, keep and compare.</summary>
internal static class LogReads
{
    private const string Prefix = "/log/";

    /// <summary>A proxy may have sent the checkpoint's reader to another node: that one has this long to read the same seal.</summary>
    private static readonly TimeSpan SealMayTake = TimeSpan.FromSeconds(2);

    public static void MapLogReads(this IEndpointRouteBuilder app)
    {
        var log = app.MapGroup("/log").WithTags("Transparency log");
        log.AddEndpointFilter(async (context, next) =>
        {
            context.HttpContext.Response.Headers.AccessControlAllowOrigin = "*";
            return IsCanonical(context.HttpContext) ? await next(context) : Problem.NotFound();
        });
        Map(log, "/checkpoint", (HttpContext context, LedgerNode node) => Checkpoint(context, node.Log));
        Map(log, "/vkey", (HttpContext context, LedgerNode node) => Newest(context, $"{node.Log.Key}\n"));
        Map(log, "/keys", (HttpContext context, LedgerNode node) => Newest(context, string.Concat(node.Log.KeyChanges)));
        Map(log, "/lost", (HttpContext context, LedgerNode node) => node.Log.Lost is { } lost ? Newest(context, lost.ToString()) : (IResult)Problem.NotFound());
        Map(log, "/tile/{**tile}", (string tile, HttpContext context, LedgerNode node) => TileAsync(tile, context, node.Log));
        Map(log, "/proof/{eventId}", (string eventId, HttpContext context, LedgerNode node) => ProofAsync(eventId, context, node));
    }

    private static void Map(RouteGroupBuilder log, string path, Delegate read)
    {
        log.MapGet(path, read);
        log.MapMethods(path, [HttpMethods.Head], read).ExcludeFromDescription();
    }

    private static ContentHttpResult Checkpoint(HttpContext context, TransparencyLog log) =>
        log.Published is { } head ? Newest(context, head.ToString()) : NotYet(context, "No head is published yet.");

    /// <summary>What may be another text the next moment.</summary>
    private static ContentHttpResult Newest(HttpContext context, string text)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Text(text, "text/plain", Encoding.UTF8);
    }

    private static async Task<IResult> TileAsync(string tile, HttpContext context, TransparencyLog log)
    {
        var path = $"tile/{tile}";
        var bytes = TileId.TryParse(path, out var id) ? await log.TileAsync(id, SealMayTake, context.RequestAborted)
            : BundleId.TryParse(path, out var bundle) ? await log.BundleAsync(bundle, SealMayTake, context.RequestAborted)
            : null;
        if (bytes is null) return Problem.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(bytes, "application/octet-stream");
    }

    private static async Task<IResult> ProofAsync(string eventId, HttpContext context, LedgerNode node)
    {
        if (!Guid.TryParseExact(eventId, "D", out var id) || id.ToString("D") != eventId) return Problem.NotFound();
        if (await node.View.SequenceOfAsync(id, context.RequestAborted) is not { } sequence) return Problem.NotFound();
        if (node.Log.Proof(new LeafIndex(sequence)) is { } proof) return Newest(context, proof.ToString());
        return NotYet(context, string.Create(CultureInfo.InvariantCulture, $"The event at sequence {sequence} isn't under a published head yet."));
    }

    private static ContentHttpResult NotYet(HttpContext context, string sentence)
    {
        context.Response.Headers.RetryAfter = "1";
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Text(sentence + "\n", "text/plain", Encoding.UTF8, StatusCodes.Status202Accepted);
    }

    /// <summary>A path has one form: what was sent must be what was understood, without encoded slashes or dots.</summary>
    private static bool IsCanonical(HttpContext context)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2)[0];
        return raw.StartsWith(Prefix, StringComparison.Ordinal) && !raw.Any(char.IsAsciiLetterUpper) && raw == context.Request.PathBase.Value + context.Request.Path.Value;
    }
}
