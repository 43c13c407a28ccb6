using System.Runtime.CompilerServices;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Exports;
using Ledger.Projections;

namespace Ledger.Api.Exports;

/// <summary>The violations of an agreement as files: what anybody opens who never heard of this API.</summary>
internal static class ExportReads
{
    private const int PageLength = 500;

    public static void MapExportReads(this IEndpointRouteBuilder api)
    {
        var exports = api.MapGroup("/agreements/{agreementId}").WithTags("Exports");
        exports.MapGet("/export.csv", (HttpContext context, Reader reader, string agreementId) => ExportAsync(context, reader, agreementId, Form.Csv));
        exports.MapGet("/export.hxl.csv", (HttpContext context, Reader reader, string agreementId) => ExportAsync(context, reader, agreementId, Form.HxlCsv));
        exports.MapGet("/export.geojson", (HttpContext context, Reader reader, string agreementId) => ExportAsync(context, reader, agreementId, Form.GeoJson));
        exports.MapGet("/export.parquet", (HttpContext context, Reader reader, string agreementId) => ExportAsync(context, reader, agreementId, Form.Parquet));
    }

    private enum Form { Csv, HxlCsv, GeoJson, Parquet }

    private static Task<IResult> ExportAsync(HttpContext context, Reader reader, string agreementId, Form form)
    {
        var query = new QueryReader(context.Request, "status", "party", "category", "from", "to", "bbox", "zone", "asOf");
        var asked = new ViolationQuery(new AgreementId(agreementId))
        {
            Cases = query.Cases(),
            Statuses = query.Codes<ViolationStatus>("status"),
            Parties = query.Ids("party", id => new PartyId(id)),
            Box = query.Box("bbox"),
        };
        return reader.OfAgreementAsync(context, query, query.AsOf(), agreementId, async (agreement, count) =>
        {
            // The first page says whether the filters name what there is, before the answer has begun.
            var first = await reader.Node.Mediator.Send(new GetViolations(context.Principal(), asked, count, new PageRequest(PageLength, null, CountIsAsked: true)), context.RequestAborted);
            if (first is not Page<ViolationListItem>.Listed listed) return Reader.AnswerPage(context, first, Violations.ListItemAnswer.Of, ReadJson.Plain.ListAnswerListItemAnswer);
            var head = await HeadAsync(reader, agreement, count, context.RequestAborted);
            return new Export(form, head, RowsAsync(context, reader, asked, count, listed), reader.Node.Origin, count);
        });
    }

    private static async Task<ExportHead> HeadAsync(Reader reader, AgreementId agreement, long count, CancellationToken cancellation)
    {
        var state = reader.View.Agreement(agreement, count)!;
        var covered = await reader.View.CoveredAsync(count, cancellation);
        var caveats = await reader.View.ComplianceAsync(new ComplianceQuery(agreement), count, cancellation) is ComplianceAnswer.Picture picture ? picture.Statements : [];
        var published = reader.Node.Log.Published?.Checkpoint;
        return new ExportHead(
            agreement, state.Title, state.Exercise, count, covered.RecordedAt, reader.Node.Origin,
            published is not null && published.Size.Value >= count ? (published.Size.Value, published.Root.ToString()) : null, caveats);
    }

    private static async IAsyncEnumerable<ViolationListItem> RowsAsync(
        HttpContext context, Reader reader, ViolationQuery query, long count, Page<ViolationListItem>.Listed first, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (var page = first; ;)
        {
            foreach (var item in page.Items) yield return item;
            if (page.NextCursor is not { } cursor) yield break;
            var next = await reader.Node.Mediator.Send(new GetViolations(context.Principal(), query, count, new PageRequest(PageLength, cursor, CountIsAsked: true)), cancellation);
            page = next as Page<ViolationListItem>.Listed ?? throw new InvalidOperationException("A list that has begun goes on.");
        }
    }

    private sealed class Export(Form form, ExportHead head, IAsyncEnumerable<ViolationListItem> rows, string origin, long count) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var (response, cancellation) = (httpContext.Response, httpContext.RequestAborted);
            var (type, end) = form switch
            {
                Form.Csv => ("text/csv; charset=utf-8", "csv"),
                Form.HxlCsv => ("text/csv; charset=utf-8", "hxl.csv"),
                Form.GeoJson => ("application/geo+json", "geojson"),
                Form.Parquet => ("application/vnd.apache.parquet", "parquet"),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            response.ContentType = type;
            response.Headers.ContentDisposition = $"attachment; filename=\"{head.Agreement}-{count}.{end}\"";
            response.Headers["Ledger-Count"] = count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            response.Headers["Ledger-Origin"] = origin;
            response.Headers.CacheControl = "private, no-cache";
            response.Headers.ETag = Reader.ETagOf(count);
            switch (form)
            {
                case Form.Csv or Form.HxlCsv: await ViolationExports.WriteCsvAsync(response.Body, head, rows, form == Form.HxlCsv, cancellation); break;
                case Form.GeoJson: await ViolationExports.WriteGeoJsonAsync(response.Body, head, rows, cancellation); break;
                default: await WriteParquetAsync(response, cancellation); break;
            }
        }

        private async Task WriteParquetAsync(HttpResponse response, CancellationToken cancellation)
        {
            var folder = Directory.CreateTempSubdirectory("ledger-export-");
            try
            {
                var file = Path.Combine(folder.FullName, "export.parquet");
                await ViolationExports.WriteParquetAsync(file, head, rows, cancellation);
                await response.SendFileAsync(file, cancellation);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }
}
