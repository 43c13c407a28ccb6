using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Where a case stands in the books, with everything by which figures are asked for. A case posts when this changes.</summary>
internal sealed record CaseAccount(
    int Agreement, int Accountable, int Alleged, byte Status, byte Category, byte Facet, bool Lethal, long Occurred, int Day, int Zone,
    int Count, long Decided, long RuledAt, Values<(byte Code, long Amount)> Measures)
{
    public static CaseAccount Of(CaseFold fold, TimeZoneInfo zone, NameBook names, Segment segment)
    {
        var (state, report) = (fold.State, fold.State.Report);
        var occurred = report.Occurred.From;
        return new CaseAccount(
            names.CodeOf(state.AgreementId.Value, segment),
            names.CodeOf(state.AccountableParty?.Value, segment),
            names.CodeOf(report.AllegedParty?.Value, segment),
            (byte)state.Status,
            (byte)report.Category,
            Compliance.Facet.Of(state),
            CasualtyFigures.Killed(state) > 0,
            Micros.Of(occurred),
            LocalCalendar.DayOf(occurred, zone).DayNumber,
            names.CodeOf(fold.Zone?.Value, segment),
            report.Count?.Min ?? 1,
            state.FirstRuledAt is { } ruled ? Math.Max(0, Micros.Of(ruled) - Micros.Of(state.RecordedAt)) : None.Duration,
            state.Finding is Finding.Confirmed confirmed ? Micros.Of(confirmed.At) : None.Time,
            AmountsOf(state));
    }

    public PostingRow Posting(long sequence, long caseSequence, int delta) => new(
        sequence, caseSequence, delta, Agreement, Accountable, Alleged, Status, Category, Facet, Lethal ? (byte)1 : (byte)0,
        Occurred, Day, Zone, Count, Decided, RuledAt);

    public MeasureRow MeasureOf(long sequence, (byte Code, long Amount) amount, int delta) => new(
        sequence, Agreement, Accountable, Alleged, Status, Category, Occurred, Day, Zone, amount.Code, amount.Amount * delta);

    private static Values<(byte Code, long Amount)> AmountsOf(ViolationState state)
    {
        if (state.Disputes.Count == 0 && state.Report.Casualties.Count == 0 && state.CasualtyClaims.Count == 0)
            return Values<(byte, long)>.None;

        var amounts = new List<(byte Code, long Amount)>();
        if (state.Disputes.Count > 0)
        {
            amounts.Add((Compliance.Measure.DisputesRaised, state.Disputes.Count));
            AddDisputes(state, DisputeStatus.Open, Compliance.Measure.DisputesOpen, amounts);
            AddDisputes(state, DisputeStatus.Upheld, Compliance.Measure.DisputesUpheld, amounts);
            AddDisputes(state, DisputeStatus.Rejected, Compliance.Measure.DisputesRejected, amounts);
            AddDisputes(state, DisputeStatus.Withdrawn, Compliance.Measure.DisputesWithdrawn, amounts);
        }

        CasualtyFigures.Add(state, amounts);
        return amounts.ToValues();
    }

    private static void AddDisputes(ViolationState state, DisputeStatus status, byte code, List<(byte Code, long Amount)> amounts)
    {
        var count = state.Disputes.Count(dispute => dispute.Status == status);
        if (count > 0) amounts.Add((code, count));
    }
}
