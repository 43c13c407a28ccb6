using System.Globalization;
using Ledger.Exchange.Exports;

namespace Ledger.Exchange.Imports;

/// <summary>Rows that aren't in the ledger, as CSV (RFC 4180) for whoever mends the file.</summary>
public static class ProblemsCsv
{
    public static void Write(TextWriter to, IEnumerable<RowProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        WriteHeader(to);
        foreach (var problem in problems) Write(to, problem);
    }

    public static void WriteHeader(TextWriter to)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.Write("line,id,code,column,value,what_to_change\r\n");
    }

    public static void Write(TextWriter to, RowProblem problem)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(problem);
        string?[] cells = [problem.Line.ToString(CultureInfo.InvariantCulture), problem.Id, problem.Code, problem.Column, problem.Value, problem.Message];
        to.Write(string.Join(',', cells.Select(Csv.Cell)));
        to.Write("\r\n");
    }
}
