using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Domain;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Ucdp;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger import ucdp FILE --agreement ID</c></summary>
internal static class ImportCommand
{
    /// <summary>So many bad rows are named on the screen; all of them stand in the file of errors.</summary>
    private const int NamedOnScreen = 20;

    public static Command Create(TextWriter output, TextWriter error) =>
        new("import", "Take cases from a file. A second import of the same file stores nothing.") { Ucdp(output, error) };

    private static Command Ucdp(TextWriter output, TextWriter error)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "UCDP GED as CSV" };
        var agreement = new Option<string>("--agreement") { Description = "The agreement that the cases go to", Required = true, HelpName = "ID" };
        var create = new Option<bool>("--create-agreement") { Description = "Make the agreement where it isn't there: the file's sides as parties, its first day as the beginning" };
        var timeZone = new Option<string>("--time-zone") { Description = "Time zone of an agreement that is made (IANA name)", DefaultValueFactory = _ => "UTC", HelpName = "ZONE" };
        var version = new Option<string?>("--dataset-version") { Description = "Release of the data set, such as 25.1", HelpName = "VERSION" };
        var sides = new Option<string[]>("--side") { Description = "A side's own combatants belong to this party: \"Government of X=party-id\"; may be given several times", HelpName = "NAME=PARTY" };
        var where = new Where();
        var command = new Command("ucdp", "UCDP Georeferenced Event Dataset. It names the sides of a conflict, never who broke a ceasefire: cases come in without an alleged party.")
        {
            file, agreement, create, timeZone, version, sides,
        };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetRequiredValue(file);
            if (!path.Exists) throw new UsageException($"There is no file {path}.");
            var id = Ids.Agreement(parsed.GetRequiredValue(agreement));
            await using var ledger = await where.OpenAsync(parsed, create: true, cancellation);

            var parties = Sides(parsed.GetValue(sides) ?? []);
            var survey = Survey(path);
            var frame = await ledger.FrameOfAsync(id, cancellation);
            if (frame is null && parsed.GetValue(create))
            {
                await ledger.RegisterAsync(survey.Agreement(id, Ids.TimeZone(parsed.GetValue(timeZone)!)), cancellation);
                await output.WriteLineAsync($"Made the agreement {id} with the parties {string.Join(", ", survey.Parties().Values)}.");
                frame = await ledger.FrameOfAsync(id, cancellation);
            }

            if (frame is null) throw new UsageException($"There is no agreement '{id}'. Make it first (ledger agreement create, or --create-agreement).");
            // A side that bears a party's id is that party, whoever made the agreement: so every import of a file says the same.
            foreach (var (side, party) in survey.Parties())
                if (frame.Parties.Contains(party)) parties.TryAdd(side, party);
            var options = new UcdpOptions(id, frame.Zone, parsed.GetValue(version), parties);
            return await RunAsync(ledger.Target(id), path, options, output, error, cancellation);
        });
        return command;
    }

    private static UcdpSurvey Survey(FileInfo path)
    {
        using var reader = path.OpenText();
        return UcdpReader.Survey(reader);
    }

    private static async Task<int> RunAsync(IImportTarget target, FileInfo path, UcdpOptions options, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        await using var stream = path.OpenRead();
        using var reader = new StreamReader(stream);
        var length = Math.Max(1, stream.Length); // Sep closes what it has read to the end.
        var result = await ProgressReport.ShowAsync(error, $"Importing {path.Name}", "rows", progress =>
            new ImportRunner(target).RunAsync(UcdpReader.Read(reader, options).ToAsyncEnumerable(), progress, () => stream.CanRead ? (double)stream.Position / length : 1, cancellation));
        await ReportAsync(result, path, output, error);
        return result.IsComplete ? Exit.Ok : Exit.Refused;
    }

    private static async Task ReportAsync(ImportResult result, FileInfo path, TextWriter output, TextWriter error)
    {
        var rows = new List<string[]>
        {
            new[] { "rows", Terminal.Figure(result.Rows) },
            new[] { "stored", Terminal.Figure(result.Stored) },
            new[] { "stored before", Terminal.Figure(result.Repeated) },
        };
        rows.AddRange(result.Refused.Select(pair => new[] { $"refused: {pair.Key}", Terminal.Figure(pair.Value) }));
        rows.Add(["can't be read", Terminal.Figure(result.Malformed)]);
        Terminal.Table(output, [$"{path.Name}", ""], rows, 1);
        await error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{result.Elapsed.TotalSeconds:0.0} s, {result.RowsPerSecond:N0} rows/s"));
        if (result.Problems.Count == 0) return;

        var bad = result.Problems.Where(problem => problem.Code == "malformed").ToArray();
        foreach (var p in bad.Take(NamedOnScreen)) await output.WriteLineAsync($"line {p.Line}, {p.Column} '{p.Value}': {p.Message}");
        if (bad.Length > NamedOnScreen) await output.WriteLineAsync($"... and {Terminal.Figure(bad.Length - NamedOnScreen)} more.");

        await output.WriteLineAsync($"Rows that aren't in the ledger are listed with line and reason in {ErrorsFile(path, result.Problems)}");
    }

    /// <summary>Beside the file; in the working directory where the file's own can't be written.</summary>
    private static string ErrorsFile(FileInfo path, IReadOnlyList<RowProblem> problems)
    {
        var name = path.Name + ".errors.csv";
        var beside = Path.Combine(path.DirectoryName!, name);
        try
        {
            Write(beside);
            return name;
        }
        catch (Exception e) when ((e is IOException or UnauthorizedAccessException) && beside != Path.GetFullPath(name))
        {
            Write(name);
            return Path.GetFullPath(name);
        }

        void Write(string to)
        {
            using var writer = new StreamWriter(to);
            ProblemsCsv.Write(writer, problems);
        }
    }

    private static Dictionary<string, PartyId> Sides(IEnumerable<string> given)
    {
        var sides = new Dictionary<string, PartyId>(StringComparer.Ordinal);
        foreach (var one in given)
        {
            var at = one.LastIndexOf('=');
            if (at <= 0 || !Slug.IsValid(one[(at + 1)..])) throw new UsageException($"--side takes NAME=PARTY, such as \"Government of X=government\", not '{one}'.");
            sides[one[..at]] = new PartyId(one[(at + 1)..]);
        }

        return sides;
    }
}
