using Ledger.Domain.Agreements;

namespace Ledger.Projections.Compliance;

/// <summary>The caveats that go with each figure, in neutral words.</summary>
internal static class Statements
{
    public static IReadOnlyList<string> Of(ComplianceQuery query, AgreementState agreement, int aggregateClaims)
    {
        var statements = new List<string>();
        if (agreement.Exercise) statements.Add("This agreement is an exercise: its figures describe no real event and never enter those of a real one.");
        statements.Add("A recorded case is an allegation or an observation, not a finding; only confirmed cases have been ruled to be violations.");
        statements.Add("A disputed case is under challenge; what had been ruled before the dispute stands in disputedByFinding.");
        statements.Add(Method(query.Method));
        statements.Add(query.Basis == AccountBasis.Accountable
            ? "Cases are counted to the party named by the latest ruling on attribution or, without one, to the alleged party; confirmedOnAllegation counts the confirmed cases whose party nobody has ruled on."
            : "Cases are counted to the party that was alleged, whatever was ruled on attribution.");
        statements.Add("The account undetermined holds the cases that are counted to no party.");
        statements.Add("Casualty figures are the latest claims of the sources, unverified unless a ruling says otherwise; dismissed, withdrawn and duplicate cases are left out, and no figure means that nobody claimed one.");
        statements.Add("Few or no cases where few hours were watched say nothing about peace: read the counts beside monitoredHours and gapHours.");
        statements.Add("monitoredHours unites what was watched at each site and adds the sites; hours lost at a site are taken off its watched hours.");
        statements.Add($"Days, ISO weeks and months are those of the time zone {agreement.TimeZone}; all times are in UTC.");
        statements.Add("medianHoursToDecision looks only at cases that have been ruled on; cases that still wait are older than it shows.");
        statements.Add("lastConfirmed is the confirmed case that occurred latest, not the one that was ruled on latest.");
        if (aggregateClaims > 0) statements.Add("Published totals (aggregate claims) stand beside these figures and are counted in none of them.");
        return statements;
    }

    private static string Method(CountingMethod method) => method switch
    {
        CountingMethod.RecordsV1 => "Method records-v1: each case counts once, however many shots or explosions it describes.",
        CountingMethod.OccurrencesV1 => "Method occurrences-v1: each case counts as the least number of occurrences that it gives, or once where it gives none.",
        CountingMethod.IncidentDaysV1 => "Method incident-days-v1: the local days on which cases began are counted, once per party and status; categories don't add up, and recorded is the sum of the seven statuses.",
        CountingMethod.LethalV1 => "Method lethal-v1: only cases whose best figure of people killed is above zero are counted.",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
