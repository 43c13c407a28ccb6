using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.EventStore;
using Ledger.EventStore.Vault;
using Ledger.Projections.Claims;
using Ledger.Projections.Compliance;
using Ledger.Projections.Coverage;
using Ledger.Projections.Register;
using Ledger.Projections.Sequencing;
using Ledger.Projections.Storage;
using Ledger.Projections.Words;
using Microsoft.Extensions.Logging;

namespace Ledger.Projections;

/// <summary>The ledger as it can be asked: every event numbered, every read model folded from them.</summary>
/// <remarks>Queries take an explicit count n and are pure functions of (n, arguments): the same n gives the same answer for ever.</remarks>
public sealed class LedgerView : IAsyncDisposable
{
    private static readonly TimeSpan WordsMayTake = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SweepMayWait = TimeSpan.FromSeconds(30);

    private const int RowsAtOnce = 1_024;

    private readonly Follower _follower;
    private readonly History _history;
    private readonly WordIndexer _words;

    /// <summary>Some 6 MB: a few hundred pictures, or a dozen with series by day over years.</summary>
    private readonly AnswerMemory<(ComplianceQuery, long), ComplianceAnswer> _pictures = new(1 << 15, answer => answer.Size);

    private LedgerView(Follower follower, WordIndexer words, IEventStore store)
    {
        (_follower, _words) = (follower, words);
        _history = new History(follower, store);
    }

    /// <summary>Opens the read models and starts to follow the store. Returns before it has caught up: see <see cref="Health"/>.</summary>
    public static async Task<LedgerView> OpenAsync(
        IEventStore store, IVault vault, LedgerViewOptions options, ILogger logger, CancellationToken cancellation)
    {
        var follower = await Follower.OpenAsync(store, options, logger, cancellation);
        var history = new History(follower, store);
        var words = WordIndexer.Open(options, vault, history, follower, logger);
        follower.Start();
        words.Start();
        return new LedgerView(follower, words, store);
    }

    /// <summary>Queries cover sequences 0 to Count - 1.</summary>
    public long Count => _follower.Count;

    /// <summary>Events numbered: more than <see cref="Count"/> only where the projections stopped at an event that this program doesn't know.</summary>
    public long Numbered => _follower.Numbered;

    /// <summary>The latest moment at which a numbered event was recorded, whichever node did; null before the first since the start.</summary>
    public DateTimeOffset? NewestRecordedAt => _follower.NewestRecordedAt;

    /// <summary>True once every event up to a position was read, whether queries cover it or not.</summary>
    public Task<bool> WaitUntilReadAsync(Position position, TimeSpan timeout, CancellationToken cancellation) =>
        _follower.ReadsToAsync(position, timeout, cancellation).AsTask();

    public ViewHealth Health => _follower.Health(_words.Problem);

    /// <summary>The sequence of the event at this position once it is numbered; null at the timeout, or where no event of the ledger stands there.</summary>
    public async Task<long?> WaitForSequenceAsync(Position position, TimeSpan timeout, CancellationToken cancellation)
    {
        var isThere = await _follower.ReadsToAsync(position, timeout, cancellation);
        return isThere ? await _history.SequenceAtAsync(position, cancellation) : null;
    }

    /// <summary>True once queries cover everything up to this position; false at the timeout.</summary>
    public Task<bool> WaitUntilVisibleAsync(Position position, TimeSpan timeout, CancellationToken cancellation) =>
        _follower.Moved.UntilAsync(() => _follower.Covers(position), timeout, cancellation);

    /// <summary>Completes once <see cref="Count"/> is at least this.</summary>
    public Task WaitForCountAsync(long count, CancellationToken cancellation) =>
        _follower.Moved.UntilAsync(() => Count >= count, Timeout.InfiniteTimeSpan, cancellation);

    /// <summary>The agreement as it stands at <see cref="Count"/>.</summary>
    public AgreementState? Agreement(AgreementId id) => Agreement(id, Count);

    /// <summary>The agreement as it stood at a count.</summary>
    public AgreementState? Agreement(AgreementId id, long count) => _follower.Model.Agreements.At(id, count);

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<AgreementState> Agreements() => Agreements(Count);

    public IReadOnlyList<AgreementState> Agreements(long count)
    {
        var book = _follower.Model.Agreements;
        return [.. book.Ids.Select(id => book.At(id, count)).OfType<AgreementState>()];
    }

    public KeyState? Key(KeyId id) => _follower.Model.Access.Key(id);

    public KeyState? KeyBySecretHash(string secretHash) => _follower.Model.Access.BySecretHash(secretHash);

    public IReadOnlyList<KeyState> Keys() => _follower.Model.Access.Keys;

    /// <summary>An account that something was ended of; null for all others.</summary>
    public AccountState? Account(Subject subject) => _follower.Model.Access.Account(subject);

    /// <summary>In the order of their pseudonyms: those that something was ended of.</summary>
    public IReadOnlyList<AccountState> Accounts() => _follower.Model.Access.Accounts;

    /// <summary>True until all that was stored at the start has been read: so long nobody can say what was ended.</summary>
    public bool IsCatchingUp => _follower.IsCatchingUp;

    /// <summary>Who read which file of evidence, newest first, below a count.</summary>
    public IEnumerable<EvidenceReading> EvidenceReadings(long count) => _follower.Model.Readings.Before(count);

    public WebhookState? Webhook(WebhookId id) => _follower.Model.Access.Webhook(id);

    public IReadOnlyList<WebhookState> Webhooks() => _follower.Model.Access.Webhooks;

    /// <summary>Events with after &lt; sequence &lt; upToCount, in order.</summary>
    public IAsyncEnumerable<SequencedEvent> ReadEventsAsync(long after, long upToCount, CancellationToken cancellation) =>
        _history.ReadAsync(after, upToCount, cancellation);

    public Task<long?> SequenceOfAsync(Guid eventId, CancellationToken cancellation) =>
        AskAsync(model => new FactReader(model).SequenceOf(eventId), cancellation);

    /// <summary>The stream that a command with an Idempotency-Key made, among the events numbered so far; null where it made none.</summary>
    public async Task<StreamName?> StreamMadeByAsync(Guid commandId, CancellationToken cancellation)
    {
        if (_follower.Model.Commands.Find(commandId) is not { } sequence) return null;
        await foreach (var e in _history.ReadAsync(sequence - 1, sequence + 1, cancellation))
            if (e.Metadata.CommandId == commandId) return e.Stored.Stream;
        return null;
    }

    /// <summary>The events before the first one that was recorded after the moment.</summary>
    public Task<long> CountAsOfAsync(DateTimeOffset moment, CancellationToken cancellation)
    {
        var count = Count;
        return AskAsync(model => new FactReader(model).CountAsOf(Micros.Of(moment), count), cancellation);
    }

    /// <exception cref="ArgumentOutOfRangeException">The count lies beyond <see cref="Count"/>.</exception>
    public Task<Covered> CoveredAsync(long count, CancellationToken cancellation)
    {
        Check(count);
        return AskAsync(model => new FactReader(model).Covered(count), cancellation);
    }

    /// <summary>Which of these digests any event refers to; for the vault's sweep.</summary>
    /// <remarks>What is stored when this is asked is read first. Where that can't be had, all are said to be referred to: a sweep destroys.</remarks>
    public async ValueTask<IReadOnlySet<string>> ReferredDigestsAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(digests);
        if (!await _follower.IsAtHeadAsync(SweepMayWait, cancellation)) return digests.ToHashSet(StringComparer.Ordinal);
        var prefixes = digests.Select(Digests.PrefixOf).OfType<long>().ToHashSet();
        var found = await AskAsync(model => new FactReader(model).Refers(prefixes), cancellation);
        return digests.Where(digest => Digests.PrefixOf(digest) is { } prefix && found.Contains(prefix)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Every digest whose text events say was erased, once all that was stored before the start is covered, or the read models have stopped.</summary>
    public async Task<IReadOnlySet<string>> ErasedDigestsAsync(CancellationToken cancellation)
    {
        await _follower.Moved.UntilAsync(() => _follower.IsAtHead || _follower.HasStopped, Timeout.InfiniteTimeSpan, cancellation);
        return await AskAsync(model => (IReadOnlySet<string>)new FactReader(model).Erased(), cancellation);
    }

    /// <summary>Every file of evidence that events say was erased, and in which agreement; answers as <see cref="ErasedDigestsAsync"/> does.</summary>
    public async Task<IReadOnlySet<(AgreementId Agreement, string Sha256)>> ErasedFilesAsync(CancellationToken cancellation)
    {
        await _follower.Moved.UntilAsync(() => _follower.IsAtHead || _follower.HasStopped, Timeout.InfiniteTimeSpan, cancellation);
        return await AskAsync(model => (IReadOnlySet<(AgreementId, string)>)new FactReader(model).ErasedFiles().Select(ErasedRow.ToFile).ToHashSet(), cancellation);
    }

    /// <exception cref="ArgumentOutOfRangeException">The count lies beyond <see cref="Count"/>.</exception>
    public Task<ComplianceAnswer> ComplianceAsync(ComplianceQuery query, long count, CancellationToken cancellation)
    {
        Check(count);
        return ViewTelemetry.MeasureAsync("compliance", count < Count, () => _pictures.GetAsync(
            (query, count), () => AskAsync(model => new ComplianceReader(model).Answer(query, count, cancellation), cancellation)));
    }

    /// <exception cref="ArgumentOutOfRangeException">The count lies beyond <see cref="Count"/>.</exception>
    public Task<Page<Posting>> PostingsAsync(PostingsQuery query, long count, PageRequest page, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ListAsync<Posting>(
            "postings", query.Figures.Agreement, query, page, count, 2, [query.Party], query.Figures.Cases,
            (model, agreement, start) => new PostingsReader(model).List(query, agreement, start, cancellation), cancellation);
    }

    /// <exception cref="ArgumentOutOfRangeException">The count lies beyond <see cref="Count"/>.</exception>
    public async Task<Page<ViolationListItem>> ViolationsAsync(
        ViolationQuery query, long count, PageRequest page, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        Check(count);
        IReadOnlySet<Guid>? words = null;
        if (WordQuery.Parse(query.Words) is { } asked)
        {
            var pinned = PageStart.Of(query, page, count, Count, 2)?.Count ?? count;
            if (!await _words.WaitAsync(pinned, WordsMayTake, cancellation)) return new Page<ViolationListItem>.WordsBehind();
            words = await _words.FindAsync(query.Agreement, asked, pinned, cancellation);
        }

        return await ListAsync<ViolationListItem>(
            "violations", query.Agreement, query, page, count, 2, query.Parties, query.Cases,
            (model, agreement, start) => new RegisterReader(model).List(query, agreement, start, words, cancellation), cancellation);
    }

    /// <summary>Every case of a query in the order of the list, as one stream: for files. Words aren't asked for here.</summary>
    /// <remarks>The query's names must be the agreement's: a first page says whether they are.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The count lies beyond <see cref="Count"/>.</exception>
    public async IAsyncEnumerable<ViolationListItem> AllViolationsAsync(
        ViolationQuery query, long count, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        Check(count);
        var model = _follower.UseModel();
        try
        {
            if (model.Agreements.At(query.Agreement, count) is not { } state) yield break;
            using var items = new RegisterReader(model).All(query, state, count, cancellation).GetEnumerator();
            while (true)
            {
                // DuckDB works on the thread that asks, so that is one of the pool's, for a few hundred rows at a time.
                var batch = await Task.Run(() => Take(items, RowsAtOnce), cancellation);
                foreach (var item in batch) yield return item;
                if (batch.Count < RowsAtOnce) yield break;
            }
        }
        finally
        {
            await model.ReleaseAsync();
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">The count lies beyond <see cref="Count"/>.</exception>
    public Task<Page<CoverageItem>> CoverageAsync(CoverageQuery query, long count, PageRequest page, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ListAsync<CoverageItem>(
            "coverage", query.Agreement, query, page, count, 2, [], new CaseFilter { Zones = query.Zones },
            (model, _, start) => new CoverageReader(model).List(query, start), cancellation);
    }

    /// <exception cref="ArgumentOutOfRangeException">The count lies beyond <see cref="Count"/>.</exception>
    public Task<Page<ClaimItem>> ClaimsAsync(ClaimQuery query, long count, PageRequest page, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ListAsync<ClaimItem>(
            "claims", query.Agreement, query, page, count, 1, [], CaseFilter.None,
            (model, _, start) => new ClaimReader(model).List(query, start), cancellation);
    }

    /// <summary>Folds everything anew beside the read models in use, and then takes their place. Progress is a count.</summary>
    public Task RebuildAsync(IProgress<long>? progress, CancellationToken cancellation) => _follower.RebuildAsync(progress, cancellation);

    /// <summary>Takes erased texts out of the word index beyond recovery.</summary>
    public Task ForgetAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation) => _words.ForgetAsync(digests, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _words.DisposeAsync();
        await _follower.DisposeAsync();
    }

    private static List<T> Take<T>(IEnumerator<T> items, int most)
    {
        var taken = new List<T>(most);
        while (taken.Count < most && items.MoveNext()) taken.Add(items.Current);
        return taken;
    }

    private Task<Page<T>> ListAsync<T>(
        string name, AgreementId agreement, object query, PageRequest page, long count, int keyLength, IEnumerable<PartyId> parties, CaseFilter filter,
        Func<ReadModel, AgreementState, PageStart, Page<T>> list, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(page.Limit);
        Check(count);
        return ViewTelemetry.MeasureAsync(name, count < Count, () => AskAsync(
            model =>
            {
                if (PageStart.Of(query, page, count, Count, keyLength) is not { } start) return new Page<T>.BadCursor();
                if (model.Agreements.At(agreement, start.Count) is not { } state) return new Page<T>.UnknownAgreement();
                if (UnknownNames.In(state, filter.Zones, parties) is var (name, value)) return new Page<T>.UnknownName(name, value);
                return list(model, state, start);
            },
            cancellation));
    }

    /// <summary>DuckDB works on the thread that asks, so that is one of the pool's.</summary>
    private Task<T> AskAsync<T>(Func<ReadModel, T> ask, CancellationToken cancellation) => Task.Run(
        async () =>
        {
            var model = _follower.UseModel();
            try
            {
                return ask(model);
            }
            finally
            {
                await model.ReleaseAsync();
            }
        },
        cancellation);

    private void Check(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
    }
}
