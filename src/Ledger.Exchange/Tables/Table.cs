using System.Globalization;
using System.Text.Json;
using ExcelDataReader;
using Ledger.Exchange.Imports;
using nietras.SeparatedValues;

namespace Ledger.Exchange.Tables;

/// <summary>A table that is read row by row, whatever file it lies in.</summary>
internal interface ITable : IDisposable
{
    IReadOnlyList<string> Header { get; }

    /// <exception cref="ImportFileException">The file stops being a table.</exception>
    bool Next();

    /// <summary>Where the row begins in the file, from 1.</summary>
    long Line { get; }

    /// <summary>Cells of this row; a ragged one has more or fewer than the header.</summary>
    int Count { get; }

    ReadOnlySpan<char> Cell(int index);

    /// <summary>How much of the file has been read, 0 to 1.</summary>
    double Fraction { get; }
}

/// <summary>Text with separators: commas, semicolons, tabs or bars, as the first line shows.</summary>
internal sealed class CsvTable : ITable
{
    private readonly StreamReader _file;
    private readonly SepReader _reader;
    private readonly double _length;

    private CsvTable(StreamReader file, SepReader reader) => (_file, _reader, _length) = (file, reader, Math.Max(1, file.BaseStream.Length));

    public IReadOnlyList<string> Header => _reader.Header.ColNames;

    public long Line => _reader.Current.LineNumberFrom;

    public int Count => _reader.Current.ColCount;

    public double Fraction => _file.BaseStream is { CanRead: true } stream ? stream.Position / _length : 1;

    public ReadOnlySpan<char> Cell(int index) => _reader.Current[index].Span;

    /// <exception cref="ImportFileException">It isn't text, or its first line isn't a header.</exception>
    public static CsvTable Open(string path, string? encoding, char? delimiter)
    {
        var file = TextFile.Open(path, encoding);
        try
        {
            if (delimiter is { } one && !IsSeparator(one)) throw new ImportFileException("Cells are separated by one of , ; | : or a tab, or another sign of ASCII that isn't a letter, a digit or a quote.") { Part = "delimiter" };
            // Rows are checked one by one, so that a short one is reported with its line and stops nothing.
            var sep = delimiter is { } c ? new Sep(c).Reader(Options) : Sep.Reader(Options);
            return new CsvTable(file, sep.From(file));
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or ImportFileException)
        {
            file.Dispose();
            if (e is ImportFileException) throw;
            throw new ImportFileException("The first line can't be read as the header of a table: each column has a name of its own there, and a quote that opens is closed.", e);
        }
    }

    /// <summary>Goes through the whole file, so that one that stops being a table in the middle is refused before any of it is stored.</summary>
    /// <exception cref="ImportFileException">It isn't a table from its beginning to its end.</exception>
    public static void Check(string path, string? encoding, char? delimiter)
    {
        using var table = Open(path, encoding, delimiter);
        while (table.Next())
        {
        }
    }

    public bool Next()
    {
        try
        {
            return _reader.MoveNext();
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw new ImportFileException("The file stops being a table, most likely at a quote that isn't closed.", e);
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _file.Dispose();
    }

    private static bool IsSeparator(char c) => c == '\t' || (char.IsAscii(c) && !char.IsControl(c) && !char.IsLetterOrDigit(c) && c is not ('"' or '\'' or '.'));

    private static SepReaderOptions Options(SepReaderOptions options) => options with { Unescape = true, DisableColCountCheck = true };
}

/// <summary>One sheet of an Excel workbook.</summary>
internal sealed class SheetTable : ITable
{
    private readonly FileStream _file;
    private readonly IExcelDataReader _reader;
    private readonly string[] _row;
    private readonly double _rows;

    private SheetTable(FileStream file, IExcelDataReader reader, string[] header)
    {
        (_file, _reader, Header) = (file, reader, header);
        _row = new string[Math.Max(header.Length, reader.FieldCount)];
        _rows = Math.Max(1, reader.RowCount);
        Line = 1;
    }

    public IReadOnlyList<string> Header { get; }

    public long Line { get; private set; }

    public int Count { get; private set; }

    public double Fraction => Math.Min(1, Line / _rows);

    public ReadOnlySpan<char> Cell(int index) => _row[index];

    /// <exception cref="ImportFileException">It isn't a workbook that is safe to read, or has no such sheet.</exception>
    public static SheetTable Open(string path, string? sheet)
    {
        Workbook.Check(path);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var reader = ExcelReaderFactory.CreateOpenXmlReader(file);
            while (sheet is not null && !string.Equals(reader.Name, sheet, StringComparison.OrdinalIgnoreCase))
                if (!reader.NextResult()) throw new ImportFileException("The workbook has no sheet of that name.");
            if (!reader.Read()) throw new ImportFileException("The sheet is empty: its first row names the columns.");
            var header = Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader.GetValue(i)).Trim()).ToArray();
            while (header.Length > 0 && header[^1].Length == 0) header = header[..^1];
            return header.Length > 0 ? new SheetTable(file, reader, header) : throw new ImportFileException("The sheet's first row is empty: it names the columns.");
        }
        catch (Exception e)
        {
            file.Dispose();
            throw e is ImportFileException ? e : new ImportFileException("The workbook can't be read: it is damaged, or no workbook. Save it anew, or as CSV.", e);
        }
    }

    public bool Next()
    {
        try
        {
            if (!_reader.Read()) return false;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ImportFileException($"The workbook can't be read further than row {Line}: it is damaged there.", e);
        }

        Line++;
        // A sheet's row ends where its last cell was written: what is missing is empty, not ragged.
        Count = Header.Count;
        for (var i = 0; i < Count; i++) _row[i] = i < _reader.FieldCount ? Text(_reader.GetValue(i)) : "";
        for (var i = Count; i < _reader.FieldCount; i++)
            if (Text(_reader.GetValue(i)).Length > 0) Count = _reader.FieldCount;
        for (var i = Header.Count; i < Count; i++) _row[i] = Text(_reader.GetValue(i));
        return true;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _file.Dispose();
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        DateTime { TimeOfDay.Ticks: 0 } day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}

/// <summary>Rows that are JSON objects: an array, an object with the array in <c>value</c> or <c>results</c>, or one object a line. Groups become names with slashes.</summary>
internal sealed class JsonTable : ITable
{
    private const long MostBytes = 256L << 20;

    private readonly List<Dictionary<string, string>> _rows;
    private int _at = -1;

    private JsonTable(List<Dictionary<string, string>> rows)
    {
        _rows = rows;
        Header = [.. rows.SelectMany(row => row.Keys).Distinct()];
    }

    public IReadOnlyList<string> Header { get; }

    public long Line => _at + 1;

    public int Count => Header.Count;

    public double Fraction => _rows.Count == 0 ? 1 : (double)(_at + 1) / _rows.Count;

    public ReadOnlySpan<char> Cell(int index) => _rows[_at].GetValueOrDefault(Header[index], "");

    /// <exception cref="ImportFileException">It isn't JSON, or there are no rows in it.</exception>
    public static JsonTable Open(string path)
    {
        if (new FileInfo(path).Length > MostBytes) throw new ImportFileException("A JSON file is read as a whole, and this one is larger than 256 MiB. Use CSV, or one JSON object a line.");
        using var reader = TextFile.Open(path, null);
        var text = reader.ReadToEnd();
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
            return new JsonTable([.. RowsOf(json.RootElement).Select(Flat)]);
        }
        catch (JsonException e)
        {
            throw new ImportFileException(string.Create(CultureInfo.InvariantCulture, $"It isn't JSON, from line {(e.LineNumber ?? 0) + 1} on."), e);
        }
        catch (InvalidOperationException e)
        {
            throw new ImportFileException("A text in it holds half a character: a \\u escape without its other half.", e);
        }
    }

    public bool Next() => ++_at < _rows.Count;

    public void Dispose()
    {
    }

    private static IEnumerable<JsonElement> RowsOf(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object)
            foreach (var name in new[] { "value", "results", "data" })
                if (json.TryGetProperty(name, out var rows) && rows.ValueKind == JsonValueKind.Array) return RowsOf(rows);
        if (json.ValueKind == JsonValueKind.Array && json.EnumerateArray().All(row => row.ValueKind == JsonValueKind.Object)) return json.EnumerateArray().ToArray();
        throw new ImportFileException("There are no rows in it: it should be a list of objects, or an object with such a list in value or results.");
    }

    private static Dictionary<string, string> Flat(JsonElement row)
    {
        var cells = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(row, "");
        return cells;

        void Add(JsonElement at, string prefix)
        {
            foreach (var property in at.EnumerateObject())
            {
                var name = prefix + property.Name;
                switch (property.Value.ValueKind)
                {
                    case JsonValueKind.Object when GeoPointOf(property.Value) is { } point: cells[name] = point; break;
                    case JsonValueKind.Object: Add(property.Value, name + "/"); break;
                    case JsonValueKind.Array: cells[name] = string.Join(' ', property.Value.EnumerateArray().Select(item => item.ToString())); break;
                    case JsonValueKind.Null: break;
                    case JsonValueKind.True: cells[name] = "true"; break;
                    case JsonValueKind.False: cells[name] = "false"; break;
                    default: cells[name] = property.Value.ToString(); break;
                }
            }
        }
    }

    /// <summary>ODK Central gives a geopoint as GeoJSON; the form's own text is latitude, longitude, altitude and accuracy.</summary>
    private static string? GeoPointOf(JsonElement json) =>
        json.TryGetProperty("type", out var type) && type.ValueEquals("Point") && json.TryGetProperty("coordinates", out var at) && at.ValueKind == JsonValueKind.Array && at.GetArrayLength() >= 2
            ? $"{at[1]} {at[0]} {(at.GetArrayLength() > 2 ? at[2].ToString() : "0")} {Accuracy(json)}"
            : null;

    private static string Accuracy(JsonElement json) =>
        json.TryGetProperty("properties", out var p) && p.ValueKind == JsonValueKind.Object && p.TryGetProperty("accuracy", out var metres) && metres.ValueKind == JsonValueKind.Number ? metres.ToString() : "0";
}
