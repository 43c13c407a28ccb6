using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Ledger.Api.Evidence.Metadata;

/// <summary>Reads an Exif block (CIPA DC-008, TIFF 6.0): the five directories that it may have, and no other.</summary>
/// <remarks>
/// Why not a library: MetadataExtractor follows every directory that a file points to, and a photograph of 64 kB with 3,600 of them, one inside the
/// other, overflowed its stack, which ends the whole process. Here each directory is read once, with a bound on its entries.
/// </remarks>
internal sealed class Exif
{
    /// <summary>More doesn't fit into a segment of a JPEG.</summary>
    public const int Largest = 65_536;

    private const int MostEntries = 512;
    private const int MostNumbers = 8;
    private const int MainHeader = 4;

    private const int ExifPointer = 0x8769;
    private const int GpsPointer = 0x8825;
    private const int InteroperabilityPointer = 0xA005;
    private const int Orientation = 0x0112;
    private const int UserComment = 0x9286;

    /// <summary>Bytes of one value, by TIFF's number of its type.</summary>
    private static readonly int[] SizeOf = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

    private readonly byte[] _block;
    private readonly bool _isBigEndian;
    private readonly FileFacts _facts;
    private readonly Dictionary<int, int> _pointers = [];
    private int _orientation = 1;

    private Exif(byte[] block, bool isBigEndian, FileFacts facts) => (_block, _isBigEndian, _facts) = (block, isBigEndian, facts);

    /// <param name="At">Where its values lie, all of them within the block.</param>
    private readonly record struct Entry(int Tag, int Type, int Count, int At);

    /// <summary>Reads the block, from the byte order mark on.</summary>
    /// <returns>How the picture is to be turned (1 to 8; 1 = not at all).</returns>
    public static int Read(byte[] block, FileFacts facts)
    {
        var isBigEndian = block.AsSpan().StartsWith("MM\0*"u8);
        if (!isBigEndian && !block.AsSpan().StartsWith("II*\0"u8) || block.Length < 8)
        {
            facts.Add(FileFacts.Other, "Exif", "A block that can't be read.");
            return 1;
        }

        return new Exif(block, isBigEndian, facts).Read();
    }

    private int Read()
    {
        var thumbnail = Directory(U32(MainHeader), ExifTags.Main);
        if (_pointers.Remove(ExifPointer, out var exif)) Directory(exif, ExifTags.Main);
        if (_pointers.Remove(InteroperabilityPointer, out var other)) Directory(other, ExifTags.Main);
        if (_pointers.Remove(GpsPointer, out var gps)) Position(gps);
        if (thumbnail > 0) _facts.Add(FileFacts.Other, "Thumbnail", "A small picture of its own, perhaps of what was cut away since.");
        return _orientation;
    }

    /// <summary>Tells a directory's entries.</summary>
    /// <returns>Where the next directory lies; 0 where there is none.</returns>
    private int Directory(int at, IReadOnlyDictionary<int, (string Kind, string Name)> names)
    {
        var entries = Entries(at, out var next);
        foreach (var entry in entries)
        {
            if (entry.Tag is ExifPointer or GpsPointer or InteroperabilityPointer) _pointers.TryAdd(entry.Tag, U32(entry.At));
            else if (entry is { Tag: Orientation, Type: 3 }) _orientation = U16(entry.At) is >= 1 and <= 8 and var turned ? turned : 1;
            else Tell(entry, names);
        }

        return next;
    }

    private void Tell(Entry entry, IReadOnlyDictionary<int, (string Kind, string Name)> names)
    {
        var (kind, name) = names.TryGetValue(entry.Tag, out var known)
            ? known
            : (FileFacts.Other, string.Create(CultureInfo.InvariantCulture, $"Tag 0x{entry.Tag:X4}"));
        _facts.Add(kind, name, TextOf(entry));
    }

    /// <summary>Degrees as people read them, and whatever else stands beside them.</summary>
    private void Position(int at)
    {
        var entries = Entries(at, out _).ToDictionary(entry => entry.Tag);
        if (Degrees(entries, 2, 1, "S") is { } latitude && Degrees(entries, 4, 3, "W") is { } longitude)
            _facts.Add(FileFacts.Place, "Position", string.Create(CultureInfo.InvariantCulture, $"{latitude:0.######}, {longitude:0.######}"));
        foreach (var entry in entries.Values.Where(entry => entry.Tag > 4)) Tell(entry, ExifTags.Gps);
    }

    private double? Degrees(Dictionary<int, Entry> entries, int of, int direction, string negative)
    {
        if (!entries.TryGetValue(of, out var entry) || entry is not { Type: 5, Count: >= 3 }) return null;
        var degrees = Rational(entry.At) + (Rational(entry.At + 8) / 60) + (Rational(entry.At + 16) / 3600);
        if (!double.IsFinite(degrees)) return null;
        return entries.TryGetValue(direction, out var where) && TextOf(where) == negative ? -degrees : degrees;
    }

    private List<Entry> Entries(int at, out int next)
    {
        var entries = new List<Entry>();
        next = 0;
        if (at < 8 || at > _block.Length - 2) return entries;
        var count = U16(at);
        for (var (n, place) = (0, at + 2); n < count && n < MostEntries && place <= _block.Length - 12; n++, place += 12)
        {
            if (EntryAt(place) is { } entry && entries.All(earlier => earlier.Tag != entry.Tag)) entries.Add(entry);
        }

        var end = at + 2L + (12L * count);
        if (end <= _block.Length - 4) next = U32((int)end);
        return entries;
    }

    private Entry? EntryAt(int place)
    {
        var (tag, type, count) = (U16(place), U16(place + 2), (uint)U32(place + 4));
        if (type == 0 || type >= SizeOf.Length || count == 0) return null;
        var length = (long)count * SizeOf[type];
        var at = length <= 4 ? place + 8 : U32(place + 8);
        return length <= _block.Length && at >= 0 && at <= _block.Length - length ? new Entry(tag, type, (int)count, at) : null;
    }

    private string TextOf(Entry entry)
    {
        var bytes = _block.AsSpan(entry.At, entry.Count * SizeOf[entry.Type]);
        return entry.Type switch
        {
            2 => Letters(bytes),
            1 when entry.Tag is >= 0x9C9B and <= 0x9C9F => Encoding.Unicode.GetString(bytes).TrimEnd('\0'), // what Windows writes
            7 when entry.Tag == UserComment && bytes.Length > 8 => bytes.StartsWith("UNICODE"u8)
                ? (_isBigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode).GetString(bytes[8..]).TrimEnd('\0')
                : Letters(bytes[8..]),
            7 when entry.Count == 4 && !bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~') => Letters(bytes),
            7 => string.Create(CultureInfo.InvariantCulture, $"{entry.Count:N0} bytes"),
            _ => string.Join(' ', Enumerable.Range(0, Math.Min(entry.Count, MostNumbers)).Select(n => NumberAt(entry.Type, entry.At + (n * SizeOf[entry.Type]))))
                + (entry.Count > MostNumbers ? " …" : ""),
        };
    }

    private string NumberAt(int type, int at) => (type switch
    {
        1 => _block[at],
        3 => U16(at),
        4 => (uint)U32(at),
        5 => Rational(at),
        6 => (sbyte)_block[at],
        8 => (short)U16(at),
        9 => U32(at),
        10 => U32(at + 4) == 0 ? double.NaN : (double)U32(at) / U32(at + 4),
        11 => BitConverter.Int32BitsToSingle(U32(at)),
        _ => BitConverter.Int64BitsToDouble(_isBigEndian ? BinaryPrimitives.ReadInt64BigEndian(_block.AsSpan(at)) : BinaryPrimitives.ReadInt64LittleEndian(_block.AsSpan(at))),
    }).ToString("0.######", CultureInfo.InvariantCulture);

    private double Rational(int at) => (uint)U32(at + 4) == 0 ? double.NaN : (double)(uint)U32(at) / (uint)U32(at + 4);

    private static string Letters(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private int U16(int at) => _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(_block.AsSpan(at)) : BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(at));

    private int U32(int at) => _isBigEndian ? BinaryPrimitives.ReadInt32BigEndian(_block.AsSpan(at)) : BinaryPrimitives.ReadInt32LittleEndian(_block.AsSpan(at));
}

/// <summary>What tags mean, and what they may betray.</summary>
internal static class ExifTags
{
    public static readonly IReadOnlyDictionary<int, (string Kind, string Name)> Main = new Dictionary<int, (string, string)>
    {
        [0x010E] = (FileFacts.Words, "Description"),
        [0x010F] = (FileFacts.Device, "Make"),
        [0x0110] = (FileFacts.Device, "Model"),
        [0x0131] = (FileFacts.Device, "Software"),
        [0x0132] = (FileFacts.Time, "Changed"),
        [0x013B] = (FileFacts.Person, "Artist"),
        [0x013C] = (FileFacts.Device, "Host computer"),
        [0x8298] = (FileFacts.Person, "Copyright"),
        [0x829A] = (FileFacts.Other, "Exposure time"),
        [0x829D] = (FileFacts.Other, "F-number"),
        [0x8827] = (FileFacts.Other, "ISO speed"),
        [0x9003] = (FileFacts.Time, "Taken"),
        [0x9004] = (FileFacts.Time, "Digitised"),
        [0x9010] = (FileFacts.Time, "Offset of the change"),
        [0x9011] = (FileFacts.Time, "Offset of the taking"),
        [0x927C] = (FileFacts.Device, "Maker's note"),
        [0x9286] = (FileFacts.Words, "Comment"),
        [0x9C9B] = (FileFacts.Words, "Title"),
        [0x9C9C] = (FileFacts.Words, "Remark"),
        [0x9C9D] = (FileFacts.Person, "Author"),
        [0x9C9E] = (FileFacts.Words, "Keywords"),
        [0x9C9F] = (FileFacts.Words, "Subject"),
        [0xA002] = (FileFacts.Other, "Width"),
        [0xA003] = (FileFacts.Other, "Height"),
        [0xA420] = (FileFacts.Device, "Image's unique id"),
        [0xA430] = (FileFacts.Person, "Camera's owner"),
        [0xA431] = (FileFacts.Device, "Camera's serial number"),
        [0xA432] = (FileFacts.Device, "Lens"),
        [0xA433] = (FileFacts.Device, "Lens's make"),
        [0xA434] = (FileFacts.Device, "Lens's model"),
        [0xA435] = (FileFacts.Device, "Lens's serial number"),
    };

    public static readonly IReadOnlyDictionary<int, (string Kind, string Name)> Gps = new Dictionary<int, (string, string)>
    {
        [5] = (FileFacts.Place, "Altitude's reference"),
        [6] = (FileFacts.Place, "Altitude"),
        [7] = (FileFacts.Time, "Time by satellite (UTC)"),
        [8] = (FileFacts.Other, "Satellites"),
        [13] = (FileFacts.Place, "Speed"),
        [15] = (FileFacts.Place, "Track"),
        [17] = (FileFacts.Place, "Direction of the picture"),
        [18] = (FileFacts.Other, "Datum"),
        [20] = (FileFacts.Place, "Destination's latitude"),
        [22] = (FileFacts.Place, "Destination's longitude"),
        [24] = (FileFacts.Place, "Destination's bearing"),
        [26] = (FileFacts.Place, "Destination's distance"),
        [27] = (FileFacts.Other, "Method"),
        [28] = (FileFacts.Place, "Area"),
        [29] = (FileFacts.Time, "Date by satellite (UTC)"),
        [31] = (FileFacts.Place, "Error in metres"),
    };
}
