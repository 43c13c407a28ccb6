using System.Buffers;
using System.Security.Cryptography;
using Ledger.Api.Evidence.Metadata;
using Ledger.Api.Hosting;
using Ledger.Api.Operations;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Node;

namespace Ledger.Api.Evidence;

/// <summary>A file that has come in and isn't kept yet.</summary>
internal sealed record ReceivedFile(string Path, string Sha256, long Size);

/// <summary>A file that may be given out, to whoever sees the agreement.</summary>
internal sealed record KeptFile(string Path, string Sha256, AgreementId Agreement, EvidenceMark Mark)
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

/// <summary>The bytes of evidence, outside the log, by their hash: <c>{directory}/{first two digits}/{sha256}</c>.</summary>
/// <remarks>
/// Beside the bytes lies a mark for each agreement in one of whose cases they were handed in: <c>{sha256}.{agreementId}</c>,
/// holding the media type. Who may read a case of that agreement may read the file; without a mark nobody may. A case that
/// only names a hash opens nothing: else whoever guesses or overhears a hash could have the file of another agreement.
/// </remarks>
internal sealed class EvidenceFiles(LedgerSettings settings)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = settings.Evidence;

    /// <summary>One at a time from the keeping to the mark, so that nobody tidies away what somebody else has just handed in.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

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

    /// <summary>Puts a file where its hash says, before the event that refers to it.</summary>
    public void Keep(ReceivedFile received)
    {
        using var keep = ApiTelemetry.Step("keep");
        var place = PlaceOf(received.Sha256);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        // What lies there already may have been changed since; the one that has just come in was hashed on its way.
        if (File.Exists(place) && HashOf(place) == received.Sha256) File.Delete(received.Path);
        else File.Move(received.Path, place, overwrite: true);
    }

    /// <summary>True where a kept file still is what its name says.</summary>
    public static async Task<bool> IsWholeAsync(string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation)) == Path.GetFileName(path);
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Opens a kept file to whoever may read cases of an agreement, once the event is stored.</summary>
    /// <param name="said">A working copy may be shown to those who see places less exactly.</param>
    public void Mark(string sha256, AgreementId agreement, EvidenceMark said)
    {
        using var step = ApiTelemetry.Step("mark");
        var mark = MarkOf(sha256, agreement);
        var draft = $"{mark}.{Guid.NewGuid():N}";
        File.WriteAllText(draft, said.With(File.Exists(mark) ? Read(mark) : null).ToString());
        using var rename = ApiTelemetry.Step("mark rename");
        File.Move(draft, mark, overwrite: true);
    }

    /// <summary>Takes a file away again that no stored event refers to.</summary>
    public void Discard(ReceivedFile received)
    {
        File.Delete(received.Path);
        var place = PlaceOf(received.Sha256);
        if (File.Exists(place) && MarksOf(received.Sha256).Length == 0) File.Delete(place);
    }

    /// <summary>Destroys what an event says was erased.</summary>
    public async Task EraseAsync(object e)
    {
        if (e is not ViolationEvent.EvidenceErased erased) return;
        await Gate.WaitAsync();
        try
        {
            foreach (var sha256 in erased.Files) Erase(sha256, erased.AgreementId);
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>Takes a file away from an agreement; from the disk, where no other agreement holds it.</summary>
    /// <returns>True where there was something to take away.</returns>
    private bool Erase(string sha256, AgreementId agreement)
    {
        var (place, mark) = (PlaceOf(sha256), MarkOf(sha256, agreement));
        if (!File.Exists(mark) && !File.Exists(place)) return false;
        File.Delete(mark);
        if (MarksOf(sha256).Length == 0) File.Delete(place);
        return true;
    }

    /// <summary>Destroys again what the history says was erased: the last process may have died before it did, and a backup may have been put back.</summary>
    public async Task<int> EraseAgainAsync(IEnumerable<(AgreementId Agreement, string Sha256)> erased)
    {
        await Gate.WaitAsync();
        try
        {
            return erased.Count(file => Erase(file.Sha256, file.Agreement));
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>The file, where the principal may read it.</summary>
    /// <param name="mayRead">Judges a file of an agreement that the principal sees.</param>
    public KeptFile? Find(string sha256, Principal principal, Func<AgreementId, KeptFile, bool> mayRead)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower)) return null;
        var place = PlaceOf(sha256);
        if (!File.Exists(place)) return null;
        var marks = principal.SeesAllAgreements ? MarksOf(sha256) : principal.Agreements.Select(agreement => MarkOf(sha256, agreement)).Where(File.Exists);
        foreach (var mark in marks)
        {
            var agreement = new AgreementId(Path.GetFileName(mark)[(sha256.Length + 1)..]);
            var file = new KeptFile(place, sha256, agreement, Read(mark));
            if (mayRead(agreement, file)) return file;
        }

        return null;
    }

    private static EvidenceMark Read(string mark) => EvidenceMark.Parse(File.ReadAllText(mark));

    private string PlaceOf(string sha256) => Path.Combine(_directory, sha256[..2], sha256);

    private string MarkOf(string sha256, AgreementId agreement) => $"{PlaceOf(sha256)}.{agreement}";

    // To .NET "x.*" matches a plain "x" too, so the file itself would be taken for a mark of its own.
    private string[] MarksOf(string sha256) =>
        [.. Directory.GetFiles(Path.GetDirectoryName(PlaceOf(sha256))!, sha256 + "*").Where(path => path.Contains(sha256 + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }
}
