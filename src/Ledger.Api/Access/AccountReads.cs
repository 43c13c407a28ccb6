using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Dashboard.Hosting;
using Ledger.Domain;
using Ledger.Node;

namespace Ledger.Api.Access;

/// <summary>An account of the operator's issuer. Whose it is, the issuer knows.</summary>
/// <param name="Account">Its pseudonym, as it stands in the events that it brought.</param>
/// <param name="Roles">In which it was seen last; none where it wasn't seen within 90 days.</param>
/// <param name="LastSeenAt">The hour; null where it wasn't within 90 days.</param>
/// <param name="EndedAt">When all that it held was last ended; null where it never was.</param>
/// <param name="BlockedAt">Null while it may sign in.</param>
internal sealed record AccountAnswer(string Account, IReadOnlyList<string> Roles, string? PartyId, DateTimeOffset? LastSeenAt, DateTimeOffset? EndedAt, DateTimeOffset? BlockedAt);

/// <summary>Which accounts were lately seen, and of which something was ended.</summary>
internal static class AccountReads
{
    private const string List = "accounts";

    public static void MapAccountReads(this IEndpointRouteBuilder api) => api.MapGroup("/accounts").WithTags("Keys").MapGet("", ListAsync).Needs(Act.ReadOperatorsActs);

    /// <summary>In the order of their pseudonyms.</summary>
    public static IReadOnlyList<SeenAccount> All(LedgerNode node, AccountUse use)
    {
        var seen = use.Read();
        var ended = node.View.Accounts().ToDictionary(account => account.Subject.Value, StringComparer.Ordinal);
        return
        [
            .. from account in seen.Keys.Union(ended.Keys).Order(StringComparer.Ordinal)
               let last = seen.GetValueOrDefault(account)
               let state = ended.GetValueOrDefault(account)
               select new SeenAccount(new Subject(account), last?.Roles ?? [], last?.PartyId, last?.Hour, state?.EndedAt, state?.BlockedAt),
        ];
    }

    private static Task<IResult> ListAsync(HttpContext context, Reader reader, AccountUse use)
    {
        var query = new QueryReader(context.Request, "limit", "cursor");
        var (limit, cursor) = (query.Limit(), CursorIn(query));
        return reader.AtAsync(context, query, null, count =>
        {
            if (!context.Principal().May(Act.ReadOperatorsActs)) return Task.FromResult<IResult>(Problem.NotAllowed("Accounts are listed to administrators and auditors."));
            var rest = All(reader.Node, use).Where(one => cursor is null || string.CompareOrdinal(one.Subject.Value, cursor.Place) > 0).Take(limit + 1).ToArray();
            var page = rest.Length > limit ? rest[..limit] : rest;
            var next = rest.Length > limit ? new Cursor(List, count, page[^1].Subject.Value).Encode() : null;
            // When somebody was seen changes without an event: no count says whether anybody has it already.
            context.Request.Headers.IfNoneMatch = default;
            return Task.FromResult(Reader.Answer(context, new ListAnswer<AccountAnswer>([.. page.Select(AnswerOf)], next), ReadJson.Plain.ListAnswerAccountAnswer, count));
        });
    }

    private static AccountAnswer AnswerOf(SeenAccount one) => new(one.Subject.Value, one.Roles, one.PartyId, one.SeenAt, one.EndedAt, one.BlockedAt);

    private static Cursor? CursorIn(QueryReader query)
    {
        if (query.One("cursor") is not { } text) return null;
        if (Cursor.Parse(text) is { List: List } cursor) return cursor;
        query.Fault("cursor", "It isn't a cursor of this list.");
        return null;
    }
}
