using System.Text;

namespace Ledger.Exchange.Tests;

/// <summary>RFC 4180 once more, in twenty lines that share nothing with the readers under test.</summary>
internal static class PlainCsv
{
    public static IEnumerable<Dictionary<string, string>> Rows(string path)
    {
        string[]? header = null;
        foreach (var cells in Records(File.ReadAllText(path)))
        {
            if (header is null) header = cells;
            else yield return header.Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second);
        }
    }

    private static IEnumerable<string[]> Records(string text)
    {
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
            else if (c == '"') quoted = !quoted;
            else if (c == '\r' && !quoted) continue;
            else if (c is ',' or '\n' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == ',') continue;
                yield return [.. cells];
                cells.Clear();
            }
            else cell.Append(c);
        }
    }
}
