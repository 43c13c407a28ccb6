using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Sqlite.Tests;

/// <summary>The writer is held up here between a commit and its answers, so that all else must wait.</summary>
public sealed class Waiting_for_the_writer : IAsyncLifetime, IDisposable
{
    // More than the queue holds, so that some wait for a place in it.
    private const int Many = 3000;

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualResetEventSlim _goOn = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));
    private SqliteEventStore _store = null!;

    private CancellationToken Deadline => _deadline.Token;

    public async Task InitializeAsync()
    {
        _store = SqliteEventStore.Open(new SqliteEventStoreOptions(_directory.File("events.db")));
        var isHeldUp = new TaskCompletionSource();
        _store.AfterCommit = () =>
        {
            isHeldUp.TrySetResult();
            _goOn.Wait(Deadline);
        };
        _ = Append(SomeEvents.One(), Deadline);
        await isHeldUp.Task.WaitAsync(Deadline);
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose()
    {
        _goOn.Dispose();
        _deadline.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Keeps_the_order_of_the_calls_also_beyond_the_queue()
    {
        var events = SomeEvents.Many(Many);
        var appends = events.Select(e => Append(e, Deadline)).ToList();

        _goOn.Set();
        await Task.WhenAll(appends);

        Assert.Equal(events.Select(e => e.Id), (await ReadAll()).Skip(1).Select(e => e.Id));
    }

    [Fact]
    public async Task Can_be_given_up_and_then_nothing_is_stored()
    {
        using var givingUp = new CancellationTokenSource();
        var events = SomeEvents.Many(Many);
        var appends = events.Select((e, n) => Append(e, n % 3 == 0 ? givingUp.Token : Deadline)).ToList();

        await givingUp.CancelAsync();

        for (var n = 0; n < Many; n += 3) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => appends[n]);
        _goOn.Set();
        await Task.WhenAll(appends.Where((_, n) => n % 3 != 0));
        Assert.Equal(events.Where((_, n) => n % 3 != 0).Select(e => e.Id), (await ReadAll()).Skip(1).Select(e => e.Id));
    }

    [Fact]
    public async Task Comes_to_an_end_when_the_store_is_closed()
    {
        var appends = SomeEvents.Many(Many).Select(e => Append(e, Deadline)).ToList();

        var closing = _store.DisposeAsync();
        _goOn.Set();
        await closing;

        // Those in the queue are stored; those who waited for a place are told that there is none.
        await Task.WhenAll(appends).ContinueWith(_ => { }, Deadline, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.All(appends, a => Assert.True(a.IsCompletedSuccessfully || a.Exception?.InnerException is ObjectDisposedException));
        Assert.Contains(appends, a => a.IsCompletedSuccessfully);
    }

    private Task<AppendOutcome> Append(EventToAppend e, CancellationToken cancellation) =>
        _store.AppendAsync(new StreamName($"s-{e.Id:N}"), ExpectedRevision.NoStream, [e], cancellation).AsTask();

    private async Task<List<RecordedEvent>> ReadAll()
    {
        var all = new List<RecordedEvent>();
        await foreach (var page in _store.ReadAllAsync(null, Deadline)) all.AddRange(page);
        return all;
    }
}
