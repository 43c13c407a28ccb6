using Ledger.Projections.Sequencing;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Double entry: whatever changes where a case stands takes it out of the old account and puts it into the new one, at the same sequence.</summary>
internal sealed class ComplianceProjection : IProjection
{
    public void Apply(NumberedEvent e, Segment rows)
    {
        if (e.Case is not { } change || change.After == change.Before) return;
        if (change.Before is { } before) Post(before, -1);
        Post(change.After, +1);

        void Post(CaseAccount account, int delta)
        {
            rows.Rows(Tables.Postings).Add(account.Posting(e.Sequence, change.Case, delta));
            foreach (var amount in account.Measures) rows.Rows(Tables.Measures).Add(account.MeasureOf(e.Sequence, amount, delta));
        }
    }
}
