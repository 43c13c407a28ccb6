using Ledger.Files;
using Ledger.Node;

namespace Ledger.Api.Evidence;

/// <summary>At the start, and whenever a destruction failed, destroys every file that the history says was erased.</summary>
internal sealed partial class EvidenceErasure(LedgerNode node, EvidenceFiles files, ILogger<EvidenceErasure> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isSaid = false;
        do
        {
            try
            {
                var erased = await node.View.ErasedFilesAsync(stoppingToken);
                if (await files.EraseAgainAsync(erased) is > 0 and var found) LogErased(logger, found);
                isSaid = false;
                while (!files.OwesErasure) await Task.Delay(LookEvery, stoppingToken);
            }
            catch (FileStoreException e)
            {
                if (!isSaid) LogPutOff(logger, e.Message);
                isSaid = true;
            }
        }
        while (await WaitAsync(stoppingToken));
    }

    private static async Task<bool> WaitAsync(CancellationToken stopping)
    {
        await Task.Delay(LookEvery, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Found} files of evidence lay there that the history says were erased; they are destroyed.")]
    private static partial void LogErased(ILogger logger, int found);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Files that were erased can't be destroyed yet; they are given to nobody, and it is tried again each second. {What}")]
    private static partial void LogPutOff(ILogger logger, string what);
}
