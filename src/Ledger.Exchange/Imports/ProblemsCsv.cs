using System.Globalization;
using Ledger.Exchange.Exports;

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
            to.Write(string.Join(',', cells.Select(Csv.Cell)));
            to.Write("\r\n");
        }
    }
}
