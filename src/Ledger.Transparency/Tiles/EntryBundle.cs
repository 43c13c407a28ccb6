using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ledger.Transparency;

/// <summary>Entries one behind the other, each as a big-endian uint16 length and its bytes (C2SP tlog-tiles, "Log entries"). A partial bundle is a prefix of the full one.</summary>
public static class EntryBundle
{
    public const int MaxEntryLength = ushort.MaxValue;

    /// <exception cref="ArgumentException">An entry is longer than 65,535 bytes: that is a defect of the caller.</exception>
    public static byte[] Print(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        if (entries.Any(entry => entry.Length > MaxEntryLength)) throw new ArgumentException("An entry has at most 65,535 bytes.", nameof(entries));

        var bundle = new byte[entries.Sum(entry => sizeof(ushort) + entry.Length)];
        var rest = bundle.AsSpan();
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)entry.Length);
            entry.Span.CopyTo(rest[sizeof(ushort)..]);
            rest = rest[(sizeof(ushort) + entry.Length)..];
        }

        return bundle;
    }

    /// <summary>Exactly <paramref name="width"/> entries, and nothing behind them.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> bundle,
        int width,
        [NotNullWhen(true)] out IReadOnlyList<ReadOnlyMemory<byte>>? entries,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        entries = null;
        List<ReadOnlyMemory<byte>> read = [];
        for (; read.Count < width; bundle = bundle[(sizeof(ushort) + read[^1].Length)..])
        {
            refusal = new Refusal("bundle-too-short", $"The bundle ends within entry {read.Count} of {width}.");
            if (bundle.Length < sizeof(ushort)) return false;
            int length = BinaryPrimitives.ReadUInt16BigEndian(bundle.Span);
            if (bundle.Length < sizeof(ushort) + length) return false;
            read.Add(bundle.Slice(sizeof(ushort), length));
        }

        refusal = bundle.IsEmpty ? null : new Refusal("bundle-too-long", $"{bundle.Length} bytes follow the bundle's {width} entries.");
        entries = refusal is null ? read : null;
        return refusal is null;
    }
}
