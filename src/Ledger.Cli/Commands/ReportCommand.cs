using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Exchange.Reports;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger report --agreement ID --date DATE</c>: the daily report as a page that prints on A4.</summary>
internal static class ReportCommand
{
    public static Command Create(TextWriter output)
    {
        var agreement = new Option<string>("--agreement") { Description = "Of which agreement", Required = true, HelpName = "ID" };
        var date = new Option<string>("--date") { Description = "Of which local day, such as 2020-10-18", Required = true, HelpName = "DATE" };
        var asOf = new Option<long?>("--as-of") { Description = "The count of events that it stands on; by default what was recorded by the end of the day", HelpName = "COUNT" };
        var language = new Option<string>("--lang") { Description = string.Join(", ", ReportWords.Languages), DefaultValueFactory = _ => "en", HelpName = "TAG" };
        var path = new Option<string?>("--output", "-o") { Description = "Where it is written; AGREEMENT-DATE.html by default", HelpName = "FILE" };
        var where = new Where();
        var command = new Command("report", "Write the daily report of an agreement as one HTML file: print it with a browser, to paper or PDF. The same count gives the same bytes.") { agreement, date, asOf, language, path };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var words = ReportWords.In(parsed.GetValue(language)!) ?? throw new UsageException($"There are reports in {string.Join(", ", ReportWords.Languages)}.");
            if (!DateOnly.TryParseExact(parsed.GetRequiredValue(date), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                throw new UsageException("--date takes a day such as 2020-10-18.");
            var id = Ids.Agreement(parsed.GetRequiredValue(agreement));
            await using var ledger = await where.OpenAsync(parsed, create: false, cancellation);
            var page = await ledger.ReportAsync(id, day, parsed.GetValue(asOf), words, cancellation);
            var file = parsed.GetValue(path) ?? string.Create(CultureInfo.InvariantCulture, $"{id}-{day:yyyy-MM-dd}.html");
            await File.WriteAllBytesAsync(file, page, cancellation);
            await output.WriteLineAsync($"Wrote {file}.");
            return Exit.Ok;
        });
        return command;
    }
}
