using System.Text;

namespace Ledger.Api.Evidence.Metadata;

/// <summary>Something that a file tells beside what it shows.</summary>
/// <param name="Kind">place, time, device, person, text or other.</param>
/// <param name="Name">What its format calls it.</param>
/// <param name="Value">For people; at most <see cref="FileFacts.LongestValue"/> characters.</param>
internal sealed record FileFact(string Kind, string Name, string Value);

/// <summary>What was found in a file, as much as an answer holds; the kinds are of everything that was found.</summary>
internal sealed class FileFacts
{
    public const string Place = "place";
    public const string Time = "time";
    public const string Device = "device";
    public const string Person = "person";
    public const string Words = "text";
    public const string Other = "other";

    public const int LongestValue = 200;
    private const int Most = 200;

    private readonly List<FileFact> _facts = [];
    private readonly SortedSet<string> _kinds = new(StringComparer.Ordinal);

    public IReadOnlyList<FileFact> All => _facts;

    public IReadOnlyCollection<string> Kinds => _kinds;

    public void Add(string kind, string name, string value)
    {
        var clean = Clean(value);
        if (clean.Length == 0) return;
        _kinds.Add(kind);
        if (_facts.Count < Most) _facts.Add(new FileFact(kind, Clean(name), clean));
    }

    /// <summary>What is in a file may be anything; what is answered is one line of whole letters.</summary>
    private static string Clean(string text)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= LongestValue) return line.Append('…').ToString();
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format) line.Append(' ');
            else line.Append(rune.ToString());
        }

        return line.ToString().Trim();
    }
}

/// <summary>What looking at a file came to.</summary>
/// <param name="Unread">Why nothing, or not everything, could be read; null where everything was.</param>
/// <param name="CanStrip">True for a format of which a working copy without metadata can be made, in a file that is whole.</param>
internal sealed record FileLook(FileFacts Facts, string? Unread, bool CanStrip)
{
    /// <summary>Reads a file's metadata by its own first bytes, whatever it is called.</summary>
    /// <param name="copy">Where a working copy without it goes; null where none is wanted.</param>
    /// <remarks>Nothing is decoded and nothing recurses: however a file is made up, it costs one pass, and a picture's dimensions cost nothing.</remarks>
    public static FileLook At(Stream file, Stream? copy = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        var facts = new FileFacts();
        Span<byte> start = stackalloc byte[8];
        var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        start = start[..length];
        try
        {
            if (start.StartsWith(Jpeg.Begins)) return Seen(Jpeg.Read(new ByteReader(file), copy, facts), facts);
            if (start.SequenceEqual(Png.Begins)) return Seen(Png.Read(new ByteReader(file), copy, facts), facts);
        }
        catch (EndOfStreamException)
        {
            return Seen("It ends in the middle.", facts);
        }

        if (start.StartsWith("%PDF-"u8)) return new(facts, Pdf.Read(file, facts), false);
        return new(facts, "Metadata is looked for in JPEG, PNG and PDF files; in this one nothing was looked for.", false);
    }

    private static FileLook Seen(string? fault, FileFacts facts) => new(facts, fault, fault is null);
}

/// <summary>Reads a stream byte by byte, without asking it for each.</summary>
internal sealed class ByteReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[65_536];
    private int _length;
    private int _place;

    /// <exception cref="EndOfStreamException">There is none.</exception>
    public byte Next() => TryNext(out var next) ? next : throw new EndOfStreamException();

    public bool TryNext(out byte next)
    {
        if (_place == _length) (_length, _place) = (stream.Read(_buffer), 0);
        next = _length == 0 ? (byte)0 : _buffer[_place++];
        return _length > 0;
    }

    public int NextUInt16() => (Next() << 8) | Next();

    public uint NextUInt32() => ((uint)NextUInt16() << 16) | (uint)NextUInt16();

    public byte[] Take(int length)
    {
        var taken = new byte[length];
        for (var i = 0; i < length; i++) taken[i] = Next();
        return taken;
    }

    /// <summary>Passes bytes on, or over them.</summary>
    public void Pass(long length, Stream? to)
    {
        while (length > 0)
        {
            if (_place == _length) (_length, _place) = (stream.Read(_buffer), 0);
            if (_length == 0) throw new EndOfStreamException();
            var some = (int)Math.Min(length, _length - _place);
            to?.Write(_buffer, _place, some);
            (_place, length) = (_place + some, length - some);
        }
    }

    public long CountRest()
    {
        var rest = 0L;
        while (TryNext(out _)) rest++;
        return rest;
    }
}
