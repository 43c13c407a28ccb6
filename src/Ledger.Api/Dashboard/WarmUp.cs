using Ledger.Application;
using Ledger.Node;

namespace Ledger.Api.Dashboard;

/// <summary>Draws the pages that people open first once at the start, into nothing: the first person doesn't wait for what the program still has to compile.</summary>
internal sealed class WarmUp(LedgerNode node, InnerPipeline inner, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registered = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var agreement = node.View.Agreements() is [var first, ..] ? first.AgreementId.Value : "none";
        foreach (var path in (string[])["/login", "/", $"/agreements/{agreement}", $"/agreements/{agreement}/violations"])
        {
            if (stoppingToken.IsCancellationRequested) return;
            // Whatever goes wrong here is said, and logged, when somebody asks for the page.
            await inner.GetAsync(path, Principal.Machine("warm-up"), stoppingToken);
        }
    }
}
