using System.Globalization;

namespace Ledger.Exchange.Exports;

/// <summary>Cells of RFC 4180 that no spreadsheet runs.</summary>
internal static class Csv
{
    public static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";

        // A spreadsheet runs what begins so as a formula; the quote in front makes it text.
        if (text[0] is '=' or '+' or '@' or '\t' or '\r' || (text[0] == '-' && !double.TryParse(text, CultureInfo.InvariantCulture, out _)))
            text = "'" + text;
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
