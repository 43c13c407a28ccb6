using System.Globalization;
using Ledger.Domain.Claims;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Claims;

/// <summary>Lists published totals as they stood at a count, newest recorded first.</summary>
internal sealed class ClaimReader(ReadModel model)
{
    /// <param name="start">Its key: the sequence of the claim's record.</param>
    public Page<ClaimItem> List(ClaimQuery query, PageStart start)
    {
        var after = long.MaxValue;
        if (start.After is [var text] && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            return new Page<ClaimItem>.BadCursor();
        var found = model.Claims.At(query.Agreement, start.Count, query.From, query.To)
            .Where(claim => claim.Recorded < after).Take(start.Limit + 1).ToList();
        var items = found.Select(ItemOf).ToList();
        return start.Page(
            items, item => [found[items.IndexOf(item)].Recorded.ToString(CultureInfo.InvariantCulture)], new FactReader(model).Covered(start.Count));
    }

    private static ClaimItem ItemOf(ClaimVersion version)
    {
        ClaimState s = version.State;
        return new ClaimItem(
            s.ClaimId, s.ClaimedBy, s.Against, s.From, s.To, s.Figures, s.Source, s.Text, s.Withdrawn, s.RecordedAt, version.Sequence);
    }
}
