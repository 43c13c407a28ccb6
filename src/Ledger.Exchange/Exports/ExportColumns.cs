using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Answers;
using Ledger.Projections;

namespace Ledger.Exchange.Exports;

/// <summary>A column of every export: its name, its HXL tag, what it means.</summary>
/// <param name="Kind">Whether it is text, a whole number, a real number or a time.</param>
/// <param name="Codes">The code list that its values come from.</param>
internal sealed record ExportColumn(string Name, string Hxl, ColumnKind Kind, string Meaning, Func<ViolationListItem, object?> Of, string? Codes = null)
{
    /// <summary>In their order, which programs rely on: new ones go to the end.</summary>
    public static readonly IReadOnlyList<ExportColumn> All =
    [
        new("violation_id", "#event +id +code", ColumnKind.Text, "The case's id", c => c.ViolationId.Value.ToString("D")),
        new("status", "#status +code", ColumnKind.Text, "alleged, disputed, confirmed, dismissed, unresolved, withdrawn, duplicate", c => c.Status.Code(), "statuses"),
        new("category", "#event +type +code", ColumnKind.Text, "What is said to have happened", c => c.Category.Code(), "categories"),
        new("occurred_from", "#date +occurred +start", ColumnKind.Time, "When it began (UTC)", c => c.Occurred.From),
        new("occurred_to", "#date +occurred +end", ColumnKind.Time, "When it ended, where that is known (UTC)", c => c.Occurred.To),
        new("precision", "#meta +date +precision", ColumnKind.Text, "How exactly the time is known", c => c.Occurred.Precision.Code(), "precisions"),
        new("latitude", "#geo +lat", ColumnKind.Real, "Of the point that stands for it, where there is one", c => c.Location?.RepresentativePoint?.Latitude),
        new("longitude", "#geo +lon", ColumnKind.Real, "Of the same point", c => c.Location?.RepresentativePoint?.Longitude),
        new("uncertainty_metres", "#meta +geo +uncertainty", ColumnKind.Real, "Radius in which it lies", c => (c.Location as Location.Point)?.UncertaintyMetres),
        new("place", "#loc +name", ColumnKind.Text, "As the record names it", c => c.Location switch { Location.Point p => p.Place, Location.FromObserver o => o.Place, Location.Named n => n.Place, _ => null }),
        new("zone", "#loc +zone +code", ColumnKind.Text, "The agreement's zone that it lies in", c => c.Zone?.Value),
        new("alleged_party", "#org +alleged +code", ColumnKind.Text, "Whom the record names; an allegation, not a finding", c => c.AllegedParty?.Value),
        new("accountable_party", "#org +accountable +code", ColumnKind.Text, "By the latest ruling, else the alleged one; empty = undetermined", c => c.AccountableParty?.Value),
        new("severity", "#severity +code", ColumnKind.Text, "Of a standing confirmation", c => c.Severity?.Code(), "severities"),
        new("killed_best", "#affected +killed +best", ColumnKind.Whole, "Latest claims of the sources; empty = nobody claimed any", c => c.Killed),
        new("open_disputes", "#indicator +disputes +open +num", ColumnKind.Whole, "How many challenges are open", c => (long)c.OpenDisputes),
        new("recorded_at", "#date +recorded", ColumnKind.Time, "When the case came into the ledger (UTC)", c => c.RecordedAt),
        new("sequence", "#meta +sequence +num", ColumnKind.Whole, "The ledger's number of the case's last event", c => c.Sequence),
    ];

    /// <summary>As text, in one form whatever the culture; null where there is nothing.</summary>
    public string? Text(ViolationListItem item) => Of(item) switch
    {
        null => null,
        string text => text,
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double real => real.ToString("R", CultureInfo.InvariantCulture),
        DateTimeOffset time => UtcTime.Text(time),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

internal enum ColumnKind { Text, Whole, Real, Time }
