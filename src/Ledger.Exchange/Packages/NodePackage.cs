using System.Runtime.CompilerServices;
using System.Text.Json;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Exchange.Answers;
using Ledger.Projections;

namespace Ledger.Exchange.Packages;

/// <summary>A package's contents out of a ledger in this process.</summary>
/// <param name="logFile">A file of its log by the path that it is served under; null where there is none.</param>
public sealed class NodePackage(LedgerView view, Disclosures disclosures, Func<string, CancellationToken, Task<byte[]?>> logFile) : IPackageSource
{
    private const int Batch = 500;

    public async Task<byte[]> LogAsync(string path, CancellationToken cancellation) =>
        await logFile(path, cancellation) ?? throw new PackageException($"The log doesn't have {path}.");

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> EventsAsync(long count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<SequencedEvent> batch = new(Batch);
        await foreach (var e in view.ReadEventsAsync(-1, count, cancellation))
        {
            batch.Add(e);
            if (batch.Count < Batch) continue;
            foreach (var line in await LinesAsync(batch, cancellation)) yield return line;
            batch.Clear();
        }

        foreach (var line in await LinesAsync(batch, cancellation)) yield return line;
    }

    public Task<IReadOnlyList<string>> AgreementsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([.. view.Agreements().Select(agreement => agreement.AgreementId.Value)]);

    public async Task<byte[]?> ComplianceAsync(string agreement, long count, CancellationToken cancellation) =>
        await view.ComplianceAsync(new ComplianceQuery(new AgreementId(agreement)), count, cancellation) is ComplianceAnswer.Picture picture
            ? JsonSerializer.SerializeToUtf8Bytes(ComplianceAnswerBody.Of(picture), AnswerJson.Plain.ComplianceAnswerBody)
            : null;

    /// <summary>Long free texts lie in the vault; whoever may read the event gets them with it.</summary>
    private async Task<IEnumerable<ReadOnlyMemory<byte>>> LinesAsync(List<SequencedEvent> batch, CancellationToken cancellation)
    {
        var joined = await disclosures.JoinAsync([.. batch.Select(e => e.Stored.Data)], cancellation);
        return batch.Select((e, i) => (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(EventItem.Of(new FeedItem(e, joined[i].Data, joined[i].Disclosures), raw: true), AnswerJson.Plain.EventItem));
    }
}
