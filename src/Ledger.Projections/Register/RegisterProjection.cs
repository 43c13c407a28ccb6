using Ledger.Projections.Compliance;
using Ledger.Projections.Sequencing;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Register;

/// <summary>A new version of the case in the register for each of its events; the one before it has then a successor.</summary>
internal sealed class RegisterProjection(Successors successors) : IProjection
{
    public void Apply(NumberedEvent e, Segment rows)
    {
        if (e.Case is not { } change) return;
        rows.Rows(Tables.Versions).Add(VersionOf(e.Sequence, change));
        if (change.Previous != None.Sequence) successors.Set(change.Previous, e.Sequence);

        var fold = change.Fold;
        if (fold.Place == fold.State.Revision)
            rows.Rows(Tables.Places).Add(new PlaceRow(change.Case, fold.Place, LocationText.Write(fold.State.Report.Location!)));
    }

    private static VersionRow VersionOf(long sequence, CaseChange change)
    {
        var (state, account) = (change.Fold.State, change.After);
        var point = state.Report.Location?.RepresentativePoint;
        return new VersionRow(
            sequence, change.Previous, change.Case, state.ViolationId.Value, (int)state.Revision, account.Agreement, account.Status,
            account.Category, account.Occurred, Micros.Of(state.Report.Occurred.To), (byte)state.Report.Occurred.Precision,
            account.Accountable, account.Alleged, account.Zone, point?.Latitude ?? double.NaN, point?.Longitude ?? double.NaN,
            (byte)(account.Facet & 3), CasualtyFigures.Killed(state) ?? None.Figure, state.OpenDisputes,
            Micros.Of(state.RecordedAt), change.Fold.Place);
    }
}
