using System.Text;
using Ledger.EventStore;
using Ledger.Log.Chain;
using Ledger.Log.Checking;
using Ledger.Log.Sealing;
using Ledger.Log.Signing;
using Ledger.Log.Tree;
using Ledger.Transparency;
using Microsoft.Extensions.Logging;

namespace Ledger.Log;

/// <summary>The transparency log of a running node: every event of the ledger is a leaf, every head is signed, and all of it is there to be checked.</summary>
public sealed class TransparencyLog : IAsyncDisposable
{
    /// <summary>What another node may have sealed, and this one reads within the time that a reader waits.</summary>
    private const long SoonSealed = 100_000;

    private readonly IEventStore _store;
    private readonly LogOptions _options;
    private readonly LogKeeper _keeper;

    private TransparencyLog(IEventStore store, LogOptions options, LogKeeper keeper) => (_store, _options, _keeper) = (store, options, keeper);

    /// <summary>The log's name: the first line of every head, and part of what every event is committed to.</summary>
    public Origin Origin => _keeper.Chain.Origin;

    /// <summary>The key that signs now.</summary>
    public VerifierKey Key => _keeper.Chain.Keys.Newest;

    /// <summary>The key that the log began with.</summary>
    public VerifierKey FirstKey => _keeper.Chain.Keys.First;

    /// <summary>The notes by which the key changed, oldest first.</summary>
    public IReadOnlyList<SignedNote> KeyChanges => _keeper.Chain.Rotations;

    /// <summary>Where a log before this one lost events: the last head that it had signed; else null.</summary>
    public SignedNote? Lost => _keeper.Chain.Lost;

    /// <summary>The keys of the witnesses whom the operator's policy names; only those whose lines carry a time.</summary>
    public IEnumerable<VerifierKey> NamedWitnesses => _options.Policy?.Witnesses.Select(witness => witness.Key).Where(key => key.Type == KeyType.Cosignature) ?? [];

    public LogHealth Health => _keeper.Health;

    /// <summary>The head that is served; null before the first.</summary>
    public SignedCheckpoint? Published => _keeper.Published;

    /// <summary>Finds the log of the store or begins it, and starts to follow. Returns before it has caught up: see <see cref="Health"/>.</summary>
    /// <param name="fresh">A name for a log that has none yet.</param>
    /// <exception cref="LogRefusedException">The log has another name or key, or the signer's state isn't this log's.</exception>
    public static async Task<TransparencyLog> OpenAsync(
        IEventStore store, LogOptions options, Func<string> fresh, ILogger logger, CancellationToken cancellation) =>
        await OpenAsync(store, options, fresh, Rereading.Usual, logger, cancellation);

    internal static async Task<TransparencyLog> OpenAsync(
        IEventStore store, LogOptions options, Func<string> fresh, Rereading rereading, ILogger logger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        var begin = await LogBirth.OpenAsync(store, options.Origin, fresh, options.Keys, options.Time, cancellation);
        CheckPolicy(options.Policy, begin);
        var state = SignerState.Open(options.SignerState, begin.Origin);
        var (tree, _, chain) = LogTree.Open(options.TileFile, begin, e => LogLines.TilesThrownAway(logger, e));
        var keeper = new LogKeeper(store, options, tree, chain, state, rereading, logger);
        keeper.Start();
        return new TransparencyLog(store, options, keeper);
    }

    /// <summary>A tile's bytes, once a sealed head reaches so far; null where none does within the time.</summary>
    public async Task<byte[]?> TileAsync(TileId id, TimeSpan timeout, CancellationToken cancellation) =>
        await IsSealedAsync(id.LiesWithin, timeout, cancellation) ? _keeper.Tree.Tile(id) : null;

    /// <summary>A bundle's bytes, once a sealed head reaches so far; null where none does within the time.</summary>
    public async Task<byte[]?> BundleAsync(BundleId id, TimeSpan timeout, CancellationToken cancellation) =>
        await IsSealedAsync(id.LiesWithin, timeout, cancellation) ? _keeper.Tree.Bundle(id) : null;

    /// <summary>The newest sealed heads, newest first.</summary>
    /// <summary>A file of the log by the path that it is served under: <c>checkpoint</c>, <c>vkey</c>, <c>keys</c>, <c>tile/0/000</c>; null where there is none now.</summary>
    public async Task<byte[]?> FileAsync(string path, CancellationToken cancellation) => path switch
    {
        "checkpoint" => Published?.ToBytes(),
        "vkey" => Encoding.UTF8.GetBytes($"{Key}\n"),
        "keys" => Encoding.UTF8.GetBytes(string.Concat(KeyChanges)),
        _ when TileId.TryParse(path, out var tile) => await TileAsync(tile, TimeSpan.Zero, cancellation),
        _ when BundleId.TryParse(path, out var bundle) => await BundleAsync(bundle, TimeSpan.Zero, cancellation),
        _ => null,
    };

    public async ValueTask<IReadOnlyList<SealedHead>> LastSealsAsync(int most, CancellationToken cancellation)
    {
        // Published heads, which repeat sealed ones with more signatures, stand between them.
        var stored = await _store.ReadStreamAsync(_keeper.Chain.Stream, ReadDirection.Backwards, null, most * 2, cancellation);
        return
        [
            .. stored.Select(e => (Head: (LogEvents.Read(e) as LogEvent.Sealed)?.Head.Checkpoint, At: LogEvents.RecordedAt(e)))
                .Where(one => one is { Head: not null, At: not null })
                .Select(one => new SealedHead(one.Head!.Size, one.Head.Root, one.At!.Value))
                .Take(most),
        ];
    }

    /// <summary>The receipt of an event under the published head; null while that doesn't reach so far.</summary>
    public TlogProof? Proof(LeafIndex sequence)
    {
        if (Published is not { } head || sequence.Value >= head.Checkpoint.Size.Value) return null;
        return new TlogProof(sequence, _keeper.Tree.Inclusion(sequence, head.Checkpoint.Size), head);
    }

    /// <summary>The root over exactly the first <paramref name="count"/> events, once the tree reaches so far; null where it doesn't within the time.</summary>
    /// <remarks>
    /// It is the same for ever, whatever the log grows to, and whether or not a head over so many is signed yet: a consistency proof leads
    /// from it to any later head. So what cites it has the same bytes before the seal and after it.
    /// </remarks>
    public async Task<Hash?> RootOfAsync(long count, TimeSpan timeout, CancellationToken cancellation) =>
        count > 0 && await UntilAsync(() => _keeper.Tree.Size.Value >= count, timeout, cancellation) ? _keeper.Tree.RootAt(new TreeSize(count)) : null;

    /// <summary>True once a head covers so many events and is published; false at the timeout.</summary>
    public Task<bool> WaitForPublishedAsync(long count, TimeSpan timeout, CancellationToken cancellation) =>
        UntilAsync(() => Published is { } head && head.Checkpoint.Size.Value >= count, timeout, cancellation);

    /// <summary>Moves trust to another key: a note over the newest head, signed by both keys, in the log's own stream (transparency.md, "Sealing", step 3).</summary>
    /// <param name="to">A key of <see cref="SignerKeys"/> that lies on every sealing node already; null = a new one.</param>
    /// <returns>The note.</returns>
    /// <exception cref="LogRefusedException">There is nothing sealed yet, the log isn't well, or a key isn't here.</exception>
    public async Task<SignedNote> RotateKeyAsync(VerifierKey? to, CancellationToken cancellation)
    {
        while (true)
        {
            var chain = _keeper.Chain;
            if (Health is { Status: not LogStatus.Ready } health)
                throw new LogRefusedException($"The log isn't ready ({string.Join(" ", health.Problems.Select(problem => problem.Message))}); its key stays until it is.");
            var head = chain.Sealed?.Checkpoint ?? throw new LogRefusedException("Nothing is sealed yet: a change of key is signed over a head.");
            var from = _options.Keys.Of(chain.Keys.Newest) ?? throw new LogRefusedException($"This node doesn't hold the log's present key, {chain.Keys.Newest}: only both keys together can move trust.");
            var next = to is null ? _options.Keys.New(from.Verifier.Name)
                : _options.Keys.Of(to) ?? throw new LogRefusedException($"This node doesn't hold the key {to}.");
            var rotation = new KeyRotation(chain.Origin, from.Verifier, next.Verifier, head.Size, head.Root);
            var note = SignedNote.Create(rotation.Text, [from.Sign(rotation.Text), next.Sign(rotation.Text)]);
            using var rotate = LogTelemetry.Step("rotate");
            var outcome = await _store.AppendAsync(
                chain.Stream, ExpectedRevision.At(chain.Revision), [LogEvents.ToAppend(new LogEvent.KeyRotated(note), _options.Time.GetUtcNow())], cancellation);
            if (outcome is AppendOutcome.Appended)
            {
                await UntilAsync(() => Key.Equals(next.Verifier), TimeSpan.FromSeconds(10), cancellation);
                return note;
            }

            // A seal came in between: what is signed is the newest head.
            to = next.Verifier;
            await UntilAsync(() => _keeper.Chain.Revision > chain.Revision, TimeSpan.FromSeconds(1), cancellation);
        }
    }

    /// <summary>After events were lost for good: begins a new log over what is left, which names the lost head for ever.</summary>
    /// <param name="origin">The new log's name; never the old one, whose heads are out in the world.</param>
    /// <param name="lost">The last head that was signed, as this node or somebody else remembers it.</param>
    /// <exception cref="LogRefusedException">There is nothing to recover from, or the name is the old one.</exception>
    public static async Task RecoverAsync(
        IEventStore store, SignerKeys keys, string origin, SignedCheckpoint lost, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(lost);
        if (await LogBirth.FindAsync(store, cancellation) is not var (number, created)) throw new LogRefusedException("This store has no log to recover.");
        if (created.Origin.Value == origin) throw new LogRefusedException($"A log that begins anew needs another name than '{origin}': heads of that name are out in the world.");
        if (!Origin.TryCreate(origin, out var name) || !KeyName.TryCreate(origin, out _)) throw new LogRefusedException($"'{origin}' can't be a log's name: one line without spaces and plus signs.");
        if (lost.Checkpoint.Origin != created.Origin) throw new LogRefusedException($"The lost head is of the log '{lost.Checkpoint.Origin}', this store's is '{created.Origin}'.");
        if (!await LogBirth.CreateAsync(store, number + 1, name, lost.Note, keys, time, cancellation))
            throw new LogRefusedException("Somebody else began a new log at the same moment; start the node and look at it.");
    }

    /// <summary>The last head in a signer's state; null where there is none.</summary>
    /// <exception cref="LogRefusedException">The file can't be read.</exception>
    public static SignedCheckpoint? ReadSignerState(string file) =>
        !File.Exists(file) ? null
        : SignedCheckpoint.TryParse(File.ReadAllBytes(file), out var head, out _) ? head
        : throw new LogRefusedException($"The signer's state {file} can't be read.");

    /// <summary>Lays the old log's state and tiles aside, for a log that begins anew.</summary>
    public static void SetAside(string signerState, string tileFile)
    {
        Signing.SignerState.SetAside(signerState);
        Tree.TileFile.Delete(tileFile);
    }

    public async ValueTask DisposeAsync() => await _keeper.DisposeAsync();

    /// <summary>A policy that believes another key for this very log is a mistake that nobody would notice until it matters.</summary>
    private static void CheckPolicy(TrustPolicy? policy, LogChain begin)
    {
        if (policy is null) return;
        var ofThisLog = policy.Logs.Where(log => begin.Origin.IsNamedAs(log.Key.Name)).ToList();
        if (ofThisLog.Count > 0 && !ofThisLog.Any(log => log.Key.Equals(begin.Keys.First)))
            throw new LogRefusedException($"The policy (Ledger:Policy) names another key for '{begin.Origin}' than this log began with, {begin.Keys.First}.");
    }

    /// <summary>Waits only for what may come soon: a name out of all reach is answered at once.</summary>
    private Task<bool> IsSealedAsync(Func<TreeSize, bool> liesWithin, TimeSpan timeout, CancellationToken cancellation) =>
        UntilAsync(
            () => (_keeper.Chain.Sealed is { } head && liesWithin(head.Checkpoint.Size)) || (Published is { } served && liesWithin(served.Checkpoint.Size)),
            liesWithin(new TreeSize(_keeper.Health.Size + SoonSealed)) ? timeout : TimeSpan.Zero, cancellation);

    private async Task<bool> UntilAsync(Func<bool> isSo, TimeSpan timeout, CancellationToken cancellation)
    {
        var limit = Task.Delay(timeout, cancellation);
        while (true)
        {
            var moved = _keeper.Moved;
            if (isSo()) return true;
            if (await Task.WhenAny(moved, limit) == limit)
            {
                cancellation.ThrowIfCancellationRequested();
                return isSo();
            }
        }
    }
}
