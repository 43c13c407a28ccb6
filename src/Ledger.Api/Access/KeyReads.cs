using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.EventStore.Vault;

namespace Ledger.Api.Access;

/// <summary>A key without its secret.</summary>
/// <param name="DisplayName">Null where it was erased, or where the caller may not read it.</param>
internal sealed record KeyAnswer(
    string KeyId, string Subject, string? DisplayName, IReadOnlyList<string> Roles, string? PartyId, IReadOnlyList<string> Agreements,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RecordedAt, DateTimeOffset? RevokedAt)
{
    /// <summary>What the key's text begins with, which is no secret; null where the operator may have chosen the text.</summary>
    public string? Prefix { get; init; }

    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>The hour in which its newest secret last opened something; null where nobody knows of any.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>What waits for administrators to agree; null where nothing does. A key whose proposal is of itself opens nothing yet.</summary>
    public ProposalAnswer? Proposal { get; init; }

    /// <summary>Secrets before the present one that still open it; null where there are none.</summary>
    public IReadOnlyList<EarlierAnswer>? Earlier { get; init; }

    public static KeyAnswer Of(KeyState key, string? displayName, IReadOnlyDictionary<(KeyId, int), DateTimeOffset> use, DateTimeOffset now)
    {
        var earlier = key.Earlier.Where(one => key.OpensBy(one.Number, now))
            .Select(one => new EarlierAnswer(PrefixOf(key.KeyId, one.Number), key.EndOf(one.Number)!.Value, Used(one.Number))).ToList();
        return new(
            key.KeyId.Value, key.Subject.Value, displayName, [.. key.Roles.Select(role => role.Code())], key.PartyId?.Value,
            [.. key.Agreements.Select(agreement => agreement.Value)], key.ExpiresAt, key.RecordedAt, key.RevokedAt)
        {
            Prefix = PrefixOf(key.KeyId, key.Secret), RotatedAt = key.RotatedAt, LastUsedAt = Used(key.Secret), Earlier = earlier.Count > 0 ? earlier : null,
            Proposal = key.Proposal is { } waits && !key.IsOverAt(now) ? new(waits.Number == 0 ? "key" : "secret", ApiKey.Prefix(key.KeyId, waits.Number), waits.Agreed.Count, waits.Required) : null,
        };

        DateTimeOffset? Used(int secret) => use.TryGetValue((key.KeyId, secret), out var hour) ? hour : null;
    }

    /// <summary>The first administrator's key is the operator's own where one was set, and then begins as the operator chose.</summary>
    public static string? PrefixOf(KeyId key, int secret) => key == Hosting.FirstKey.Id && secret == 0 ? null : ApiKey.Prefix(key, secret);

    /// <summary>Whoever came with a token: the ledger keeps nothing of it.</summary>
    public static KeyAnswer Of(Principal principal) => new(
        principal.KeyId.Value, principal.Subject.Value, null, [.. principal.Roles.Select(role => role.Code()).Order(StringComparer.Ordinal)], principal.PartyId?.Value,
        [.. principal.Agreements.Select(agreement => agreement.Value)], principal.ValidUntil, null, null);
}

/// <summary>Something about a key that waits for administrators.</summary>
/// <param name="Of"><c>key</c>, or <c>secret</c>: another one for a key that opens meanwhile by those it has.</param>
internal sealed record ProposalAnswer(string Of, string Prefix, int Given, int Required);

/// <summary>A secret that was replaced and still opens its key.</summary>
/// <param name="LastUsedAt">Whoever still brings it hasn't changed to the new one yet.</param>
internal sealed record EarlierAnswer(string? Prefix, DateTimeOffset Until, DateTimeOffset? LastUsedAt);

/// <summary>Which keys there are, and whose key this is.</summary>
internal static class KeyReads
{
    public static void MapKeyReads(this IEndpointRouteBuilder api)
    {
        api.MapGroup("/keys").WithTags("Keys").MapGet("", ListAsync).Needs(Act.ReadOperatorsActs);
        api.MapGroup("/me").WithTags("Keys").MapGet("", MeAsync).Needs(Act.ReadOwnKey);
    }

    private static Task<IResult> ListAsync(HttpContext context, Reader reader, KeyUse use, TimeProvider time)
    {
        var query = new QueryReader(context.Request, "limit", "cursor");
        var (limit, cursor) = (query.Limit(), CursorIn(query));
        return reader.AtAsync(context, query, null, async count =>
        {
            if (!context.Principal().May(Act.ReadOperatorsActs)) return Problem.NotAllowed("Keys are listed to administrators and auditors.");
            var rest = reader.View.Keys()
                .OrderBy(key => key.KeyId.Value, StringComparer.Ordinal)
                .Where(key => cursor is null || string.CompareOrdinal(key.KeyId.Value, cursor.Place) > 0)
                .Take(limit + 1).ToArray();
            var page = rest.Length > limit ? rest[..limit] : rest;
            var next = rest.Length > limit ? new Cursor("keys", count, page[^1].KeyId.Value).Encode() : null;
            var names = await NamesAsync(reader, page, context.RequestAborted);
            var (used, now) = (use.Read(), time.GetUtcNow());
            var answer = new ListAnswer<KeyAnswer>([.. page.Select(key => KeyAnswer.Of(key, names.GetValueOrDefault(key.DisplayName), used, now))], next);
            // When a key was used changes without an event: no count says whether anybody has it already.
            context.Request.Headers.IfNoneMatch = default;
            return Reader.Answer(context, answer, ReadJson.Plain.ListAnswerKeyAnswer, count);
        });
    }

    private static Task<IResult> MeAsync(HttpContext context, Reader reader, KeyUse use, TimeProvider time)
    {
        var query = new QueryReader(context.Request);
        return reader.AtAsync(context, query, null, async count =>
        {
            var principal = context.Principal();
            if (principal.ValidUntil is not null) return Reader.Answer(context, KeyAnswer.Of(principal), ReadJson.Plain.KeyAnswer, count);
            if (reader.View.Key(principal.KeyId) is not { } key) return Problem.NotFound();
            var names = await NamesAsync(reader, [key], context.RequestAborted);
            context.Request.Headers.IfNoneMatch = default;
            return Reader.Answer(context, KeyAnswer.Of(key, names.GetValueOrDefault(key.DisplayName), use.Read(), time.GetUtcNow()), ReadJson.Plain.KeyAnswer, count);
        });
    }

    /// <summary>The display names behind these keys, by digest. They lie in the vault, so that they can be erased.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> NamesAsync(Reader reader, IReadOnlyCollection<KeyState> keys, CancellationToken cancellation)
    {
        var opened = await reader.Node.Vault.OpenAsync([.. keys.Select(key => key.DisplayName).Distinct()], cancellation);
        return opened.Where(pair => pair.Value.Class == DisclosureClass.DisplayName)
            .ToDictionary(pair => pair.Key, pair => JsonSerializer.Deserialize(pair.Value.ValueJson(), NameJson.Default.String)!);
    }

    private static Cursor? CursorIn(QueryReader query)
    {
        if (query.One("cursor") is not { } text) return null;
        if (Cursor.Parse(text) is { List: "keys" } cursor) return cursor;
        query.Fault("cursor", "It isn't a cursor of this list.");
        return null;
    }
}

[JsonSerializable(typeof(string))]
internal sealed partial class NameJson : JsonSerializerContext;
