using System.Globalization;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

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
        _reach = useBalances && selection.BalanceWhere is not null ? Balances.Reach(_inFile) : 0;
    }

    public long Count { get; }

    public CaseSelection Selection => _selection;

    /// <summary>Columns party, status, category, facet, day, cases, occurrences, lethal.</summary>
    public string Days(string and = "") => Both(
        "status, category, facet, day, cases, occurrences, lethal", "day_balances",
        "status, category, facet, day, delta AS cases, delta * count::BIGINT AS occurrences, delta * lethal::INTEGER AS lethal", "postings", and, and);

    /// <summary>Columns party, status, code, amount.</summary>
    public string Measures() => Both("status, code, amount", "measure_balances", "status, code, amount", "measures", "", "");

    /// <summary>Columns party, bucket, cases.</summary>
    public string DecisionBuckets() =>
        Both("bucket, cases", "decision_balances", $"{Decisions.Bucket} AS bucket, delta AS cases", "postings", "", " AND decided >= 0");

    /// <summary>Columns party, bucket, cases.</summary>
    public string OpenBuckets() =>
        Both("bucket, cases", "open_balances", $"{OpenCases.Bucket} AS bucket, delta AS cases", "postings", "", " AND status <= 1");

    /// <summary>The postings themselves, all that the file has.</summary>
    public string Postings(string columns, string and) => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT {_selection.Party} AS party, {columns} FROM postings WHERE {_selection.Where} AND sequence < {_inFile}{and}");

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

    private string Both(string balanced, string balances, string posted, string postings, string andBalanced, string andPosted) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {(_reach == 0 ? "" : $"SELECT {_selection.Party} AS party, {balanced} FROM {balances} WHERE {_selection.BalanceWhere} AND {Balances.Rows(_reach)}{andBalanced} UNION ALL")}
        SELECT {_selection.Party} AS party, {posted} FROM {postings}
        WHERE {_selection.Where} AND sequence >= {_reach} AND sequence < {_inFile}{andPosted}
        """);
}

internal delegate void TailPosting(in PostingRow row, int party);

internal delegate void TailMeasure(in MeasureRow row, int party);
