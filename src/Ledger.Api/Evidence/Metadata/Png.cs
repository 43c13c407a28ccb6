using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Ledger.Api.Evidence.Metadata;

/// <summary>Goes through the chunks of a PNG (W3C PNG, third edition) without decoding the picture.</summary>
/// <remarks>A working copy has the chunks that the picture and its colours need, and no other; their bytes are the same.</remarks>
internal static class Png
{
    private static readonly HashSet<string> Needed = new(StringComparer.Ordinal)
    {
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs", "cICP", "acTL", "fcTL", "fdAT",
    };

    public static ReadOnlySpan<byte> Begins => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <inheritdoc cref="Jpeg.Read"/>
    public static string? Read(ByteReader from, Stream? copy, FileFacts facts)
    {
        from.Pass(Begins.Length, copy);
        for (var isFirst = true; ; isFirst = false)
        {
            var (length, name) = (from.NextUInt32(), from.Take(4));
            var type = Encoding.ASCII.GetString(name);
            if (length > int.MaxValue || name.AsSpan().ContainsAnyExcept(Letters)) return "Between its chunks stands something that is none.";
            if (isFirst && type != "IHDR") return "It doesn't begin as a PNG does.";
            if (Needed.Contains(type)) PassOn(from, copy, length, name);
            else Tell(from, type, (int)length, facts);
            if (type != "IEND") continue;
            if (from.CountRest() is > 0 and var rest) facts.Add(FileFacts.Other, "Behind the picture", string.Create(CultureInfo.InvariantCulture, $"{rest:N0} bytes"));
            return null;
        }
    }

    private static readonly System.Buffers.SearchValues<byte> Letters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static void PassOn(ByteReader from, Stream? copy, uint length, byte[] name)
    {
        Span<byte> size = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(size, length);
        copy?.Write(size);
        copy?.Write(name);
        from.Pass(length + 4L, copy); // with its checksum
    }

    private static void Tell(ByteReader from, string type, int length, FileFacts facts)
    {
        if (length > Exif.Largest)
        {
            from.Pass(length + 4L, null);
            Note("too long to look into");
            return;
        }

        var chunk = from.Take(length);
        from.Pass(4, null);
        var end = Array.IndexOf(chunk, (byte)0);
        if (type == "eXIf") Exif.Read(chunk, facts);
        else if (type == "tEXt" && end > 0) Word(Encoding.Latin1.GetString(chunk, 0, end), Encoding.Latin1.GetString(chunk, end + 1, length - end - 1));
        else if (type == "iTXt" && end > 0 && TextOf(chunk, end) is { } text) Word(Encoding.Latin1.GetString(chunk, 0, end), text);
        else if (type is "zTXt" or "iTXt" && end > 0) Word(Encoding.Latin1.GetString(chunk, 0, end), "A compressed text, not looked into");
        else if (type == "tIME" && length == 7) facts.Add(FileFacts.Time, "Changed", string.Create(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(chunk):0000}-{chunk[2]:00}-{chunk[3]:00} {chunk[4]:00}:{chunk[5]:00}:{chunk[6]:00}"));
        else Note("not looked into");

        void Word(string keyword, string value) => facts.Add(KindOf(keyword), keyword, value);

        void Note(string why) => facts.Add(FileFacts.Other, "Chunk " + type, string.Create(CultureInfo.InvariantCulture, $"{length:N0} bytes, {why}"));
    }

    /// <summary>keyword NUL compressed? method language NUL translated NUL text; null where it is compressed or broken.</summary>
    private static string? TextOf(byte[] chunk, int end)
    {
        if (chunk.Length < end + 3 || chunk[end + 1] != 0) return null;
        var language = Array.IndexOf(chunk, (byte)0, end + 3);
        var translated = language < 0 ? -1 : Array.IndexOf(chunk, (byte)0, language + 1);
        return translated < 0 ? null : Encoding.UTF8.GetString(chunk, translated + 1, chunk.Length - translated - 1);
    }

    private static string KindOf(string keyword) => keyword switch
    {
        "Author" or "Copyright" => FileFacts.Person,
        "Software" or "Source" => FileFacts.Device,
        "Creation Time" => FileFacts.Time,
        "XML:com.adobe.xmp" => FileFacts.Other, // it may hold anything, names and places too
        _ => FileFacts.Words,
    };
}
