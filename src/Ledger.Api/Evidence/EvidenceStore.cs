using Ledger.Api.Hosting;
using Ledger.Files;
using Ledger.Files.Buckets;
using Ledger.Node;
using Ledger.Node.Evidence;
using Ledger.Projections;

namespace Ledger.Api.Evidence;

/// <summary>Where files of evidence are kept: opened, judged at the start, and asked from time to time how it is.</summary>
internal sealed partial class EvidenceStore(LedgerSettings settings, IFileStore store, ILogger<EvidenceStore> logger) : BackgroundService
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartMayWait = TimeSpan.FromSeconds(10);

    public static IFileStore Open(IServiceProvider services)
    {
        var settings = services.GetRequiredService<LedgerSettings>();
        return settings.EvidenceBucket is { } bucket ? new BucketFiles(bucket) : new DirectoryFiles(settings.Evidence);
    }

    /// <summary>Before anything is taken. A store that doesn't answer holds no start up: cases are recorded without files, and /health says it.</summary>
    /// <exception cref="SettingsException">Nothing could ever be erased from it.</exception>
    public async Task BeginAsync(LedgerNode node, CancellationToken cancellation)
    {
        node.AlsoAsk(() => store.Trouble is { } trouble ? new ViewProblem(EvidencePlace.Unavailable, Sentence(trouble.Trouble)) : null);
        if (settings.Store != StoreKind.Memory) EvidencePlace.Note(settings.Data, settings.EvidenceBucket);
        if (settings.EvidenceBucket is null) return;
        if (settings.EvidenceBucket.Endpoint is { Scheme: "http", IsLoopback: false }) LogPlain(logger);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(StartMayWait);
            var habits = await store.CheckAsync(limit.Token);
            if (habits.Locks)
                throw new SettingsException("The bucket of Ledger:Evidence:S3 forbids that anything is destroyed (Object Lock with a default retention), and evidence must be erasable. Take another bucket, or take the default retention away.");
            if (habits.KeepsVersions) LogVersions(logger);
        }
        catch (FileStoreException e)
        {
            LogTrouble(logger, e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            LogTrouble(logger, $"{store.Place} doesn't answer.");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.EvidenceBucket is null) return;
        using var timer = new PeriodicTimer(AskEvery);
        var said = "";
        do
        {
            var now = await WrongAsync(stoppingToken);
            if (now is not null && now != said) LogTrouble(logger, now);
            said = now;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<string?> WrongAsync(CancellationToken cancellation)
    {
        try
        {
            return (await store.CheckAsync(cancellation)).Locks ? "The bucket has got an Object Lock with a default retention: nothing can be erased from it, and the next start refuses it." : null;
        }
        catch (FileStoreException e)
        {
            return e.Message;
        }
    }

    /// <summary>For everybody who may ask /health: nothing of where it is.</summary>
    private static string Sentence(FileTrouble trouble) => trouble switch
    {
        FileTrouble.Refused => "The store of files of evidence refuses this node's key, or what was asked with it. Cases are recorded; files are neither taken nor given out.",
        FileTrouble.NoBucket => "The bucket of files of evidence isn't there. Cases are recorded; files are neither taken nor given out.",
        FileTrouble.Unreachable => "The store of files of evidence doesn't answer. Cases are recorded; files are neither taken nor given out.",
        _ => "The store of files of evidence says no to what it was asked. Cases are recorded; files may be neither taken nor given out.",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Files of evidence: {What} Everything else goes on.")]
    private static partial void LogTrouble(ILogger logger, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Files of evidence go to their bucket in clear (http): whoever listens between reads them.")]
    private static partial void LogPlain(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "The bucket of evidence keeps versions; an erasure destroys every version of a file, for which the key needs s3:ListBucketVersions and s3:DeleteObjectVersion.")]
    private static partial void LogVersions(ILogger logger);
}
