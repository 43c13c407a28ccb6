using System.Globalization;
using System.Text;

namespace Ledger.Api.Evidence.Metadata;

/// <summary>Reads a PDF's document information (ISO 32000 §14.3.3), as far as it lies in the file in clear.</summary>
/// <remarks>The document itself isn't opened: its objects nest and refer to each other as their maker likes, and only one dictionary is asked for here.</remarks>
internal static class Pdf
{
    private const int Largest = 32 << 20;
    private const int MostVersions = 8; // each change of a document may append another dictionary
    private const int MostEntries = 64;

    private static readonly Dictionary<string, (string Kind, string Name)> Names = new(StringComparer.Ordinal)
    {
        ["Title"] = (FileFacts.Words, "Title"), ["Subject"] = (FileFacts.Words, "Subject"), ["Keywords"] = (FileFacts.Words, "Keywords"),
        ["Author"] = (FileFacts.Person, "Author"), ["Creator"] = (FileFacts.Device, "Made with"), ["Producer"] = (FileFacts.Device, "Converted with"),
        ["CreationDate"] = (FileFacts.Time, "Created"), ["ModDate"] = (FileFacts.Time, "Changed"), ["Company"] = (FileFacts.Person, "Company"),
    };

    /// <returns>Why not everything could be read; null where it could.</returns>
    public static string? Read(Stream file, FileFacts facts)
    {
        if (file.Length > Largest) return "It is too long to look for its information.";
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        if (bytes.AsSpan().IndexOf("<x:xmpmeta"u8) >= 0) facts.Add(FileFacts.Other, "XMP", "A block of metadata, not looked into");
        if (bytes.AsSpan().IndexOf("/Encrypt"u8) >= 0) return "It is encrypted, and so is its information.";
        var asked = References(bytes);
        var dictionaries = asked.Select(reference => DictionaryOf(bytes, reference)).ToList();
        foreach (var at in dictionaries.OfType<int>()) Tell(bytes, at, facts);
        return dictionaries.Contains(null) ? "Its information lies in a compressed part that isn't looked into." : null;
    }

    /// <summary>Every <c>/Info 12 0 R</c>, as the beginning of the object that it means.</summary>
    private static List<byte[]> References(byte[] bytes)
    {
        var found = new List<byte[]>();
        for (var at = 0; found.Count < MostVersions && bytes.AsSpan(at).IndexOf("/Info"u8) is >= 0 and var next;)
        {
            at += next + 5;
            var place = Skip(bytes, at);
            if (Number(bytes, ref place) is not { } number) continue;
            place = Skip(bytes, place);
            if (Number(bytes, ref place) is not { } generation || Skip(bytes, place) is var end && (end >= bytes.Length || bytes[end] != 'R')) continue;
            var start = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number} {generation} obj"));
            if (!found.Any(earlier => earlier.AsSpan().SequenceEqual(start))) found.Add(start);
        }

        return found;
    }

    /// <summary>Where the newest object of that number begins its dictionary; null where it isn't in clear.</summary>
    private static int? DictionaryOf(byte[] bytes, byte[] start)
    {
        for (var end = bytes.Length; bytes.AsSpan(0, end).LastIndexOf(start) is >= 0 and var at; end = at)
        {
            if (at > 0 && char.IsAsciiDigit((char)bytes[at - 1])) continue; // the end of another number
            var place = Skip(bytes, at + start.Length);
            return bytes.AsSpan(place).StartsWith("<<"u8) ? place + 2 : null;
        }

        return null;
    }

    private static void Tell(byte[] bytes, int at, FileFacts facts)
    {
        for (var n = 0; n < MostEntries; n++)
        {
            at = Skip(bytes, at);
            if (at >= bytes.Length || bytes[at] != '/') return;
            var key = Word(bytes, ref at);
            at = Skip(bytes, at);
            var (kind, name) = Names.TryGetValue(key, out var known) ? known : (FileFacts.Other, key);
            if (ValueAt(bytes, ref at) is not { } value) return;
            facts.Add(kind, name, value);
        }
    }

    /// <summary>A string, or a word; null for everything that isn't one.</summary>
    private static string? ValueAt(byte[] bytes, ref int at)
    {
        if (at >= bytes.Length) return null;
        if (bytes[at] == '(') return Letters(Literal(bytes, ref at));
        if (bytes[at] == '<' && at + 1 < bytes.Length && bytes[at + 1] != '<') return Letters(Hexadecimal(bytes, ref at));
        if (bytes[at] == '/') return Word(bytes, ref at);
        return null;
    }

    private static List<byte> Literal(byte[] bytes, ref int at)
    {
        var (text, depth) = (new List<byte>(), 0);
        for (; at < bytes.Length && text.Count < FileFacts.LongestValue * 4; at++)
        {
            var next = bytes[at];
            if (next == '(' && depth++ == 0) continue;
            if (next == ')' && --depth == 0)
            {
                at++;
                return text;
            }

            if (next == '\\' && at + 1 < bytes.Length) next = Escaped(bytes, ref at);
            text.Add(next);
        }

        return text;
    }

    private static byte Escaped(byte[] bytes, ref int at)
    {
        var next = bytes[++at];
        if (next is < (byte)'0' or > (byte)'7') return next switch { (byte)'n' => (byte)'\n', (byte)'r' => (byte)'\r', (byte)'t' => (byte)'\t', _ => next };
        var value = next - '0';
        for (var n = 0; n < 2 && at + 1 < bytes.Length && bytes[at + 1] is >= (byte)'0' and <= (byte)'7'; n++) value = (value * 8) + bytes[++at] - '0';
        return (byte)value;
    }

    private static List<byte> Hexadecimal(byte[] bytes, ref int at)
    {
        var digits = new List<int>();
        for (at++; at < bytes.Length && bytes[at] != '>' && digits.Count < FileFacts.LongestValue * 8; at++)
            if (char.IsAsciiHexDigit((char)bytes[at])) digits.Add(Convert.ToInt32(((char)bytes[at]).ToString(), 16));
        at++;
        return [.. digits.Chunk(2).Select(pair => (byte)((pair[0] << 4) | (pair.Length > 1 ? pair[1] : 0)))];
    }

    private static string Letters(List<byte> text)
    {
        var bytes = text.ToArray();
        return bytes switch
        {
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode.GetString(bytes, 2, bytes.Length - 2),
            [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8.GetString(bytes, 3, bytes.Length - 3),
            _ => Encoding.Latin1.GetString(bytes),
        };
    }

    private static string Word(byte[] bytes, ref int at)
    {
        var start = ++at;
        while (at < bytes.Length && (char.IsAsciiLetterOrDigit((char)bytes[at]) || bytes[at] is (byte)'_' or (byte)'-' or (byte)'.' or (byte)':')) at++;
        return Encoding.ASCII.GetString(bytes, start, Math.Min(at - start, FileFacts.LongestValue));
    }

    private static int? Number(byte[] bytes, ref int at)
    {
        var (value, start) = (0, at);
        while (at < bytes.Length && char.IsAsciiDigit((char)bytes[at]) && at - start < 9) value = (value * 10) + bytes[at++] - '0';
        return at > start ? value : null;
    }

    private static int Skip(byte[] bytes, int at)
    {
        while (at < bytes.Length && bytes[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f' or 0) at++;
        return at;
    }
}
