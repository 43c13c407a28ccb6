using System.Globalization;

namespace Ledger.EventStore.Sqlite;

/// <summary>One process per data directory. Held for as long as this object lives; the system frees it when the process ends, however it ends.</summary>
public sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectoryLock(FileStream held) => _lock = held;

    /// <summary>Locks a directory, and makes it where it is absent.</summary>
    /// <exception cref="StoreUnavailableException">Another process uses it, or it can't be written; the message says which.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The data directory {directory} can't be made: {e.Message}", e);
        }

        // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix. The file stays when the lock goes: whoever removed it
        // could let two processes lock two files of the same name.
        FileStream? held = null;
        try
        {
            held = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(HolderOf(directory), OwnId);
            return new DataDirectoryLock(held);
        }
        catch (IOException e) when (held is null && IsHeldElsewhere(e))
        {
            throw new StoreUnavailableException($"The data directory {directory} is used by {Holder(directory)}. One process at a time may use it: stop the other, or choose another directory.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new StoreUnavailableException($"The data directory {directory} can't be written: {e.Message}", e);
        }
    }

    /// <summary>Locks a directory without writing anything, for looking at it.</summary>
    /// <param name="holder">Who uses it, where somebody does.</param>
    /// <returns>Null where somebody uses it, or where no node has ever used it.</returns>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DataDirectoryLock? TryHold(string directory, out string? holder)
    {
        holder = null;
        var file = Path.Combine(directory, "lock");
        if (!File.Exists(file)) return null;
        try
        {
            return new DataDirectoryLock(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None));
        }
        catch (IOException e) when (IsHeldElsewhere(e))
        {
            holder = Holder(directory);
            return null;
        }
    }

    public void Dispose() => _lock.Dispose();

    // .NET hands on the system's number: EAGAIN of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeldElsewhere(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string OwnId => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    // Beside the lock, because a locked file can't be opened for reading either.
    private static string HolderOf(string directory) => Path.Combine(directory, "lock.pid");

    private static string Holder(string directory)
    {
        try
        {
            var pid = File.ReadAllText(HolderOf(directory)).Trim();
            return pid == OwnId ? $"this process (pid {pid}) already" : $"another process (pid {pid})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
