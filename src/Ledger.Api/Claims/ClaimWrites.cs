using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Claims;

namespace Ledger.Api.Claims;

/// <summary>Published totals: they stand beside the picture, never in it.</summary>
internal static class ClaimWrites
{
    public static void MapClaimWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Aggregate claims");
        group.MapCommand("/agreements/{agreementId}/aggregate-claims", (Call<AggregateClaimRequest> c) => Record(c), creates: true).Needs(Act.RecordClaim).WithSummary("Record a published total");
        group.MapCommand("/aggregate-claims/{claimId}/withdrawal", (Call<Violations.ReasonRequest> c) => Withdraw(c)).Needs(Act.WithdrawClaim).WithSummary("Withdraw a published total");
    }

    private static Target<ClaimCommand>? Record(Call<AggregateClaimRequest> c)
    {
        if (c.Agreement is not { } agreement) return null;
        var id = new ClaimId(c.Made(c.Body.ClaimId, "claim"));
        var command = new ClaimCommand.Record(
            id, agreement, new Claimant(Party(c.Body.ClaimedBy.Party), c.Body.ClaimedBy.Body), Party(c.Body.Against), c.Body.From, c.Body.To,
            c.Body.Figures.Select(figure => new ClaimFigure(figure.Of, figure.Min, figure.Max)).ToValues(),
            new ClaimSource(c.Body.Source.Name, c.Body.Source.Reference),
            c.Body.Text is { } text ? c.Seal.Text("text", text) : null);
        return new(Streams.Of(id), command) { NewIn = agreement };
    }

    private static Target<ClaimCommand>? Withdraw(Call<Violations.ReasonRequest> c) => c.Claim is { } id
        ? new(Streams.Of(id), new ClaimCommand.Withdraw(c.Seal.Text("reason", c.Body.Reason)))
        : null;

    private static PartyId? Party(string? id) => id is null ? null : new PartyId(id);
}
