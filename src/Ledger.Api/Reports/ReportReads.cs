using System.Globalization;
using Ledger.Api.Exports;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Exchange.Reports;
using Ledger.Projections;

namespace Ledger.Api.Reports;

/// <summary>The daily report of an agreement.</summary>
internal static class ReportReads
{
    public static void MapReportReads(this IEndpointRouteBuilder api) =>
        api.MapGet("/agreements/{agreementId}/reports/{date}", DailyAsync).WithTags("Reports").Needs(Act.Export);

    private static async Task<IResult> DailyAsync(HttpContext context, Reader reader, LedgerSettings settings, TimeProvider time, string agreementId, string date)
    {
        var query = new QueryReader(context.Request, "asOf", "whole", "lang");
        var words = WordsOf(query);
        var asked = query.AsOf();
        var isWhole = query.Flag("whole");
        if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) query.Fault("date", "It must be a day such as 2020-10-18.");
        return await reader.AtAsync(context, query, asked, async count =>
        {
            var reports = new ReportReader(reader.View, reader.Node.Mediator, time);
            var answer = await reports.ReadAsync(
                context.Principal(), new AgreementId(agreementId), day, asked is null ? null : count, isWhole,
                (agreement, picture, at) => ExportHeads.OfAsync(reader, settings, agreement, picture, at, CountingMethod.RecordsV1, context.RequestAborted), context.RequestAborted);
            return answer switch
            {
                ReportAnswer.Ready ready => new Page(ready.Report, words!),
                // Whoever sees the agreement is told what would help; whoever doesn't learns nothing.
                ReportAnswer.NotThere when context.Principal().Sees(new AgreementId(agreementId)) && reader.View.Agreement(new AgreementId(agreementId)) is not null =>
                    new Problem(StatusCodes.Status404NotFound, "not-found", "The agreement wasn't in the ledger by the end of that day; ?asOf=COUNT makes the report with later knowledge."),
                ReportAnswer.NotThere => Problem.NotFound(),
                ReportAnswer.NotTheEnd => Problem.Malformed("/whole", "That count isn't what was recorded by the end of the day, or the day isn't over."),
                ReportAnswer.NotBegun => new Problem(StatusCodes.Status400BadRequest, "as-of-beyond-head", "The day hasn't begun where the agreement is."),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        });
    }

    private static ReportWords? WordsOf(QueryReader query)
    {
        if (ReportWords.In(query.One("lang") ?? "en") is { } words) return words;
        query.Fault("lang", $"It must be one of {string.Join(", ", ReportWords.Languages)}.");
        return null;
    }

    private sealed class Page(DailyReport report, ReportWords words) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            // A day ends without an event: the same count is then whole, and no longer provisional.
            var (response, etag) = (httpContext.Response, string.Create(CultureInfo.InvariantCulture, $"\"{report.Head.Count}-{report.Reach}\""));
            response.Headers.ETag = etag;
            response.Headers["Ledger-Count"] = report.Head.Count.ToString(CultureInfo.InvariantCulture);
            response.Headers.CacheControl = "private, no-cache";
            if (Reader.IsNoneMatch(httpContext, etag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }

            response.ContentType = "text/html; charset=utf-8";
            response.Headers.ContentLanguage = words.Language;
            response.Headers.ContentSecurityPolicy = ReportPage.ContentSecurityPolicy;
            response.Headers.XContentTypeOptions = "nosniff";
            await response.Body.WriteAsync(ReportPage.Write(report, words), httpContext.RequestAborted);
        }
    }
}
