using System.Buffers;
using System.Globalization;
using System.Text;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>Opens a file of text, whatever it was encoded in, or says in a sentence why it can't be one.</summary>
/// <remarks>
/// The whole file is decoded once before the first row is taken: a file that stops being text in the middle is refused as a
/// whole, and nothing of it is stored. What isn't UTF-8 or UTF-16 is never guessed: the same bytes are other letters in
/// other encodings, and a name would come out wrong without anybody noticing.
/// </remarks>
public static class TextFile
{
    private const int SampleLength = 64 * 1024;

    private static readonly (byte[] Magic, string Said)[] Others =
    [
        ([0x50, 0x4B, 0x03, 0x04], "It is a ZIP file or an Excel workbook, not text; a workbook's name ends in .xlsx."),
        ([0xD0, 0xCF, 0x11, 0xE0], "It is an old Excel workbook (.xls), or one that is locked by a password. Save it as .xlsx without one, or as CSV."),
        ([0x25, 0x50, 0x44, 0x46], "It is a PDF. A table has to be brought into CSV or .xlsx first."),
        ([0x1F, 0x8B], "It is compressed (gzip). Unpack it first."),
    ];

    static TextFile() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <param name="name">An IANA name such as windows-1251; null = UTF-8 or UTF-16, as the file itself shows.</param>
    /// <param name="mayBeEmpty">False = a file without a letter is refused.</param>
    /// <exception cref="ImportFileException">It isn't text, or not in that encoding.</exception>
    public static StreamReader Open(string path, string? name, bool mayBeEmpty = false)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            var encoding = EncodingOf(file, name);
            file.Position = 0;
            if (IsBlank(file, encoding, named: name is not null) && !mayBeEmpty) throw new ImportFileException("The file is empty.");
            file.Position = 0;
            return new StreamReader(file, encoding, detectEncodingFromByteOrderMarks: true, 1 << 16);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static Encoding EncodingOf(FileStream file, string? name)
    {
        var sample = new byte[SampleLength];
        var start = sample.AsSpan(0, file.ReadAtLeast(sample, SampleLength, throwOnEndOfStream: false));
        foreach (var (magic, said) in Others)
            if (start.StartsWith(magic)) throw new ImportFileException(said);

        if (start.StartsWith("\uFEFF"u8)) return new UTF8Encoding(true, throwOnInvalidBytes: true);
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0])) return new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true);
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true);
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true);
        if (name is not null) return Named(name);
        return (Encoding?)Utf16WithoutMark(start) ?? new UTF8Encoding(false, throwOnInvalidBytes: true);
    }

    private static Encoding Named(string name)
    {
        try
        {
            return Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ImportFileException("There is no encoding of that name that could be read. Usual ones are utf-8, utf-16, windows-1251 (Cyrillic), windows-1252 (Western), windows-1256 (Arabic).", e) { Part = "encoding" };
        }
    }

    /// <summary>Tables are mostly ASCII, which in UTF-16 is every other byte a zero.</summary>
    private static UnicodeEncoding? Utf16WithoutMark(ReadOnlySpan<byte> start)
    {
        if (start.Length < 4) return null;
        var (even, odd) = (0, 0);
        for (var i = 0; i < start.Length; i++)
            if (start[i] == 0 && (i % 2 == 0)) even++;
            else if (start[i] == 0) odd++;
        var third = start.Length / 6;
        return odd > third && even == 0 ? new UnicodeEncoding(false, false, true) : even > third && odd == 0 ? new UnicodeEncoding(true, false, true) : null;
    }

    /// <summary>Decodes all of it, and says whether there was anything but white space.</summary>
    private static bool IsBlank(FileStream file, Encoding encoding, bool named)
    {
        var decoder = encoding.GetDecoder();
        var bytes = ArrayPool<byte>.Shared.Rent(1 << 16);
        var chars = ArrayPool<char>.Shared.Rent(encoding.GetMaxCharCount(1 << 16));
        try
        {
            var (line, blank) = (1L, true);
            while (true)
            {
                var count = file.Read(bytes, 0, 1 << 16);
                int decoded;
                try
                {
                    decoded = decoder.GetChars(bytes, 0, count, chars, 0, flush: count == 0);
                }
                catch (DecoderFallbackException e)
                {
                    throw new ImportFileException(NotText(encoding, named, line + Lines(bytes.AsSpan(0, count)), bytes.AsSpan(0, count)), e);
                }

                if (chars.AsSpan(0, decoded).Contains('\0'))
                    throw new ImportFileException(string.Create(CultureInfo.InvariantCulture, $"It isn't text: there are zero characters after line {line}."));
                line += chars.AsSpan(0, decoded).Count('\n');
                blank = blank && chars.AsSpan(0, decoded).Trim('\uFEFF').IsWhiteSpace();
                if (count == 0) return blank;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    /// <summary>Lines as far as the bytes are plain: near the fault, which is what somebody looks for.</summary>
    private static int Lines(ReadOnlySpan<byte> bytes) => bytes[..Math.Max(0, bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF))].Count((byte)'\n');

    private static string NotText(Encoding encoding, bool named, long line, ReadOnlySpan<byte> bytes)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"It isn't {encoding.WebName} (at line {line} or after).");
        if (named) return $"{where} Name the encoding that it is in, or save it as UTF-8.";
        var high = 0;
        var cyrillic = 0;
        foreach (var b in bytes)
        {
            if (b < 0x80) continue;
            high++;
            if (b >= 0xC0) cyrillic++;
        }

        var guess = high > 0 && cyrillic > high * 0.8 ? " Cyrillic text that looks so is often windows-1251." : "";
        return $"{where} Name the encoding that it is in, such as windows-1251, or save it as UTF-8.{guess}";
    }
}
