using System.Globalization;
using System.Runtime.CompilerServices;
using Ledger.EventStore;
using Ledger.EventStore.EventStoreDb;
using Ledger.EventStore.Vault;
using Ledger.Serialization;
using Ledger.Transparency;

namespace Ledger.Node;

/// <summary>One end of a copy: a data directory, or a server.</summary>
/// <param name="Secrets">The directory of that end's keys.</param>
public sealed record CopyEnd(string? Directory, EventStoreDbOptions? Server, string Secrets)
{
    /// <summary>The vault's own user on that server; null = the same.</summary>
    public EventStoreDbOptions? VaultServer { get; init; }

    public override string ToString() => Directory ?? Server!.ToString();
}

/// <summary>How far a copy is.</summary>
/// <param name="Step">What is being done, for people.</param>
/// <param name="Events">Of the source, counted, copied or compared so far.</param>
/// <param name="Total">In the source; null while they are counted.</param>
public readonly record struct CopyProgress(string Step, long Events, long? Total);

/// <summary>What a copy came to.</summary>
/// <param name="Events">In the ledger, seals and cursors included.</param>
/// <param name="Leaves">Of them, those that have a sequence.</param>
/// <param name="Texts">Disclosures that are there at both ends.</param>
public sealed record CopyResult(long Events, long Leaves, long Copied, long Texts);

/// <summary>Moves a ledger from one store to another: the same bytes in the same order, so the same sequences, figures and roots.</summary>
/// <remarks>
/// It may be stopped and run again at any time: what lies at the target is compared, event by event, and the copy goes on behind it. A target
/// that holds anything else isn't touched. Neither end may be in use by a node.
/// </remarks>
public static class LedgerCopy
{
    // The embedded store keeps the order in which it is called, so many appends share a commit.
    private const int WindowOfADirectory = 512;

    private const int PageLength = 512;

    /// <exception cref="StoreUnavailableException">An end can't be opened, or the target holds something else. The message is for people.</exception>
    public static async Task<CopyResult> RunAsync(CopyEnd from, CopyEnd to, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ShareKeys(from.Secrets, to.Secrets);
        await using var source = await OpenAsync(from, cancellation);
        await using var target = await OpenAsync(to, cancellation);
        var steps = new Steps(progress);
        await CountAsync(source, steps, cancellation);
        var copied = await CopyAsync(source, target, steps, cancellation);
        return await CompareAsync(source, target, copied, steps, cancellation);
    }

    private static async Task CountAsync(NodeParts source, Steps steps, CancellationToken cancellation)
    {
        var counted = 0L;
        await foreach (var _ in OfLedger(source.Store, cancellation)) steps.Did("Counting", ++counted);
        steps.Total = counted;
    }

    /// <summary>Keys of API callers are stored as hashes, and the log is signed: without these two a copy would know nobody and sign nothing.</summary>
    private static void ShareKeys(string from, string to)
    {
        Directory.CreateDirectory(from);
        SecretsDirectory.Open(to);
        foreach (var file in Directory.EnumerateFiles(from).Where(file => IsShared(Path.GetFileName(file))))
        {
            var place = Path.Combine(to, Path.GetFileName(file));
            if (!File.Exists(place)) File.Copy(file, place);
            else if (!File.ReadAllBytes(place).AsSpan().SequenceEqual(File.ReadAllBytes(file)))
                throw new StoreUnavailableException($"{place} is another key than {file}: these are two ledgers' secrets.");
        }
    }

    private static bool IsShared(string name) => name == SecretsDirectory.HmacKey || (name.StartsWith("signer-", StringComparison.Ordinal) && name.EndsWith(".key", StringComparison.Ordinal));

    private static async Task<NodeParts> OpenAsync(CopyEnd end, CancellationToken cancellation)
    {
        var options = end.Server is { } server
            ? new NodeOptions("") { Store = StoreKind.EventStoreDb, Server = server, VaultServer = end.VaultServer, Secrets = end.Secrets }
            : new NodeOptions(end.Directory!) { Secrets = end.Secrets };
        var parts = await NodeParts.OpenStoresAsync(options, cancellation);
        await parts.Vault.ApplyAsync([], cancellation); // Nothing is shown to anybody here; the target's first start applies every erasure.
        return parts;
    }

    private static async Task<long> CopyAsync(NodeParts source, NodeParts target, Steps steps, CancellationToken cancellation)
    {
        var order = new Order(steps);
        var missing = MissingAsync(source, target, order, cancellation);
        if (target.Store is EventStoreDbEventStore server) await server.AppendInOrderAsync(missing, order.Took, cancellation);
        else await AppendInWindowAsync(target.Store, missing, order, cancellation);
        return order.Copied;
    }

    private static async Task AppendInWindowAsync(IEventStore target, IAsyncEnumerable<StreamAppend> missing, Order order, CancellationToken cancellation)
    {
        var pending = new Queue<(StreamAppend Append, Task<AppendOutcome> Outcome)>();
        await foreach (var append in missing)
        {
            while (pending.Count >= WindowOfADirectory) await TakeAsync();
            pending.Enqueue((append, target.AppendAsync(append.Stream, append.Expected, append.Events, cancellation).AsTask()));
        }

        while (pending.Count > 0) await TakeAsync();

        async Task TakeAsync()
        {
            var (append, outcome) = pending.Dequeue();
            order.Took(append, await outcome);
        }
    }

    /// <summary>What the target lacks, after what it has was compared. The texts of a page are put together, and all of them before its first event: each would wait for the disk by itself.</summary>
    private static async IAsyncEnumerable<StreamAppend> MissingAsync(NodeParts source, NodeParts target, Order order, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var there = OfLedger(target.Store, cancellation).GetAsyncEnumerator(cancellation);
        var isBehind = true;
        List<RecordedEvent> page = new(PageLength);
        await foreach (var e in OfLedger(source.Store, cancellation))
        {
            if (isBehind && (isBehind = await there.MoveNextAsync())) order.Found(e, there.Current);
            else page.Add(e);
            if (page.Count < PageLength) continue;
            await CopyTextsAsync(source.Vault, target.Vault, page, cancellation);
            foreach (var run in RunsIn(page)) yield return AppendOf(run);
            page.Clear();
        }

        await CopyTextsAsync(source.Vault, target.Vault, page, cancellation);
        foreach (var run in RunsIn(page)) yield return AppendOf(run);
        if (isBehind && await there.MoveNextAsync()) throw Other(there.Current, order.Count, "the target goes on where the source ends");
    }

    /// <summary>Neighbours of one stream go into one append.</summary>
    private static IEnumerable<List<RecordedEvent>> RunsIn(List<RecordedEvent> page)
    {
        List<RecordedEvent> run = [];
        foreach (var e in page)
        {
            if (run.Count > 0 && !Follows(run, e))
            {
                yield return run;
                run = [];
            }

            run.Add(e);
        }

        if (run.Count > 0) yield return run;
    }

    private static bool Follows(List<RecordedEvent> run, RecordedEvent e) =>
        run[0].Stream == e.Stream && run.Count < AppendLimits.Events / 2
        && run.Sum(one => one.Data.Length + one.Metadata.Length + (2L * one.Type.Length)) + e.Data.Length + e.Metadata.Length < AppendLimits.Bytes / 2;

    private static StreamAppend AppendOf(List<RecordedEvent> run)
    {
        var first = run[0];
        var expected = first.Revision == StreamRevision.First ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(first.Revision.Value - 1));
        return new StreamAppend(first.Stream, expected, [.. run.Select(e => new EventToAppend(e.Id, e.Type, e.Data, e.Metadata))]);
    }

    /// <summary>A text lies in the vault before the event that refers to it does.</summary>
    private static async Task CopyTextsAsync(ErasingVault source, ErasingVault target, List<RecordedEvent> run, CancellationToken cancellation)
    {
        var digests = run.SelectMany(DigestsIn).ToHashSet(StringComparer.Ordinal);
        if (digests.Count == 0) return;
        var held = await source.OpenAsync(digests, cancellation);
        if (held.Count > 0) await target.PutAsync([.. held.Values], cancellation);
    }

    private static async Task<CopyResult> CompareAsync(NodeParts source, NodeParts target, long copied, Steps steps, CancellationToken cancellation)
    {
        await using var there = OfLedger(target.Store, cancellation).GetAsyncEnumerator(cancellation);
        var (events, leaves, texts) = (0L, 0L, 0L);
        var digests = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var e in OfLedger(source.Store, cancellation))
        {
            if (!await there.MoveNextAsync()) throw Other(e, events, "the target ends there");
            Check(e, there.Current, events++);
            if (LeafStreams.Contains(e.Stream.Value)) leaves++;
            digests.UnionWith(DigestsIn(e));
            if (digests.Count > 500) await CompareTextsAsync();
            steps.Did("Comparing", events);
        }

        if (await there.MoveNextAsync()) throw Other(there.Current, events, "the target goes on where the source ends");
        await CompareTextsAsync();
        return new CopyResult(events, leaves, copied, texts);

        async Task CompareTextsAsync()
        {
            var (here, copy) = (await source.Vault.OpenAsync(digests, cancellation), await target.Vault.OpenAsync(digests, cancellation));
            if (here.Values.FirstOrDefault(one => !copy.TryGetValue(one.Digest, out var same) || same.Encoded != one.Encoded) is { } missing)
                throw new StoreUnavailableException($"The text with digest {missing.Digest} isn't at the target. Run the copy again.");
            texts += here.Count;
            digests.Clear();
        }
    }

    private static IReadOnlyList<string> DigestsIn(RecordedEvent e)
    {
        try
        {
            return LeafStreams.Contains(e.Stream.Value) ? EventCodec.SealedDigests(e.Data) : [];
        }
        catch (StoredEventException)
        {
            return []; // It is copied as it is.
        }
    }

    private static void Check(RecordedEvent source, RecordedEvent target, long place)
    {
        if (source.Id != target.Id || source.Stream != target.Stream || source.Revision != target.Revision || source.Type != target.Type
            || !source.Data.Span.SequenceEqual(target.Data.Span) || !source.Metadata.Span.SequenceEqual(target.Metadata.Span))
            throw Other(target, place, $"the source has revision {source.Revision} of {source.Stream} there");
    }

    private static StoreUnavailableException Other(RecordedEvent e, long place, string why) => new(string.Create(
        CultureInfo.InvariantCulture, $"The target isn't a copy of this ledger, nor the beginning of one: event {place} is revision {e.Revision} of {e.Stream}, but {why}. Nothing was written over."));

    /// <summary>What belongs to a ledger, in the store's order; a database may hold other things beside it.</summary>
    private static async IAsyncEnumerable<RecordedEvent> OfLedger(IEventStore store, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var page in store.ReadAllAsync(null, cancellation))
            foreach (var e in page.Where(e => IsOfLedger(e.Stream.Value))) yield return e;
    }

    private static bool IsOfLedger(string stream) =>
        LeafStreams.Contains(stream) || stream == "log-checkpoints"
        || ((string[])["log-checkpoints-", "delivery-", "job-"]).Any(prefix => stream.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>How far the target is a copy, and that it stays one: whatever it takes must lie behind what it has.</summary>
    private sealed class Order(Steps steps)
    {
        private Position? _last;

        public long Count { get; private set; }

        public long Copied { get; private set; }

        public void Found(RecordedEvent source, RecordedEvent target)
        {
            Check(source, target, Count++);
            _last = target.Position;
            steps.Did("Copying", Count);
        }

        public void Took(StreamAppend append, AppendOutcome outcome)
        {
            if (outcome is not AppendOutcome.Appended { Position: var position })
                throw new StoreUnavailableException($"The target didn't take revision {append.Expected.First} of {append.Stream}: somebody else writes there.");
            if (position <= _last)
            {
                throw new StoreUnavailableException(
                    $"The target has stored revision {append.Expected.First} of {append.Stream} at {position}, before {_last}: its order isn't the source's, so it is no copy. Empty it and copy again.");
            }

            _last = position;
            foreach (var _ in append.Events)
            {
                Copied++;
                steps.Did("Copying", ++Count);
            }
        }
    }

    /// <summary>Says now and then how far it is.</summary>
    private sealed class Steps(IProgress<CopyProgress>? progress)
    {
        private const int SayEvery = 500;

        public long? Total { private get; set; }

        public void Did(string step, long events)
        {
            if (events % SayEvery == 0) progress?.Report(new CopyProgress(step, events, Total));
        }
    }
}
