using System.Globalization;
using System.Security.Cryptography;
using Ledger.EventStore;
using Ledger.EventStore.Vault;
using Ledger.Projections;
using Ledger.Serialization;

namespace Ledger.Node;

/// <summary>Looks for ever whether every text that an event refers to is still in the vault: one that went quietly, without an erasure in the history, shows.</summary>
/// <remarks>An auditor finds the same from outside; here the operator hears of it first. It goes slowly, so that nobody feels it.</remarks>
internal sealed class DisclosureWatch : IAsyncDisposable
{
    public const string Missing = "missing-disclosure";

    /// <summary>A text that is there and doesn't open: its bytes were changed. Cases that show it answer 503.</summary>
    public const string Damaged = "damaged-disclosure";

    private const int Batch = 500;

    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan HeadMayTake = TimeSpan.FromSeconds(30);

    private readonly IEventStore _store;
    private readonly LedgerView _view;
    private readonly IVault _vault;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private ViewProblem? _problem;

    public DisclosureWatch(IEventStore store, LedgerView view, IVault vault)
    {
        (_store, _view, _vault) = (store, view, vault);
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>The first text that is gone and that no event explains; null where there is none, as far as was looked.</summary>
    public ViewProblem? Problem => Volatile.Read(ref _problem);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        await _view.ErasedDigestsAsync(_stop.Token); // Once all that was stored before is read.
        while (true)
        {
            try
            {
                Volatile.Write(ref _problem, await RoundAsync());
            }
            catch (StoreUnavailableException)
            {
                // The next round looks again.
            }

            await Task.Delay(BetweenRounds, _stop.Token);
        }
    }

    private async Task<ViewProblem?> RoundAsync()
    {
        var waiting = new Dictionary<string, long>(StringComparer.Ordinal);
        var examined = 0;
        await foreach (var e in _view.ReadEventsAsync(-1, _view.Count, _stop.Token))
        {
            foreach (var digest in EventCodec.SealedDigests(e.Stored.Data)) waiting.TryAdd(digest, e.Sequence);
            if (++examined % Batch != 0) continue;
            if (await LookAsync(waiting) is { } found) return found;
            await Task.Delay(BetweenBatches, _stop.Token);
        }

        return await LookAsync(waiting);
    }

    /// <summary>What the vault holds of these, and the first that is there and doesn't open.</summary>
    private async Task<(IReadOnlySet<string> Held, string? Damaged)> OpenAsync(string[] digests)
    {
        try
        {
            return ((await _vault.OpenAsync(digests, _stop.Token)).Keys.ToHashSet(StringComparer.Ordinal), null);
        }
        catch (StoreUnavailableException e) when (e.InnerException is CryptographicException && digests.Length > 1)
        {
            var held = new HashSet<string>(StringComparer.Ordinal);
            foreach (var digest in digests)
            {
                var (one, damaged) = await OpenAsync([digest]);
                if (damaged is not null) return (held, damaged);
                held.UnionWith(one);
            }

            return (held, null);
        }
        catch (StoreUnavailableException e) when (e.InnerException is CryptographicException)
        {
            return (new HashSet<string>(), digests[0]);
        }
    }

    private async Task<ViewProblem?> LookAsync(Dictionary<string, long> waiting)
    {
        if (waiting.Count == 0) return null;
        var (held, damaged) = await OpenAsync([.. waiting.Keys]);
        if (damaged is not null) return new ViewProblem(
            Damaged, string.Create(CultureInfo.InvariantCulture, $"A text that the event at sequence {waiting[damaged]} refers to doesn't open: its bytes in the vault were changed (digest {damaged})."), waiting[damaged]);
        var gone = waiting.Where(pair => !held.Contains(pair.Key)).OrderBy(pair => pair.Value).ToList();
        waiting.Clear();
        if (gone.Count == 0) return null;

        // An erasure may have come between. Its event is stored before anything is destroyed, so it is known once all that is stored now is covered.
        if (await _store.ReadHeadAsync(_stop.Token) is { } head && !await _view.WaitUntilVisibleAsync(head, HeadMayTake, _stop.Token)) return null;
        var erased = await _view.ErasedDigestsAsync(_stop.Token);
        return gone.Where(pair => !erased.Contains(pair.Key)).Select(pair => new ViewProblem(
            Missing, string.Create(CultureInfo.InvariantCulture, $"A text that the event at sequence {pair.Value} refers to isn't in the vault, and no event says that it was erased (digest {pair.Key})."), pair.Value)).FirstOrDefault();
    }
}
