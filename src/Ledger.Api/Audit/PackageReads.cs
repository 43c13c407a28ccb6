using System.Globalization;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Exchange.Packages;

namespace Ledger.Api.Audit;

/// <summary>The whole ledger as one file that verifies years later, without the server and without the network.</summary>
internal static class PackageReads
{
    public static void MapPackageReads(this IEndpointRouteBuilder api) => api.MapGet("/audit/package", PackAsync).WithTags("Exports").Needs(Act.ReadOperatorsActs).Lasts();

    // It holds the operator's acts and every agreement's cases, so it is for those who may read them all.
    private static Task<IResult> PackAsync(HttpContext context, Reader reader)
    {
        var query = new QueryReader(context.Request);
        return reader.AtAsync(context, query, null, _ => Task.FromResult<IResult>(
            !context.Principal().May(Act.ReadOperatorsActs) ? Problem.NotAllowed("A package of the whole ledger is for its auditors and administrators.")
            : reader.Node.Log.Published is { } head ? new PackageAnswer(reader, head.Checkpoint.Size.Value)
            : new Problem(StatusCodes.Status503ServiceUnavailable, "not-yet-visible", "No head of the log is published yet.") { RetryAfter = 1 }));
    }

    private sealed class PackageAnswer(Reader reader, long size) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "application/zip";
            response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"ledger-{size}.zip\"");
            try
            {
                var node = reader.Node;
                await using var body = new BodyStream(response.BodyWriter);
                await AuditPackage.WriteAsync(new NodePackage(node.View, node.Get<Disclosures>(), node.Log.FileAsync), body, httpContext.RequestAborted);
                await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
            }
            catch (PackageException)
            {
                // Half a file that looks whole would be worse than none.
                httpContext.Abort();
            }
        }
    }
}
