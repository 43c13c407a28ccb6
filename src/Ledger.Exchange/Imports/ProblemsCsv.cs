using System.Globalization;

namespace Ledger.Exchange.Imports;

/// <summary>Rows that aren't in the ledger, as CSV (RFC 4180) for whoever mends the file.</summary>
public static class ProblemsCsv
{
    public static void Write(TextWriter to, IEnumerable<RowProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(problems);
        to.Write("line,id,code,column,value,what_to_change\r\n");
        foreach (var p in problems)
        {
            string?[] cells = [p.Line.ToString(CultureInfo.InvariantCulture), p.Id, p.Code, p.Column, p.Value, p.Message];
            to.Write(string.Join(',', cells.Select(Cell)));
            to.Write("\r\n");
        }
    }

    private static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";

        // A spreadsheet runs what begins so as a formula; the quote in front makes it text.
        if (text[0] is '=' or '+' or '@' or '\t' or '\r' || (text[0] == '-' && !double.TryParse(text, CultureInfo.InvariantCulture, out _)))
            text = "'" + text;
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
