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

    /// <summary>Up to where the file has balances, whatever the count. Of a stretch of days, which is seldom asked for at several moments, up to the count.</summary>
    private readonly long _balanced;

    private readonly Lazy<RowList<PostingRow>> _postings;

    public PostingSource(ReadModel model, CaseSelection selection, long count, bool useBalances, CancellationToken cancellation)
    {
        (_model, _cut, _selection, _cancellation) = (model, model.Cut, selection, cancellation);
        Count = count;
        _inFile = Math.Min(count, _cut.Flushed);
        _reach = useBalances ? Balances.Reach(_inFile) : 0;
        _balanced = selection.BoundsDays ? _reach : Balances.Reach(_cut.Flushed);
        _postings = new(() => FilePostings.Read(Behind, model.Duck, cancellation));
    }

    public long Count { get; }

    public CaseSelection Selection => _selection;

    /// <summary>Columns party, block, status, category, facet, cases, occurrences, lethal.</summary>
    public string Accounts() => _selection.BoundsDays ? Days() : Before(
        "status, category, facet, cases, occurrences, lethal", "account_balances",
        "status, category, facet, delta AS cases, delta * count::BIGINT AS occurrences, delta * lethal::INTEGER AS lethal", "postings");

    /// <summary>The same and day.</summary>
    public string Days() => Before(
        "status, category, facet, day, cases, occurrences, lethal", "day_balances",
        "status, category, facet, day, delta AS cases, delta * count::BIGINT AS occurrences, delta * lethal::INTEGER AS lethal", "postings");

    /// <summary>Columns party, block, day, cases, of confirmed cases.</summary>
    public string ConfirmedDays() => Before("day, cases", "confirmed_balances", "day, delta AS cases", "postings", $" AND {LatestConfirmed.IsConfirmed}");

    /// <summary>Columns party, block, pace, cases. Balances keep no day here: nearly every decision would be a row of its own.</summary>
    public string Paces() => _selection.BoundsDays
        ? PostedByBlock("pace, delta AS cases", "postings", " AND pace >= 0")
        : Before("pace, cases", "decision_balances", "pace, delta AS cases", "postings", " AND pace >= 0");

    /// <summary>Columns party, block, bucket, cases.</summary>
    public string OpenBuckets() => Before(
        "bucket, cases", "open_balances", $"{OpenCases.Bucket} AS bucket, delta AS cases", "postings", " AND status <= 1");

    /// <summary>The postings themselves, all that the file has.</summary>
    public string Postings(string columns, string and) => Posted(columns, "postings", 0, _inFile, and);

    /// <summary>Columns party, block and others of the postings before the last balance, for what no balance tells apart.</summary>
    public string Balanced(string columns, string and) => PostedByBlock(columns, "postings", and);

    /// <summary>Adds up what lies before the balance's end. The file is asked for all blocks that it has (but for a stretch of days), and the answer remembered: so it serves every other moment too.</summary>
    /// <param name="rows">A query whose rows have a block.</param>
    /// <param name="by">What is told apart; it comes first in the rows that are read.</param>
    /// <param name="amounts">What is added up.</param>
    public void Sum(string rows, string[] by, string[] amounts, SumReader read)
    {
        if (_reach == 0) return;
        var keys = string.Join(", ", by);
        var (block, byBlock) = _selection.BoundsDays ? ("0", "") : ("block", ", block");
        var sql = $"""
            SELECT {string.Join(", ", by.Select(key => $"{key}::BIGINT"))}, {block}::BIGINT, {string.Join(", ", amounts.Select(amount => $"sum({amount})::BIGINT"))}
            FROM ({rows}) GROUP BY {keys}{byBlock} HAVING {string.Join(" OR ", amounts.Select(amount => $"sum({amount}) <> 0"))} ORDER BY {keys}{byBlock}
            """;
        _model.Sums.Get(sql, () => RunningTotals.Ask(sql, by.Length, amounts.Length, _model.Duck, _cancellation)).Read(_reach / Balances.BlockLength, read);
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
        const string Columns = "status, code, amount";
        Sum(Before(Columns, _selection.BoundsDays ? "measure_balances" : "amount_balances", Columns, "measures"), ["party", "code", "status"], ["amount"], read);
        if (_reach < _inFile)
        {
            _model.Duck.Sum(
                $"SELECT party::BIGINT, code::BIGINT, status::BIGINT, amount FROM ({Posted(Columns, "measures", _reach, _inFile, "")})",
                read, _cancellation);
        }

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
        _selection.BalanceWhere is null ? PostedByBlock(posted, postings, andPosted)
        : $"SELECT {_selection.Party} AS party, block, {balanced} FROM {balances} WHERE {_selection.BalanceWhere} AND {Balances.Rows(_balanced)}";

    private string PostedByBlock(string columns, string table, string and) => Posted($"{Balances.BlockOf} AS block, {columns}", table, 0, _balanced, and);

    private string Posted(string columns, string table, long from, long to, string and) =>
        $"SELECT {_selection.Party} AS party, {columns} FROM {table} WHERE {_selection.Where} AND {Within(from, to)}{and}";

    private string Behind => $"{_selection.Where} AND {Within(_reach, _inFile)}";

    private static string Within(long from, long to) => string.Create(CultureInfo.InvariantCulture, $"sequence >= {from} AND sequence < {to}");
}

internal delegate void PostingReader(in PostingRow row, int party);
