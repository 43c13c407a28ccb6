namespace Ledger.Files;

/// <summary>Named files, each whole or not there at all: evidence, and backups.</summary>
/// <remarks>
/// Names are relative, with forward slashes: <c>ab/abcd…</c>. What was put is found by the next call, on every node (S3 and the stores that call
/// themselves compatible list what was written at once). The contract in <c>tests/Ledger.Files.Tests</c> says what both stores do.
/// Whatever can't be done is a <see cref="FileStoreException"/>, or with a directory what the disk throws; it was then tried several times.
/// </remarks>
public interface IFileStore : IDisposable
{
    /// <summary>Where it is, for people; no secret.</summary>
    string Place { get; }

    /// <summary>Why the newest call failed, where it was the store's fault and none has succeeded since; null while it answers.</summary>
    FileStoreException? Trouble { get; }

    /// <summary>A file's path on this machine; null where files lie elsewhere.</summary>
    string? LocalPathOf(string name);

    /// <returns>Null where there is no such file.</returns>
    Task<StoredFile?> LookAsync(string name, CancellationToken cancellation);

    /// <summary>Every file whose name begins so.</summary>
    IAsyncEnumerable<StoredFile> ListAsync(string prefix, CancellationToken cancellation);

    /// <summary>Opens exactly the bytes that were looked at, as a stream that can seek; it is read as it is needed, never whole.</summary>
    /// <exception cref="FileStoreException">Also where it has gone, or other bytes lie under the name by now: now, or while it is read.</exception>
    Task<Stream> OpenAsync(StoredFile file, CancellationToken cancellation);

    /// <summary>Takes over a file of this machine; whoever reads the name sees what was there before, or all of it. Afterwards it isn't at <paramref name="path"/> any more.</summary>
    Task TakeAsync(string name, string path, CancellationToken cancellation);

    /// <summary>Writes a small file, in place of an earlier one.</summary>
    Task WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Destroys a file and every earlier form of it. Nothing happens where there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancellation);

    /// <summary>Destroys what a store that keeps versions has of a file beside the newest.</summary>
    Task ForgetEarlierAsync(string name, CancellationToken cancellation);

    /// <summary>Asks the store whether it would do all this, and what it keeps by itself.</summary>
    Task<StoreHabits> CheckAsync(CancellationToken cancellation);
}

/// <summary>A file that is there.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Tag">The store's own word for these very bytes, another one after each change; null where it has none.</param>
public sealed record StoredFile(string Name, long Size, string? Tag);

/// <summary>What a store does with files behind our back.</summary>
/// <param name="KeepsVersions">What is overwritten or deleted stays as an earlier version, until that is deleted too.</param>
/// <param name="Locks">It forbids for a while that anything is destroyed (S3 Object Lock with a default retention).</param>
public readonly record struct StoreHabits(bool KeepsVersions, bool Locks);

/// <summary>What is the matter with a store of files.</summary>
public enum FileTrouble
{
    /// <summary>It doesn't answer, or answers that it can't now.</summary>
    Unreachable,

    /// <summary>It doesn't know the key, or the key may not do this.</summary>
    Refused,

    /// <summary>The bucket isn't there.</summary>
    NoBucket,

    /// <summary>The file isn't there any more, or has other bytes than those that were asked for.</summary>
    Changed,

    /// <summary>It says no in a way that we don't know.</summary>
    Unknown,
}

/// <summary>A store of files didn't do what it was asked. The message is for people and holds no secret.</summary>
public sealed class FileStoreException(FileTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    public FileTrouble Trouble { get; } = trouble;
}

public static class FileStores
{
    private const int Small = 1 << 20;

    /// <summary>A small file whole; null where there is none.</summary>
    public static async Task<byte[]?> ReadAsync(this IFileStore files, string name, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(files);
        return await files.LookAsync(name, cancellation) is { } file ? await files.ReadAsync(file, cancellation) : null;
    }

    /// <exception cref="FileStoreException">It isn't small.</exception>
    public static async Task<byte[]> ReadAsync(this IFileStore files, StoredFile file, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(file);
        if (file.Size > Small) throw new FileStoreException(FileTrouble.Changed, $"{file.Name} has {file.Size} bytes, far more than what belongs there.");
        await using var stream = await files.OpenAsync(file, cancellation);
        var bytes = new byte[file.Size];
        await stream.ReadExactlyAsync(bytes, cancellation);
        return bytes;
    }
}
