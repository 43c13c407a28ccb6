namespace Ledger.Transparency;

/// <summary>The hashes of a proof as text, one a line: the same in a tlog-proof and in an add-checkpoint request.</summary>
internal static class HashLines
{
    /// <summary>C2SP tlog-witness: not more than 63 hashes, which is what the largest tree takes.</summary>
    public const int Max = 63;

    public static string Print(IEnumerable<Hash> hashes) => string.Concat(hashes.Select(hash => $"{hash}\n"));

    public static bool TryParse(ReadOnlySpan<string> lines, out IReadOnlyList<Hash> hashes)
    {
        var read = new Hash[lines.Length];
        hashes = read;
        if (lines.Length > Max) return false;
        for (var i = 0; i < read.Length; i++)
        {
            if (!Hash.TryParse(lines[i], out read[i])) return false;
        }

        return true;
    }

    /// <summary>Cuts at the first empty line: lines above it, and the bytes of the checkpoint below it.</summary>
    public static bool TryCut(ReadOnlySpan<byte> bytes, out string[] head, out ReadOnlySpan<byte> checkpoint)
    {
        head = [];
        checkpoint = default;
        var end = bytes.IndexOf("\n\n"u8);
        if (end < 0 || bytes.Length > SignedNote.MaxBytes || !StrictText.TryDecode(bytes[..end], out var text)) return false;
        head = text.Split('\n');
        checkpoint = bytes[(end + 2)..];
        return true;
    }
}
