using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Projections;

namespace Ledger.Dashboard.Pages.Overview;

/// <summary>The seven statuses in the order in which they are shown, and how charts stack them.</summary>
public static class Statuses
{
    public static readonly IReadOnlyList<ViolationStatus> Shown =
    [
        ViolationStatus.Confirmed, ViolationStatus.Disputed, ViolationStatus.Alleged, ViolationStatus.Unresolved,
        ViolationStatus.Dismissed, ViolationStatus.Withdrawn, ViolationStatus.Duplicate,
    ];

    /// <summary>From the bottom up; the last stands for everything that no longer weighs on anybody.</summary>
    public static readonly IReadOnlyList<string> Layers = ["confirmed", "disputed", "alleged", "unresolved", "closed"];

    public static long Of(this StatusCounts counts, string layer)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return layer == "closed"
            ? counts.Dismissed + counts.Withdrawn + counts.Duplicate
            : Kebab<ViolationStatus>.TryParse(layer, out var status) ? counts.Of(status) : 0;
    }

    public static string LayerOf(ViolationStatus status) =>
        status is ViolationStatus.Dismissed or ViolationStatus.Withdrawn or ViolationStatus.Duplicate ? "closed" : status.Code();
}
