using System.Security.Cryptography;
using Ledger.EventStore;

namespace Ledger.Node;

/// <summary>The log's name, kept with the data: every commitment carries it, so it can't change under a history.</summary>
internal static class OriginFile
{
    public static string Fresh() => $"ledger.invalid/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    /// <summary>The name that the log must have: the one kept here, or the one wanted; null where neither says.</summary>
    /// <exception cref="StoreUnavailableException">Another name was kept.</exception>
    public static string? Check(string directory, string? wanted)
    {
        if (!File.Exists(FileIn(directory))) return wanted;
        var kept = File.ReadAllText(FileIn(directory)).Trim();
        return wanted is null || wanted == kept
            ? kept
            : throw new StoreUnavailableException($"This ledger's origin is '{kept}'; it can't be started as '{wanted}' (Ledger:Origin). Every proof names the origin.");
    }

    /// <summary>The name as it is kept; null where none is.</summary>
    public static string? Kept(string directory) => File.Exists(FileIn(directory)) ? File.ReadAllText(FileIn(directory)).Trim() : null;

    public static void Keep(string directory, string origin)
    {
        if (File.Exists(FileIn(directory)) && File.ReadAllText(FileIn(directory)).Trim() == origin) return;
        var draft = FileIn(directory) + ".draft";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(origin + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, FileIn(directory), overwrite: true);
    }

    private static string FileIn(string directory) => Path.Combine(directory, "origin");
}
