using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization;

/// <summary>The stored forms of an agreement's events.</summary>
internal static class AgreementForms
{
    private static readonly ObjectForm<Instrument> InstrumentForm = ObjectForm.Of<Instrument>(of =>
    {
        var instrumentId = of.Field("instrumentId", Text, x => x.InstrumentId);
        var title = of.Field("title", Text, x => x.Title);
        var date = of.Field("date", Day, x => x.Date);
        var reference = of.Optional("reference", Text, x => x.Reference);
        var sha256 = of.Optional("sha256", Text, x => x.Sha256);
        return row => new Instrument(row.Get(instrumentId), row.Get(title), row.Get(date), row.Get(reference), row.Get(sha256));
    });

    private static readonly ObjectForm<Party> PartyForm = ObjectForm.Of<Party>(of =>
    {
        var partyId = of.Field("partyId", Ids.Party, x => x.PartyId);
        var name = of.Field("name", Text, x => x.Name);
        var labels = of.ListAs("labels", Labels, x => x.Labels);
        var standing = of.Field("standing", Code<Standing>(), x => x.Standing);
        var boundFrom = of.Optional("boundFrom", Time, x => x.BoundFrom);
        return row => new Party(row.Get(partyId), row.Get(name), row.Get(labels), row.Get(standing), row.Get(boundFrom));
    });

    private static readonly ObjectForm<Guarantor> GuarantorForm = ObjectForm.Of<Guarantor>(of =>
    {
        var name = of.Field("name", Text, x => x.Name);
        return row => new Guarantor(row.Get(name));
    });

    private static readonly ObjectForm<Provision> ProvisionForm = ObjectForm.Of<Provision>(of =>
    {
        var provisionId = of.Field("provisionId", Ids.Provision, x => x.ProvisionId);
        var text = of.Field("text", Text, x => x.Text);
        var prohibits = of.List("prohibits", Code<Category>(), x => x.Prohibits);
        var instrument = of.Optional("instrument", Text, x => x.Instrument);
        var from = of.Optional("from", Time, x => x.From);
        var until = of.Optional("until", Time, x => x.Until);
        return row => new Provision(
            row.Get(provisionId), row.Get(text), row.Get(prohibits), row.Get(instrument), row.Get(from), row.Get(until));
    });

    private static readonly ObjectForm<Zone> ZoneForm = ObjectForm.Of<Zone>(of =>
    {
        var zoneId = of.Field("zoneId", Ids.Zone, x => x.ZoneId);
        var name = of.Field("name", Text, x => x.Name);
        var polygon = of.Field("polygon", GeoJson.Area, x => x.Polygon);
        return row => new Zone(row.Get(zoneId), row.Get(name), row.Get(polygon));
    });

    private static readonly ObjectForm<Term> TermForm = ObjectForm.Of<Term>(of =>
    {
        var from = of.Field("from", Time, x => x.From);
        var until = of.Optional("until", Time, x => x.Until);
        return row => new Term(row.Get(from), row.Get(until));
    });

    private static readonly ObjectForm<Policy> PolicyForm = ObjectForm.Of<Policy>(of =>
    {
        var confirmationsRequired = of.Field("confirmationsRequired", Whole, x => x.ConfirmationsRequired);
        var rulingsRequired = of.Field("rulingsRequired", Whole, x => x.RulingsRequired);
        var onePerDelegation = of.Field("onePerDelegation", YesNo, x => x.OnePerDelegation);
        var redisputeNeedsEvidence = of.Field("redisputeNeedsEvidence", YesNo, x => x.RedisputeNeedsEvidence);
        var confirmersMayResolve = of.Field("confirmersMayResolve", YesNo, x => x.ConfirmersMayResolve);
        var replyWindowHours = of.Field("replyWindowHours", Whole, x => x.ReplyWindowHours);
        var erasureApprovals = of.Field("erasureApprovals", Whole, x => x.ErasureApprovals);
        return row => new Policy(
            row.Get(confirmationsRequired), row.Get(rulingsRequired), row.Get(onePerDelegation), row.Get(redisputeNeedsEvidence),
            row.Get(confirmersMayResolve), row.Get(replyWindowHours), row.Get(erasureApprovals));
    });

    public static readonly Form<AgreementEvent.Registered> Registered = ObjectForm.Of<AgreementEvent.Registered>(of =>
    {
        var agreementId = of.Field("agreementId", Ids.Agreement, x => x.AgreementId);
        var title = of.Field("title", Text, x => x.Title);
        var timeZone = of.Field("timeZone", Text, x => x.TimeZone);
        var instruments = of.List("instruments", InstrumentForm, x => x.Instruments);
        var parties = of.List("parties", PartyForm, x => x.Parties);
        var guarantors = of.List("guarantors", GuarantorForm, x => x.Guarantors);
        var provisions = of.List("provisions", ProvisionForm, x => x.Provisions);
        var term = of.Field("term", TermForm, x => x.Term);
        var exercise = of.Field("exercise", YesNo, x => x.Exercise);
        var policy = of.Field("policy", PolicyForm, x => x.Policy);
        return row => new AgreementEvent.Registered(
            row.Get(agreementId), row.Get(title), row.Get(timeZone), row.Get(instruments), row.Get(parties), row.Get(guarantors),
            row.Get(provisions), row.Get(term), row.Get(exercise), row.Get(policy));
    });

    public static readonly Form<AgreementEvent.PartyAdded> PartyAdded = PartyForm.As(x => new AgreementEvent.PartyAdded(x), x => x.Party);

    public static readonly Form<AgreementEvent.ProvisionAdded> ProvisionAdded =
        ProvisionForm.As(x => new AgreementEvent.ProvisionAdded(x), x => x.Provision);

    public static readonly Form<AgreementEvent.ZoneDefined> ZoneDefined = ZoneForm.As(x => new AgreementEvent.ZoneDefined(x), x => x.Zone);

    public static readonly Form<AgreementEvent.PolicyChanged> PolicyChanged =
        PolicyForm.As(x => new AgreementEvent.PolicyChanged(x), x => x.Policy);

    private static readonly ObjectForm<Safeguards> SafeguardsForm = ObjectForm.Of<Safeguards>(of =>
    {
        var placePrecisionMetres = of.Field("placePrecisionMetres", Whole, x => x.PlacePrecisionMetres);
        var timePrecision = of.Field("timePrecision", Code<TimePrecision>(), x => x.TimePrecision);
        var policyApprovals = of.Field("policyApprovals", Whole, x => x.PolicyApprovals);
        return row => new Safeguards(row.Get(placePrecisionMetres), row.Get(timePrecision), row.Get(policyApprovals));
    });

    public static readonly Form<AgreementEvent.SafeguardsChanged> SafeguardsChanged =
        SafeguardsForm.As(x => new AgreementEvent.SafeguardsChanged(x), x => x.Safeguards);

    public static readonly Form<AgreementEvent.PolicyChangeApproved> PolicyChangeApproved = ObjectForm.Of<AgreementEvent.PolicyChangeApproved>(of =>
    {
        var policy = of.Field("policy", PolicyForm, x => x.Policy);
        var safeguards = of.Field("safeguards", SafeguardsForm, x => x.Safeguards);
        return row => new AgreementEvent.PolicyChangeApproved(row.Get(policy), row.Get(safeguards));
    });

    public static readonly Form<AgreementEvent.Suspended> Suspended =
        AtSomeTime((at, reason) => new AgreementEvent.Suspended(at, reason), x => x.At, x => x.Reason);

    public static readonly Form<AgreementEvent.Resumed> Resumed =
        AtSomeTime((at, reason) => new AgreementEvent.Resumed(at, reason), x => x.At, x => x.Reason);

    public static readonly Form<AgreementEvent.Ended> Ended =
        AtSomeTime((at, reason) => new AgreementEvent.Ended(at, reason), x => x.At, x => x.Reason);

    private static ObjectForm<T> AtSomeTime<T>(Func<DateTimeOffset, Prose?, T> make, Func<T, DateTimeOffset> atOf, Func<T, Prose?> reasonOf) =>
        ObjectForm.Of<T>(of =>
        {
            var at = of.Field("at", Time, atOf);
            var reason = of.OptionalProse("reason", reasonOf);
            return row => make(row.Get(at), row.Get(reason));
        });
}
