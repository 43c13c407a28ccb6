using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;

namespace Ledger.Api.Agreements;

/// <summary>Agreements, as they stand and as they stood.</summary>
internal static class AgreementReads
{
    public static void MapAgreementReads(this IEndpointRouteBuilder api)
    {
        var agreements = api.MapGroup("/agreements").WithTags("Agreements").Needs(Act.ReadAgreements);
        agreements.MapGet("", ListAsync);
        agreements.MapGet("/{agreementId}", GetAsync);
    }

    private static Task<IResult> ListAsync(HttpContext context, Reader reader)
    {
        var query = new QueryReader(context.Request, "asOf", "limit", "cursor");
        var (asOf, limit, cursor) = (query.AsOf(), query.Limit(), CursorIn(query));
        // A cursor goes on where its list was begun, and agrees with no other moment.
        var from = cursor is not null && asOf is null ? new AsOf.Count(cursor.Count) : asOf;
        return reader.AtAsync(context, query, from, async count =>
        {
            if (cursor is not null && cursor.Count != count) return Problem.Malformed("/cursor", "It belongs to another moment than asOf.");
            var all = await reader.Node.Mediator.Send(new GetAgreements(context.Principal(), count), context.RequestAborted);
            var rest = all.Where(agreement => cursor is null || string.CompareOrdinal(agreement.AgreementId.Value, cursor.Place) > 0).Take(limit + 1).ToArray();
            var page = rest.Length > limit ? rest[..limit] : rest;
            var next = rest.Length > limit ? new Cursor("agreements", count, page[^1].AgreementId.Value).Encode() : null;
            return Reader.Answer(
                context, new ListAnswer<AgreementAnswer>([.. page.Select(AgreementAnswer.Of)], next), ReadJson.Plain.ListAnswerAgreementAnswer, count);
        });
    }

    private static Task<IResult> GetAsync(HttpContext context, Reader reader, string agreementId)
    {
        var query = new QueryReader(context.Request, "asOf");
        return reader.AtAsync(context, query, query.AsOf(), async count =>
        {
            var request = new GetAgreement(context.Principal(), new AgreementId(agreementId), count);
            return await reader.Node.Mediator.Send(request, context.RequestAborted) is { } agreement
                ? Reader.Answer(context, AgreementAnswer.Of(agreement), ReadJson.Plain.AgreementAnswer, count, Reader.ETagOf(agreement.Revision))
                : Problem.NotFound();
        });
    }

    private static Cursor? CursorIn(QueryReader query)
    {
        if (query.One("cursor") is not { } text) return null;
        if (Cursor.Parse(text) is { List: "agreements" } cursor) return cursor;
        query.Fault("cursor", "It isn't a cursor of this list.");
        return null;
    }
}
