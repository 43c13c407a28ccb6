using System.Security.Cryptography;
using Ledger.EventStore;

namespace Ledger.Node;

/// <summary>The log's name, kept with the data: every commitment carries it, so it can't change under a history.</summary>
internal static class OriginFile
{
    public static string Fresh() => $"ledger.invalid/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    /// <exception cref="StoreUnavailableException">Another origin was kept.</exception>
    public static string Keep(string directory, string? wanted)
    {
        var path = Path.Combine(directory, "origin");
        if (File.Exists(path))
        {
            var kept = File.ReadAllText(path).Trim();
            return wanted is null || wanted == kept
                ? kept
                : throw new StoreUnavailableException($"This ledger's origin is '{kept}'; it can't be started as '{wanted}' (Ledger:Origin). Every proof names the origin.");
        }

        var origin = wanted ?? Fresh();
        var draft = path + ".draft";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(origin + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path);
        return origin;
    }
}
