using System.Security.Cryptography;
using Ledger.EventStore;
using Ledger.EventStore.Sqlite;
using Ledger.EventStore.Sqlite.Vault;
using Ledger.Log.Checking;
using Ledger.Transparency;

namespace Ledger.Node.Backups;

/// <summary>What a run of a backup came to.</summary>
/// <param name="Added">Events that were added now, seals and cursors included.</param>
/// <param name="SealsAgreed">Seals in the whole backup that were held against it, and agreed.</param>
/// <param name="Files">Files of evidence that were added now.</param>
/// <param name="Erased">Files of evidence that an earlier run had put there and the history says were erased: they were taken out.</param>
public sealed record BackupResult(BackupManifest Manifest, long Added, long SealsAgreed, int Files, int Erased);

/// <summary>Copies a data directory into a folder while the ledger runs: each run adds what is new, and reads back what it wrote.</summary>
/// <remarks>
/// Keys are in no backup: with them somebody could read the confidential parts. Texts are copied as they lie in the vault, encrypted, and anew
/// at each run, so that what was erased is gone from the backup with the next one.
/// </remarks>
public static class LedgerBackup
{
    private const int EventsInSegment = 100_000;
    private const string VaultFile = "vault.db";
    private const string EvidenceFolder = "evidence";
    private const string ImportsFolder = "imports";
    private const string KeyUseFolder = "key-use";

    /// <exception cref="BackupException">It can't be made; the backup that was there is as it was.</exception>
    /// <exception cref="StoreUnavailableException">The data can't be read.</exception>
    public static BackupResult Run(string data, string evidence, string folder, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        var events = Path.Combine(data, "events.db");
        if (!File.Exists(events)) throw new BackupException($"There is no ledger in {data}.");
        Directory.CreateDirectory(folder);
        var before = BackupManifest.Read(folder);
        var origin = OriginOf(events);
        if (before is not null && before.Origin != origin.Value)
            throw new BackupException($"The backup in {folder} is of the log '{before.Origin}', this ledger's is '{origin}'. Take another folder.");
        CheckSameStore(events, before, folder);

        var added = AddEvents(events, folder, before, progress, cancellation);
        var proof = new HistoryProof(origin);
        var erased = new ErasedEvidence();
        Verify(proof, erased, [.. before?.Segments ?? [], .. added.Segments], folder, progress, cancellation);
        CopyVault(data, folder);
        var files = CopyEvidence(evidence, Path.Combine(folder, EvidenceFolder), erased, cancellation);
        var gone = erased.TakeOut(Path.Combine(folder, EvidenceFolder));
        var manifest = new BackupManifest(
            BackupManifest.ThisFormat, origin.Value, added.Last?.Position.ToString() ?? before?.Position, added.Last?.Id ?? before?.LastEvent,
            proof.Tree.Size.Value, proof.Tree.Root.ToString(), [.. before?.Segments ?? [], .. added.Segments]);
        using (NodeTelemetry.Step("manifest")) manifest.Write(folder);
        return new BackupResult(manifest, added.Segments.Sum(segment => segment.Events), proof.SealsAgreed, files, gone);
    }

    private static (List<BackupSegment> Segments, RecordedEvent? Last) AddEvents(
        string events, string folder, BackupManifest? before, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        List<BackupSegment> segments = [];
        RecordedEvent? last = null;
        var done = 0L;
        Position? after = before?.Position is { } text ? PositionOf(text) : null;
        using var all = SqliteEventStore.ReadFile(events, after).SelectMany(page => page).GetEnumerator();
        var more = all.MoveNext();
        while (more) segments.Add(SegmentFile.Write(folder, (before?.Segments.Count ?? 0) + segments.Count, Next()));
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
    private static void Verify(HistoryProof proof, ErasedEvidence erased, IReadOnlyList<BackupSegment> segments, string folder, IProgress<CopyProgress>? progress, CancellationToken cancellation)
    {
        foreach (var segment in segments)
            foreach (var e in SegmentFile.Read(folder, segment)) proof.Expect(e);
        var done = 0L;
        foreach (var segment in segments)
            foreach (var e in SegmentFile.Read(folder, segment))
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

    private static void CheckSameStore(string events, BackupManifest? before, string folder)
    {
        if (before is not { Position: { } text, LastEvent: { } id }) return;
        var there = SqliteEventStore.ReadFile(events, new Position(PositionOf(text).Commit - 1, PositionOf(text).Prepare - 1)).FirstOrDefault()?[0];
        if (there?.Id != id)
            throw new BackupException($"The ledger doesn't have the event that the backup in {folder} ends with: it isn't the ledger that was backed up, or it lost events. Nothing was changed.");
    }

    private static Position PositionOf(string text) => Position.TryParse(text, out var position) ? position : throw new BackupException("The backup's position can't be read.");

    private static void CopyVault(string data, string folder)
    {
        var (from, draft) = (Path.Combine(data, VaultFile), Path.Combine(folder, VaultFile + ".draft"));
        if (!File.Exists(from)) return;
        File.Delete(draft);
        using var copy = NodeTelemetry.Step("vault copy");
        SqliteVault.CopyFile(from, draft);
        File.Move(draft, Path.Combine(folder, VaultFile), overwrite: true);
    }

    /// <summary>Files lie under their hash, so one that is there is the same; what is copied is hashed again.</summary>
    private static int CopyEvidence(string from, string to, ErasedEvidence erased, CancellationToken cancellation)
    {
        if (!Directory.Exists(from)) return 0;
        var copied = 0;
        // Backups that were begun before they left imports out have some.
        if (Directory.Exists(Path.Combine(to, ImportsFolder))) Directory.Delete(Path.Combine(to, ImportsFolder), recursive: true);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            cancellation.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(from, file);
            if (name.StartsWith("incoming", StringComparison.Ordinal)) continue; // Still on its way in.
            if (name.StartsWith(ImportsFolder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) continue; // Handed-in files and rejected rows, in clear and for a while only: no evidence.
            if (name.StartsWith(KeyUseFolder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) continue; // When keys were used: written anew each minute, and true of the machine that is lost only.
            if (erased.Holds(file)) continue; // The node hasn't destroyed it yet.
            var place = Path.Combine(to, name);
            if (File.Exists(place) && HashOf(place).SequenceEqual(HashOf(file))) continue;
            // A file lies under its hash; its marks beside it have a dot in their names.
            if (IsChanged(file))
                throw new BackupException($"The evidence {Path.GetFileName(file)} isn't what was handed in: its hash is another one. Look for it in an older backup.");
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place + ".draft", overwrite: true);
            if (!HashOf(place + ".draft").SequenceEqual(HashOf(file))) throw new BackupException($"{file} was copied, and reads back as something else.");
            File.Move(place + ".draft", place, overwrite: true);
            copied++;
        }

        return copied;
    }

    /// <summary>True where a file is named by a hash, and isn't what the name says.</summary>
    internal static bool IsChanged(string path) =>
        Path.GetFileName(path) is { Length: 64 } name && name.All(char.IsAsciiHexDigitLower) && Convert.ToHexStringLower(HashOf(path)) != name;

    private static byte[] HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return SHA256.HashData(file);
    }
}
