using System.Globalization;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>The postings of a selection up to a count: sums as far as balances reach, which never change again, and the postings behind them, in the file and in memory.</summary>
internal sealed class PostingSource
{
    private readonly ReadModel _model;
    private readonly Cut _cut;
    private readonly CaseSelection _selection;
    private readonly CancellationToken _cancellation;
    private readonly long _inFile;
    private readonly long _reach;
    private readonly Lazy<RowList<PostingRow>> _postings;

    public PostingSource(ReadModel model, CaseSelection selection, long count, bool useBalances, CancellationToken cancellation)
    {
        (_model, _cut, _selection, _cancellation) = (model, model.Cut, selection, cancellation);
        Count = count;
        _inFile = Math.Min(count, _cut.Flushed);
        _reach = useBalances ? Balances.Reach(_inFile) : 0;
        _postings = new(() => FilePostings.Read(Behind, model.Duck, cancellation));
    }

    public long Count { get; }

    public CaseSelection Selection => _selection;

    /// <summary>Columns party, status, category, facet, cases, occurrences, lethal.</summary>
    public string Accounts() => _selection.BoundsDays ? Days() : Before(
        "status, category, facet, cases, occurrences, lethal", "account_balances",
        "status, category, facet, delta AS cases, delta * count::BIGINT AS occurrences, delta * lethal::INTEGER AS lethal", "postings");

    /// <summary>The same and day.</summary>
    public string Days() => Before(
        "status, category, facet, day, cases, occurrences, lethal", "day_balances",
        "status, category, facet, day, delta AS cases, delta * count::BIGINT AS occurrences, delta * lethal::INTEGER AS lethal", "postings");

    /// <summary>Columns party, day, cases, of confirmed cases.</summary>
    public string ConfirmedDays() => Before("day, cases", "confirmed_balances", "day, delta AS cases", "postings", $" AND {LatestConfirmed.IsConfirmed}");

    /// <summary>Columns party, pace, cases. Balances keep no day here: nearly every decision would be a row of its own.</summary>
    public string Paces() => _selection.BoundsDays
        ? Posted("pace, delta AS cases", "postings", 0, _reach, " AND pace >= 0")
        : Before("pace, cases", "decision_balances", "pace, delta AS cases", "postings", " AND pace >= 0");

    /// <summary>Columns party, bucket, cases.</summary>
    public string OpenBuckets() => Before(
        "bucket, cases", "open_balances", $"{OpenCases.Bucket} AS bucket, delta AS cases", "postings", " AND status <= 1");

    /// <summary>The postings themselves, all that the file has.</summary>
    public string Postings(string columns, string and) => Posted(columns, "postings", 0, _inFile, and);

    /// <summary>Adds up what lies before the balance's end, and remembers it.</summary>
    /// <param name="columns">All of them BIGINT.</param>
    /// <param name="by">What is told apart, and which rows are worth it.</param>
    public void Sum(string columns, string rows, string by, SumReader read)
    {
        if (_reach > 0) _model.Sums.Read($"SELECT {columns} FROM ({rows}) GROUP BY {by}", _model.Duck, read, _cancellation);
    }

    /// <summary>Adds up some of the postings before the balance's end, which no balance tells apart: block by block, so that they serve every other moment too.</summary>
    public void SumByBlock(string column, string and, ValueReader read)
    {
        if (_reach == 0) return;
        var rows = Posted($"{Balances.BlockOf} AS block, {column} AS value, delta", "postings", 0, Balances.Reach(_cut.Flushed), and);
        _model.Sums.Read(
            $"SELECT block, party::BIGINT, value, sum(delta)::BIGINT FROM ({rows}) GROUP BY block, party, value HAVING sum(delta) <> 0",
            _model.Duck,
            row =>
            {
                if (row[0] * Balances.BlockLength < _reach) read((int)row[1], row[2], row[3]);
            },
            _cancellation);
    }

    public void Read(string sql, RowReader read)
    {
        if (_inFile > 0) _model.Duck.Read(sql, read, _cancellation);
    }

    /// <summary>What lies behind the balance's end. Whoever comes first reads the file's part, for all.</summary>
    public void ReadBehind(PostingReader read)
    {
        if (_reach < _inFile) Read(_postings.Value, read);
        ReadTail(read);
    }

    /// <summary>Adds up every amount there is, a figure perhaps in several parts.</summary>
    public void SumMeasures(SumReader read)
    {
        const string Columns = "party::BIGINT, code::BIGINT, status::BIGINT, sum(amount)::BIGINT", By = "party, code, status", Posted = "status, code, amount";
        Sum(Columns, Before(Posted, _selection.BoundsDays ? "measure_balances" : "amount_balances", Posted, "measures"), By, read);
        if (_reach < _inFile) _model.Duck.Sum($"SELECT {Columns} FROM ({this.Posted(Posted, "measures", _reach, _inFile, "")}) GROUP BY {By}", read, _cancellation);
        Span<long> one = stackalloc long[4];
        foreach (var rows in _cut.Lists(Tables.Measures))
        {
            for (int i = 0, all = rows.Count; i < all && rows[i].Sequence < Count; i++)
            {
                if (!_selection.Holds(in rows[i])) continue;
                (one[0], one[1], one[2], one[3]) = (_selection.PartyOf(in rows[i]), rows[i].Code, rows[i].Status, rows[i].Amount);
                read(one);
            }
        }
    }

    /// <summary>What isn't in the file.</summary>
    public void ReadTail(PostingReader read)
    {
        foreach (var rows in _cut.Lists(Tables.Postings)) Read(rows, read);
    }

    private void Read(RowList<PostingRow> rows, PostingReader read)
    {
        for (int i = 0, all = rows.Count; i < all && rows[i].Sequence < Count; i++)
            if (_selection.Holds(in rows[i])) read(in rows[i], _selection.PartyOf(in rows[i]));
    }

    private string Before(string balanced, string balances, string posted, string postings, string andPosted = "") =>
        _selection.BalanceWhere is null ? Posted(posted, postings, 0, _reach, andPosted)
        : $"SELECT {_selection.Party} AS party, {balanced} FROM {balances} WHERE {_selection.BalanceWhere} AND {Balances.Rows(_reach)}";

    private string Posted(string columns, string table, long from, long to, string and) =>
        $"SELECT {_selection.Party} AS party, {columns} FROM {table} WHERE {_selection.Where} AND {Within(from, to)}{and}";

    private string Behind => $"{_selection.Where} AND {Within(_reach, _inFile)}";

    private static string Within(long from, long to) => string.Create(CultureInfo.InvariantCulture, $"sequence >= {from} AND sequence < {to}");
}

internal delegate void PostingReader(in PostingRow row, int party);

internal delegate void ValueReader(int party, long value, long cases);
