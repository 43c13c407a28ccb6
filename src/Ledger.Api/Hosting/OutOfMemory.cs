namespace Ledger.Api.Hosting;

/// <summary>Ends the program where there is no memory left.</summary>
/// <remarks>
/// Wherever that strikes, something stays half done: a task that others wait for may be gone while the program looks alive. What was
/// acknowledged is on the disk, and a start after a crash is what the ledger is tried for at every step; so it ends at once, and whoever
/// runs it starts it again.
/// </remarks>
internal static class OutOfMemory
{
    // Made beforehand: there is nothing left to make it of later.
    private const string Why = "The ledger is out of memory and ends. Nothing that was acknowledged is lost. Start it again, with more memory or less at once (Ledger:Limits).";

    public static void EndsTheProgram() => AppDomain.CurrentDomain.FirstChanceException += (_, thrown) =>
    {
        if (thrown.Exception is OutOfMemoryException && IsShort()) Environment.FailFast(Why);
    };

    /// <summary>An array that nobody could have, asked for on a spoilt file's word, is no lack of memory.</summary>
    private static bool IsShort()
    {
        var heap = GC.GetGCMemoryInfo();
        return Math.Max(heap.TotalCommittedBytes, GC.GetTotalMemory(forceFullCollection: false)) > heap.TotalAvailableMemoryBytes / 3 * 2;
    }
}
