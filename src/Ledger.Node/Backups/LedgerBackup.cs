using Ledger.EventStore;
using Ledger.EventStore.Sqlite;
using Ledger.EventStore.Sqlite.Vault;
using Ledger.Files;
using Ledger.Log.Checking;
using Ledger.Transparency;

namespace Ledger.Node.Backups;

/// <summary>What a run of a backup came to.</summary>
/// <param name="Added">Events that were added now, seals and cursors included.</param>
/// <param name="SealsAgreed">Seals in the whole backup that were held against it, and agreed.</param>
/// <param name="Files">Files of evidence that were added now.</param>
/// <param name="Erased">Files of evidence that an earlier run had put there and the history says were erased: they were taken out.</param>
public sealed record BackupResult(BackupManifest Manifest, long Added, long SealsAgreed, int Files, int Erased);

/// <summary>Copies a data directory into a folder or a bucket while the ledger runs: each run adds what is new, and reads back what it wrote.</summary>
/// <remarks>
/// Keys are in no backup: with them somebody could read the confidential parts. Texts are copied as they lie in the vault, encrypted, and anew
/// at each run, so that what was erased is gone from the backup with the next one.
/// </remarks>
public static class LedgerBackup
{
    private const int EventsInSegment = 100_000;
    private const string VaultFile = "vault.db";

    /// <param name="evidence">Files of evidence; null = they are left out, for whoever keeps them safe in another way.</param>
    /// <param name="to">Where the backup lies.</param>
    /// <exception cref="BackupException">It can't be made; the backup that was there is as it was.</exception>
    /// <exception cref="StoreUnavailableException">The data can't be read.</exception>
    /// <exception cref="FileStoreException">A bucket doesn't do what it is asked.</exception>
    public static async Task<BackupResult> RunAsync(string data, IFileStore? evidence, IFileStore to, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(to);
        var events = Path.Combine(data, "events.db");
        if (!File.Exists(events)) throw new BackupException($"There is no ledger in {data}.");
        using var place = new BackupPlace(to);
        if ((await to.CheckAsync(cancellation)).Locks)
            throw new BackupException($"{to.Place} forbids that anything is destroyed (Object Lock with a default retention): what is erased in the ledger could never leave the backup. Take another bucket.");
        var before = await BackupManifest.ReadAsync(place, cancellation);
        var origin = OriginOf(events);
        if (before is not null && before.Origin != origin.Value)
            throw new BackupException($"The backup in {to.Place} is of the log '{before.Origin}', this ledger's is '{origin}'. Take another folder.");
        CheckSameStore(events, before, to.Place);

        var added = await AddEventsAsync(events, place, before, progress, cancellation);
        var proof = new HistoryProof(origin);
        var erased = new ErasedEvidence();
        await VerifyAsync(proof, erased, [.. before?.Segments ?? [], .. added.Segments], place, progress, cancellation);
        await CopyVaultAsync(data, place, cancellation);
        var (files, gone) = await new EvidenceCopy(evidence, place, erased).RunAsync(cancellation);
        var manifest = new BackupManifest(
            BackupManifest.ThisFormat, origin.Value, added.Last?.Position.ToString() ?? before?.Position, added.Last?.Id ?? before?.LastEvent,
            proof.Tree.Size.Value, proof.Tree.Root.ToString(), [.. before?.Segments ?? [], .. added.Segments]);
        using (NodeTelemetry.Step("manifest")) await manifest.WriteAsync(place, cancellation);
        return new BackupResult(manifest, added.Segments.Sum(segment => segment.Events), proof.SealsAgreed, files, gone);
    }

    private static async Task<(List<BackupSegment> Segments, RecordedEvent? Last)> AddEventsAsync(
        string events, BackupPlace place, BackupManifest? before, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        List<BackupSegment> segments = [];
        RecordedEvent? last = null;
        var done = 0L;
        Position? after = before?.Position is { } text ? PositionOf(text) : null;
        using var all = SqliteEventStore.ReadFile(events, after).SelectMany(page => page).GetEnumerator();
        var more = all.MoveNext();
        while (more) segments.Add(await SegmentFile.WriteAsync(place, (before?.Segments.Count ?? 0) + segments.Count, Next(), cancellation));
        return (segments, last);

        IEnumerable<RecordedEvent> Next()
        {
            for (var n = 0; n < EventsInSegment && more; n++, more = all.MoveNext())
            {
                cancellation.ThrowIfCancellationRequested();
                last = all.Current;
                if (++done % 1000 == 0) progress?.Report(new CopyProgress("Copying", done, null));
                yield return all.Current;
            }
        }
    }

    /// <summary>Reads the whole backup, as it lies there: what was written earlier may have rotted, or been changed, since.</summary>
    private static async Task VerifyAsync(HistoryProof proof, ErasedEvidence erased, IReadOnlyList<BackupSegment> segments, BackupPlace place, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        List<string> paths = [];
        foreach (var segment in segments) paths.Add(await SegmentFile.FetchAsync(place, segment, cancellation));
        foreach (var path in paths)
            foreach (var e in SegmentFile.Read(path)) proof.Expect(e);
        var done = 0L;
        foreach (var path in paths)
            foreach (var e in SegmentFile.Read(path))
            {
                cancellation.ThrowIfCancellationRequested();
                proof.Take(e);
                erased.See(e);
                if (++done % 1000 == 0) progress?.Report(new CopyProgress("Verifying", done, null));
            }

        proof.Finish();
    }

    private static Origin OriginOf(string events)
    {
        Origin? origin = null;
        // The newest log's: after a loss there is another one, over the same events.
        foreach (var page in SqliteEventStore.ReadFile(events, null))
            foreach (var e in page) origin = HistoryProof.OriginIn(e) ?? origin;
        return origin ?? throw new BackupException("The ledger has no transparency log yet: start it once, then back it up.");
    }

    private static void CheckSameStore(string events, BackupManifest? before, string place)
    {
        if (before is not { Position: { } text, LastEvent: { } id }) return;
        var there = SqliteEventStore.ReadFile(events, new Position(PositionOf(text).Commit - 1, PositionOf(text).Prepare - 1)).FirstOrDefault()?[0];
        if (there?.Id != id)
            throw new BackupException($"The ledger doesn't have the event that the backup in {place} ends with: it isn't the ledger that was backed up, or it lost events. Nothing was changed.");
    }

    private static Position PositionOf(string text) => Position.TryParse(text, out var position) ? position : throw new BackupException("The backup's position can't be read.");

    private static async Task CopyVaultAsync(string data, BackupPlace place, CancellationToken cancellation)
    {
        var (from, draft) = (Path.Combine(data, VaultFile), place.DraftOf(VaultFile));
        if (!File.Exists(from)) return;
        File.Delete(draft);
        using var copy = NodeTelemetry.Step("vault copy");
        SqliteVault.CopyFile(from, draft);
        await place.TakeAsync(VaultFile, draft, cancellation);
        // An earlier form has texts that were erased since.
        await place.Files.ForgetEarlierAsync(VaultFile, cancellation);
    }
}
