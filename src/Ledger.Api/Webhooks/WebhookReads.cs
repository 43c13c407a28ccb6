using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Access;

namespace Ledger.Api.Webhooks;

/// <summary>A webhook without its secret, and how its delivery goes.</summary>
/// <param name="After">The sequence that it began behind.</param>
/// <param name="Delivery">Null on a node that doesn't deliver (Ledger:Worker).</param>
internal sealed record WebhookAnswer(
    string WebhookId, string Url, IReadOnlyList<string> Agreements, IReadOnlyList<string> Types,
    IReadOnlyList<string> Parties, IReadOnlyList<string> Categories, IReadOnlyList<string> Severities, WebhookArea? Area, long After, DateTimeOffset RecordedAt, DeliveryAnswer? Delivery)
{
    public static WebhookAnswer Of(WebhookState hook, DeliveryAnswer? delivery) => new(
        hook.WebhookId.Value, hook.Url, [.. hook.Agreements.Select(agreement => agreement.Value)], [.. hook.Types],
        [.. hook.Filter.Parties.Select(party => party.Value)], [.. hook.Filter.Categories.Select(category => category.Code())], [.. hook.Filter.Severities.Select(severity => severity.Code())], hook.Filter.Area, hook.After, hook.RecordedAt, delivery);
}

/// <param name="State">delivering, retrying, or paused: the target said that it is gone.</param>
/// <param name="UpTo">Everything up to this sequence was delivered, or wasn't this webhook's.</param>
/// <param name="Failures">Tries in a row that failed.</param>
internal sealed record DeliveryAnswer(string State, long UpTo, int Failures, string? LastFailure);

/// <summary>Which webhooks there are.</summary>
internal static class WebhookReads
{
    public static void MapWebhookReads(this IEndpointRouteBuilder api) => api.MapGroup("/webhooks").WithTags("Webhooks").MapGet("", ListAsync).Needs(Act.ReadOperatorsActs);

    private static Task<IResult> ListAsync(HttpContext context, Reader reader, WebhookDelivery delivery)
    {
        var query = new QueryReader(context.Request, "limit", "cursor");
        var (limit, cursor) = (query.Limit(), CursorIn(query));
        return reader.AtAsync(context, query, null, count =>
        {
            if (!context.Principal().May(Act.ReadOperatorsActs)) return Task.FromResult<IResult>(Problem.NotAllowed("Webhooks are listed to administrators and auditors."));
            var rest = reader.View.Webhooks()
                .Where(hook => !hook.Removed)
                .OrderBy(hook => hook.WebhookId.Value, StringComparer.Ordinal)
                .Where(hook => cursor is null || string.CompareOrdinal(hook.WebhookId.Value, cursor.Place) > 0)
                .Take(limit + 1).ToArray();
            var page = rest.Length > limit ? rest[..limit] : rest;
            var next = rest.Length > limit ? new Cursor("webhooks", count, page[^1].WebhookId.Value).Encode() : null;
            var answer = new ListAnswer<WebhookAnswer>([.. page.Select(hook => WebhookAnswer.Of(hook, delivery.Of(hook.WebhookId)))], next);
            // How a delivery goes changes without an event: no count says whether anybody has it already.
            context.Request.Headers.IfNoneMatch = default;
            return Task.FromResult(Reader.Answer(context, answer, ReadJson.Plain.ListAnswerWebhookAnswer, count));
        });
    }

    private static Cursor? CursorIn(QueryReader query)
    {
        if (query.One("cursor") is not { } text) return null;
        if (Cursor.Parse(text) is { List: "webhooks" } cursor) return cursor;
        query.Fault("cursor", "It isn't a cursor of this list.");
        return null;
    }
}
