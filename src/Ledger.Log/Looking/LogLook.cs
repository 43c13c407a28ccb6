using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Log.Signing;
using Ledger.Log.Tree;
using Ledger.Transparency;
using Microsoft.Data.Sqlite;

namespace Ledger.Log.Looking;

/// <summary>What was found of the log; each list is empty where nothing is wrong.</summary>
/// <param name="Origin">Null where the store has no log yet.</param>
/// <param name="Events">Leaves, hashed again from the stored bytes.</param>
/// <param name="Seals">Signed heads whose roots were held against them.</param>
/// <param name="History">What is wrong with the stored events and the seals.</param>
/// <param name="Tiles">What is wrong with the tiles; made anew from the store, so none of it is a loss.</param>
/// <param name="TilesSize">Events that the tiles cover; null where there are no tiles.</param>
/// <param name="Signer">What is wrong between this node's signer's state and the history.</param>
/// <param name="SignedSize">The size that the signer's state names; null where there is no such file.</param>
/// <param name="Key">The key that signs now.</param>
/// <param name="HoldsKey">Whether the secrets have it.</param>
/// <param name="NewestEvent">The last of the ledger's events, for whoever asks when it was recorded.</param>
public sealed record LogLook(
    string? Origin, long Events, int Seals, SealedHead? Newest, IReadOnlyList<LogProblem> History, IReadOnlyList<LogProblem> Tiles, long? TilesSize,
    IReadOnlyList<LogProblem> Signer, long? SignedSize, VerifierKey? Key, bool HoldsKey, RecordedEvent? NewestEvent)
{
    private const int SealsAtOnce = 500;

    /// <summary>Reads the whole history and everything that was signed over it, and changes nothing.</summary>
    /// <param name="tiles">The file of the tiles as SQLite is to open it, an address; null where there is none.</param>
    /// <param name="see">Is shown every event of the ledger on the way.</param>
    /// <exception cref="StoreUnavailableException">The store can't be read.</exception>
    public static async Task<LogLook> LookAsync(
        IEventStore store, SignerKeys keys, string signerState, string? tiles, Action<RecordedEvent> see, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(see);
        List<LogProblem> history = [];
        LogChain begin;
        try
        {
            if (await LogBirth.FindAsync(store, cancellation) is not var (number, created))
                return new LogLook(null, 0, 0, null, [], [], null, [], null, null, false, null);
            begin = LogChain.Begin(LogBirth.StreamOf(number), created);
        }
        catch (LogRefusedException e)
        {
            return new LogLook(null, 0, 0, null, [new LogProblem(LogProblems.ForeignSeal, e.Message)], [], null, [], null, null, false, null);
        }

        var (chain, heads) = await SealsAsync(store, begin, history, cancellation);
        using var laid = Laid(tiles, begin, out var tilesProblem);
        var (state, stateProblem) = State(signerState, begin.Origin);
        var sizes = heads.Select(head => head.Checkpoint.Size.Value).Append(laid?.Size.Value ?? 0).Append(state?.Checkpoint.Size.Value ?? 0).ToHashSet();
        var (events, roots, newest) = await HashAsync(store, begin.Origin, sizes, see, history, cancellation);
        Compare(heads, roots, events, history);
        return new LogLook(
            begin.Origin.Value, events, heads.Count, chain.Sealed is { } head ? new SealedHead(head.Checkpoint.Size, head.Checkpoint.Root, chain.SealedAt) : null, history,
            tilesProblem is null ? TilesAgree(laid, roots) : [tilesProblem], laid?.Size.Value,
            stateProblem is null ? SignerAgrees(state, roots, events) : [stateProblem], state?.Checkpoint.Size.Value,
            chain.Keys.Newest, Holds(keys, chain.Keys.Newest), newest);
    }

    private static async Task<(LogChain, List<SignedCheckpoint>)> SealsAsync(IEventStore store, LogChain chain, List<LogProblem> history, CancellationToken cancellation)
    {
        var heads = new List<SignedCheckpoint>();
        try
        {
            while (true)
            {
                var page = await store.ReadStreamAsync(chain.Stream, ReadDirection.Forwards, chain.Revision.Next, SealsAtOnce, cancellation);
                foreach (var stored in page)
                {
                    chain = chain.Then(stored);
                    if (LogEvents.Read(stored) is LogEvent.Sealed { Head: var head }) heads.Add(head);
                }

                if (page.Count < SealsAtOnce) return (chain, heads);
            }
        }
        catch (LogFaultException e)
        {
            history.Add(e.Problem);
            return (chain, heads);
        }
    }

    private static async Task<(long Events, Dictionary<long, Hash> Roots, RecordedEvent? Newest)> HashAsync(
        IEventStore store, Origin origin, HashSet<long> sizes, Action<RecordedEvent> see, List<LogProblem> history, CancellationToken cancellation)
    {
        var (range, roots, newest) = (new CompactRange(), new Dictionary<long, Hash> { [0] = new CompactRange().Root }, (RecordedEvent?)null);
        try
        {
            await foreach (var page in store.ReadAllAsync(null, cancellation))
            {
                foreach (var stored in page.Where(stored => LeafStreams.Contains(stored.Stream.Value)))
                {
                    range.Append(Leaf.Of(origin, range.Size.Value, stored).LeafHash);
                    if (sizes.Contains(range.Size.Value)) roots[range.Size.Value] = range.Root;
                    newest = stored;
                    see(stored);
                }
            }
        }
        catch (LogFaultException e)
        {
            history.Add(e.Problem);
        }

        return (range.Size.Value, roots, newest);
    }

    /// <summary>The first seal that isn't this history's says between which two the change lies; what comes after it can't be told.</summary>
    private static void Compare(List<SignedCheckpoint> heads, Dictionary<long, Hash> roots, long events, List<LogProblem> history)
    {
        var agreed = 0L;
        foreach (var head in heads)
        {
            var size = head.Checkpoint.Size.Value;
            if (!roots.TryGetValue(size, out var root))
            {
                history.Add(new LogProblem(LogProblems.StoreBehindSeals, $"A seal names {size} events, but the store holds {events}: events that were signed for are gone.", events));
                return;
            }

            if (root != head.Checkpoint.Root)
            {
                history.Add(new LogProblem(LogProblems.ChangedEvent, $"The seal over {size} events names another root than the stored events have: an event from sequence {agreed} to {size - 1} isn't the one that was sealed.", agreed));
                return;
            }

            agreed = size;
        }
    }

    private static LogTree? Laid(string? tiles, LogChain begin, out LogProblem? problem)
    {
        problem = null;
        if (tiles is null) return null;
        try
        {
            return LogTree.OpenUntouched(tiles, begin);
        }
        catch (Exception e) when (e is InvalidDataException or SqliteException)
        {
            problem = new LogProblem(LogProblems.ChangedTile, $"The tiles can't be used: {e.Message.TrimEnd('.')}.");
            return null;
        }
    }

    private static List<LogProblem> TilesAgree(LogTree? tree, Dictionary<long, Hash> roots)
    {
        if (tree is null) return [];
        var size = tree.Size;
        if (!roots.TryGetValue(size.Value, out var root))
            return [new LogProblem(LogProblems.MissingEvent, $"The tiles cover {size} events, more than the store holds.", size.Value)];
        try
        {
            if (tree.RootOfLeaves(size) != root) return [new LogProblem(LogProblems.ChangedTile, "The tiles' leaves aren't those of the stored events.")];
            if (tree.RootAt(size) != root) return [new LogProblem(LogProblems.ChangedTile, "The tiles above the leaves have another root than the stored events.")];
            tree.ReadBack(new TreeSize(0));
            return [];
        }
        catch (LogFaultException e)
        {
            return [e.Problem];
        }
        catch (Exception e) when (e is InvalidDataException or SqliteException)
        {
            return [new LogProblem(LogProblems.ChangedTile, $"The tiles can't be read: {e.Message.TrimEnd('.')}.")];
        }
    }

    private static (SignedCheckpoint? Head, LogProblem? Problem) State(string file, Origin origin)
    {
        try
        {
            return (SignerState.Open(file, origin).Head, null);
        }
        catch (LogRefusedException e)
        {
            return (null, new LogProblem(LogProblems.Fork, e.Message));
        }
    }

    private static List<LogProblem> SignerAgrees(SignedCheckpoint? state, Dictionary<long, Hash> roots, long events)
    {
        if (state is null) return [];
        var (size, root) = (state.Checkpoint.Size.Value, state.Checkpoint.Root);
        if (!roots.TryGetValue(size, out var stored))
            return [new LogProblem(LogProblems.StoreBehindSigner, $"This node has signed or adopted a head of {size} events, but the store holds {events}: an old backup was restored, or events are gone.", events)];
        return stored == root ? [] : [new LogProblem(LogProblems.Fork, $"This node has signed or adopted another history of {size} events than the stored one.", 0)];
    }

    private static bool Holds(SignerKeys keys, VerifierKey key)
    {
        try
        {
            return keys.Of(key) is not null;
        }
        catch (LogRefusedException)
        {
            return false;
        }
    }
}
