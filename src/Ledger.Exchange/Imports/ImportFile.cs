using System.Reflection;
using Ledger.Exchange.Tables;
using Ledger.Exchange.Ucdp;

namespace Ledger.Exchange.Imports;

/// <summary>How a file is to be read.</summary>
public sealed record ImportOptions(string Format)
{
    /// <summary>A mapping file, for the format <c>table</c>.</summary>
    public string? Mapping { get; init; }

    /// <summary>IANA name, where the file isn't UTF-8 or UTF-16 and no mapping says what it is.</summary>
    public string? Encoding { get; init; }

    public char? Delimiter { get; init; }

    /// <summary>The list of places, where it doesn't lie beside the mapping under the name that the mapping has for it.</summary>
    public string? Gazetteer { get; init; }

    public string? Sheet { get; init; }

    /// <summary>The release of the file, where no column says it.</summary>
    public string? Version { get; init; }
}

/// <summary>A file that is open for importing. It has been looked through to its end before it gives a row.</summary>
public sealed class ImportFile : IDisposable
{
    public const string Table = "table";
    public const string Ucdp = "ucdp";
    public const string Lines = "ndjson";

    private const string Prefix = "mappings/";

    private readonly IDisposable _open;
    private readonly Func<double> _fraction;

    private ImportFile(IDisposable open, IEnumerable<ImportRow> rows, Func<double> fraction) => (_open, Rows, _fraction) = (open, rows, fraction);

    /// <summary>Every format by its name: those with a reader of their own, and those that a mapping file ships for.</summary>
    public static IReadOnlyList<string> Formats { get; } =
    [
        Ucdp, Lines, Table,
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..^5]).Order(StringComparer.Ordinal),
    ];

    public IEnumerable<ImportRow> Rows { get; }

    /// <summary>How much of it has been read, 0 to 1.</summary>
    public double Fraction => _fraction();

    /// <exception cref="ImportFileException">The file as a whole can't be read, or doesn't fit its mapping.</exception>
    public static ImportFile Open(string path, ImportFrame frame, ImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(frame);
        return options.Format switch
        {
            Ucdp => OpenUcdp(path, frame, options),
            Lines => OpenLines(path, frame),
            _ => OpenTable(path, frame, options),
        };
    }

    /// <summary>A mapping that ships with the program.</summary>
    /// <exception cref="ImportFileException">There is none of that name.</exception>
    public static Stream Shipped(string name) =>
        Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name + ".json")
        ?? throw new ImportFileException($"There is no format '{name}'. There are {string.Join(", ", Formats)}.");

    public void Dispose() => _open.Dispose();

    private static ImportFile OpenUcdp(string path, ImportFrame frame, ImportOptions options)
    {
        CsvTable.Check(path, options.Encoding, options.Delimiter);
        using (var table = CsvTable.Open(path, options.Encoding, options.Delimiter)) UcdpColumns.Of(table.Header);
        var file = TextFile.Open(path, options.Encoding);
        var length = Math.Max(1.0, file.BaseStream.Length);
        var rows = UcdpReader.Read(file, new UcdpOptions(frame.Agreement, frame.Zone, options.Version, frame.Parties));
        return new ImportFile(file, new DoubleIds("id").Refuse(rows), () => file.BaseStream is { CanRead: true } stream ? stream.Position / length : 1);
    }

    private static ImportFile OpenLines(string path, ImportFrame frame)
    {
        var file = TextFile.Open(path, null, mayBeEmpty: true);
        var length = Math.Max(1.0, file.BaseStream.Length);
        return new ImportFile(file, new DoubleIds("/violationId").Refuse(ViolationLines.Read(file, frame)), () => file.BaseStream is { CanRead: true } stream ? stream.Position / length : 1);
    }

    private static ImportFile OpenTable(string path, ImportFrame frame, ImportOptions options)
    {
        using var json = options.Format == Table ? MappingFile(options) : Shipped(options.Format);
        var mapping = Mapping.Read(json);
        if (options.Encoding is { } encoding) mapping = mapping with { Encoding = encoding };
        if (options.Delimiter is { } delimiter) mapping = mapping with { Delimiter = delimiter.ToString() };
        if (options.Sheet is { } sheet) mapping = mapping with { Sheet = sheet };

        var places = mapping.Gazetteer is { } list ? Gazetteer.Read(list, name => OpenBeside(options, name)) : null;
        var table = Open(path, mapping, check: true);
        try
        {
            var rows = new MappedRows(table, mapping, frame, places, options.Version);
            return new ImportFile(table, new DoubleIds(rows.IdColumn).Refuse(rows.Read()), () => table.Fraction);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    private static FileStream MappingFile(ImportOptions options) =>
        options.Mapping is { } path ? File.OpenRead(path) : throw ImportFileException.OfMapping("A plain table needs a mapping file, which says what its columns mean.");

    private static ITable Open(string path, Mapping mapping, bool check)
    {
        var delimiter = mapping.Delimiter is null ? (char?)null : mapping.Delimiter is [var one] ? one : throw ImportFileException.OfMapping("delimiter in the mapping file is one character.");
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".xlsx": return SheetTable.Open(path, mapping.Sheet);
            case ".xlsm" or ".xls" or ".xlsb": throw new ImportFileException("Only workbooks without macros are read (.xlsx). Save it so, or as CSV.");
            case ".json": return JsonTable.Open(path);
            default:
                if (check) CsvTable.Check(path, mapping.Encoding, delimiter);
                return CsvTable.Open(path, mapping.Encoding, delimiter);
        }
    }

    private static ITable OpenBeside(ImportOptions options, string name)
    {
        if (options.Gazetteer is null && (options.Mapping is null || Path.GetFileName(name) != name))
            throw ImportFileException.OfMapping("The gazetteer lies beside the mapping file: its name has no folders in it.");
        try
        {
            return Open(options.Gazetteer ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(options.Mapping!))!, name), new Mapping { System = "gazetteer", Rows = [] }, check: false);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ImportFileException("The mapping names a gazetteer, and there is no such file with it that can be opened.", e) { Part = "gazetteer" };
        }
        catch (ImportFileException e)
        {
            throw new ImportFileException($"The gazetteer can't be read: {e.Message}", e) { Part = "gazetteer" };
        }
    }
}
