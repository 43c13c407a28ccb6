using System.Text.Json.Serialization;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Api.Violations;

/// <summary>A case that may be the same act, and why. Nothing merges by itself.</summary>
/// <param name="Score">From 0 to 1, for the order of the list only.</param>
/// <param name="MetresApart">Null where one of the two has no point.</param>
/// <param name="Reasons">same-time, near-in-time, same-place-name, near-in-place, same-category, related-category, other-alleged-party.</param>
internal sealed record PossibleDuplicateAnswer(
    Guid ViolationId, string Status, string Category, OccurredAnswer Occurred, LocationAnswer? Location, [property: JsonIgnore(Condition = Never)] string? AllegedParty,
    string Origin, double Score, double HoursApart, [property: JsonIgnore(Condition = Never)] double? MetresApart, IReadOnlyList<string> Reasons)
{
    public static PossibleDuplicateAnswer Of(PossibleDuplicate twin) => new(
        twin.ViolationId.Value, twin.Status.Code(), twin.Category.Code(), OccurredAnswer.Of(twin.Occurred), LocationAnswer.Of(twin.Location), twin.AllegedParty?.Value,
        twin.Origin, twin.Score, twin.HoursApart, twin.MetresApart, twin.Reasons);
}

/// <summary>Likely twins of a case, for those who may link them: exact places are compared, so only who may read them exactly may ask.</summary>
internal static class PossibleDuplicateReads
{
    public static void MapPossibleDuplicateReads(this IEndpointRouteBuilder api) =>
        api.MapGet("/violations/{violationId}/possible-duplicates", GetAsync).WithTags("Violations").Needs(Act.ReadExactly);

    private static Task<IResult> GetAsync(HttpContext context, Reader reader, string violationId)
    {
        var query = new QueryReader(context.Request);
        return reader.AtAsync(context, query, null, async count =>
        {
            if (PathIds.Violation(violationId) is not { } id) return Problem.NotFound();
            var principal = context.Principal();
            if (await reader.Node.Mediator.Send(new GetPossibleDuplicates(principal, id), context.RequestAborted) is not { } twins) return Problem.NotFound();
            if (Permissions.RoleFor(Act.ReadExactly, principal) is null) return Problem.NotAllowed();
            return Reader.Answer(context, new ListAnswer<PossibleDuplicateAnswer>([.. twins.Select(PossibleDuplicateAnswer.Of)], null), ReadJson.Plain.ListAnswerPossibleDuplicateAnswer, count);
        });
    }
}
