using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Exchange.Answers;
using Ledger.Exchange.Packages;
using Ledger.Node;
using Ledger.Projections;
using Ledger.Transparency;

namespace Ledger.Cli.Ledgers;

/// <summary>A package's contents out of a node in this process.</summary>
internal sealed class NodePackage(LedgerNode node) : IPackageSource
{
    private const int Batch = 500;

    private static readonly TimeSpan NoWait = TimeSpan.Zero;

    public async Task<byte[]> LogAsync(string path, CancellationToken cancellation) => path switch
    {
        "checkpoint" => node.Log.Published?.ToBytes(),
        "vkey" => Encoding.UTF8.GetBytes($"{node.Log.Key}\n"),
        "keys" => Encoding.UTF8.GetBytes(string.Concat(node.Log.KeyChanges)),
        _ when TileId.TryParse(path, out var tile) => await node.Log.TileAsync(tile, NoWait, cancellation),
        _ when BundleId.TryParse(path, out var bundle) => await node.Log.BundleAsync(bundle, NoWait, cancellation),
        _ => null,
    } ?? throw new PackageException($"The log doesn't have {path}.");

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> EventsAsync(long count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<SequencedEvent> batch = new(Batch);
        await foreach (var e in node.View.ReadEventsAsync(-1, count, cancellation))
        {
            batch.Add(e);
            if (batch.Count < Batch) continue;
            foreach (var line in await LinesAsync(batch, cancellation)) yield return line;
            batch.Clear();
        }

        foreach (var line in await LinesAsync(batch, cancellation)) yield return line;
    }

    public Task<IReadOnlyList<string>> AgreementsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([.. node.View.Agreements().Select(agreement => agreement.AgreementId.Value)]);

    public async Task<byte[]?> ComplianceAsync(string agreement, long count, CancellationToken cancellation) =>
        await node.View.ComplianceAsync(new ComplianceQuery(new AgreementId(agreement)), count, cancellation) is ComplianceAnswer.Picture picture
            ? JsonSerializer.SerializeToUtf8Bytes(ComplianceAnswerBody.Of(picture), AnswerJson.Plain.ComplianceAnswerBody)
            : null;

    /// <summary>Long free texts lie in the vault; whoever may read the event gets them with it.</summary>
    private async Task<IEnumerable<ReadOnlyMemory<byte>>> LinesAsync(List<SequencedEvent> batch, CancellationToken cancellation)
    {
        var joined = await node.Get<Disclosures>().JoinAsync([.. batch.Select(e => e.Stored.Data)], cancellation);
        return batch.Select((e, i) => (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(EventItem.Of(new FeedItem(e, joined[i].Data, joined[i].Disclosures), raw: true), AnswerJson.Plain.EventItem));
    }
}
