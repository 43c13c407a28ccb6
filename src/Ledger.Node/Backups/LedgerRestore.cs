using Ledger.EventStore;
using Ledger.EventStore.Sqlite;
using Ledger.Files;
using Ledger.Log.Checking;
using Ledger.Transparency;

namespace Ledger.Node.Backups;

/// <summary>How what was restored stands to a head that somebody remembers.</summary>
public abstract record HeadVerdict
{
    private HeadVerdict() { }

    /// <summary>Nobody brought a head.</summary>
    public sealed record NotAsked : HeadVerdict;

    /// <summary>The first <paramref name="Head"/>.Size events are exactly those that it was signed over.</summary>
    public sealed record Proven(Checkpoint Head) : HeadVerdict;

    /// <summary>The head covers more: sequences <paramref name="From"/> to <paramref name="To"/> are missing.</summary>
    public sealed record Missing(Checkpoint Head, long From, long To) : HeadVerdict;
}

/// <summary>What a restoration came to.</summary>
/// <param name="Count">Events of the ledger that are there now.</param>
/// <param name="Erased">Files of evidence that the backup holds and its history says were erased: they were left out.</param>
public sealed record RestoreResult(long Count, string Root, long SealsAgreed, HeadVerdict Verdict, int Erased);

/// <summary>Makes a data directory out of a backup, and proves what it made.</summary>
public static class LedgerRestore
{
    private const int Window = 512;

    /// <param name="until">Only the first so many events of the ledger; null = all.</param>
    /// <param name="head">The last head that a witness, an auditor or the signer's state remembers; null = nobody was asked.</param>
    /// <param name="key">The log's key, from somebody trusted; null = the one in the backup is believed.</param>
    /// <param name="signerState">Where the newest head that is known is left, if there is none yet: a node that starts on less signs nothing over it.</param>
    /// <exception cref="BackupException">The backup isn't whole, isn't what was signed, or the target isn't empty; what was begun there is taken away again.</exception>
    public static async Task<RestoreResult> RunAsync(
        IFileStore from, string data, IFileStore evidence, string signerState, long? until, SignedCheckpoint? head, VerifierKey? key, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(evidence);
        using var place = new BackupPlace(from);
        var manifest = await BackupManifest.ReadAsync(place, cancellation) ?? throw new BackupException($"There is no backup in {from.Place}.");
        if (until > manifest.Count) throw new BackupException($"The backup holds {manifest.Count} events, fewer than {until}.");
        if (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any()) throw new BackupException($"{data} isn't empty; a restoration writes over nothing.");
        if (!Origin.TryCreate(manifest.Origin, out var origin)) throw new BackupException("The backup's origin can't be read.");
        if (head is not null && head.Checkpoint.Origin != origin) throw new BackupException($"The head is of the log '{head.Checkpoint.Origin}', the backup of '{origin}'.");
        Directory.CreateDirectory(data);
        try
        {
            var proof = new HistoryProof(origin);
            var erased = new ErasedEvidence();
            List<string> segments = [];
            foreach (var segment in manifest.Segments) segments.Add(await SegmentFile.FetchAsync(place, segment, cancellation));
            Expect(proof, erased, manifest, segments, until, head, key);
            await WriteEventsAsync(proof, manifest, segments, data, until, progress, cancellation);
            if (until is null) proof.Finish();
            if (until is null && proof.SealsAgreed == 0 && proof.Tree.Size.Value > 0)
                throw new BackupException("Nothing in this backup is signed, so nothing says that it is what was recorded. Take one of a ledger that has sealed something.");
            if (until is null && proof.Tree.Root.ToString() != manifest.Root) throw new BackupException("The events have another root than the backup says.");
            await BackupPlace.FetchAsync(from, "vault.db", Path.Combine(data, "vault.db"), cancellation);
            var left = await CopyEvidenceAsync(place, evidence, erased, cancellation);
            OriginFile.Keep(data, manifest.Origin);
            LeaveNewest(signerState, head, proof.NewestSeal);
            return new RestoreResult(proof.Tree.Size.Value, proof.Tree.Root.ToString(), proof.SealsAgreed, VerdictOf(head?.Checkpoint, proof.Tree.Size.Value), left);
        }
        catch
        {
            Directory.Delete(data, recursive: true);
            throw;
        }
    }

    private static void Expect(HistoryProof proof, ErasedEvidence erased, BackupManifest manifest, IReadOnlyList<string> segments, long? until, SignedCheckpoint? head, VerifierKey? key)
    {
        foreach (var e in Events(segments))
        {
            proof.Expect(e);
            // Also what lies behind the place to which is restored: erased is erased.
            erased.See(e);
        }

        if (key is not null && proof.FirstKey?.ToString() != key.ToString()) throw new BackupException("The log in this backup began with another key than the one that you named: it isn't that ledger's.");
        if (head is null) return;
        if (head.Checkpoint.Size.Value <= (until ?? manifest.Count)) proof.Expect(head);
        else proof.CheckSignature(head);
    }

    /// <summary>The signer's state of a node that was lost, as far as anybody knows it.</summary>
    private static void LeaveNewest(string signerState, SignedCheckpoint? head, SignedCheckpoint? seal)
    {
        var newest = head is null || seal?.Checkpoint.Size.Value > head.Checkpoint.Size.Value ? seal : head;
        if (newest is not null && !File.Exists(signerState)) File.WriteAllBytes(signerState, newest.ToBytes());
    }

    private static async Task WriteEventsAsync(
        HistoryProof proof, BackupManifest manifest, IReadOnlyList<string> segments, string data, long? until, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        await using var store = SqliteEventStore.Open(new SqliteEventStoreOptions(Path.Combine(data, "events.db")));
        var pending = new Queue<Task>();
        var total = manifest.Segments.Sum(segment => segment.Events);
        var done = 0L;
        foreach (var e in Events(segments))
        {
            cancellation.ThrowIfCancellationRequested();
            if (HistoryProof.IsLeaf(e) && proof.Tree.Size.Value == until) break;
            proof.Take(e);
            while (pending.Count >= Window) await pending.Dequeue();
            pending.Enqueue(AppendAsync(store, e, cancellation));
            if (++done % 1000 == 0) progress?.Report(new CopyProgress("Restoring", done, total));
        }

        while (pending.TryDequeue(out var last)) await last;
    }

    private static async Task AppendAsync(SqliteEventStore store, RecordedEvent e, CancellationToken cancellation)
    {
        var expected = e.Revision == StreamRevision.First ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(e.Revision.Value - 1));
        if (await store.AppendAsync(e.Stream, expected, [new EventToAppend(e.Id, e.Type, e.Data, e.Metadata)], cancellation) is not AppendOutcome.Appended)
            throw new BackupException($"Revision {e.Revision} of {e.Stream} doesn't follow what stands before it: the backup's files don't belong together.");
    }

    private static IEnumerable<RecordedEvent> Events(IReadOnlyList<string> segments) => segments.SelectMany(SegmentFile.Read);

    /// <returns>How many files were left out, because they were erased.</returns>
    private static async Task<int> CopyEvidenceAsync(BackupPlace place, IFileStore evidence, ErasedEvidence erased, CancellationToken cancellation)
    {
        using var target = new BackupPlace(evidence);
        var (there, have) = (await EvidenceCopy.AllAsync(place.Files, EvidenceCopy.Folder, cancellation), await EvidenceCopy.AllAsync(evidence, "", cancellation));
        var left = 0;
        foreach (var name in there.Keys)
        {
            if (erased.Holds(name, there))
            {
                if (ErasedEvidence.HashIn(name) == Path.GetFileName(name)) left++;
                continue;
            }

            // A restoration writes over nothing.
            if (have.ContainsKey(name)) continue;
            var draft = target.DraftOf(name);
            if (!await BackupPlace.FetchAsync(place.Files, EvidenceCopy.Folder + name, draft, cancellation)) continue;
            if (ErasedEvidence.HashIn(name) is { } hash && hash == Path.GetFileName(name) && BackupPlace.HashOf(draft) != hash)
            {
                File.Delete(draft);
                throw new BackupException($"The evidence {hash} in this backup isn't what was handed in: its hash is another one.");
            }

            await target.TakeAsync(name, draft, cancellation);
        }

        return left;
    }

    private static HeadVerdict VerdictOf(Checkpoint? head, long count) => head switch
    {
        null => new HeadVerdict.NotAsked(),
        { Size.Value: var size } when size > count => new HeadVerdict.Missing(head, count, size - 1),
        _ => new HeadVerdict.Proven(head),
    };
}
