using System.Globalization;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Two selects whose rows add up: what lies before a balance's end, which never changes again, and what lies behind it.</summary>
internal readonly record struct Halves(string? Before, string Behind);

/// <summary>The postings of a selection up to a count: balances as far as they reach, postings of the file behind them, rows in memory behind those.</summary>
internal sealed class PostingSource
{
    private readonly ReadModel _model;
    private readonly Cut _cut;
    private readonly CaseSelection _selection;
    private readonly CancellationToken _cancellation;
    private readonly long _inFile;
    private readonly long _reach;

    public PostingSource(ReadModel model, CaseSelection selection, long count, bool useBalances, CancellationToken cancellation)
    {
        (_model, _cut, _selection, _cancellation) = (model, model.Cut, selection, cancellation);
        Count = count;
        _inFile = Math.Min(count, _cut.Flushed);
        _reach = useBalances ? Balances.Reach(_inFile) : 0;
    }

    public long Count { get; }

    public CaseSelection Selection => _selection;

    /// <summary>Columns party, status, category, facet, day, cases, occurrences, lethal.</summary>
    public Halves Days(string and = "") => Both(
        "status, category, facet, day, cases, occurrences, lethal", "day_balances",
        "status, category, facet, day, delta AS cases, delta * count::BIGINT AS occurrences, delta * lethal::INTEGER AS lethal", "postings", and, and);

    /// <summary>Columns party, status, code, amount.</summary>
    public Halves Measures() => Both("status, code, amount", "measure_balances", "status, code, amount", "measures", "", "");

    /// <summary>Columns party, bucket, cases.</summary>
    public Halves DecisionBuckets() =>
        Both("bucket, cases", "decision_balances", $"{Decisions.Bucket} AS bucket, delta AS cases", "postings", "", " AND decided >= 0");

    /// <summary>Columns party, bucket, cases.</summary>
    public Halves OpenBuckets() =>
        Both("bucket, cases", "open_balances", $"{OpenCases.Bucket} AS bucket, delta AS cases", "postings", "", " AND status <= 1");

    /// <summary>The postings themselves, which no balance stands for.</summary>
    public Halves PostingHalves(string columns, string and) =>
        new(_reach == 0 ? null : Posted(columns, "postings", 0, _reach, and), Posted(columns, "postings", _reach, _inFile, and));

    /// <summary>The postings themselves, all that the file has.</summary>
    public string Postings(string columns, string and) => Posted(columns, "postings", 0, _inFile, and);

    /// <summary>Adds up both halves by themselves, so a row can come twice; the first is remembered.</summary>
    /// <param name="columns">All of them BIGINT.</param>
    /// <param name="by">What is told apart, and which rows are worth it.</param>
    public void Sum(string columns, Halves rows, string by, SumReader read)
    {
        if (_inFile == 0) return;
        if (rows.Before is { } before) _model.Sums.Read(Of(before), _model.Duck, read, _cancellation);
        if (_reach < _inFile) _model.Duck.Sum(Of(rows.Behind), read, _cancellation);

        string Of(string from) => $"SELECT {columns} FROM ({from}) GROUP BY {by}";
    }

    public void Read(string sql, RowReader read)
    {
        if (_inFile > 0) _model.Duck.Read(sql, read, _cancellation);
    }

    public void ReadTail(TailPosting read)
    {
        foreach (var rows in _cut.Lists(Tables.Postings))
            for (int i = 0, all = rows.Count; i < all && rows[i].Sequence < Count; i++)
                if (_selection.Holds(in rows[i])) read(in rows[i], _selection.PartyOf(in rows[i]));
    }

    public void ReadTail(TailMeasure read)
    {
        foreach (var rows in _cut.Lists(Tables.Measures))
            for (int i = 0, all = rows.Count; i < all && rows[i].Sequence < Count; i++)
                if (_selection.Holds(in rows[i])) read(in rows[i], _selection.PartyOf(in rows[i]));
    }

    private Halves Both(string balanced, string balances, string posted, string postings, string andBalanced, string andPosted) => new(
        _reach == 0 ? null
        : _selection.BalanceWhere is null ? Posted(posted, postings, 0, _reach, andPosted)
        : $"SELECT {_selection.Party} AS party, {balanced} FROM {balances} WHERE {_selection.BalanceWhere} AND {Balances.Rows(_reach)}{andBalanced}",
        Posted(posted, postings, _reach, _inFile, andPosted));

    private string Posted(string columns, string table, long from, long to, string and) => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT {_selection.Party} AS party, {columns} FROM {table} WHERE {_selection.Where} AND sequence >= {from} AND sequence < {to}{and}");
}

internal delegate void TailPosting(in PostingRow row, int party);

internal delegate void TailMeasure(in MeasureRow row, int party);
