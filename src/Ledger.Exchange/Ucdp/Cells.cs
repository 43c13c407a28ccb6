using System.Globalization;
using Ledger.Exchange.Imports;
using nietras.SeparatedValues;

namespace Ledger.Exchange.Ucdp;

/// <summary>The cells of one row as what they should be; what they aren't is collected, so that one look at a row finds all its faults.</summary>
internal readonly ref struct Cells(SepReader.Row row, int count)
{
    private readonly SepReader.Row _row = row;

    public List<RowError> Errors { get; } = [];

    public void Say(string column, string? value, string fix) => Errors.Add(new RowError(column, Short(value ?? ""), fix));

    /// <summary>The text, or null where the cell is empty or says NULL, as database dumps do.</summary>
    public string? Text(int column)
    {
        if (column < 0 || column >= _row.ColCount || column >= count) return null;
        var span = _row[column].Span.Trim();
        return span.IsEmpty || span is "NULL" or "NA" ? null : Clean(span);
    }

    public string? Required(int column, string name, string fix)
    {
        var text = Text(column);
        if (text is null) Say(name, "", fix);
        return text;
    }

    /// <summary>A code from 1 to <paramref name="last"/>.</summary>
    public int? Code(int column, string name, int first, int last)
    {
        var text = Text(column);
        if (Integer(text) is { } code && code >= first && code <= last) return (int)code;
        Say(name, text, $"It is a whole number from {first} to {last} (GED codebook).");
        return null;
    }

    /// <summary>A whole number from 0; null where the cell is empty.</summary>
    public int? Whole(int column, string name, int most)
    {
        if (Text(column) is not { } text) return null;
        if (Integer(text) is { } whole && whole >= 0 && whole <= most) return (int)whole;
        Say(name, text, $"It is a whole number from 0 to {most.ToString("N0", CultureInfo.InvariantCulture)}; leave it empty where it isn't known.");
        return null;
    }

    /// <summary>Degrees from minus to plus <paramref name="most"/>.</summary>
    public double? Number(int column, string name, double most)
    {
        var text = Text(column);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) <= most) return number;
        Say(name, text, $"It is a number of degrees from -{most} to {most} with a decimal point.");
        return null;
    }

    /// <summary>A day; official files write a midnight behind it.</summary>
    public DateOnly? Day(int column, string name)
    {
        var text = Text(column);
        if (text is { Length: >= 10 } && (text.Length == 10 || text[10] is ' ' or 'T')
            && DateOnly.TryParseExact(text.AsSpan(0, 10), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is > 1900 and < 9000)
            return day;
        Say(name, text, "It is a day as in 2014-09-05.");
        return null;
    }

    /// <summary>The beginning of a row that can't be told apart into columns.</summary>
    public string Start() => Short(_row.ColCount == 0 ? "" : _row[0].ToString());

    private static long? Integer(string? text) =>
        // Tables that passed through a data frame print whole numbers as 5.0.
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && number == decimal.Truncate(number) && Math.Abs(number) < long.MaxValue
            ? (long)number
            : null;

    /// <summary>Without control characters but line breaks and tabs, which is what the ledger takes.</summary>
    private static string Clean(ReadOnlySpan<char> span)
    {
        if (IsPlain(span)) return span.ToString();

        // Enumerated as runes, a surrogate that stands alone is U+FFFD.
        var clean = new System.Text.StringBuilder(span.Length);
        foreach (var rune in span.EnumerateRunes())
            if (!System.Text.Rune.IsControl(rune) || rune.Value is '\n' or '\t') clean.Append(rune.ToString());
        return clean.ToString();
    }

    private static bool IsPlain(ReadOnlySpan<char> span)
    {
        foreach (var c in span)
            if (char.IsSurrogate(c) || (char.IsControl(c) && c is not ('\n' or '\t'))) return false;
        return true;
    }

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
