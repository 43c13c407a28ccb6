using System.Buffers.Binary;
using System.IO.Compression;

namespace Ledger.Auditor;

/// <summary>A package as one .zip. Nothing is unpacked to disk; only names that this program looks for are opened, and no further than they may be long.</summary>
internal sealed class ZipSource : PackageSource
{
    /// <summary>A directory of a million files; a longer one would only be there to fill the memory.</summary>
    private const long LongestDirectory = 96 * 1024 * 1024;

    private readonly string _path;
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries;

    // A zip has one place to read from.
    private readonly SemaphoreSlim _turn = new(1);

    private ZipSource(string path, ZipArchive archive, Dictionary<string, ZipArchiveEntry> entries) =>
        (_path, _archive, _entries) = (path, archive, entries);

    public override string Name => $"the package {_path}";

    public override IReadOnlyList<string>? PackedPictures => AgreementsIn(
        _entries.Keys.Where(name => name.StartsWith(Pictures, StringComparison.Ordinal)).Select(name => name[Pictures.Length..]));

    public static ZipSource Open(string path)
    {
        ZipArchive? archive = null;
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            CheckDirectory(file);
            archive = new ZipArchive(file, ZipArchiveMode.Read);
            return new ZipSource(path, archive, Index(archive));
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException or CouldNotCheckException)
        {
            archive?.Dispose();
            throw exception as CouldNotCheckException ?? new CouldNotCheckException($"{Shown.Of(path)} can't be read as a .zip: {Shown.Of(exception.Message)}", exception);
        }
    }

    public override ValueTask DisposeAsync()
    {
        _archive.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override bool Holds(string path) => _entries.ContainsKey(path);

    protected override async Task<Answer> ReadFileAsync(string path, int most, CancellationToken cancellation)
    {
        if (!_entries.TryGetValue(path, out var entry)) return new Answer.Missing();
        await _turn.WaitAsync(cancellation);
        try
        {
            await using var stream = await entry.OpenAsync(cancellation);
            return await Limited.ReadAsync(stream, most, cancellation) is { } bytes ? new Answer.Found(bytes) : new Answer.TooLong();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw Broken(exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    protected override Stream OpenFile(string path)
    {
        // An archive of its own: tiles are read while the events stream.
        var archive = new ZipArchive(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read), ZipArchiveMode.Read);
        return archive.GetEntry(_entries[path].FullName)?.Open() ?? throw new CouldNotCheckException("The .zip changed while it was read.");
    }

    private static CouldNotCheckException Broken(Exception exception) => new($"The .zip is damaged: {Shown.Of(exception.Message)}", exception);

    /// <summary>One entry a name, no name that leads out of the package; a single folder around everything is looked through.</summary>
    private static Dictionary<string, ZipArchiveEntry> Index(ZipArchive archive)
    {
        Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);
        foreach (var entry in archive.Entries)
        {
            if (entry.FullName.EndsWith('/') && entry.Length == 0) continue;
            if (!IsPlain(entry.FullName)) throw new CouldNotCheckException($"The .zip holds a name that leads out of it: {Shown.Of(entry.FullName)}.");
            if (!entries.TryAdd(entry.FullName, entry)) throw new CouldNotCheckException($"The .zip holds {Shown.Of(entry.FullName)} twice, so it could be read in two ways.");
        }

        return entries.ContainsKey("checkpoint") || entries.ContainsKey("log/checkpoint") ? entries : WithoutFolder(entries);
    }

    private static Dictionary<string, ZipArchiveEntry> WithoutFolder(Dictionary<string, ZipArchiveEntry> entries)
    {
        var folders = entries.Keys.Select(name => name[..(name.IndexOf('/', StringComparison.Ordinal) + 1)]).Distinct(StringComparer.Ordinal).Take(2).ToList();
        return folders is [{ Length: > 0 } only] ? entries.ToDictionary(pair => pair.Key[only.Length..], pair => pair.Value, StringComparer.Ordinal) : entries;
    }

    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= 300 && !name.Contains('\\', StringComparison.Ordinal) && !name.Contains(':', StringComparison.Ordinal)
        && name.Split('/').All(part => part is not ("" or "." or ".."));

    // The library reads the whole directory into memory before it can be asked how long it is.
    private static void CheckDirectory(FileStream file)
    {
        const int Record = 22;
        const int Locator = 20;
        var tail = new byte[Math.Min(file.Length, Record + ushort.MaxValue + Locator)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        file.Position = 0;

        var end = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || tail.Length - end < Record) throw new InvalidDataException("it has no directory.");
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 16));
        if (end >= Locator && tail.AsSpan(end - Locator).StartsWith("PK\x06\x07"u8)) offset = Zip64Offset(file, tail.AsSpan(end - Locator + 8));
        if (file.Length - offset > LongestDirectory) throw new CouldNotCheckException("The .zip holds more files than a package of this ledger would.");
    }

    private static long Zip64Offset(FileStream file, ReadOnlySpan<byte> place)
    {
        var record = BinaryPrimitives.ReadInt64LittleEndian(place);
        Span<byte> offset = stackalloc byte[sizeof(long)];
        if (record < 0 || record > file.Length - 56) throw new InvalidDataException("its directory is damaged.");
        file.Position = record + 48;
        file.ReadExactly(offset);
        file.Position = 0;
        return BinaryPrimitives.ReadInt64LittleEndian(offset);
    }
}
