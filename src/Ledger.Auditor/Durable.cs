using System.Runtime.InteropServices;
using System.Text;

namespace Ledger.Auditor;

/// <summary>Replaces a file so that after a crash either the old or the new content is there, and after this returns the new one.</summary>
internal static class Durable
{
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var next = Path.Combine(folder, $".{Path.GetFileName(full)}.{Environment.ProcessId}.{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(next, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(next, full, overwrite: true);
        }
        catch
        {
            File.Delete(next);
            throw;
        }

        SyncFolder(folder);
    }

    // A rename is durable once its folder is; .NET has no call for that, and Windows needs none.
    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Native.Open(Encoding.UTF8.GetBytes(folder + "\0"), flags: 0);
        if (descriptor < 0) throw new IOException($"The folder {folder} can't be opened: error {Marshal.GetLastPInvokeError()}.");
        try
        {
            if (Native.Fsync(descriptor) != 0) throw new IOException($"The folder {folder} can't be made durable: error {Marshal.GetLastPInvokeError()}.");
        }
        finally
        {
            _ = Native.Close(descriptor);
        }
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open(byte[] path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int descriptor);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
