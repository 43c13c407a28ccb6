using Ledger.Api.Hosting;
using Ledger.Api.Reading;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Exports;
using Ledger.Log;
using Ledger.Projections;

namespace Ledger.Api.Exports;

/// <summary>What is cited by everything that leaves as a file.</summary>
internal static class ExportHeads
{
    /// <summary>How long it waits for a log that is well to reach the count: without a root the same count would give another file later.</summary>
    private static readonly TimeSpan LogMayTake = TimeSpan.FromSeconds(30);

    public static async Task<ExportHead> OfAsync(
        Reader reader, LedgerSettings settings, AgreementState agreement, ComplianceAnswer.Picture? picture, long count, CountingMethod method, CancellationToken cancellation)
    {
        var covered = await reader.View.CoveredAsync(count, cancellation);
        var log = reader.Node.Log;
        var root = await log.RootOfAsync(count, log.Health.Status is LogStatus.Ready or LogStatus.CatchingUp ? LogMayTake : TimeSpan.Zero, cancellation);
        return new ExportHead(
            agreement.AgreementId, agreement.Title, agreement.Exercise, count, covered.RecordedAt, reader.Node.Origin, root?.ToString(), method, settings.Licence, picture?.Statements ?? []);
    }
}
