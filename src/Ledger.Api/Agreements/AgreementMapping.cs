using System.Text.Json;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Api.Agreements;

/// <summary>From what a request says to what the domain is asked.</summary>
internal static class AgreementMapping
{
    public static AgreementCommand.Register ToCommand(this AgreementRequest request) => new(
        new AgreementId(request.AgreementId),
        request.Title,
        request.TimeZone ?? "UTC",
        Map(request.Instruments, i => new Instrument(i.InstrumentId, i.Title, i.Date, i.Reference, i.Sha256)),
        Map(request.Parties, ToParty),
        Map(request.Guarantors, g => new Guarantor(g.Name)),
        Map(request.Provisions, ToProvision),
        new Term(request.Term.From, request.Term.Until),
        request.Exercise ?? false,
        request.Policy is { } policy ? ToPolicy(policy) : Policy.Default)
    {
        Safeguards = request.Policy is { } guarded ? ToSafeguards(guarded) : Safeguards.None,
    };

    public static Party ToParty(this PartyRequest request) => new(
        new PartyId(request.PartyId), request.Name,
        request.Labels is null ? Values<Label>.None : request.Labels.Select(label => new Label(label.Key, label.Value)).ToValues(),
        request.Standing ?? Standing.Signatory, request.BoundFrom);

    public static Provision ToProvision(this ProvisionRequest request) => new(
        new ProvisionId(request.ProvisionId), request.Text, Map(request.Prohibits, category => category),
        request.Instrument, request.From, request.Until);

    public static Zone ToZone(this ZoneRequest request) => new(new ZoneId(request.ZoneId), request.Name, ToArea(request.Polygon));

    public static AgreementCommand.ChangePolicy ToCommand(this PolicyRequest request) => new(
        To(request.ConfirmationsRequired),
        To(request.RulingsRequired),
        To(request.OnePerDelegation),
        To(request.RedisputeNeedsEvidence),
        To(request.ConfirmersMayResolve),
        To(request.ReplyWindowHours),
        To(request.ErasureApprovals))
    {
        PlacePrecisionMetres = To(request.PlacePrecisionMetres),
        TimePrecision = To(request.TimePrecision),
        PolicyApprovals = To(request.PolicyApprovals),
    };

    public static Prose? Reason(this TurnRequest request, Sealer seal) => request.Reason is { } reason ? seal.Text("reason", reason) : null;

    private static Policy ToPolicy(PolicyRequest request)
    {
        var usual = Policy.Default;
        return new Policy(
            request.ConfirmationsRequired ?? usual.ConfirmationsRequired,
            request.RulingsRequired ?? usual.RulingsRequired,
            request.OnePerDelegation ?? usual.OnePerDelegation,
            request.RedisputeNeedsEvidence ?? usual.RedisputeNeedsEvidence,
            request.ConfirmersMayResolve ?? usual.ConfirmersMayResolve,
            request.ReplyWindowHours ?? usual.ReplyWindowHours,
            request.ErasureApprovals ?? usual.ErasureApprovals);
    }

    private static Safeguards ToSafeguards(PolicyRequest request)
    {
        var usual = Safeguards.None;
        return new Safeguards(
            request.PlacePrecisionMetres ?? usual.PlacePrecisionMetres, request.TimePrecision ?? usual.TimePrecision, request.PolicyApprovals ?? usual.PolicyApprovals);
    }

    private static Area ToArea(AreaRequest request) => request.Type == "Polygon"
        ? new Area(false, Values.Of(ToPolygon(request.Coordinates)))
        : new Area(true, request.Coordinates.EnumerateArray().Select(ToPolygon).ToValues());

    private static Polygon ToPolygon(JsonElement rings) => new(rings.EnumerateArray().Select(ToRing).ToValues());

    private static Ring ToRing(JsonElement ring) =>
        new(ring.EnumerateArray().Select(position => new GeoPoint(position[1].GetDouble(), position[0].GetDouble())).ToValues());

    private static Change<T> To<T>(T? value) where T : struct => value is { } set ? Change<T>.To(set) : default;

    private static Values<TItem> Map<TFrom, TItem>(IReadOnlyList<TFrom>? items, Func<TFrom, TItem> map) =>
        items is null or { Count: 0 } ? Values<TItem>.None : items.Select(map).ToValues();
}
