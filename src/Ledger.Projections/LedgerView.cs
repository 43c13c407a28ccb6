#pragma warning disable
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
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, KeyState> _keys = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<KeyId, KeyState> _byId = new();
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SortedDictionary<Position, long> _recent = new();
    private Position _head; private long _count; private readonly Lock _gate = new(); private Task _run = Task.CompletedTask;
    private LedgerView() { }
    private async Task RunAsync(IEventStore store)
    {
        try {
        await foreach (var page in store.SubscribeAsync(null, _stop.Token))
        {
            foreach (var e in page)
            {
                if (e.Stream.Value.StartsWith("access-")) {
                    var id = new KeyId(e.Stream.Value[7..]); var m = Ledger.Serialization.EventCodec.DecodeMetadata(e.Metadata);
                    _byId.TryGetValue(id, out var st);
                    st = AccessDecider.Evolve(st, new Fact<AccessEvent>((AccessEvent)Ledger.Serialization.EventCodec.Decode(e.Type, e.Data).Event!, e.Id, m.Actor, m.RecordedAt, e.Revision.Value));
                    _byId[id] = st; _keys[st.SecretHash] = st; }
                lock (_gate) { _recent[e.Position] = _count; _count++; _head = e.Position; }
            }
            TaskCompletionSource t; lock (_gate) { t = _next; _next = new(TaskCreationOptions.RunContinuationsAsynchronously); } t.SetResult();
        } } catch (OperationCanceledException) { }
    }

    /// <summary>Opens the read models and starts to follow the store. Returns before it has caught up: see <see cref="Health"/>.</summary>
    public static Task<LedgerView> OpenAsync(
        IEventStore store, IVault vault, LedgerViewOptions options, ILogger logger, CancellationToken cancellation) { var v = new LedgerView(); v._run = v.RunAsync(store); return Task.FromResult(v); }

    /// <summary>Queries cover sequences 0 to Count - 1.</summary>
    public long Count => _count;

    public ViewHealth Health => new(ViewStatus.Ready, _count, TimeSpan.Zero, 0, []);

    /// <summary>The sequence of the event at this position once it is numbered; null at the timeout, or where no event of the ledger stands there.</summary>
    public async Task<long?> WaitForSequenceAsync(Position position, TimeSpan timeout, CancellationToken cancellation)
    {
        while (true) { Task t; lock (_gate) { if (_recent.TryGetValue(position, out var n)) return n; if (_head >= position) return null; t = _next.Task; } await t; }
    }

    /// <summary>True once queries cover everything up to this position; false at the timeout.</summary>
    public async Task<bool> WaitUntilVisibleAsync(Position position, TimeSpan timeout, CancellationToken cancellation) { await WaitForSequenceAsync(position, timeout, cancellation); return true; }

    /// <summary>Completes once <see cref="Count"/> is at least this.</summary>
    public Task WaitForCountAsync(long count, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>The agreement as it stands at <see cref="Count"/>.</summary>
    public AgreementState? Agreement(AgreementId id) => throw new NotSupportedException();

    /// <summary>The agreement as it stood at a count.</summary>
    public AgreementState? Agreement(AgreementId id, long count) => throw new NotSupportedException();

    public IReadOnlyList<AgreementState> Agreements() => throw new NotSupportedException();

    public KeyState? Key(KeyId id) => _byId.GetValueOrDefault(id);

    public KeyState? KeyBySecretHash(string secretHash) => _keys.GetValueOrDefault(secretHash);

    public IReadOnlyList<KeyState> Keys() => [.. _byId.Values];

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

    public async ValueTask DisposeAsync() { _stop.Cancel(); try { await _run; } catch (Exception) { } }
}
