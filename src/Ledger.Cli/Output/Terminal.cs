using System.Globalization;
using Spectre.Console;

namespace Ledger.Cli.Output;

/// <summary>Tables and figures, the same on a terminal and in a file. Parties have no colours: none of them is right or wrong by its row.</summary>
internal static class Terminal
{
    /// <summary>So wide that a piped table never wraps: programs read lines.</summary>
    private const int PipedWidth = 4_000;

    public static IAnsiConsole On(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            // NO_COLOR is honoured by the library; a pipe gets neither colours nor control sequences.
            Ansi = IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!IsTerminal) console.Profile.Width = PipedWidth;
        return console;
    }

    public static bool IsTerminal => !Console.IsOutputRedirected;

    public static string Figure(long figure) => figure.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Hours with one decimal at most.</summary>
    public static string Hours(double hours) => hours.ToString("#,0.#", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Span(TimeSpan span) => span.TotalHours >= 1
        ? span.ToString("h\\:mm\\:ss", CultureInfo.InvariantCulture)
        : span.ToString("m\\:ss", CultureInfo.InvariantCulture);

    /// <summary>Texts to the left, figures to the right.</summary>
    /// <param name="figures">Columns, from 0, that hold figures.</param>
    public static void Table(TextWriter output, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows, params ReadOnlySpan<int> figures)
    {
        var table = new Table { Border = TableBorder.Simple };
        for (var i = 0; i < header.Count; i++)
        {
            var column = new TableColumn(new Text(header[i]));
            table.AddColumn(figures.Contains(i) ? column.RightAligned() : column);
        }

        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));

        // Cells are padded to their column's width; nobody needs that at the end of a line.
        if (IsTerminal)
        {
            On(output).Write(table);
            return;
        }

        using var text = new StringWriter();
        On(text).Write(table);
        foreach (var line in text.ToString().Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)) output.WriteLine(line);
    }
}
