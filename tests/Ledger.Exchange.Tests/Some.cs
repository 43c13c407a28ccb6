using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Imports;
using Ledger.Node;
using Ledger.Projections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Exchange.Tests;

/// <summary>A node that lives as long as a test, and what tests ask of it.</summary>
internal static class Some
{
    public static readonly AgreementId Agreement = new("truce");
    public static readonly TimeZoneInfo Kyiv = TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv");

    public static Task<LedgerNode> NodeAsync() =>
        LedgerNode.StartAsync(new NodeOptions("unused") { Store = StoreKind.Memory }, NullLoggerFactory.Instance, CancellationToken.None);

    public static async Task<LedgerNode> NodeWithAsync(AgreementCommand.Register agreement)
    {
        var node = await NodeAsync();
        var outcome = await node.Mediator.Send(new Execute<AgreementCommand>(
            Streams.Of(agreement.AgreementId), agreement, Principal.Machine("test"), new CommandIdentity(Guid.NewGuid(), false, "test"), null, Sealed.Nothing));
        Assert.IsType<CommandOutcome.Stored>(outcome);
        return node;
    }

    public static AgreementCommand.Register Truce(DateTimeOffset from, DateTimeOffset? until, string timeZone = "Europe/Kyiv") => new(
        Agreement, "Some truce", timeZone, Values<Instrument>.None,
        Values.Of(new Party(new PartyId("norland"), "Norland", Values<Label>.None), new Party(new PartyId("front"), "Front", Values<Label>.None)),
        Values<Guarantor>.None, Values<Provision>.None, new Term(from, until), false, Policy.Default);

    public static Task<ImportResult> ImportAsync(LedgerNode node, IEnumerable<ImportRow> rows, IProgress<ImportProgress>? progress = null) =>
        new ImportRunner(new NodeTarget(node.Mediator, Principal.Machine("import"))).RunAsync(rows.ToAsyncEnumerable(), progress, null, CancellationToken.None);

    /// <summary>A file as the command line and the API read it.</summary>
    public static async Task<ImportResult> ImportAsync(LedgerNode node, AgreementId agreement, string path, ImportOptions options, bool dryRun = false, ImportWatch? watch = null)
    {
        using var file = ImportFile.Open(path, await FrameAsync(node, agreement), options);
        return await new ImportRunner(new NodeTarget(node.Mediator, Principal.Machine("import"), "test", dryRun)).RunAsync(file.Rows, watch ?? new ImportWatch(), CancellationToken.None);
    }

    public static async Task<ImportFrame> FrameAsync(LedgerNode node, AgreementId agreement)
    {
        var current = await node.Get<AgreementCache>().GetAsync(agreement, CancellationToken.None);
        return ImportFrame.Of(current!.State, current.Zone);
    }

    public static async Task<ComplianceAnswer.Picture> PictureAsync(LedgerNode node, AgreementId agreement, CountingMethod method = CountingMethod.RecordsV1)
    {
        if (await node.Store.ReadHeadAsync(CancellationToken.None) is { } head)
            Assert.True(await node.View.WaitUntilVisibleAsync(head, TimeSpan.FromSeconds(30), CancellationToken.None));
        return Assert.IsType<ComplianceAnswer.Picture>(
            await node.View.ComplianceAsync(new ComplianceQuery(agreement) { Method = method }, node.View.Count, CancellationToken.None));
    }

    /// <summary>Every event of the ledger, in order, without the seals of its log.</summary>
    public static async Task<IReadOnlyList<EventStore.RecordedEvent>> EventsAsync(LedgerNode node)
    {
        var events = new List<EventStore.RecordedEvent>();
        await foreach (var page in node.Store.ReadAllAsync(null, CancellationToken.None)) events.AddRange(page.Where(e => !e.Stream.Value.StartsWith("log-", StringComparison.Ordinal)));
        return events;
    }
}
