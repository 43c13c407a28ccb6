using Ledger.Domain.Coverage;
using Ledger.Serialization.Forms;
using static Ledger.Serialization.Forms.Plain;

namespace Ledger.Serialization;

/// <summary>The stored forms of the coverage book's events.</summary>
internal static class CoverageForms
{
    public static readonly Form<CoverageEvent.MonitoringLogged> MonitoringLogged = ObjectForm.Of<CoverageEvent.MonitoringLogged>(of =>
    {
        var coverageId = of.Field("coverageId", Ids.Coverage, x => x.CoverageId);
        var agreementId = of.Field("agreementId", Ids.Agreement, x => x.AgreementId);
        var site = of.Field("site", Text, x => x.Site);
        var zone = of.Optional("zone", Ids.Zone, x => x.Zone);
        var from = of.Field("from", Time, x => x.From);
        var to = of.Field("to", Time, x => x.To);
        return row => new CoverageEvent.MonitoringLogged(
            row.Get(coverageId), row.Get(agreementId), row.Get(site), row.Get(zone), row.Get(from), row.Get(to));
    });

    public static readonly Form<CoverageEvent.GapRecorded> GapRecorded = ObjectForm.Of<CoverageEvent.GapRecorded>(of =>
    {
        var coverageId = of.Field("coverageId", Ids.Coverage, x => x.CoverageId);
        var agreementId = of.Field("agreementId", Ids.Agreement, x => x.AgreementId);
        var site = of.Field("site", Text, x => x.Site);
        var zone = of.Optional("zone", Ids.Zone, x => x.Zone);
        var from = of.Field("from", Time, x => x.From);
        var to = of.Field("to", Time, x => x.To);
        var cause = of.Field("cause", Code<GapCause>(), x => x.Cause);
        var responsibleParty = of.Optional("responsibleParty", Ids.Party, x => x.ResponsibleParty);
        var description = of.OptionalProse("description", x => x.Description);
        return row => new CoverageEvent.GapRecorded(
            row.Get(coverageId), row.Get(agreementId), row.Get(site), row.Get(zone), row.Get(from), row.Get(to),
            row.Get(cause), row.Get(responsibleParty), row.Get(description));
    });

    public static readonly Form<CoverageEvent.Corrected> Corrected = ObjectForm.Of<CoverageEvent.Corrected>(of =>
    {
        var from = of.Field("from", Time, x => x.From);
        var to = of.Field("to", Time, x => x.To);
        var reason = of.Prose("reason", x => x.Reason);
        return row => new CoverageEvent.Corrected(row.Get(from), row.Get(to), row.Get(reason));
    });
}
