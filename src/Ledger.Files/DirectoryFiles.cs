using System.Runtime.CompilerServices;

namespace Ledger.Files;

/// <summary>Files in a directory, under their names.</summary>
/// <remarks>What is being written lies beside its place, under a name with a <c>~</c>, which no file here has; it is listed to nobody.</remarks>
public sealed class DirectoryFiles(string directory) : IFileStore
{
    private readonly string _directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));

    public string Place => _directory;

    /// <summary>A disk's trouble is thrown as it comes, and the node's other files tell of it.</summary>
    public FileStoreException? Trouble => null;

    public string LocalPathOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var path = Path.GetFullPath(Path.Combine(_directory, name));
        // A name may come from a list that somebody else wrote: it leads nowhere else.
        return path.StartsWith(_directory + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : throw new FileStoreException(FileTrouble.Unknown, "A name leads out of the directory.");
    }

    public Task<StoredFile?> LookAsync(string name, CancellationToken cancellation)
    {
        var file = new FileInfo(LocalPathOf(name));
        return Task.FromResult(file.Exists ? new StoredFile(name, file.Length, null) : null);
    }

    public async IAsyncEnumerable<StoredFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        await Task.CompletedTask;
        var (folder, rest) = prefix.LastIndexOf('/') is >= 0 and var slash ? (LocalPathOf(prefix[..slash]), prefix[(slash + 1)..]) : (_directory, prefix);
        if (!Directory.Exists(folder)) yield break;
        foreach (var file in Beginning(folder, rest))
        {
            cancellation.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(_directory, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (!name.Contains('~', StringComparison.Ordinal) && file.Exists) yield return new StoredFile(name, file.Length, null);
        }
    }

    public Task<Stream> OpenAsync(StoredFile file, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return Task.FromResult<Stream>(new FileStream(LocalPathOf(file.Name), new FileStreamOptions { Options = FileOptions.Asynchronous, Share = FileShare.ReadWrite | FileShare.Delete }));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileStoreException(FileTrouble.Changed, $"{file.Name} isn't there any more.", e);
        }
    }

    public Task TakeAsync(string name, string path, CancellationToken cancellation)
    {
        var place = LocalPathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.Move(path, place, overwrite: true);
        return Task.CompletedTask;
    }

    public async Task WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var place = LocalPathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        var draft = $"{place}~{Guid.NewGuid():N}";
        await using (var file = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
        {
            await file.WriteAsync(bytes, cancellation);
            file.Flush(flushToDisk: true);
        }

        using var rename = FilesTelemetry.Step("rename");
        File.Move(draft, place, overwrite: true);
    }

    public Task DeleteAsync(string name, CancellationToken cancellation)
    {
        var place = LocalPathOf(name);
        if (File.Exists(place)) File.Delete(place);
        return Task.CompletedTask;
    }

    /// <summary>A directory keeps none.</summary>
    public Task ForgetEarlierAsync(string name, CancellationToken cancellation) => Task.CompletedTask;

    public Task<StoreHabits> CheckAsync(CancellationToken cancellation) => Task.FromResult(default(StoreHabits));

    public void Dispose()
    {
        // Nothing is held open.
    }

    private static IEnumerable<FileInfo> Beginning(string folder, string start)
    {
        var info = new DirectoryInfo(folder);
        if (start.Length == 0) return info.EnumerateFiles("*", SearchOption.AllDirectories);
        // To .NET "x.*" matches a plain "x" too, and a start could hold a wildcard: it is looked at again.
        return info.EnumerateFiles(start + "*").Where(file => file.Name.StartsWith(start, StringComparison.Ordinal))
            .Concat(info.EnumerateDirectories(start + "*").Where(inner => inner.Name.StartsWith(start, StringComparison.Ordinal)).SelectMany(inner => inner.EnumerateFiles("*", SearchOption.AllDirectories)));
    }
}
