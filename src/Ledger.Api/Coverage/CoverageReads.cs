using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Projections;

namespace Ledger.Api.Coverage;

/// <summary>Hours watched and lost, and the totals that others published.</summary>
internal static class CoverageReads
{
    private const int LongestSite = 200;

    public static void MapCoverageReads(this IEndpointRouteBuilder api)
    {
        var agreement = api.MapGroup("/agreements/{agreementId}").WithTags("Coverage");
        agreement.MapGet("/coverage", CoverageAsync).Needs(Act.ReadCoverage);
        agreement.MapGet("/aggregate-claims", ClaimsAsync).Needs(Act.ReadClaims);
    }

    private static Task<IResult> CoverageAsync(HttpContext context, Reader reader, string agreementId)
    {
        var query = new QueryReader(context.Request, "asOf", "from", "to", "zone", "site", "kind", "limit", "cursor");
        var (from, to) = query.Period();
        var asked = new CoverageQuery(new AgreementId(agreementId))
        {
            From = from,
            To = to,
            Zones = query.Ids("zone", id => new ZoneId(id)),
            Sites = query.Texts("site", LongestSite),
            Kinds = query.Codes<CoverageKind>("kind"),
        };
        var asOf = query.AsOf();
        var page = query.Page(asOf);
        return reader.OfAgreementAsync(context, query, asOf, agreementId, async (_, count) =>
        {
            var list = await reader.Node.Mediator.Send(new GetCoverage(context.Principal(), asked, count, page), context.RequestAborted);
            return Reader.AnswerPage(context, list.Page, item => CoverageAnswer.Of(item, list.Texts!), ReadJson.Plain.ListAnswerCoverageAnswer);
        }, unchanged: page.Cursor is null);
    }

    private static Task<IResult> ClaimsAsync(HttpContext context, Reader reader, string agreementId)
    {
        var query = new QueryReader(context.Request, "asOf", "from", "to", "limit", "cursor");
        var (from, to) = query.Period();
        var asked = new ClaimQuery(new AgreementId(agreementId)) { From = from, To = to };
        var asOf = query.AsOf();
        var page = query.Page(asOf);
        return reader.OfAgreementAsync(context, query, asOf, agreementId, async (_, count) =>
        {
            var list = await reader.Node.Mediator.Send(new GetClaims(context.Principal(), asked, count, page), context.RequestAborted);
            return Reader.AnswerPage(context, list.Page, item => ClaimAnswer.Of(item, list.Texts!), ReadJson.Plain.ListAnswerClaimAnswer);
        }, unchanged: page.Cursor is null);
    }
}
