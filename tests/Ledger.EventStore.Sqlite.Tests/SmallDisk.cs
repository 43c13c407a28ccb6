using System.Diagnostics;

namespace Ledger.EventStore.Sqlite.Tests;

/// <summary>A disk of 8 MiB that only the helper program sees.</summary>
internal static class SmallDisk
{
    /// <summary>A namespace of its own, where a small tmpfs is mounted before the helper starts.</summary>
    public static string[] MountedAt(string directory) =>
        ["unshare", "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size=8m tmpfs '{directory}' && exec \"$@\"", "sh"];

    /// <summary>Whether this machine lets us do that.</summary>
    public static bool IsPossible()
    {
        try
        {
            string[] line = [.. MountedAt(Path.GetTempPath()), "true"];
            using var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program.
        }
    }
}

/// <summary>Skipped, and said to be, where no small disk can be mounted; the file limit is tried everywhere.</summary>
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        if (!SmallDisk.IsPossible()) Skip = "This machine lets nobody mount a disk in a namespace.";
    }
}
