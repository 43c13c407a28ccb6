using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.EventStore.Vault;
using Ledger.Projections.Sequencing;
using Ledger.Projections.Storage;
using Microsoft.Extensions.Logging;

namespace Ledger.Projections.Words;

/// <summary>Keeps the word index behind the other read models, at its own pace and from its own checkpoint, so that it slows nobody.</summary>
internal sealed class WordIndexer : IAsyncDisposable
{
    /// <summary>Events worth a transaction of their own.</summary>
    private const int FewEvents = 512;

    /// <summary>Of a backlog so many go into one transaction: the fewer there are, the less often the index merges what it has, and a question waits no longer than for these.</summary>
    private const int BatchLength = 2_048;

    /// <summary>How long events gather while nobody asks: a transaction of the index costs as much as the words of several cases.</summary>
    private const int Gatherings = 10;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly WordIndex _index;
    private readonly IVault _vault;
    private readonly History _history;
    private readonly Follower _follower;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Pulse _moved = new();
    private readonly Pulse _asked = new();

    /// <summary>Held while the index is read or written, and from the opening of the vault to the writing: what is erased meanwhile is forgotten after.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);

    private long _count;
    private long _wanted;
    private Task _indexing = Task.CompletedTask;
    private ViewProblem? _problem;

    private WordIndexer(WordIndex index, IVault vault, History history, Follower follower, ILogger logger)
    {
        (_index, _vault, _history, _follower, _logger) = (index, vault, history, follower, logger);
        _count = index.Checkpoint().Count;
    }

    public ViewProblem? Problem => Volatile.Read(ref _problem);

    public static WordIndexer Open(LedgerViewOptions options, IVault vault, History history, Follower follower, ILogger logger) =>
        new(WordIndex.Open(options.Directory is { } directory ? Path.Combine(directory, "words.sqlite") : null), vault, history, follower, logger);

    public void Start() => _indexing = Task.Run(IndexAsync);

    /// <summary>True once the index covers a count.</summary>
    public Task<bool> WaitAsync(long count, TimeSpan timeout, CancellationToken cancellation)
    {
        Want(count);
        return _moved.UntilAsync(() => Volatile.Read(ref _count) >= count, timeout, cancellation);
    }

    public Task<IReadOnlySet<Guid>> FindAsync(AgreementId agreement, IReadOnlyList<string> words, long count, CancellationToken cancellation) =>
        UseAsync(() => (IReadOnlySet<Guid>)_index.Find(agreement.Value, words, count, cancellation), cancellation);

    public Task ForgetAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation) => UseAsync(
        () =>
        {
            _index.Forget(digests);
            return true;
        },
        cancellation);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _indexing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _gate.WaitAsync();
        _index.Dispose();
        _stop.Dispose();
    }

    private async Task IndexAsync()
    {
        var isChecked = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _follower.Moved.UntilAsync(() => _follower.IsAtHead, Timeout.InfiniteTimeSpan, _stop.Token);
                if (!isChecked) await CheckAsync();
                isChecked = true;
                await _follower.Moved.UntilAsync(() => _follower.Count > _count, Timeout.InfiniteTimeSpan, _stop.Token);
                await GatherAsync();
                await IndexUpToAsync(_follower.Count);
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException e)
            {
                _logger.LogWarning(e, "The word index waits for the store or the vault: {Message}", e.Message);
                await Task.Delay(RetryAfter, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                _logger.LogError(e, "The word index has stopped: {Message}", e.Message);
                Volatile.Write(ref _problem, new ViewProblem(ViewProblems.WordIndex, $"The search for words has stopped: {e.Message}"));
                return;
            }
        }
    }

    /// <summary>Waits while few events are there and nobody asks for them.</summary>
    private async Task GatherAsync()
    {
        for (var i = 0; i < Gatherings && _follower.Count - _count < FewEvents; i++)
            if (await _asked.UntilAsync(() => Volatile.Read(ref _wanted) > _count, Gathering, _stop.Token)) return;
    }

    private void Want(long count)
    {
        for (var wanted = Volatile.Read(ref _wanted); wanted < count; wanted = Volatile.Read(ref _wanted))
            if (Interlocked.CompareExchange(ref _wanted, count, wanted) == wanted) _asked.Beat();
    }

    /// <summary>An index of another history, as after a restored backup, is made anew.</summary>
    private Task<bool> CheckAsync() => UseAsync(
        () =>
        {
            var (count, eventId) = _index.Checkpoint();
            if (count == 0 || IsOurs(count, eventId)) return true;
            _index.Clear();
            Volatile.Write(ref _count, 0);
            return false;
        },
        _stop.Token);

    private bool IsOurs(long count, Guid eventId)
    {
        if (count > _follower.Count) return false;
        var model = _follower.UseModel();
        try
        {
            return new FactReader(model).Of([count - 1])[count - 1].EventId == eventId;
        }
        finally
        {
            _ = model.ReleaseAsync();
        }
    }

    private async Task IndexUpToAsync(long count)
    {
        var batch = new List<SequencedEvent>(BatchLength);
        await foreach (var e in _history.ReadAsync(_count - 1, count, _stop.Token))
        {
            batch.Add(e);
            if (batch.Count == BatchLength) await WriteAsync(batch);
        }

        if (batch.Count > 0) await WriteAsync(batch);
    }

    private async Task WriteAsync(List<SequencedEvent> batch)
    {
        var pieces = batch.SelectMany(e => CaseTexts.In(e.Event).Select(piece => (Event: e, Piece: piece))).ToList();
        var amendments = FactsOfAmendments(batch);
        var erased = batch.Select(e => e.Event).OfType<ViolationEvent.PersonalDataErased>().SelectMany(e => e.Digests).ToList();
        await _gate.WaitAsync(_stop.Token);
        try
        {
            var texts = await OpenAsync([.. pieces.Select(p => p.Piece.Text?.Digest).OfType<string>().Distinct()]);
            _index.Write(
                pieces.Select(p => new WordPiece(
                    p.Event.Sequence, CaseOf(p.Event), p.Event.Violation!.Value.Value, p.Event.Agreement!.Value.Value, p.Piece.Field,
                    p.Piece.Text?.Text ?? texts.GetValueOrDefault(p.Piece.Text?.Digest ?? ""), p.Piece.Text?.Digest)),
                erased, batch[^1].Sequence + 1, batch[^1].Stored.Id);
            _index.FinishForgetting();
        }
        finally
        {
            _gate.Release();
        }

        Volatile.Write(ref _count, batch[^1].Sequence + 1);
        batch.Clear();
        _moved.Beat();

        // Statements add up: no later text takes the place of one.
        long? CaseOf(SequencedEvent e) => e.Event switch
        {
            ViolationEvent.Recorded => e.Sequence,
            ViolationEvent.Amended => amendments[e.Sequence].First,
            _ => null,
        };
    }

    /// <summary>They say where the case's record stands, whose texts an amendment takes the place of.</summary>
    private Dictionary<long, FactRow> FactsOfAmendments(List<SequencedEvent> batch)
    {
        var amendments = batch.Where(e => e.Event is ViolationEvent.Amended).Select(e => e.Sequence).ToList();
        if (amendments.Count == 0) return [];
        var model = _follower.UseModel();
        try
        {
            return new FactReader(model).Of(amendments);
        }
        finally
        {
            _ = model.ReleaseAsync();
        }
    }

    private async Task<Dictionary<string, string>> OpenAsync(string[] digests)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (digests.Length == 0) return texts;
        foreach (var (digest, disclosure) in await _vault.OpenAsync(digests, _stop.Token))
        {
            // Nothing confidential ever gets in, whatever an event says of it.
            if (disclosure.Class != DisclosureClass.Case) continue;
            if (JsonSerializer.Deserialize<JsonElement>(disclosure.ValueJson()) is { ValueKind: JsonValueKind.String } text) texts[digest] = text.GetString()!;
        }

        return texts;
    }

    private Task<T> UseAsync<T>(Func<T> use, CancellationToken cancellation) => Task.Run(
        async () =>
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                return use();
            }
            finally
            {
                _gate.Release();
            }
        },
        cancellation);
}
