namespace Ledger.EventStore.Sqlite.Tests.Writer;

/// <summary>Holds a data directory until killed.</summary>
internal static class Hold
{
    public static int Run(string directory)
    {
        using var held = DataDirectoryLock.Take(directory);
        Console.Out.WriteLine("held");
        Console.In.ReadToEnd();
        return 0;
    }
}
