using System.Globalization;
using System.Runtime.CompilerServices;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.EventStore.Sqlite;
using Ledger.EventStore.Sqlite.Looking;
using Ledger.EventStore.Sqlite.Sql;
using Ledger.EventStore.Vault;
using Ledger.Files;
using Ledger.Log;
using Ledger.Log.Looking;
using Ledger.Log.Signing;
using Ledger.Projections.Looking;
using Ledger.Serialization;

namespace Ledger.Node.Looking;

/// <summary>Looks at everything that a node with the embedded store keeps, and says what it found. It changes nothing, whoever uses the directory meanwhile.</summary>
/// <param name="options">Where it lies; a vault's key that isn't in the secrets.</param>
/// <param name="evidence">Where the files of evidence lie.</param>
/// <param name="isFull">Every text of the vault and every file of evidence, in place of a sample.</param>
public sealed class DirectoryLook(NodeOptions options, IFileStore evidence, bool isFull)
{
    private const long LittleDisk = 2_000_000_000;
    private const long NoDisk = 500_000_000;
    private const int SampleOfTexts = 1_000;

    /// <summary>A clock may be so far behind the newest event before it counts as wrong: what the API itself takes.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(2);

    private bool _isLive;

    private string EventFile => Path.Combine(options.Data, "events.db");

    private string VaultFile => Path.Combine(options.Data, "vault.db");

    /// <summary>What was found, as it is found.</summary>
    public async IAsyncEnumerable<Finding> RunAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var held = DataDirectoryLock.TryHold(options.Data, out var holder);
        _isLive = holder is not null;
        var before = Beside();
        try
        {
            yield return Use(holder);
            yield return Disk();
            foreach (var finding in Secrets()) yield return finding;
            var events = Events();
            yield return events;
            if (File.Exists(EventFile))
                await foreach (var finding in HistoryAsync(cancellation)) yield return finding;
            await foreach (var finding in VaultAsync(cancellation)) yield return finding;
            yield return await ReadModelsAsync(cancellation);
        }
        finally
        {
            // What SQLite laid beside a file that a crash had left; a process that uses it needs its own.
            if (!_isLive) foreach (var file in Beside().Except(before)) File.Delete(file);
        }
    }

    private static Finding Use(string? holder) => holder is null
        ? new(Grade.Good, "use", "No process uses the directory.")
        : new(Grade.Notice, "use", $"The directory is used by {holder}. What follows is as of now; the read models are asked of its /health.");

    private Finding Disk()
    {
        var free = new DriveInfo(Path.GetFullPath(options.Data)).AvailableFreeSpace;
        var said = string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:0.0} GB are free.");
        const string MakeRoom = "Make room; of the data directory nothing may go but tiles.db and read-models, and those only while the node is stopped.";
        return free < NoDisk ? new(Grade.Wrong, "disk", said, MakeRoom) : free < LittleDisk ? new(Grade.Notice, "disk", said, MakeRoom) : new(Grade.Good, "disk", said);
    }

    private IEnumerable<Finding> Secrets()
    {
        const string Restore = "Restore it from where you keep your keys; never let a node make new ones for old data.";
        if (!Directory.Exists(options.Secrets))
        {
            yield return new(Grade.Wrong, "secrets", $"The secrets directory {options.Secrets} isn't there.", Restore);
            yield break;
        }

        List<Finding> wrong = [];
        foreach (var name in options.VaultKey is null ? (string[])[SecretsDirectory.VaultKey, SecretsDirectory.HmacKey] : [SecretsDirectory.HmacKey])
        {
            var file = new FileInfo(Path.Combine(options.Secrets, name));
            if (!file.Exists) wrong.Add(new(Grade.Wrong, "secrets", $"{name} isn't in the secrets directory.", Restore));
            else if (file.Length != WrappingKey.Length) wrong.Add(new(Grade.Wrong, "secrets", $"{name} has {file.Length} bytes, a key has {WrappingKey.Length}.", Restore));
        }

        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
            if ((File.GetUnixFileMode(options.Secrets) & Others) != 0)
                wrong.Add(new(Grade.Wrong, "secrets", "Other users of the machine can get into the secrets directory.", $"chmod 700 {options.Secrets}"));
            foreach (var key in Directory.GetFiles(options.Secrets, "*.key").Order(StringComparer.Ordinal))
                if ((File.GetUnixFileMode(key) & Others) != 0) wrong.Add(new(Grade.Wrong, "secrets", $"Other users of the machine can read {Path.GetFileName(key)}.", $"chmod 600 {key}"));
        }

        if (wrong.Count == 0) wrong.Add(new(Grade.Good, "secrets", "The keys are there, and nobody but their owner gets at them."));
        foreach (var finding in wrong) yield return finding;
    }

    private Finding Events()
    {
        if (!File.Exists(EventFile)) return new(Grade.Wrong, "events", "events.db isn't there.", "Restore a backup: 'ledger restore' where you made it with 'ledger backup'.");
        var faults = FileLook.Events(EventFile, _isLive);
        return faults.Count == 0
            ? new(Grade.Good, "events", "SQLite finds the file whole, and its guards against changing and deleting stand.")
            : new(Grade.Wrong, "events", string.Join(" ", faults), "Stop the node and keep the file. If guards are missing, somebody took them away: restore a backup whose history 'ledger doctor' finds whole.");
    }

    private async IAsyncEnumerable<Finding> HistoryAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var files = new EvidenceLook(evidence, isFull);
        LogLook? log = null;
        Finding? failed = null;
        try
        {
            await using var store = FileLook.OpenEvents(EventFile, _isLive);
            var tiles = NodeParts.TileFileIn(options.Data);
            log = await LogLook.LookAsync(
                store, SignerKeys.In(options.Secrets), options.SignerState, File.Exists(tiles) ? UntouchedUri.Of(tiles, _isLive) : null, files.See, cancellation);
        }
        catch (StoreUnavailableException e)
        {
            failed = new(Grade.Wrong, "history", e.Message, "Restore a backup whose history 'ledger doctor' finds whole.");
        }

        if (failed is not null) yield return failed;
        if (log is null) yield break;
        foreach (var finding in Of("history", log.History, $"{Of(log.Events, "event")}, {Of(log.Seals, "seal")}: every seal's root was computed again from the stored bytes and agrees.")) yield return finding;
        if (log.Origin is null) yield break;
        if (OriginFile.Kept(options.Data) is { } kept && kept != log.Origin)
            yield return new(Grade.Wrong, "origin", $"The file origin doesn't hold the log's name, {log.Origin}: no node starts on it.", "Delete the file: the next start writes it anew from the history.");
        yield return Unsealed(log);
        foreach (var finding in Of("signer's state", log.Signer, log.SignedSize is { } size ? $"It names a head of {Of(size, "event")}, which is this history's." : null)) yield return finding;
        if (log.SignedSize is null && log.Signer.Count == 0)
            yield return new(Grade.Notice, "signer's state", $"There is no {options.SignerState}. After moving to another machine that is as it should be; else it was lost, and an old backup would not be noticed.");
        yield return SigningKey(log);
        foreach (var finding in Of("tiles", log.Tiles, log.TilesSize is { } covered ? $"They cover {Of(covered, "event")} and have the root of the stored ones." : null)) yield return finding;
        if (log is { TilesSize: null, Tiles.Count: 0 }) yield return new(Grade.Notice, "tiles", "There is no tiles.db. The next start makes it anew from the store.");
        if (log.NewestEvent is { } newest) yield return Clock(newest);
        await foreach (var finding in files.FindingsAsync(cancellation)) yield return finding;
    }

    private static Finding Unsealed(LogLook log)
    {
        var unsealed = log.Events - (log.Newest?.Size.Value ?? 0);
        return unsealed <= 0
            ? new(Grade.Good, "seals", "Every event is under a signed head.")
            : new(Grade.Notice, "seals", $"Under no signed head yet: {Of(unsealed, "event")}. A running node seals within seconds; after a stop the next start does.");
    }

    private static Finding SigningKey(LogLook log)
    {
        if (log.HoldsKey) return new(Grade.Good, "signing key", $"The secrets have the key that the log signs with, {log.Key!.Name}+{log.Key.Id}.");
        return new(
            Grade.Wrong, "signing key", $"The secrets don't have the key that the log signs with, {log.Key!.Name}+{log.Key.Id}.",
            WhatToDo.About(LogProblems.NoSignerKey) + " Where a command signs (Ledger:Signer:Command), nothing is wrong.");
    }

    private static Finding Clock(RecordedEvent newest)
    {
        DateTimeOffset at;
        try
        {
            at = EventCodec.DecodeMetadata(newest.Metadata).RecordedAt;
        }
        catch (StoredEventException)
        {
            return new(Grade.Notice, "clock", "The newest event can't be read by this program, so its time can't be compared.");
        }

        var now = TimeProvider.System.GetUtcNow();
        return at <= now + ClockSlack
            ? new(Grade.Good, "clock", "This machine's clock isn't behind the newest event.")
            : new(Grade.Wrong, "clock", string.Create(CultureInfo.InvariantCulture, $"The newest event was recorded {(at - now).TotalSeconds:0} s ahead of this machine's clock."), "Set the clock (NTP) before the node starts: times never run backwards in the ledger, so it would go on recording the later time.");
    }

    private async IAsyncEnumerable<Finding> VaultAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        const string Restore = "Restore vault.db from a backup; erasures are applied again by themselves.";
        if (!File.Exists(VaultFile))
        {
            yield return new(Grade.Wrong, "vault", "vault.db isn't there: no confidential part and no erasable text can be read.", Restore);
            yield break;
        }

        var faults = FileLook.Vault(VaultFile, _isLive);
        if (faults.Count > 0)
        {
            yield return new(Grade.Wrong, "vault", string.Join(" ", faults), Restore);
            yield break;
        }

        yield return await OpenedAsync(cancellation);
    }

    private async Task<Finding> OpenedAsync(CancellationToken cancellation)
    {
        VaultLook look;
        try
        {
            look = FileLook.VaultOpens(VaultFile, _isLive, Keys(), isFull ? int.MaxValue : SampleOfTexts, cancellation);
        }
        catch (StoreUnavailableException e)
        {
            return new(Grade.Wrong, "vault", e.Message, "Restore vault.db from a backup; erasures are applied again by themselves.");
        }

        if (look.MissingKeys.Count > 0)
            return new(Grade.Wrong, "vault", $"The vault is wrapped by a key that isn't here ({string.Join(", ", look.MissingKeys)}).", "Restore vault.key into the secrets. Where the key is kept elsewhere (Ledger:VaultKey), name it with --vault-key.");
        if (look.Shut.Count > 0)
            return new(Grade.Wrong, "vault", $"{Figure(look.Shut.Count)} of {Figure(look.Tried)} texts that were tried don't open: their bytes were changed.{await ReferredByAsync(look.Shut, cancellation)}", "Restore vault.db from a backup; erasures are applied again by themselves.");
        if (isFull && await MissingAsync(cancellation) is { } missing) return missing;
        if (look.Held == 0) return new(Grade.Good, "vault", "Its guards stand; it holds no text yet.");
        return new(Grade.Good, "vault", $"Its guards stand, and its key opens {(look.Tried == look.Held ? "all" : $"{Figure(look.Tried)} tried")} of {Of(look.Held, "text")}.");
    }

    /// <summary>Texts that events commit to, that no event says were erased, and that the vault doesn't hold; null where there are none. Of a text it says whose, never what.</summary>
    private async Task<Finding?> MissingAsync(CancellationToken cancellation)
    {
        const int Most = 5;
        var missing = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var held = new HeldTexts(VaultFile, _isLive);
            await using var store = FileLook.OpenEvents(EventFile, _isLive);
            await foreach (var page in store.ReadAllAsync(null, cancellation))
            {
                foreach (var stored in page.Where(stored => Transparency.LeafStreams.Contains(stored.Stream.Value)))
                {
                    foreach (var digest in EventCodec.SealedDigests(stored.Data))
                        if (!held.Holds(digest)) missing.TryAdd(digest, $"{stored.Stream}, revision {stored.Revision}");
                    if (stored.Type.StartsWith("personal-data-erased-", StringComparison.Ordinal) && EventCodec.Decode(stored.Type, stored.Data).Event is ViolationEvent.PersonalDataErased erased)
                        foreach (var digest in erased.Digests) missing.Remove(digest);
                }
            }
        }
        catch (Exception e) when (e is StoreUnavailableException or StoredEventException)
        {
            return null; // The history's own finding says what is wrong with it.
        }

        if (missing.Count == 0) return null;
        var whose = string.Join("; ", missing.Values.Distinct().Take(Most));
        return new(
            Grade.Wrong, "vault", $"{Of(missing.Count, "text")} that events commit to and that nobody erased {(missing.Count == 1 ? "isn't" : "aren't")} in the vault: {whose}{(missing.Values.Distinct().Count() > Most ? " …" : "")}.",
            "Restore vault.db from a backup that still has them; erasures are applied again by themselves.");
    }

    /// <summary>The events whose texts these are: the cases that answer 503 until the vault is restored.</summary>
    private async Task<string> ReferredByAsync(IReadOnlyList<string> digests, CancellationToken cancellation)
    {
        const int Most = 5;
        var (wanted, found) = (digests.ToHashSet(StringComparer.Ordinal), new List<string>());
        try
        {
            await using var store = FileLook.OpenEvents(EventFile, _isLive);
            await foreach (var page in store.ReadAllAsync(null, cancellation))
                foreach (var stored in page)
                    if (found.Count < Most && EventCodec.SealedDigests(stored.Data).Any(wanted.Contains)) found.Add($"{stored.Stream}, revision {stored.Revision}");
        }
        catch (Exception e) when (e is StoreUnavailableException or StoredEventException)
        {
            // The history's own finding says what is wrong with it.
        }

        return found.Count == 0 ? "" : $" They belong to {string.Join("; ", found)}{(found.Count == Most ? " …" : "")}.";
    }

    private List<WrappingKey> Keys()
    {
        List<WrappingKey> keys = [];
        if (options.VaultKey is { } given) keys.Add(WrappingKey.FromBytes(given.Span));
        foreach (var name in (string[])[SecretsDirectory.VaultKey, SecretsDirectory.VaultKey + ".next"])
        {
            var file = Path.Combine(options.Secrets, name);
            if (File.Exists(file) && File.ReadAllBytes(file) is { Length: WrappingKey.Length } bytes) keys.Add(WrappingKey.FromBytes(bytes));
        }

        return [.. keys.DistinctBy(key => key.Id)];
    }

    private async Task<Finding> ReadModelsAsync(CancellationToken cancellation)
    {
        const string MadeAnew = "The next start makes them anew from the store; nothing is lost.";
        if (_isLive) return new(Grade.Notice, "read models", "The process that uses them has them open; its /health says how they are.");
        var folder = Path.Combine(options.Data, "read-models");
        var look = ReadModelLook.At(folder, HashingKey());
        return look switch
        {
            { Generation: null } => new(Grade.Notice, "read models", "There are none. " + MadeAnew),
            { IsChanged: true } => new(Grade.Wrong, "read models", $"Generation {look.Generation}: {look.Problem}", MadeAnew + " Find out who can write to the folder."),
            { Problem: { } problem } => new(Grade.Notice, "read models", $"Generation {look.Generation}: {problem} {MadeAnew}"),
            _ when isFull => await FoldedAsync(folder, look, cancellation),
            _ => new(Grade.Good, "read models", $"Generation {look.Generation} covers {Of(look.Count!.Value, "event")}; the next start reads on from there."),
        };
    }

    /// <summary>The saved read models held against the same events folded anew.</summary>
    private async Task<Finding> FoldedAsync(string folder, ReadModelLook look, CancellationToken cancellation)
    {
        try
        {
            await using var store = FileLook.OpenEvents(EventFile, _isLive);
            var differ = await ReadModelLook.DifferencesAsync(folder, store, cancellation);
            return differ.Count == 0
                ? new(Grade.Good, "read models", $"Generation {look.Generation} covers {Of(look.Count!.Value, "event")}, and holds what the events make when they are folded anew.")
                : new(Grade.Wrong, "read models", $"Generation {look.Generation} doesn't hold what the events make ({string.Join(", ", differ)}).", $"Stop the node and delete {folder}: the next start makes it anew from the store. Find out who can write to it.");
        }
        catch (StoreUnavailableException e)
        {
            return new(Grade.Notice, "read models", $"They can't be held against the events: {e.Message}");
        }
    }

    private byte[]? HashingKey()
    {
        var file = Path.Combine(options.Secrets, SecretsDirectory.HmacKey);
        return File.Exists(file) && File.ReadAllBytes(file) is { Length: WrappingKey.Length } bytes ? bytes : null;
    }

    private static IEnumerable<Finding> Of(string subject, IReadOnlyList<LogProblem> problems, string? good) =>
        problems.Count > 0 ? problems.Select(problem => new Finding(Grade.Wrong, subject, problem.Message, WhatToDo.About(problem.Code)))
        : good is null ? [] : [new(Grade.Good, subject, good)];

    private HashSet<string> Beside() => [.. Directory.GetFiles(options.Data, "*.db-shm"), .. Directory.GetFiles(options.Data, "*.db-wal").Where(file => new FileInfo(file).Length == 0)];

    private static string Of(long count, string noun) => count == 1 ? $"1 {noun}" : $"{Figure(count)} {noun}s";

    private static string Figure(long figure) => figure.ToString("N0", CultureInfo.InvariantCulture);
}
