using System.IO.Compression;

namespace Ledger.Exchange.Packages;

/// <summary>Where a package's files go. Until it is finished, nothing lies under the package's own name: it is there whole or not at all.</summary>
internal abstract class PackageFiles : IAsyncDisposable
{
    /// <exception cref="PackageException">Something is there already.</exception>
    public static PackageFiles Create(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new PackageException($"{path} is there already; a package is never written over.");
        return path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? new ZipFiles(path) : new FolderFiles(path);
    }

    public abstract Task WriteAsync(string name, Func<Stream, Task> write);

    public Task WriteAsync(string name, ReadOnlyMemory<byte> bytes) => WriteAsync(name, async stream => await stream.WriteAsync(bytes));

    /// <summary>Gives the package its name.</summary>
    public abstract void Finish();

    public abstract ValueTask DisposeAsync();

    /// <summary>As a .zip on its way to somebody. Its directory comes last, so that half of one opens nowhere.</summary>
    public static async Task<PackageFiles> ToAsync(Stream stream, CancellationToken cancellation) =>
        new StreamedZip(await ZipArchive.CreateAsync(stream, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellation));

    private sealed class StreamedZip(ZipArchive zip) : PackageFiles
    {
        private bool _isWhole;

        public override async Task WriteAsync(string name, Func<Stream, Task> write)
        {
            await using var stream = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync();
            await write(stream);
        }

        public override void Finish() => _isWhole = true;

        // Disposing writes the directory: what failed half way gets none.
        public override ValueTask DisposeAsync() => _isWhole ? zip.DisposeAsync() : ValueTask.CompletedTask;
    }

    private sealed class FolderFiles : PackageFiles
    {
        private readonly string _path;
        private readonly string _draft;

        public FolderFiles(string path)
        {
            _path = Path.TrimEndingDirectorySeparator(path);
            _draft = $"{_path}.draft-{Guid.CreateVersion7():N}";
            Directory.CreateDirectory(_draft);
        }

        public override async Task WriteAsync(string name, Func<Stream, Task> write)
        {
            var file = Path.Combine(_draft, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
            await write(stream);
        }

        public override void Finish()
        {
            if (Directory.Exists(_path)) Directory.Delete(_path); // It was empty.
            Directory.Move(_draft, _path);
        }

        public override ValueTask DisposeAsync()
        {
            if (Directory.Exists(_draft)) Directory.Delete(_draft, recursive: true);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class ZipFiles : PackageFiles
    {
        private readonly string _path;
        private readonly string _draft;
        private readonly ZipArchive _zip;

        public ZipFiles(string path)
        {
            _path = path;
            _draft = $"{path}.draft-{Guid.CreateVersion7():N}";
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
            _zip = ZipFile.Open(_draft, ZipArchiveMode.Create);
        }

        public override async Task WriteAsync(string name, Func<Stream, Task> write)
        {
            await using var stream = await _zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync();
            await write(stream);
        }

        public override void Finish()
        {
            _zip.Dispose();
            File.Move(_draft, _path);
        }

        public override ValueTask DisposeAsync()
        {
            _zip.Dispose();
            File.Delete(_draft);
            return ValueTask.CompletedTask;
        }
    }
}
