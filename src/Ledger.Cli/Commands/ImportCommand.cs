using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Domain;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Tables;
using Ledger.Exchange.Ucdp;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger import FORMAT FILE --agreement ID</c></summary>
internal static class ImportCommand
{
    /// <summary>So many bad rows are named on the screen; all of them stand in the file of errors.</summary>
    private const int NamedOnScreen = 20;

    public static Command Create(TextWriter output, TextWriter error)
    {
        var command = new Command("import", "Take cases, totals and figures from a file. A second import of the same file stores nothing; of a corrected one, what is new.");
        foreach (var format in ImportFile.Formats) command.Subcommands.Add(new ImportOf(format, output, error).Command);
        return command;
    }

    /// <summary>One format's command: what all have, and what it has for itself.</summary>
    private sealed class ImportOf
    {
        private readonly string _format;
        private readonly TextWriter _output;
        private readonly TextWriter _error;
        private readonly Argument<FileInfo> _file = new("FILE") { Description = "CSV, .xlsx or JSON" };
        private readonly Option<string> _agreement = new("--agreement") { Description = "The agreement that it goes to", Required = true, HelpName = "ID" };
        private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would come of it and store nothing" };
        private readonly Option<string[]> _parties = new("--party", "--side") { Description = "What the file calls a party: \"Government of X=party-id\"; may be given several times", HelpName = "NAME=PARTY" };
        private readonly Option<string?> _version = new("--dataset-version") { Description = "Release of the file, such as 25.1, where no column says it", HelpName = "VERSION" };
        private readonly Option<string?> _encoding = new("--encoding") { Description = "Of a text file that isn't UTF-8 or UTF-16, such as windows-1251", HelpName = "NAME" };
        private readonly Option<string?> _delimiter = new("--delimiter") { Description = "Between the cells of a text file; found in its first line where left out (\"tab\" is one)", HelpName = "CHAR" };
        private readonly Option<string?> _sheet = new("--sheet") { Description = "Of a workbook; the first where left out", HelpName = "NAME" };
        private readonly Option<FileInfo> _mapping = new("--mapping") { Description = "What the columns mean, as JSON; the Exchange room's README says how to write it", Required = true, HelpName = "FILE" };
        private readonly Option<bool> _create = new("--create-agreement") { Description = "Make the agreement where it isn't there: the file's sides as parties, its first day as the beginning" };
        private readonly Option<string> _timeZone = new("--time-zone") { Description = "Time zone of an agreement that is made (IANA name)", DefaultValueFactory = _ => "UTC", HelpName = "ZONE" };
        private readonly Where _where = new();

        public ImportOf(string format, TextWriter output, TextWriter error)
        {
            (_format, _output, _error) = (format, output, error);
            Command = new Command(format, About(format)) { _file, _agreement, _dryRun };
            if (format == ImportFile.Table) Command.Options.Add(_mapping);
            if (format != ImportFile.Lines) AddTableOptions();
            if (format == ImportFile.Ucdp)
            {
                Command.Options.Add(_create);
                Command.Options.Add(_timeZone);
            }

            _where.AddTo(Command);
            Command.SetAction(RunAsync);
        }

        public Command Command { get; }

        private void AddTableOptions()
        {
            Command.Options.Add(_parties);
            Command.Options.Add(_version);
            Command.Options.Add(_encoding);
            Command.Options.Add(_delimiter);
            if (_format != ImportFile.Ucdp) Command.Options.Add(_sheet);
        }

        private static string About(string format) => format switch
        {
            ImportFile.Ucdp => "UCDP Georeferenced Event Dataset. It names the sides of a conflict, never who broke a ceasefire: cases come in without an alleged party.",
            ImportFile.Table => "Any table, with a mapping file that says what its columns mean.",
            ImportFile.Lines => "Our own form: one violation a line, as the API takes it, each with its violationId.",
            _ => Shipped(format),
        };

        private static string Shipped(string format)
        {
            using var json = ImportFile.Shipped(format);
            return Mapping.Read(json).About ?? format;
        }

        private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
        {
            var path = parsed.GetRequiredValue(_file);
            if (!path.Exists) throw new UsageException($"There is no file {path}.");
            var id = Ids.Agreement(parsed.GetRequiredValue(_agreement));
            var options = OptionsOf(parsed);
            var dryRun = parsed.GetValue(_dryRun);
            await using var ledger = await _where.OpenAsync(parsed, create: !dryRun, cancellation);
            var (frame, parties) = await FrameAsync(parsed, ledger, id, path, options, cancellation);
            var file = new FileToImport(path, frame, parties, options, dryRun);
            var outcome = await ledger.ImportAsync(file, target => ImportAsync(target, file, cancellation), _error, cancellation);
            await ReportAsync(_output, _error, file, outcome);
            return outcome.Result.IsComplete ? Exit.Ok : Exit.Refused;
        }

        private ImportOptions OptionsOf(ParseResult parsed)
        {
            if (_format == ImportFile.Lines) return new ImportOptions(_format);
            var mapping = _format == ImportFile.Table ? parsed.GetRequiredValue(_mapping) : null;
            if (mapping is { Exists: false }) throw new UsageException($"There is no file {mapping}.");
            return new ImportOptions(_format)
            {
                Mapping = mapping?.FullName, Encoding = parsed.GetValue(_encoding), Version = parsed.GetValue(_version),
                Sheet = _format == ImportFile.Ucdp ? null : parsed.GetValue(_sheet),
                Delimiter = parsed.GetValue(_delimiter) switch
                {
                    null => null,
                    "tab" or "\\t" => '\t',
                    [var one] => one,
                    _ => throw new UsageException("--delimiter takes one character, or tab."),
                },
            };
        }

        private async Task<(ImportFrame Frame, IReadOnlyDictionary<string, PartyId> Parties)> FrameAsync(ParseResult parsed, ILedger ledger, AgreementId id, FileInfo path, ImportOptions options, CancellationToken cancellation)
        {
            var frame = await ledger.FrameOfAsync(id, cancellation);
            var survey = _format == ImportFile.Ucdp ? Survey(path, options) : null;
            if (frame is null && survey is not null && parsed.GetValue(_create))
            {
                await ledger.RegisterAsync(survey.Agreement(id, Ids.TimeZone(parsed.GetValue(_timeZone)!)), cancellation);
                await _output.WriteLineAsync($"Made the agreement {id} with the parties {string.Join(", ", survey.Parties().Values)}.");
                frame = await ledger.FrameOfAsync(id, cancellation);
            }

            if (frame is null) throw new UsageException($"There is no agreement '{id}'. Make it first (ledger agreement create{(survey is null ? "" : ", or --create-agreement")}).");
            if (_format == ImportFile.Lines) return (frame, new Dictionary<string, PartyId>());
            var named = Parties(parsed.GetValue(_parties) ?? []);
            // A side that bears a party's id is that party, whoever made the agreement: so every import of a file says the same.
            foreach (var (side, party) in survey?.Parties() ?? new Dictionary<string, PartyId>())
                if (frame.Parties.ContainsKey(party.Value)) named.TryAdd(side, party);
            return (frame.With(named), named);
        }

        private static UcdpSurvey Survey(FileInfo path, ImportOptions options)
        {
            using var reader = TextFile.Open(path.FullName, options.Encoding);
            return UcdpReader.Survey(reader);
        }

        private async Task<FileOutcome> ImportAsync(IImportTarget target, FileToImport wanted, CancellationToken cancellation)
        {
            using var file = ImportFile.Open(wanted.Path.FullName, wanted.Frame, wanted.Options);
            using var problems = new ErrorsFile(wanted.Path);
            var shown = new List<RowProblem>();
            var twins = wanted.DryRun ? null : (target as NodeTarget)?.Twins;
            var result = await ProgressReport.ShowAsync(_error, $"{(wanted.DryRun ? "Trying" : "Importing")} {wanted.Path.Name}", "rows", progress => new ImportRunner(target).RunAsync(
                file.Rows,
                new ImportWatch
                {
                    Progress = progress,
                    Fraction = () => file.Fraction,
                    OnStored = row => twins?.Stored(row),
                    OnProblem = problem =>
                    {
                        problems.Add(problem);
                        if (problem.Code == "malformed" && shown.Count <= NamedOnScreen) shown.Add(problem);
                    },
                },
                cancellation));
            return new FileOutcome(result, shown, problems.Name, await TwinsAsync(twins, wanted.Path, cancellation));
        }

        private static async Task<string?> TwinsAsync(TwinsCsv? twins, FileInfo path, CancellationToken cancellation)
        {
            if (twins is null) return null;
            var name = path.Name + ".duplicates.csv";
            var found = await twins.WriteAsync(() => new StreamWriter(Beside(path, name).Path), cancellation);
            var rest = twins.NotLookedAt == 0 ? "" : $" Only the first {Terminal.Figure(TwinsCsv.MostLookedAt)} new cases were looked at; the API tells of each case (possible-duplicates).";
            return found == 0 ? null : $"{Terminal.Figure(found)} new cases may be there already, told by somebody else: {name} lists them for verifiers; nothing was merged.{rest}";
        }
    }

    /// <summary>A file beside another; in the working directory where the other's own can't be written.</summary>
    private static (string Name, string Path) Beside(FileInfo path, string name)
    {
        var beside = Path.Combine(path.DirectoryName!, name);
        try
        {
            using (new FileStream(beside, FileMode.OpenOrCreate, FileAccess.Write)) return (name, beside);
        }
        catch (Exception e) when ((e is IOException or UnauthorizedAccessException) && beside != Path.GetFullPath(name))
        {
            return (Path.GetFullPath(name), Path.GetFullPath(name));
        }
    }

    /// <summary>What came of an import, as a table and in sentences.</summary>
    private static async Task ReportAsync(TextWriter output, TextWriter error, FileToImport file, FileOutcome outcome)
    {
        var (path, dryRun, result, shown, problems) = (file.Path, file.DryRun, outcome.Result, outcome.Shown, outcome.Errors);
        var rows = new List<string[]>
        {
            new[] { "rows", Terminal.Figure(result.Rows) },
            new[] { dryRun ? "would be stored" : "stored", Terminal.Figure(result.Stored) },
        };
        if (result.Revised > 0) rows.Add([dryRun ? "would be revised" : "revised", Terminal.Figure(result.Revised)]);
        rows.Add(["stored before", Terminal.Figure(result.Repeated)]);
        rows.AddRange(result.Refused.Select(pair => new[] { $"refused: {pair.Key}", Terminal.Figure(pair.Value) }));
        rows.Add(["can't be read", Terminal.Figure(result.Malformed)]);
        if (result.Skipped.Count > 0) rows.Add(["passed over", Terminal.Figure(result.SkippedInAll)]);
        Terminal.Table(output, [$"{path.Name}", ""], rows, 1);
        await error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{result.Elapsed.TotalSeconds:0.0} s, {result.RowsPerSecond:N0} rows/s"));
        foreach (var (why, count) in result.Skipped) await output.WriteLineAsync($"{Terminal.Figure(count)} passed over: {why}");
        if (outcome.Twins is { } twins) await output.WriteLineAsync(twins);
        if (problems is null) return;

        foreach (var p in shown.Take(NamedOnScreen)) await output.WriteLineAsync($"line {p.Line}, {p.Column} '{p.Value}': {p.Message}");
        if (shown.Count > NamedOnScreen) await output.WriteLineAsync("... and more.");
        await output.WriteLineAsync($"Rows that aren't in the ledger are listed with line and reason in {problems}");
    }

    /// <summary>Rows that aren't in the ledger, beside the file; in the working directory where the file's own can't be written.</summary>
    private sealed class ErrorsFile(FileInfo path) : IDisposable
    {
        private StreamWriter? _writer;

        /// <summary>Null while there is nothing in it.</summary>
        public string? Name { get; private set; }

        public void Add(RowProblem problem)
        {
            if (_writer is null)
            {
                _writer = Create();
                ProblemsCsv.WriteHeader(_writer);
            }

            ProblemsCsv.Write(_writer, problem);
        }

        public void Dispose() => _writer?.Dispose();

        private StreamWriter Create()
        {
            (Name, var to) = Beside(path, path.Name + ".errors.csv");
            return new StreamWriter(to);
        }
    }

    private static Dictionary<string, PartyId> Parties(IEnumerable<string> given)
    {
        var parties = new Dictionary<string, PartyId>(StringComparer.Ordinal);
        foreach (var one in given)
        {
            var at = one.LastIndexOf('=');
            if (at <= 0 || !Slug.IsValid(one[(at + 1)..])) throw new UsageException($"--party takes NAME=PARTY, such as \"Government of X=government\", not '{one}'.");
            parties[one[..at]] = new PartyId(one[(at + 1)..]);
        }

        return parties;
    }
}
