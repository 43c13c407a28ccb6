using System.Buffers.Binary;
using System.Text;

namespace Ledger.Api.Tests.Access;

/// <summary>Small real files, and metadata put into them as cameras and programs do.</summary>
internal static class SomeFiles
{
    /// <summary>16 by 8 pixels, baseline, with JFIF.</summary>
    public static readonly byte[] Jpeg = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT0"
        + "9PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAIABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAQG/8QAFRABAQAAAAAAAAAAAAAAAAAAAAP/"
        + "xAAUAQEAAAAAAAAAAAAAAAAAAAAF/8QAFhEAAwAAAAAAAAAAAAAAAAAAAAVB/9oADAMBAAIRAxEAPwDMWQWAwjg+4p//2Q==");

    /// <summary>16 by 8 pixels.</summary>
    public static readonly byte[] Png = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAABAAAAAICAYAAADwdn+XAAAAz0lEQVR4AVRRURXCMBBL+QEJSMABOAAH4AAcgANwAA7AATgAB5MwCfAXkt27revWpcld0u518sWULeZssOAHKz6x5gM7XrHnBScece"
        + "YBN25x5wYvLvHmAg3naDnDjxOgIAe7RQH1FOnmRVpydLqE/iUUkIyyeG3MEFsgPbhXhIdjjagD3GQxsMiWOwe6RqmB/npWJ0BfLPDObnZYokR10FDNUUAUaxNlGbhjHV754xdCdLNLxsEUxw8OxREe"
        + "5kZEwFjMopGyFHUaBf0tJAf+AAAA//+vMCwxAAAABklEQVQDAGzeWPH4XS45AAAAAElFTkSuQmCC");

    public static byte[] Pdf(string information) => Encoding.Latin1.GetBytes(
        $"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n7 0 obj\n{information}\nendobj\ntrailer\n<< /Root 1 0 R /Info 7 0 R >>\n%%EOF\n");

    /// <summary>The same picture with segments behind its first one.</summary>
    public static byte[] JpegWith(params byte[][] segments) => [.. Jpeg.AsSpan(0, 20), .. segments.SelectMany(segment => segment), .. Jpeg.AsSpan(20)];

    public static byte[] Segment(byte marker, byte[] content) => [0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content];

    public static byte[] ExifSegment(byte[] block) => Segment(0xE1, [.. "Exif\0\0"u8, .. block]);

    /// <summary>As a telephone writes it: who made it, when and where (39.8153 N, 46.7519 E), turned by a quarter.</summary>
    public static byte[] Exif()
    {
        var (block, texts) = (new byte[400], 200);
        "MM\0*"u8.CopyTo(block);
        U32(4, 8);
        Directory(8, (0x010F, 2, 8, Text("Fotofon\0")), (0x0112, 3, 1, 6 << 16), (0x0132, 2, 20, Text("2020:10:18 08:12:44\0")), (0x8769, 4, 1, 80), (0x8825, 4, 1, 110));
        Directory(80, (0xA431, 2, 8, Text("SN-4711\0")));
        Directory(110, (1, 2, 2, 'N' << 24), (2, 5, 3, Degrees(39, 48, 5508)), (3, 2, 2, 'E' << 24), (4, 5, 3, Degrees(46, 45, 684)));
        return block;

        void U16(int at, int value) => BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(at), (ushort)value);
        void U32(int at, int value) => BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(at), value);

        void Directory(int at, params (int Tag, int Type, int Count, int Value)[] entries)
        {
            U16(at, entries.Length);
            for (var n = 0; n < entries.Length; n++)
            {
                U16(at + 2 + (12 * n), entries[n].Tag);
                U16(at + 4 + (12 * n), entries[n].Type);
                U32(at + 6 + (12 * n), entries[n].Count);
                U32(at + 10 + (12 * n), entries[n].Value);
            }
        }

        int Text(string text)
        {
            Encoding.ASCII.GetBytes(text).CopyTo(block, texts);
            return (texts += text.Length) - text.Length;
        }

        int Degrees(int degrees, int minutes, int hundredths)
        {
            int[] parts = [degrees, 1, minutes, 1, hundredths, 100];
            foreach (var part in parts)
            {
                U32(texts, part);
                texts += 4;
            }

            return texts - 24;
        }
    }

    /// <summary>A block full of directories, each within the one before.</summary>
    public static byte[] NestedExif()
    {
        var block = new byte[65_000];
        "MM\0*"u8.CopyTo(block);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(4), 8);
        for (var at = 8; at < block.Length - 40; at += 18)
        {
            block[at + 1] = 1;
            (block[at + 2], block[at + 3], block[at + 5], block[at + 9]) = (0x87, 0x69, 4, 1);
            BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(at + 10), at + 18);
        }

        return block;
    }

    /// <summary>The same picture with a chunk behind its header; readers of metadata don't ask for its checksum.</summary>
    public static byte[] PngWith(string type, byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. Png.AsSpan(0, 33), .. length, .. Encoding.ASCII.GetBytes(type), .. content, 0, 0, 0, 0, .. Png.AsSpan(33)];
    }
}
