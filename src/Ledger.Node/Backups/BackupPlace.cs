using System.Security.Cryptography;
using Ledger.Files;

namespace Ledger.Node.Backups;

/// <summary>Where a backup lies, with a corner of this machine's disk for what is on its way there or back.</summary>
internal sealed class BackupPlace(IFileStore files) : IDisposable
{
    private readonly Dictionary<string, string> _fetched = new(StringComparer.Ordinal);
    private string? _corner;

    public IFileStore Files => files;

    /// <summary>A path for a file that is to be taken over under the name.</summary>
    public string DraftOf(string name)
    {
        if (files.LocalPathOf(name) is not { } place) return Path.Combine(Corner, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        return place + "~draft";
    }

    /// <summary>The file on this machine's disk: where it lies, or as it was fetched now; fetched once in a run.</summary>
    /// <exception cref="BackupException">It isn't there.</exception>
    public async Task<string> LocalAsync(string name, CancellationToken cancellation) => await TryLocalAsync(name, cancellation) ?? throw new BackupException($"The backup lacks {name}.");

    /// <summary>The same; null where it isn't there.</summary>
    public async Task<string?> TryLocalAsync(string name, CancellationToken cancellation)
    {
        if (files.LocalPathOf(name) is { } place) return File.Exists(place) ? place : null;
        if (_fetched.TryGetValue(name, out var known)) return known;
        var path = Path.Combine(Corner, Guid.NewGuid().ToString("N"));
        return await FetchAsync(files, name, path, cancellation) ? _fetched[name] = path : null;
    }

    /// <summary>Takes a draft over, and reads back what lies there now.</summary>
    /// <exception cref="BackupException">It is something else than what was written.</exception>
    public async Task TakeAsync(string name, string draft, CancellationToken cancellation)
    {
        // On a disk the very file is moved.
        var hash = files.LocalPathOf(name) is null ? HashOf(draft) : null;
        await files.TakeAsync(name, draft, cancellation);
        if (hash is not null && await HashAsync(files, name, cancellation) != hash) throw new BackupException($"{name} was copied to {files.Place}, and reads back as something else.");
    }

    public static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Null where there is no such file.</summary>
    public static async Task<string?> HashAsync(IFileStore files, string name, CancellationToken cancellation) =>
        await files.LookAsync(name, cancellation) is { } file ? await HashAsync(files, file, cancellation) : null;

    public static async Task<string> HashAsync(IFileStore files, StoredFile file, CancellationToken cancellation)
    {
        await using var stream = await files.OpenAsync(file, cancellation);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }

    /// <returns>False where there is no such file.</returns>
    public static async Task<bool> FetchAsync(IFileStore files, string name, string path, CancellationToken cancellation)
    {
        if (await files.LookAsync(name, cancellation) is not { } file) return false;
        await using var stream = await files.OpenAsync(file, cancellation);
        await using var copy = new FileStream(path, FileMode.Create, FileAccess.Write);
        await stream.CopyToAsync(copy, cancellation);
        copy.Flush(flushToDisk: true);
        return true;
    }

    public void Dispose()
    {
        if (_corner is not null) Directory.Delete(_corner, recursive: true);
    }

    // Owner only, as the system makes such directories.
    private string Corner => _corner ??= Directory.CreateTempSubdirectory("ledger-backup-").FullName;
}
