using System.Globalization;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Exports;
using Ledger.Projections;

namespace Ledger.Api.Exports;

/// <summary>The violations of an agreement as files: what anybody opens who never heard of this API.</summary>
internal static class ExportReads
{
    public static void MapExportReads(this IEndpointRouteBuilder api)
    {
        var exports = api.MapGroup("/agreements/{agreementId}").WithTags("Exports").Needs(Act.Export).Lasts();
        foreach (var form in ExportForm.All)
            exports.MapGet("/export." + form.Ending, (HttpContext context, Reader reader, LedgerSettings settings, string agreementId) => ExportAsync(context, reader, settings, agreementId, form));
        exports.MapGet("/datapackage.json", DescribeAsync);
    }

    private static Task<IResult> ExportAsync(HttpContext context, Reader reader, LedgerSettings settings, string agreementId, ExportForm form)
    {
        var query = new QueryReader(context.Request, "status", "party", "category", "from", "to", "bbox", "zone", "asOf", "method");
        var method = query.Code<CountingMethod>("method") ?? CountingMethod.RecordsV1;
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
            var first = await reader.Node.Mediator.Send(new GetViolations(context.Principal(), asked, count, new PageRequest(1, null, CountIsAsked: true)), context.RequestAborted);
            if (first is not Page<ViolationListItem>.Listed) return Reader.AnswerPage(context, first, Violations.ListItemAnswer.Of, ReadJson.Plain.ListAnswerListItemAnswer);
            var (head, picture) = await HeadAsync(context.Principal(), reader, settings, agreement, count, method, context.RequestAborted);
            return new ExportAnswer(form, head, picture, reader.Node.Get<Blurs>().AllViolationsAsync(context.Principal(), asked, count, context.RequestAborted));
        });
    }

    private static Task<IResult> DescribeAsync(HttpContext context, Reader reader, LedgerSettings settings, string agreementId)
    {
        var query = new QueryReader(context.Request, "asOf", "method");
        var method = query.Code<CountingMethod>("method") ?? CountingMethod.RecordsV1;
        return reader.OfAgreementAsync(context, query, query.AsOf(), agreementId, async (agreement, count) =>
        {
            var (head, _) = await HeadAsync(context.Principal(), reader, settings, agreement, count, method, context.RequestAborted);
            var json = DataPackage.Describe(
                head, ["csv", "hxl.csv", "geojson", "xlsx", "parquet"], ending => string.Create(CultureInfo.InvariantCulture, $"export.{ending}?asOf={count}"));
            return Reader.Answer(context, json, Reader.ETagOf(count), count);
        });
    }

    private static async Task<(ExportHead Head, ComplianceAnswer.Picture? Picture)> HeadAsync(
        Principal principal, Reader reader, LedgerSettings settings, AgreementId agreement, long count, CountingMethod method, CancellationToken cancellation)
    {
        var state = reader.View.Agreement(agreement, count)!;
        var picture = await reader.Node.Mediator.Send(new GetCompliance(principal, new ComplianceQuery(agreement) { Method = method }, count), cancellation) as ComplianceAnswer.Picture;
        var head = await ExportHeads.OfAsync(reader, settings, state, picture, count, method, cancellation);
        return (head, picture);
    }
}
