using System.Runtime.InteropServices;

namespace Ledger.EventStore.Sqlite.Tests.Writer;

/// <summary>The kernel refuses to let any file of this process grow beyond 1 MiB (EFBIG).</summary>
internal sealed partial class FileSizeLimit : IScarcity
{
    private const int FileSize = 1; // RLIMIT_FSIZE
    private const int ExceededSignal = 25; // SIGXFSZ, which would end the process
    private const int Ignore = 1; // SIG_IGN
    private const ulong Bytes = 1024 * 1024;

    private Limit _before;

    public void Begin()
    {
        _ = Signal(ExceededSignal, Ignore);
        if (GetLimit(FileSize, out _before) != 0) throw new InvalidOperationException("getrlimit");
        Set(_before with { Soft = Bytes });
    }

    public void End() => Set(_before);

    private static void Set(Limit limit)
    {
        if (SetLimit(FileSize, in limit) != 0) throw new InvalidOperationException("setrlimit");
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int signal, nint handler);

    private record struct Limit(ulong Soft, ulong Hard);
}

/// <summary>A small disk with a ballast on it: it runs full (ENOSPC), and has room once the ballast goes.</summary>
internal sealed class Ballast(string directory) : IScarcity
{
    private readonly string _file = Path.Combine(directory, "ballast");

    public void Begin() => File.WriteAllBytes(_file, new byte[4 * 1024 * 1024]);

    public void End() => File.Delete(_file);
}
