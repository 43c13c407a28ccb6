using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>Looks at a workbook before anything reads it: it is a ZIP from a stranger.</summary>
/// <remarks>
/// What a ZIP says of its own sizes proves nothing, so every part is unpacked once and thrown away, and the look stops
/// where there is too much. Macros and links to elsewhere are of no use to a table: a file with macros is refused.
/// </remarks>
internal static class Workbook
{
    private const long MostBytes = 2L << 30;

    /// <summary>Texts that cells share are kept in memory while the sheet is read.</summary>
    private const long MostSharedText = 256L << 20;

    private const int MostParts = 10_000;

    /// <summary>Sheets pack well, ten or twenty times; a bomb is hundreds of times its size.</summary>
    private const int MostTimesItsSize = 200;

    /// <exception cref="ImportFileException">It isn't a workbook, has macros, or unpacks to more than is reasonable.</exception>
    public static void Check(string path)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var size = Math.Max(1, new FileInfo(path).Length);
            if (zip.Entries.Count > MostParts) throw TooMuch();
            if (zip.Entries.Any(part => part.FullName.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) && part.FullName.Contains("vba", StringComparison.OrdinalIgnoreCase)))
                throw new ImportFileException("The workbook has macros, which this program never opens. Save it as .xlsx without them, or as CSV.");
            if (zip.GetEntry("xl/workbook.xml") is null) throw new ImportFileException("It isn't an Excel workbook (.xlsx).");
            var allowed = Math.Min(MostBytes, Math.Max(64L << 20, size * MostTimesItsSize));
            foreach (var part in zip.Entries) allowed -= Unpack(part, part.FullName == "xl/sharedStrings.xml" ? Math.Min(allowed, MostSharedText) : allowed);
        }
        catch (InvalidDataException e)
        {
            throw new ImportFileException("It isn't an Excel workbook (.xlsx), or it is damaged. An old one (.xls), or one with a password, has to be saved as .xlsx first.", e);
        }
    }

    private static long Unpack(ZipArchiveEntry part, long allowed)
    {
        using var stream = part.Open();
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            var all = 0L;
            while (stream.Read(buffer) is var count and > 0)
                if ((all += count) > allowed) throw TooMuch();
            return all;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ImportFileException TooMuch() => new(string.Create(
        CultureInfo.InvariantCulture, $"The workbook unpacks to far more than its size, as a ZIP bomb does (more than {MostTimesItsSize} times, or over {MostBytes >> 30} GiB). Save the sheet as CSV."));
}
