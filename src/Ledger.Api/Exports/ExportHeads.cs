using Ledger.Api.Hosting;
using Ledger.Api.Reading;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Exports;
using Ledger.Projections;

namespace Ledger.Api.Exports;

/// <summary>What is cited by everything that leaves as a file.</summary>
internal static class ExportHeads
{
    /// <summary>How long it waits for a signed head, so that the citation can name a root.</summary>
    private static readonly TimeSpan HeadMayTake = TimeSpan.FromSeconds(5);

    public static async Task<ExportHead> OfAsync(
        Reader reader, LedgerSettings settings, AgreementState agreement, ComplianceAnswer.Picture? picture, long count, CountingMethod method, CancellationToken cancellation)
    {
        var covered = await reader.View.CoveredAsync(count, cancellation);
        var root = await reader.Node.Log.RootOfAsync(count, HeadMayTake, cancellation);
        return new ExportHead(
            agreement.AgreementId, agreement.Title, agreement.Exercise, count, covered.RecordedAt, reader.Node.Origin, root?.ToString(), method, settings.Licence, picture?.Statements ?? []);
    }
}
