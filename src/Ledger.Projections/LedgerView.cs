using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.EventStore;
using Ledger.EventStore.Vault;
using Microsoft.Extensions.Logging;

namespace Ledger.Projections;

/// <summary>The ledger as it can be asked: every event numbered, every read model folded from them.</summary>
/// <remarks>Queries take an explicit count n and are pure functions of (n, arguments): the same n gives the same answer for ever.</remarks>
public sealed class LedgerView : IAsyncDisposable
{
    private LedgerView() { }

    /// <summary>Opens the read models and starts to follow the store. Returns before it has caught up: see <see cref="Health"/>.</summary>
    public static Task<LedgerView> OpenAsync(
        IEventStore store, IVault vault, LedgerViewOptions options, ILogger logger, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Queries cover sequences 0 to Count - 1.</summary>
    public long Count => throw new NotSupportedException();

    public ViewHealth Health => throw new NotSupportedException();

    /// <summary>The sequence of the event at this position once it is numbered; null at the timeout, or where no event of the ledger stands there.</summary>
    public Task<long?> WaitForSequenceAsync(Position position, TimeSpan timeout, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>True once queries cover everything up to this position; false at the timeout.</summary>
    public Task<bool> WaitUntilVisibleAsync(Position position, TimeSpan timeout, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Completes once <see cref="Count"/> is at least this.</summary>
    public Task WaitForCountAsync(long count, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>The agreement as it stands at <see cref="Count"/>.</summary>
    public AgreementState? Agreement(AgreementId id) => throw new NotSupportedException();

    /// <summary>The agreement as it stood at a count.</summary>
    public AgreementState? Agreement(AgreementId id, long count) => throw new NotSupportedException();

    public IReadOnlyList<AgreementState> Agreements() => throw new NotSupportedException();

    public KeyState? Key(KeyId id) => throw new NotSupportedException();

    public KeyState? KeyBySecretHash(string secretHash) => throw new NotSupportedException();

    public IReadOnlyList<KeyState> Keys() => throw new NotSupportedException();

    public WebhookState? Webhook(WebhookId id) => throw new NotSupportedException();

    public IReadOnlyList<WebhookState> Webhooks() => throw new NotSupportedException();

    /// <summary>Events with after &lt; sequence &lt; upToCount, in order.</summary>
    public IAsyncEnumerable<SequencedEvent> ReadEventsAsync(long after, long upToCount, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<long?> SequenceOfAsync(Guid eventId, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>The events before the first one that was recorded after the moment.</summary>
    public Task<long> CountAsOfAsync(DateTimeOffset moment, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Covered> CoveredAsync(long count, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Which of these digests any event refers to; for the vault's sweep. Waits until everything stored is visible.</summary>
    public ValueTask<IReadOnlySet<string>> ReferredDigestsAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ComplianceAnswer> ComplianceAsync(ComplianceQuery query, long count, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Page<Posting>> PostingsAsync(PostingsQuery query, long count, PageRequest page, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Page<ViolationListItem>> ViolationsAsync(ViolationQuery query, long count, PageRequest page, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Page<CoverageItem>> CoverageAsync(CoverageQuery query, long count, PageRequest page, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Page<ClaimItem>> ClaimsAsync(ClaimQuery query, long count, PageRequest page, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Folds everything anew beside the read models in use, and then takes their place. Progress is a count.</summary>
    public Task RebuildAsync(IProgress<long>? progress, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Takes erased texts out of the word index beyond recovery.</summary>
    public Task ForgetAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
