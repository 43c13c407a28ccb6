using System.Globalization;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Answers;
using Ledger.Projections;

namespace Ledger.Api.Violations;

/// <summary>The register of cases, one case, and its history.</summary>
internal static class ViolationReads
{
    public static void MapViolationReads(this IEndpointRouteBuilder api)
    {
        var violations = api.MapGroup("").WithTags("Violations").Needs(Act.ReadCases);
        violations.MapGet("/agreements/{agreementId}/violations", ListAsync);
        violations.MapGet("/violations/{violationId}", GetAsync);
        violations.MapGet("/violations/{violationId}/history", HistoryAsync);
    }

    private static Task<IResult> ListAsync(HttpContext context, Reader reader, string agreementId)
    {
        var query = new QueryReader(
            context.Request, "status", "party", "category", "from", "to", "bbox", "zone", "q", "asOf", "limit", "cursor");
        var asked = new ViolationQuery(new AgreementId(agreementId))
        {
            Cases = query.Cases(),
            Statuses = query.Codes<ViolationStatus>("status"),
            Parties = query.Ids("party", id => new PartyId(id)),
            Box = query.Box("bbox"),
            Words = query.Words("q"),
        };
        var asOf = query.AsOf();
        var page = query.Page(asOf);
        return reader.OfAgreementAsync(context, query, asOf, agreementId, async (_, count) =>
        {
            var list = await reader.Node.Mediator.Send(new GetViolations(context.Principal(), asked, count, page), context.RequestAborted);
            return Reader.AnswerPage(context, list, ListItemAnswer.Of, ReadJson.Plain.ListAnswerListItemAnswer);
        }, unchanged: page.Cursor is null);
    }

    private static Task<IResult> GetAsync(HttpContext context, Reader reader, string violationId)
    {
        var query = new QueryReader(context.Request, "asOf");
        var asOf = query.AsOf();
        return reader.AtAsync(context, query, asOf, async count =>
        {
            if (PathIds.Violation(violationId) is not { } id) return Problem.NotFound();
            var request = new GetCase(context.Principal(), id, asOf is null ? null : count);
            return await reader.Node.Mediator.Send(request, context.RequestAborted) is { } view
                ? Reader.Answer(context, CaseAnswer.Of(view), ReadJson.Plain.CaseAnswer, count, ETagOf(view, asOf))
                : Problem.NotFound();
        });
    }

    /// <summary>The revision. An earlier state whose texts were erased since says so, because the revision it had then can't.</summary>
    private static string ETagOf(CaseView view, AsOf? asOf) => asOf is null || view.Texts.Erased.Count == 0
        ? Reader.ETagOf(view.State.Revision)
        : string.Create(CultureInfo.InvariantCulture, $"\"{view.State.Revision}-{view.Texts.Erased.Count}\"");

    private static Task<IResult> HistoryAsync(HttpContext context, Reader reader, string violationId)
    {
        var query = new QueryReader(context.Request, "asOf", "limit", "cursor", "raw");
        var (asOf, limit, raw, cursor) = (query.AsOf(), query.Limit(), query.Flag("raw"), CursorIn(query, violationId));
        var from = cursor is not null && asOf is null ? new AsOf.Count(cursor.Count) : asOf;
        return reader.AtAsync(context, query, from, async count =>
        {
            if (cursor is not null && cursor.Count != count) return Problem.Malformed("/cursor", "It belongs to another moment than asOf.");
            if (PathIds.Violation(violationId) is not { } id) return Problem.NotFound();
            var first = cursor is null ? 0 : long.Parse(cursor.Place, CultureInfo.InvariantCulture);
            var request = new GetHistory(context.Principal(), id, from is null ? null : count, first, limit);
            return await reader.Node.Mediator.Send(request, context.RequestAborted) switch
            {
                HistoryAnswer.Listed listed => Reader.Answer(
                    context,
                    new ListAnswer<EventItem>([.. listed.Items.Select(item => EventItem.Of(item, raw))], NextOf(listed, violationId)),
                    ReadJson.Plain.ListAnswerEventItem,
                    listed.Count),
                HistoryAnswer.NotYetVisible => Problem.NotYetVisible(),
                _ => Problem.NotFound(),
            };
        });
    }

    private static string? NextOf(HistoryAnswer.Listed listed, string violationId) =>
        listed.Next is { } next ? new Cursor(violationId, listed.Count, next.ToString(CultureInfo.InvariantCulture)).Encode() : null;

    private static Cursor? CursorIn(QueryReader query, string violationId)
    {
        if (query.One("cursor") is not { } text) return null;
        if (Cursor.Parse(text) is { } cursor && cursor.List == violationId && cursor.Place.Length is > 0 and < 6 && cursor.Place.All(char.IsAsciiDigit)) return cursor;
        query.Fault("cursor", "It isn't a cursor of this list.");
        return null;
    }
}
