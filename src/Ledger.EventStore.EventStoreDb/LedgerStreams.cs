namespace Ledger.EventStore.EventStoreDb;

/// <summary>Which streams are whose in a database that isn't all ours.</summary>
internal static class LedgerStreams
{
    /// <summary>Of these, every event must stay for ever: the leaves' streams, the seals, and the nodes' own cursors.</summary>
    private static readonly string[] Kept =
        ["agreement", "coverage", "claim", "violation", "access", "webhook", "delivery", "job"];

    /// <summary>True where a missing event is a fault. Other streams may be foreign, and their owners may do as they like.</summary>
    public static bool MustStayWhole(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("log-checkpoints"u8) || name.StartsWith("log-checkpoints-"u8)) return true;
        var hyphen = name.IndexOf((byte)'-');
        if (hyphen <= 0 || hyphen == name.Length - 1) return false;
        foreach (var b in name[(hyphen + 1)..])
            if (b is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-')) return false;
        return IsKept(name[..hyphen]);
    }

    public static bool MustStayWhole(StreamName stream) => MustStayWhole(System.Text.Encoding.UTF8.GetBytes(stream.Value));

    /// <summary>The server's own streams: statistics, metadata, users.</summary>
    public static bool IsSystem(ReadOnlySpan<byte> name) => name.Length > 0 && name[0] == (byte)'$';

    /// <summary>The vault's streams: noise to all who read events.</summary>
    public static bool IsVault(ReadOnlySpan<byte> name) => name.StartsWith("vault-"u8) || name.StartsWith("vaultkey-"u8);

    private static bool IsKept(ReadOnlySpan<byte> category)
    {
        foreach (var kept in Kept)
            if (System.Text.Ascii.Equals(category, kept)) return true;
        return false;
    }
}
