using Ledger.Domain.Claims;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization;

/// <summary>The stored forms of published totals.</summary>
internal static class ClaimForms
{
    private static readonly ObjectForm<Claimant> ClaimantForm = ObjectForm.Of<Claimant>(of =>
    {
        var party = of.Optional("party", Ids.Party, x => x.Party);
        var body = of.Optional("body", Text, x => x.Body);
        return row => new Claimant(row.Get(party), row.Get(body));
    });

    private static readonly ObjectForm<ClaimFigure> FigureForm = ObjectForm.Of<ClaimFigure>(of =>
    {
        var what = of.Field("of", Text, x => x.Of);
        var min = of.Field("min", Long, x => x.Min);
        var max = of.Optional("max", Long, x => x.Max);
        return row => new ClaimFigure(row.Get(what), row.Get(min), row.Get(max));
    });

    private static readonly ObjectForm<ClaimSource> SourceForm = ObjectForm.Of<ClaimSource>(of =>
    {
        var name = of.Field("name", Text, x => x.Name);
        var reference = of.Optional("reference", Text, x => x.Reference);
        return row => new ClaimSource(row.Get(name), row.Get(reference));
    });

    public static readonly Form<ClaimEvent.AggregateClaimRecorded> Recorded = ObjectForm.Of<ClaimEvent.AggregateClaimRecorded>(of =>
    {
        var claimId = of.Field("claimId", Ids.Claim, x => x.ClaimId);
        var agreementId = of.Field("agreementId", Ids.Agreement, x => x.AgreementId);
        var claimedBy = of.Field("claimedBy", ClaimantForm, x => x.ClaimedBy);
        var against = of.Optional("against", Ids.Party, x => x.Against);
        var from = of.Field("from", Time, x => x.From);
        var to = of.Field("to", Time, x => x.To);
        var figures = of.List("figures", FigureForm, x => x.Figures);
        var source = of.Field("source", SourceForm, x => x.Source);
        var text = of.OptionalProse("text", x => x.Text);
        return row => new ClaimEvent.AggregateClaimRecorded(
            row.Get(claimId), row.Get(agreementId), row.Get(claimedBy), row.Get(against), row.Get(from), row.Get(to),
            row.Get(figures), row.Get(source), row.Get(text));
    });

    public static readonly Form<ClaimEvent.AggregateClaimWithdrawn> Withdrawn = ObjectForm.Of<ClaimEvent.AggregateClaimWithdrawn>(of =>
    {
        var reason = of.Prose("reason", x => x.Reason);
        return row => new ClaimEvent.AggregateClaimWithdrawn(row.Get(reason));
    });
}
