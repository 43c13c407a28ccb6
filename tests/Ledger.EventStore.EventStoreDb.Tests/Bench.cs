using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>A double, a store on it that loses patience soon, and the last word of every misfortune: the whole log, read again.</summary>
public abstract class Bench : IAsyncLifetime, IDisposable
{
    protected static readonly StreamName Case = new("violation-0199");

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1));

    protected DoubleNode Node { get; private set; } = null!;

    internal EventStoreDbEventStore Store { get; private set; } = null!;

    protected CancellationToken Deadline => _deadline.Token;

    public async Task InitializeAsync()
    {
        Node = await DoubleNode.StartAsync();
        Store = await OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await Node.DisposeAsync();
    }

    public void Dispose()
    {
        _deadline.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static EventStoreDbOptions Impatient(string connectionString) => EventStoreDbOptions.Parse(connectionString) with
    {
        DefaultDeadline = TimeSpan.FromSeconds(2),
        GossipTimeout = TimeSpan.FromSeconds(1),
        TryTakes = TimeSpan.FromMilliseconds(250),
        SilenceLimit = TimeSpan.FromMilliseconds(100),
        DiscoveryInterval = TimeSpan.FromMilliseconds(20),
    };

    internal async Task<EventStoreDbEventStore> OpenAsync() => await EventStoreDbEventStore.ConnectAsync(Impatient(Node.ConnectionString), Deadline);

    protected async Task<AppendOutcome> Append(long? expected, params EventToAppend[] events) => await Store.AppendAsync(
        Case, expected is { } at ? ExpectedRevision.At(new StreamRevision(at)) : ExpectedRevision.NoStream, events, Deadline);

    protected async Task<AppendOutcome.Appended> Stored(long? expected, params EventToAppend[] events) =>
        Assert.IsType<AppendOutcome.Appended>(await Append(expected, events));

    protected async Task<List<RecordedEvent>> ReadAll(Position? after = null)
    {
        var all = new List<RecordedEvent>();
        await foreach (var page in Store.ReadAllAsync(after, Deadline)) all.AddRange(page);
        return all;
    }

    /// <summary>Each event there once, with its very bytes, its stream dense; to the store, to a newcomer, and in the server's own log.</summary>
    protected async Task TheLogHoldsExactly(params EventToAppend[] events)
    {
        await using var newcomer = await OpenAsync();
        foreach (var store in new[] { Store, newcomer })
        {
            var all = new List<RecordedEvent>();
            await foreach (var page in store.ReadAllAsync(null, Deadline)) all.AddRange(page);
            Assert.Equal(events.Select(e => e.Id), all.Select(e => e.Id));
            Assert.All(all.Zip(events), pair =>
            {
                Assert.Equal(pair.Second.Data.ToArray(), pair.First.Data.ToArray());
                Assert.Equal(pair.Second.Metadata.ToArray(), pair.First.Metadata.ToArray());
            });
            Assert.All(all.GroupBy(e => e.Stream), stream => Assert.Equal(Enumerable.Range(0, stream.Count()).Select(n => (long)n), stream.Select(e => e.Revision.Value)));
        }

        Assert.Equal(events.Select(e => e.Id), Node.Log.Records.Where(r => !r.Stream.StartsWith('$')).Select(r => r.Id));
    }
}
