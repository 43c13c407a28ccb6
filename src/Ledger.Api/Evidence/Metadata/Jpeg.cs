using System.Globalization;
using System.Text;

namespace Ledger.Api.Evidence.Metadata;

/// <summary>Goes through the segments of a JPEG (ITU-T T.81 annex B) without decoding the picture.</summary>
/// <remarks>
/// A working copy has every segment that the picture needs and no other: metadata is left out by leaving out what isn't named here, so a kind of
/// segment that nobody has thought of is left out too. The picture's own bytes are the same. How it is to be turned is kept, in an Exif block of one entry.
/// </remarks>
internal static class Jpeg
{
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;
    private const byte Comment = 0xFE;

    public static ReadOnlySpan<byte> Begins => [0xFF, 0xD8, 0xFF];

    /// <summary>Tells what stands beside the picture, and writes the working copy.</summary>
    /// <returns>What is wrong with the file; null where it is whole.</returns>
    /// <exception cref="EndOfStreamException">It ends in the middle.</exception>
    public static string? Read(ByteReader from, Stream? copy, FileFacts facts)
    {
        from.Pass(2, copy);
        var (turned, hasScan) = (1, false);
        var marker = NextMarker(from);
        while (marker is { } found)
        {
            if (found == EndOfImage)
            {
                copy?.Write([0xFF, EndOfImage]);
                if (from.CountRest() is > 0 and var rest) facts.Add(FileFacts.Other, "Behind the picture", string.Create(CultureInfo.InvariantCulture, $"{rest:N0} bytes"));
                return hasScan ? null : "It holds no picture.";
            }

            if (IsAlone(found))
            {
                copy?.Write([0xFF, found]);
                marker = NextMarker(from);
                continue;
            }

            if (from.NextUInt16() is var length && length < 2) return "A segment has an impossible length.";
            var segment = from.Take(length - 2);
            turned = Tell(found, segment, facts) ?? turned;
            if (found == StartOfScan && !hasScan && turned != 1) Write(copy, 0xE1, TurnedBy(turned));
            if (Kept(found, segment) is { } kept) Write(copy, found, kept);
            hasScan |= found == StartOfScan;
            marker = found == StartOfScan ? PassScan(from, copy) : NextMarker(from);
        }

        return "Between its segments stands something that is none.";
    }

    private static byte? NextMarker(ByteReader from)
    {
        if (from.Next() != 0xFF) return null;
        byte marker;
        do marker = from.Next();
        while (marker == 0xFF); // fill bytes
        return marker == 0 ? null : marker;
    }

    /// <summary>The compressed picture, up to the next marker; a marker within it has a zero behind it, or restarts.</summary>
    private static byte PassScan(ByteReader from, Stream? copy)
    {
        while (true)
        {
            var next = from.Next();
            if (next != 0xFF)
            {
                copy?.WriteByte(next);
                continue;
            }

            do next = from.Next();
            while (next == 0xFF);
            if (next is not (0 or (>= 0xD0 and <= 0xD7))) return next;
            copy?.Write([0xFF, next]);
        }
    }

    private static bool IsAlone(byte marker) => marker is 0x01 or (>= 0xD0 and <= 0xD8);

    /// <summary>What of a segment belongs into a working copy; null = nothing.</summary>
    private static byte[]? Kept(byte marker, byte[] segment) => marker switch
    {
        >= 0xC0 and <= 0xCF or >= 0xDA and <= 0xDF => segment,
        // JFIF's own small picture may show what was cut away.
        0xE0 when segment.AsSpan().StartsWith("JFIF\0"u8) && segment.Length >= 14 => [.. segment.AsSpan(0, 12), 0, 0],
        0xE2 when segment.AsSpan().StartsWith("ICC_PROFILE\0"u8) => segment,
        0xEE when segment.AsSpan().StartsWith("Adobe"u8) => segment, // without it, colours turn out wrong
        _ => null,
    };

    /// <returns>How the picture is to be turned, where the segment says so.</returns>
    private static int? Tell(byte marker, byte[] segment, FileFacts facts)
    {
        var bytes = segment.AsSpan();
        if (marker == 0xE1 && bytes.StartsWith("Exif\0\0"u8)) return Exif.Read(segment[6..], facts);
        if (marker == 0xE1 && bytes.StartsWith("http://ns.adobe.com/"u8)) Note("XMP");
        else if (marker == 0xE2 && bytes.StartsWith("MPF\0"u8)) Note("Further pictures");
        else if (marker == 0xED) Note("Photoshop and IPTC");
        else if (marker == Comment) facts.Add(FileFacts.Words, "Comment", Encoding.UTF8.GetString(segment));
        else if (marker is >= 0xE0 and <= 0xEF && Kept(marker, segment) is null) Note(string.Create(CultureInfo.InvariantCulture, $"Segment APP{marker - 0xE0}"));
        return null;

        // They may hold anything, names and places too.
        void Note(string name) => facts.Add(FileFacts.Other, name, string.Create(CultureInfo.InvariantCulture, $"{segment.Length:N0} bytes, not looked into"));
    }

    private static void Write(Stream? copy, byte marker, ReadOnlySpan<byte> segment)
    {
        copy?.Write([0xFF, marker, (byte)((segment.Length + 2) >> 8), (byte)(segment.Length + 2)]);
        copy?.Write(segment);
    }

    /// <summary>An Exif block with one entry: how to turn the picture.</summary>
    private static byte[] TurnedBy(int turned) =>
        [.. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)turned, 0, 0, 0, 0, 0, 0];
}
