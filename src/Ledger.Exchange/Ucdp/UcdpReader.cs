using Ledger.Domain;
using Ledger.Exchange.Imports;
using nietras.SeparatedValues;

namespace Ledger.Exchange.Ucdp;

/// <summary>How a UCDP GED file is taken into an agreement.</summary>
/// <param name="Zone">The agreement's time zone: the file gives days, and a day is a local one.</param>
/// <param name="DatasetVersion">The release, such as 25.1; it stands in no column, so people say it.</param>
/// <param name="Sides">Which party of the agreement a side's own combatants are counted with; a side that isn't named has none.</param>
public sealed record UcdpOptions(
    AgreementId Agreement, TimeZoneInfo Zone, string? DatasetVersion = null, IReadOnlyDictionary<string, PartyId>? Sides = null);

/// <summary>Reads UCDP GED CSV files row by row: official releases, and files that were cut from them.</summary>
public static class UcdpReader
{
    /// <exception cref="ImportFileException">The header isn't one of a GED file.</exception>
    public static IEnumerable<ImportRow> Read(TextReader file, UcdpOptions options)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        using var reader = Open(file);
        var columns = UcdpColumns.Of(reader.Header.ColNames);
        var mapping = new UcdpMapping(columns, options);
        while (Next(reader))
        {
            var row = mapping.Map(reader.Current);
            if (row is not null) yield return row;
        }
    }

    /// <summary>Looks a file through for its sides and its days; rows that can't be read are passed over.</summary>
    /// <exception cref="ImportFileException">The header isn't one of a GED file.</exception>
    public static UcdpSurvey Survey(TextReader file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var reader = Open(file);
        var columns = UcdpColumns.Of(reader.Header.ColNames);
        var sides = new SortedSet<string>(StringComparer.Ordinal);
        DateOnly? first = null, last = null;
        while (Next(reader))
        {
            var cells = new Cells(reader.Current, columns.Count);
            if (cells.Day(columns.DateStart, "date_start") is not { } start || cells.Day(columns.DateEnd, "date_end") is not { } end) continue;
            if (first is null || start < first) first = start;
            if (last is null || end > last) last = end;
            foreach (var side in new[] { cells.Text(columns.SideA), cells.Text(columns.SideB) })
                if (side is not null and not "Civilians") sides.Add(side);
        }

        return new UcdpSurvey([.. sides], first, last);
    }

    private static SepReader Open(TextReader file)
    {
        try
        {
            // Rows are checked one by one, so that a short one is reported with its line and stops nothing.
            return Sep.Reader(o => o with { Unescape = true, DisableColCountCheck = true }).From(file);
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException)
        {
            throw new ImportFileException("The first line can't be read as a CSV header: each column has a name of its own there, and a quote that opens is closed.", e);
        }
    }

    private static bool Next(SepReader reader)
    {
        try
        {
            return reader.MoveNext();
        }
        catch (InvalidDataException e)
        {
            throw new ImportFileException("The file stops being CSV, most likely at a quote that isn't closed.", e);
        }
    }
}
