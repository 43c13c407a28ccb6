using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.Domain;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>The rows of a table as a mapping reads them.</summary>
internal sealed class MappedRows
{
    private readonly ITable _table;
    private readonly RowReader _row;
    private readonly List<(List<Func<bool>> When, string? Skip, Func<ImportRow> Read)> _rules = [];
    private readonly Columns _columns;
    private readonly BoundCell? _anyId;

    /// <exception cref="ImportFileException">The file lacks columns that the mapping names, or the mapping contradicts itself.</exception>
    public MappedRows(ITable table, Mapping mapping, ImportFrame frame, Gazetteer? places, string? version)
    {
        (_table, _row, _columns) = (table, new RowReader(table, mapping, frame), new Columns(table.Header));
        if (mapping.Rows.Count == 0) throw ImportFileException.OfMapping("The mapping has no rows: it doesn't say what a row becomes.");
        foreach (var rule in mapping.Rows)
        {
            var kinds = new object?[] { rule.Skip, rule.Case, rule.Figures, rule.Claim, rule.Coverage }.Count(kind => kind is not null);
            if (kinds != 1) throw ImportFileException.OfMapping("Each of the mapping's rows says exactly one of skip, case, figures, claim, coverage.");
            var when = rule.When.Select(condition => Holds(condition, mapping)).ToList();
            _rules.Add((when, rule.Skip, ReaderOf(rule, mapping, frame, places, version)));
        }

        _anyId = mapping.Rows.Select(rule => rule.Case?.Id).OfType<Cell>().Select(id => BoundCell.Of(id with { Required = false, Codes = null, CodesOf = null }, mapping, _columns)).FirstOrDefault();
        if (_columns.Missing.Count > 0)
            throw new ImportFileException($"The file doesn't fit the mapping: its first line doesn't name the column{(_columns.Missing.Count > 1 ? "s" : "")} {string.Join(", ", _columns.Missing.Distinct())}.");
    }

    /// <summary>The column that rows have their ids in, for messages.</summary>
    public string IdColumn => _anyId?.Name ?? "id";

    public IEnumerable<ImportRow> Read()
    {
        while (_table.Next())
            if (Next() is { } row) yield return row;
    }

    private ImportRow? Next()
    {
        if (_table.Count > 0 && _table.Cell(0).StartsWith("#")) return null; // HXL puts a row of tags under the header.
        if (IsBlank()) return null;
        _row.Begin();
        if (_table.Count != _columns.Count)
        {
            var fix = string.Create(CultureInfo.InvariantCulture, $"The row has {_table.Count} columns, the header {_columns.Count}: look for a quote that isn't closed, or a separator outside quotes.");
            return ImportRow.Bad(_table.Line, null, [new RowError("(row)", _row.Start(), fix)]);
        }

        foreach (var (when, skip, read) in _rules)
        {
            if (!when.TrueForAll(holds => holds())) continue;
            return skip is not null ? ImportRow.PassedOver(_table.Line, _anyId?.Read(_row), skip) : read();
        }

        return ImportRow.Bad(_table.Line, _anyId?.Read(_row), [new RowError("(row)", _row.Start(), "None of the mapping's rows fits it: say what it becomes, or why it is passed over (skip).")]);
    }

    private bool IsBlank()
    {
        for (var i = 0; i < _table.Count; i++)
            if (!_table.Cell(i).IsWhiteSpace()) return false;
        return true;
    }

    private Func<bool> Holds(Condition condition, Mapping mapping)
    {
        var cell = BoundCell.Of(condition.Cell, mapping, _columns);
        if (condition.Is is { } values)
        {
            var known = values.ToHashSet(StringComparer.OrdinalIgnoreCase);
            return () => cell.Read(_row) is { } text && known.Contains(text);
        }

        if (condition.Matches is { } expression)
        {
            try
            {
                var regex = new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
                return () => cell.Read(_row) is { } text && regex.IsMatch(text);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw ImportFileException.OfMapping("matches in the mapping isn't a regular expression that is safe to run: it must be closed, and have no look-around and no back-references.", e);
            }
        }

        if (condition.Empty is not { } empty) throw ImportFileException.OfMapping("A condition of the mapping says is, matches or empty.");
        return () => cell.Read(_row) is null == empty;
    }

    private Func<ImportRow> ReaderOf(RowRule rule, Mapping mapping, ImportFrame frame, Gazetteer? places, string? version)
    {
        if (rule.Case is { } c) return new CaseReader(c, this, mapping, frame, places, version).Read;
        if (rule.Figures is { } f) return FiguresReader(f, mapping);
        if (rule.Claim is { } t) return ClaimReader(t, mapping, frame);
        return rule.Coverage is { } v ? CoverageReader(v, mapping, frame) : () => throw new System.Diagnostics.UnreachableException();
    }

    private BoundCell Bind(Cell cell, Mapping mapping) => BoundCell.Of(cell, mapping, _columns);

    private BoundCell? Maybe(Cell? cell, Mapping mapping) => cell is null ? null : BoundCell.Of(cell, mapping, _columns);

    private ImportRow Done(string? id, Func<Entry> entry) =>
        _row.Errors.Count > 0 ? ImportRow.Bad(_table.Line, id, _row.Errors) : ImportRow.Good(_table.Line, id!, entry());

    /// <summary>An id of another system: short and on one line, or else none.</summary>
    private string? IdOf(BoundCell cell)
    {
        var id = cell.Read(_row);
        if (id is null)
        {
            if (_row.Errors.Count == 0) _row.Say(cell.Name, "", "Every row has an id: without one a second import couldn't know it again.");
            return null;
        }

        if (id.Length <= RowLimits.Name && !id.Any(char.IsControl)) return id;
        _row.Say(cell.Name, id, $"An id has at most {RowLimits.Name} characters and no line breaks.");
        return null;
    }

    private Func<ImportRow> FiguresReader(FiguresRule rule, Mapping mapping)
    {
        var (id, by, at, source) = (Bind(rule.Case, mapping), Bind(rule.ClaimedBy, mapping), Maybe(rule.ClaimedAt, mapping), Maybe(rule.Source, mapping));
        var figures = new CasualtyReader(rule.Casualties, mapping, _columns);
        return () =>
        {
            var of = IdOf(id);
            var rows = figures.Read(_row);
            if (rows.Count == 0 && _row.Errors.Count == 0) _row.Say("(row)", _row.Start(), "There is no figure in it.");
            var claimedBy = _row.Text(by, RowLimits.Name);
            if (claimedBy is null) _row.Say(by.Name, "", "Say who claims these figures.");
            var when = _row.Times.Read(at, _row);
            var claim = new CasualtyClaim(rows, claimedBy ?? "", when?.Start, _row.Text(source, RowLimits.Text));
            return Done(of, () => new Entry.Figures(ExternalIds.Case(rule.System ?? mapping.System, of!), claim));
        };
    }

    private Func<ImportRow> ClaimReader(ClaimRule rule, Mapping mapping, ImportFrame frame)
    {
        var (id, by, against, from, to) = (Bind(rule.Id, mapping), Bind(rule.ClaimedBy, mapping), Maybe(rule.Against, mapping), Bind(rule.From, mapping), Bind(rule.To, mapping));
        var (name, reference, text) = (Bind(rule.Source.Name, mapping), Maybe(rule.Source.Reference, mapping), Maybe(rule.Text, mapping));
        var figures = rule.Figures.Select(figure => FigureReader(figure, mapping)).ToArray();
        return () =>
        {
            var own = IdOf(id);
            var claimant = by.Read(_row);
            if (claimant is null) _row.Say(by.Name, "", "Say who published the total.");
            var party = claimant is null ? null : _row.PartyOrNone(claimant);
            var accused = _row.Party(against);
            var (first, last) = (_row.Times.Read(from, _row), _row.Times.Read(to, _row));
            if (first is { } f && last is { } l && l.End < f.Start) _row.Say(to.Name, to.Read(_row), "The period ends before it begins.");
            if (first is null && _row.Errors.Count == 0) _row.Say(from.Name, "", "Say which time the total is about.");
            if (last is null && _row.Errors.Count == 0) _row.Say(to.Name, "", "Say which time the total is about.");
            var rows = figures.SelectMany(read => read()).ToValues();
            if (rows.Count == 0 && _row.Errors.Count == 0) _row.Say("(row)", _row.Start(), "There is no figure in it.");
            var source = new ClaimSource(_row.Text(name, RowLimits.Name) ?? "", _row.Text(reference, RowLimits.Text));
            var words = _row.Text(text, RowLimits.Text);
            return Done(own, () => new Entry.Total(new ClaimCommand.Record(
                ExternalIds.Claim(mapping.System, own!), frame.Agreement, party is null ? new Claimant(null, RowReader.Cut(claimant!, RowLimits.Name)) : new Claimant(party, null), accused,
                first!.Value.Start, last!.Value.End, rows, source, words is null ? null : Prose.InClear(words))));
        };
    }

    private Func<IEnumerable<ClaimFigure>> FigureReader(FigureRule rule, Mapping mapping)
    {
        var (of, one, unless) = (Bind(rule.Of, mapping), Maybe(rule.Figure, mapping), Maybe(rule.Unless, mapping));
        var sum = (rule.Sum ?? []).Select(cell => Bind(cell, mapping)).ToArray();
        if (one is null == (sum.Length == 0)) throw ImportFileException.OfMapping("A figure of the mapping says either figure or sum.");
        return () =>
        {
            if (unless?.Read(_row) is not null) return [];
            var parts = (one is null ? sum : [one]).Select(cell => _row.Figure(cell)).OfType<(int Min, int? Max)>().ToArray();
            if (parts.Length == 0) return [];
            if (of.Read(_row) is not { } what) return [];
            if (!RowLimits.FiguresOf.Contains(what) && !Kebab<Category>.TryParse(what, out _))
            {
                _row.Say(of.Name, what, $"A figure counts {string.Join(", ", RowLimits.FiguresOf)} or a category; translate it in the mapping's codes.");
                return [];
            }

            return [new ClaimFigure(what, parts.Sum(part => (long)part.Min), parts.Length == 1 ? parts[0].Max : null)];
        };
    }

    private Func<ImportRow> CoverageReader(CoverageRule rule, Mapping mapping, ImportFrame frame)
    {
        var (id, site, from, to, zone) = (Bind(rule.Id, mapping), Bind(rule.Site, mapping), Bind(rule.From, mapping), Bind(rule.To, mapping), Maybe(rule.Zone, mapping));
        var (cause, responsible, description) = (Maybe(rule.Cause, mapping), Maybe(rule.ResponsibleParty, mapping), Maybe(rule.Description, mapping));
        return () =>
        {
            var own = IdOf(id);
            var where = _row.Text(site, RowLimits.Name);
            if (where is null) _row.Say(site.Name, "", "Say which site was watched.");
            var (first, last) = (_row.Times.Read(from, _row), _row.Times.Read(to, _row));
            if ((first is null || last is null) && _row.Errors.Count == 0) _row.Say(from.Name, "", "Say from when to when.");
            if (first is { } f && last is { } l && l.End <= f.Start) _row.Say(to.Name, to.Read(_row), "The hours end before they begin.");
            var area = _row.Slug(zone) is { } z ? new ZoneId(z) : (ZoneId?)null;
            var why = _row.Code<GapCause>(cause);
            var who = _row.Party(responsible);
            var words = _row.Text(description, RowLimits.Text);
            return Done(own, () =>
            {
                var entry = ExternalIds.Coverage(mapping.System, own!);
                return new Entry.Coverage(entry, why is { } lost
                    ? new CoverageCommand.RecordGap(entry, frame.Agreement, where!, area, first!.Value.Start, last!.Value.End, lost, who, words is null ? null : Prose.InClear(words))
                    : new CoverageCommand.LogMonitoring(entry, frame.Agreement, where!, area, first!.Value.Start, last!.Value.End));
            });
        };
    }

    /// <summary>Reads one row as a case.</summary>
    private sealed class CaseReader
    {
        private readonly CaseRule _rule;
        private readonly MappedRows _rows;
        private readonly Mapping _mapping;
        private readonly AgreementId _agreement;
        private readonly PlaceReader? _place;
        private readonly CasualtyReader _casualties;
        private readonly string? _given;
        private readonly BoundCell _id, _category, _origin, _from, _sourceName;
        private readonly BoundCell? _version, _provision, _weapon, _to, _precision, _alleged, _by, _affected, _count, _unit, _means, _description, _direction, _reference, _reliability, _credibility, _narrative;

        public CaseReader(CaseRule rule, MappedRows rows, Mapping mapping, ImportFrame frame, Gazetteer? places, string? version)
        {
            (_rule, _rows, _mapping, _agreement, _given) = (rule, rows, mapping, frame.Agreement, version);
            BoundCell Bind(Cell cell) => rows.Bind(cell, mapping);
            BoundCell? Maybe(Cell? cell) => rows.Maybe(cell, mapping);
            (_id, _category, _origin, _from, _sourceName) = (Bind(rule.Id), Bind(rule.Category), Bind(rule.Origin), Bind(rule.Occurred.From), Bind(rule.Source.Name));
            (_version, _provision, _weapon, _to, _precision) = (Maybe(rule.Version), Maybe(rule.Provision), Maybe(rule.Weapon), Maybe(rule.Occurred.To), Maybe(rule.Occurred.Precision));
            (_alleged, _by, _affected) = (Maybe(rule.AllegedParty), Maybe(rule.AllegedBy), Maybe(rule.AffectedParty));
            (_count, _unit) = (Maybe(rule.Count?.Figure), Maybe(rule.Count?.Unit));
            (_means, _description, _direction) = (Maybe(rule.Observation?.Means), Maybe(rule.Observation?.Description), Maybe(rule.Observation?.DirectionOfFire));
            (_reference, _reliability, _credibility, _narrative) = (Maybe(rule.Source.Reference), Maybe(rule.Source.Reliability), Maybe(rule.Source.Credibility), Maybe(rule.Narrative));
            _place = rule.Location is { } place ? new PlaceReader(place, mapping, rows._columns, places) : null;
            _casualties = new CasualtyReader(rule.Casualties, mapping, rows._columns);
        }

        public ImportRow Read()
        {
            var row = _rows._row;
            var id = _rows.IdOf(_id);
            var category = row.Code<Category>(_category);
            if (category is null && row.Errors.Count == 0) row.Say(_category.Name, "", $"Every case has a category: {string.Join(", ", Kebab<Category>.All)}.");
            var when = When(row);
            var where = _place?.Read(row);
            var provision = row.Slug(_provision);
            var weapon = row.Code<Weapon>(_weapon);
            var (alleged, by, affected) = (row.Party(_alleged), row.Party(_by), row.Party(_affected));
            var count = CountOf(row);
            var seen = Seen(row);
            var origin = row.Text(_origin, RowLimits.Name);
            if (origin is null) row.Say(_origin.Name, "", "Say which independent source the account comes from.");
            var figures = _casualties.Read(row);
            var source = SourceOf(row);
            var narrative = row.Text(_narrative, RowLimits.Narrative);
            var version = row.Text(_version, RowLimits.Name) ?? _given;
            return _rows.Done(id, () => new Entry.Case(new ViolationCommand.Record(
                ExternalIds.Case(_mapping.System, id!), _agreement,
                new Report(
                    category!.Value, provision is null ? null : new ProvisionId(provision), Values<ProvisionId>.None, Values<Breach>.None, weapon, when!, where, Values<string>.None,
                    alleged, by, affected, count, seen, origin!, figures, source, new ExternalReference(_mapping.System, id!, version), Values<ViolationId>.None,
                    narrative is null ? null : Prose.InClear(narrative)),
                Values<string>.None)));
        }

        private Occurred? When(RowReader row)
        {
            var precision = row.Code<TimePrecision>(_precision);
            var from = row.Times.Read(_from, row);
            var to = row.Times.Read(_to, row);
            if (from is not { } start)
            {
                if (row.Errors.Count == 0) row.Say(_from.Name, "", "Every case has a time: the day at least, or the month.");
                return null;
            }

            if (start.Grade == TimeGrade.Year)
            {
                row.Say(_from.Name, _from.Read(row), "A year is too little: give the month at least, with precision month.");
                return null;
            }

            var written = start.Grade switch { TimeGrade.Clock => TimePrecision.Minute, TimeGrade.Day => TimePrecision.Day, _ => TimePrecision.Month };
            // What was written as a day isn't known to the minute, whatever another column says.
            var graded = precision is { } said && said > written ? said : written;
            // An end is inclusive: of a day its last second.
            DateTimeOffset? end = to is { } last ? last.Grade == TimeGrade.Clock ? last.Start : last.End.AddSeconds(-1) : null;
            if (end < start.Start)
            {
                row.Say(_to!.Name, _to.Read(row), "The end lies before the beginning; one of the two is wrong.");
                return null;
            }

            // A day that ends on the same day is one day.
            if (to is { } same && same.Start == start.Start && same.Grade == start.Grade) end = null;
            return new Occurred(start.Start, end, graded);
        }

        private Count? CountOf(RowReader row)
        {
            if (row.Figure(_count) is not { } figure) return null;
            return row.Code<ObservedUnit>(_unit) is { } unit ? new Count(figure.Min, figure.Max, unit) : null;
        }

        private Observation? Seen(RowReader row)
        {
            if (row.Code<ObservationMeans>(_means) is not { } means) return null;
            var description = row.Text(_description, RowLimits.Text);
            return new Observation(means, description is null ? null : Prose.InClear(description), row.Text(_direction, RowLimits.Name));
        }

        private Source? SourceOf(RowReader row)
        {
            var credibility = row.Figure(_credibility);
            if (credibility is { } c && c.Min is < 1 or > 6) row.Say(_credibility!.Name, _credibility.Read(row), "Credibility is a whole number from 1 to 6.");
            var reliability = row.Code<Reliability>(_reliability);
            return row.Text(_sourceName, RowLimits.Name) is { } name ? new Source(name, reliability, credibility?.Min, row.Text(_reference, RowLimits.Text)) : null;
        }
    }
}

/// <summary>What the HTTP contract takes (bodies.md).</summary>
internal static class RowLimits
{
    public const int Name = 200;
    public const int Text = 4_000;
    public const int Narrative = 16_000;

    public static readonly string[] FiguresOf = ["violations", "incidents", "shots", "strikes", "killed", "injured"];
}

/// <summary>Figures of people, as far as a row has them. No figures = no claim, never 0.</summary>
internal sealed class CasualtyReader(IReadOnlyList<CasualtyRule> rules, Mapping mapping, Columns columns)
{
    private readonly Bound[] _rows = [.. rules.Select(rule => new Bound(
        BoundCell.Of(rule.Kind, mapping, columns), BoundCell.Of(rule.Figure, mapping, columns), Maybe(rule.Who, mapping, columns), Maybe(rule.Of, mapping, columns),
        Maybe(rule.Low, mapping, columns), Maybe(rule.High, mapping, columns)))];

    private sealed record Bound(BoundCell Kind, BoundCell Figure, BoundCell? Who, BoundCell? Of, BoundCell? Low, BoundCell? High);

    public Values<CasualtyRow> Read(RowReader row)
    {
        if (_rows.Length == 0) return Values<CasualtyRow>.None;
        var rows = new List<CasualtyRow>(_rows.Length);
        foreach (var bound in _rows)
        {
            var (low, high) = (row.Figure(bound.Low)?.Min, row.Figure(bound.High)?.Min);
            if (row.Figure(bound.Figure) is not { } best)
            {
                if ((low ?? high) is not null && row.Errors.Count == 0) row.Say(bound.Figure.Name, "", "There is a lowest or highest figure and no best one; a claim needs the best.");
                continue;
            }

            if (row.Code<CasualtyKind>(bound.Kind) is not { } kind) continue;
            var who = bound.Who is null ? CasualtyWho.Total : row.Code<CasualtyWho>(bound.Who) ?? CasualtyWho.Unknown;
            if (best.Max is { } most) (low, high) = (low ?? best.Min, high ?? most);
            rows.Add(new CasualtyRow(kind, who, row.Party(bound.Of), low, best.Min, high, low > best.Min || high < best.Min));
        }

        return rows.ToValues();
    }

    private static BoundCell? Maybe(Cell? cell, Mapping mapping, Columns columns) => cell is null ? null : BoundCell.Of(cell, mapping, columns);
}
