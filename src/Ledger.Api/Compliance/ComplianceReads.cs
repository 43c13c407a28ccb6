using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Answers;
using Ledger.Projections;

namespace Ledger.Api.Compliance;

/// <summary>The current picture per party, and what each figure is made of.</summary>
internal static class ComplianceReads
{
    public static void MapComplianceReads(this IEndpointRouteBuilder api)
    {
        var compliance = api.MapGroup("/agreements/{agreementId}/compliance").WithTags("Compliance").Needs(Act.ReadFigures);
        compliance.MapGet("", PictureAsync);
        compliance.MapGet("/{partyId}", PartyAsync);
        compliance.MapGet("/{partyId}/postings", PostingsAsync);
    }

    private static Task<IResult> PictureAsync(HttpContext context, Reader reader, string agreementId)
    {
        var query = new QueryReader(context.Request, "asOf", "from", "to", "category", "zone", "interval", "method", "basis");
        return AnswerAsync(context, reader, query, Figures(query, agreementId));
    }

    private static Task<IResult> PartyAsync(HttpContext context, Reader reader, string agreementId, string partyId)
    {
        var query = new QueryReader(context.Request, "asOf", "from", "to", "category", "zone", "interval", "method", "basis");
        return AnswerAsync(context, reader, query, Figures(query, agreementId) with { Party = new PartyId(partyId) });
    }

    private static Task<IResult> PostingsAsync(HttpContext context, Reader reader, string agreementId, string partyId)
    {
        var query = new QueryReader(
            context.Request, "status", "asOf", "from", "to", "category", "zone", "method", "basis", "limit", "cursor");
        var asked = new PostingsQuery(Figures(query, agreementId)) { Party = new PartyId(partyId), Statuses = query.Codes<ViolationStatus>("status") };
        var asOf = query.AsOf();
        var page = query.Page(asOf);
        return reader.OfAgreementAsync(context, query, asOf, agreementId, async (_, count) =>
        {
            var list = await reader.Node.Mediator.Send(new GetPostings(context.Principal(), asked, count, page), context.RequestAborted);
            return list is Page<Posting>.UnknownName { Filter: "party" }
                ? Problem.NotFound()
                : Reader.AnswerPage(context, list, PostingAnswer.Of, ReadJson.Plain.ListAnswerPostingAnswer);
        }, unchanged: page.Cursor is null);
    }

    private static Task<IResult> AnswerAsync(HttpContext context, Reader reader, QueryReader query, ComplianceQuery asked) =>
        reader.OfAgreementAsync(context, query, query.AsOf(), asked.Agreement.Value, async (_, count) =>
            await reader.Node.Mediator.Send(new GetCompliance(context.Principal(), asked, count), context.RequestAborted) switch
            {
                ComplianceAnswer.Picture picture =>
                    Reader.Answer(context, ComplianceAnswerBody.Of(picture), ReadJson.Plain.ComplianceAnswerBody, picture.AsOf.Count),
                ComplianceAnswer.UnknownAgreement => Problem.NotFound(),
                // Here a party stands in the path alone, and what a path names and isn't there is 404.
                ComplianceAnswer.UnknownName { Filter: "party" } => Problem.NotFound(),
                ComplianceAnswer.UnknownName unknown => Reader.UnknownName(unknown.Filter, unknown.Value),
                ComplianceAnswer.TooFine => Problem.Malformed("/interval", "By this agreement's policy you see times less exactly than periods of that length; take a longer interval."),
                ComplianceAnswer.TooManyPeriods many => Problem.Malformed(
                    "/interval", $"The series would have {many.Periods} periods, and {ComplianceAnswer.TooManyPeriods.Most} is the most; narrow from and to, or take a longer interval."),
                _ => throw new System.Diagnostics.UnreachableException(),
            });

    private static ComplianceQuery Figures(QueryReader query, string agreementId) => new(new AgreementId(agreementId))
    {
        Cases = query.Cases(),
        Interval = query.Code<SeriesInterval>("interval"),
        Method = query.Code<CountingMethod>("method") ?? CountingMethod.RecordsV1,
        Basis = query.Code<AccountBasis>("basis") ?? AccountBasis.Accountable,
    };
}
