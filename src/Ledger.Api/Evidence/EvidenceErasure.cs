using Ledger.Node;

namespace Ledger.Api.Evidence;

/// <summary>At the start, destroys every file that the history says was erased.</summary>
internal sealed partial class EvidenceErasure(LedgerNode node, EvidenceFiles files, ILogger<EvidenceErasure> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var erased = await node.View.ErasedFilesAsync(stoppingToken);
        if (await files.EraseAgainAsync(erased) is > 0 and var found) LogErased(logger, found);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Found} files of evidence lay there that the history says were erased; they are destroyed.")]
    private static partial void LogErased(ILogger logger, int found);
}
