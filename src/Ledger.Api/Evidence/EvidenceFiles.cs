using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Ledger.Api.Evidence.Metadata;
using Ledger.Api.Hosting;
using Ledger.Api.Operations;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Files;
using Ledger.Node;

namespace Ledger.Api.Evidence;

/// <summary>A file that has come in and isn't kept yet.</summary>
internal sealed record ReceivedFile(string Path, string Sha256, long Size);

/// <summary>A file that may be given out, to whoever sees the agreement.</summary>
internal sealed record KeptFile(StoredFile Facts, string Sha256, AgreementId Agreement, EvidenceMark Mark)
{
    public bool IsOriginal => Mark.IsOriginal;

    public Values<ViolationId> Violations => Mark.Violations.ToValues();
}

/// <summary>What lies beside a file for an agreement: its media type, whether it is an original, and the cases that it was handed in for.</summary>
/// <remarks>A line each. Marks of older programs have the first line only, or <c>working copy</c> in the second.</remarks>
/// <param name="Copy">SHA-256 of the working copy that was made of it, which is given out in its place; null where none was.</param>
internal sealed record EvidenceMark(string MediaType, bool IsOriginal, IReadOnlyList<ViolationId> Violations, string? Copy = null)
{
    private const string WorkingCopy = "working copy";
    private const string Original = "original";
    private const string Case = "case ";
    private const string CopyLine = "copy ";

    public static EvidenceMark Parse(string text)
    {
        var lines = text.Split('\n');
        var cases = lines.Where(line => line.StartsWith(Case, StringComparison.Ordinal)).Select(line => new ViolationId(Guid.ParseExact(line[Case.Length..], "D")));
        return new(lines[0], !lines.Contains(WorkingCopy), [.. cases], lines.FirstOrDefault(line => line.StartsWith(CopyLine, StringComparison.Ordinal))?[CopyLine.Length..]);
    }

    public override string ToString() => string.Join(
        '\n', [MediaType, IsOriginal ? Original : WorkingCopy, .. Copy is null ? [] : (string[])[CopyLine + Copy], .. Violations.Select(id => Case + id)]);

    /// <summary>The mark after the file was handed in again. Once an original, always one.</summary>
    public EvidenceMark With(EvidenceMark? before) =>
        before is null ? this : this with { IsOriginal = IsOriginal || before.IsOriginal, Violations = [.. before.Violations.Union(Violations)], Copy = Copy ?? before.Copy };
}

/// <summary>The bytes of evidence, outside the log, by their hash: <c>{first two digits}/{sha256}</c>, in a directory or a bucket.</summary>
/// <remarks>
/// Beside the bytes lies a mark for each agreement in one of whose cases they were handed in: <c>{sha256}.{agreementId}</c>,
/// holding the media type. Who may read a case of that agreement may read the file; without a mark nobody may. A case that
/// only names a hash opens nothing: else whoever guesses or overhears a hash could have the file of another agreement.
/// A file on its way in lies on this machine's disk, wherever it is kept in the end: it is hashed, scanned and looked at there.
/// </remarks>
internal sealed partial class EvidenceFiles(LedgerSettings settings, IFileStore store, ILogger<EvidenceFiles> logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MostSeen = 10_000;
    private const int Gates = 256;

    private readonly string _directory = settings.Evidence;

    // One at a time for a file, from the keeping to the mark, so that nobody tidies away what somebody else has just handed in.
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, Gates).Select(_ => new SemaphoreSlim(1))];

    // A bucket's tag names bytes that were hashed once: a film that is asked for in hundreds of ranges isn't fetched whole for each.
    private readonly HashSet<(string Name, string Tag)> _whole = [];

    /// <summary>Whether an erasure's destruction failed, and is still to be done.</summary>
    public bool OwesErasure { get; private set; }

    /// <summary>At a start: deletes what was on its way in when a process died. Nobody comes for it any more, and it may show people.</summary>
    /// <remarks>Where nodes share the directory, another one may be taking a file in at this moment; after a day it isn't.</remarks>
    public static void Sweep(LedgerSettings settings, DateTime now)
    {
        var incoming = IncomingIn(settings.Evidence);
        if (!Directory.Exists(incoming)) return;
        var before = settings.Store == StoreKind.Sqlite ? now : now - TimeSpan.FromDays(1);
        foreach (var file in Directory.GetFiles(incoming))
            if (File.GetLastWriteTimeUtc(file) <= before) File.Delete(file);
    }

    private static string IncomingIn(string directory) => Path.Combine(directory, "incoming");

    /// <summary>Waits until nobody else deals with these files.</summary>
    public async Task<IDisposable> HoldAsync(IEnumerable<string> hashes, CancellationToken cancellation)
    {
        // Everybody in the same order, so that two who hold two files each never wait for each other.
        var gates = new Held([]);
        try
        {
            foreach (var gate in hashes.Select(sha256 => Convert.ToInt32(sha256[..2], 16)).Distinct().Order())
            {
                await _gates[gate].WaitAsync(cancellation);
                gates.All.Add(_gates[gate]);
            }
        }
        catch
        {
            gates.Dispose();
            throw;
        }

        return gates;
    }

    /// <summary>Takes a file in, hashing it on the way.</summary>
    /// <param name="read">Reads the next bytes; 0 at the end.</param>
    /// <returns>Null where it is larger than the limit.</returns>
    public async Task<ReceivedFile?> ReceiveAsync(Func<Memory<byte>, ValueTask<int>> read, long limit)
    {
        using var receive = ApiTelemetry.Step("receive");
        var incoming = Directory.CreateDirectory(IncomingIn(_directory)).FullName;
        var path = Path.Combine(incoming, Guid.NewGuid().ToString("N"));
        var buffer = ArrayPool<byte>.Shared.Rent(81_920);
        var whole = false;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var size = 0L;
            await using (var file = Create(path))
            {
                while (await read(buffer) is var count && count > 0)
                {
                    size += count;
                    if (size > limit) return null;
                    hash.AppendData(buffer, 0, count);
                    await file.WriteAsync(buffer.AsMemory(0, count));
                }

                file.Flush(flushToDisk: true);
            }

            whole = true;
            return new ReceivedFile(path, Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (!whole) File.Delete(path);
        }
    }

    /// <summary>Looks at what a file tells beside what it shows, and makes a working copy that doesn't.</summary>
    public static (FileLook Look, ReceivedFile? Copy) LookAt(ReceivedFile received, bool copies)
    {
        using var file = File.OpenRead(received.Path);
        if (!copies) return (FileLook.At(file), null);
        var path = received.Path + ".copy";
        FileLook look;
        using (var copy = Create(path)) look = FileLook.At(file, copy);
        return (look, new ReceivedFile(path, HashOf(path), new FileInfo(path).Length));
    }

    /// <summary>The same of a file that is kept, with a copy.</summary>
    public async Task<(FileLook Look, ReceivedFile Copy)> StripAsync(KeptFile kept, CancellationToken cancellation)
    {
        var original = Path.Combine(Directory.CreateDirectory(IncomingIn(_directory)).FullName, Guid.NewGuid().ToString("N"));
        try
        {
            await using (var from = await store.OpenAsync(kept.Facts, cancellation))
            await using (var to = Create(original)) await from.CopyToAsync(to, cancellation);
            var (look, copy) = LookAt(new ReceivedFile(original, kept.Sha256, kept.Facts.Size), copies: true);
            return (look, copy!);
        }
        finally
        {
            File.Delete(original);
        }
    }

    /// <summary>Puts a file where its hash says, before the event that refers to it.</summary>
    public async Task KeepAsync(ReceivedFile received, CancellationToken cancellation)
    {
        using var keep = ApiTelemetry.Step("keep");
        var name = NameOf(received.Sha256);
        // What lies there already may have been changed since; the one that has just come in was hashed on its way.
        if (await store.LookAsync(name, cancellation) is { } there && there.Size == received.Size && await IsWholeAsync(there, cancellation)) File.Delete(received.Path);
        else await store.TakeAsync(name, received.Path, cancellation);
    }

    /// <summary>True where a kept file still is what its name says.</summary>
    public async Task<bool> IsWholeAsync(StoredFile file, CancellationToken cancellation)
    {
        if (file.Tag is { } known && Knows(file.Name, known)) return true;
        await using var stream = await store.OpenAsync(file, cancellation);
        var isWhole = file.Name.EndsWith(Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)), StringComparison.Ordinal);
        if (isWhole && file.Tag is { } tag) Learn(file.Name, tag);
        return isWhole;
    }

    public Task<Stream> OpenAsync(StoredFile file, CancellationToken cancellation) => store.OpenAsync(file, cancellation);

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Opens a kept file to whoever may read cases of an agreement, once the event is stored.</summary>
    /// <param name="said">A working copy may be shown to those who see places less exactly.</param>
    public async Task MarkAsync(string sha256, AgreementId agreement, EvidenceMark said)
    {
        using var step = ApiTelemetry.Step("mark");
        var mark = MarkOf(sha256, agreement);
        var before = await store.ReadAsync(mark, CancellationToken.None) is { } bytes ? Read(bytes) : null;
        await store.WriteAsync(mark, Encoding.UTF8.GetBytes(said.With(before).ToString()), CancellationToken.None);
    }

    /// <summary>Takes a file away again that no stored event refers to. Where that fails it stays, and opens to nobody.</summary>
    public async Task DiscardAsync(ReceivedFile received)
    {
        File.Delete(received.Path);
        // Whoever sent it waits already, and a store that doesn't answer wouldn't take it away either.
        if (store.Trouble is { Trouble: FileTrouble.Unreachable } silent)
        {
            LogLeft(logger, silent.Message);
            return;
        }

        try
        {
            if (await AnyMarkAsync(received.Sha256) is false) await store.DeleteAsync(NameOf(received.Sha256), CancellationToken.None);
        }
        catch (FileStoreException e)
        {
            LogLeft(logger, e.Message);
        }
    }

    /// <summary>Destroys what an event says was erased.</summary>
    public async Task EraseAsync(object e)
    {
        if (e is not ViolationEvent.EvidenceErased erased) return;
        using var held = await HoldAsync(erased.Files, CancellationToken.None);
        try
        {
            foreach (var sha256 in erased.Files) await EraseAsync(sha256, erased.AgreementId);
        }
        catch (FileStoreException)
        {
            // It is given to nobody from now on, and destroyed as soon as the store answers.
            OwesErasure = true;
            throw;
        }
    }

    /// <summary>Takes a file away from an agreement; out of the store, where no other agreement holds it.</summary>
    /// <returns>True where there was something to take away.</returns>
    private async Task<bool> EraseAsync(string sha256, AgreementId agreement)
    {
        var (name, mark) = (NameOf(sha256), MarkOf(sha256, agreement));
        if (await store.LookAsync(mark, CancellationToken.None) is null && await store.LookAsync(name, CancellationToken.None) is null) return false;
        await store.DeleteAsync(mark, CancellationToken.None);
        if (await AnyMarkAsync(sha256) is false) await store.DeleteAsync(name, CancellationToken.None);
        return true;
    }

    /// <summary>Destroys again what the history says was erased: the last process may have died before it did, and a backup may have been put back.</summary>
    public async Task<int> EraseAgainAsync(IEnumerable<(AgreementId Agreement, string Sha256)> erased)
    {
        OwesErasure = false;
        var found = 0;
        try
        {
            foreach (var (agreement, sha256) in erased)
            {
                using var held = await HoldAsync([sha256], CancellationToken.None);
                if (await EraseAsync(sha256, agreement)) found++;
            }
        }
        catch (FileStoreException)
        {
            OwesErasure = true;
            throw;
        }

        return found;
    }

    /// <summary>The file, where the principal may read it.</summary>
    /// <param name="mayRead">Judges a file of an agreement that the principal sees.</param>
    public async Task<KeptFile?> FindAsync(string sha256, Principal principal, Func<AgreementId, KeptFile, bool> mayRead, CancellationToken cancellation)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower)) return null;
        var name = NameOf(sha256);
        var (facts, marks) = ((StoredFile?)null, new List<StoredFile>());
        await foreach (var file in store.ListAsync(name, cancellation))
            if (file.Name == name) facts = file;
            else if (AgreementIn(file.Name, name) is { } id && (principal.SeesAllAgreements || principal.Agreements.Contains(id))) marks.Add(file);
        if (facts is null) return null;
        foreach (var mark in marks.OrderBy(mark => mark.Name, StringComparer.Ordinal))
        {
            var agreement = AgreementIn(mark.Name, name)!.Value;
            var file = new KeptFile(facts, sha256, agreement, Read(await store.ReadAsync(mark, cancellation)));
            if (mayRead(agreement, file)) return file;
        }

        return null;
    }

    private static EvidenceMark Read(byte[] mark) => EvidenceMark.Parse(Encoding.UTF8.GetString(mark));

    private static string NameOf(string sha256) => $"{sha256[..2]}/{sha256}";

    private static string MarkOf(string sha256, AgreementId agreement) => $"{NameOf(sha256)}.{agreement}";

    private static AgreementId? AgreementIn(string mark, string name) =>
        mark.Length > name.Length && mark[name.Length] == '.' && Slug.IsValid(mark[(name.Length + 1)..]) ? new AgreementId(mark[(name.Length + 1)..]) : null;

    private async Task<bool> AnyMarkAsync(string sha256)
    {
        await foreach (var _ in store.ListAsync(NameOf(sha256) + ".", CancellationToken.None)) return true;
        return false;
    }

    private bool Knows(string name, string tag)
    {
        lock (_whole) return _whole.Contains((name, tag));
    }

    private void Learn(string name, string tag)
    {
        lock (_whole)
        {
            if (_whole.Count >= MostSeen) _whole.Clear();
            _whole.Add((name, tag));
        }
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A file of a request that stored nothing may be left behind; it opens to nobody. {What}")]
    private static partial void LogLeft(ILogger logger, string what);

    private sealed record Held(List<SemaphoreSlim> All) : IDisposable
    {
        public void Dispose()
        {
            foreach (var gate in All) gate.Release();
        }
    }
}
