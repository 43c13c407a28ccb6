using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Lists the entries of an account, in the order of the ledger: the deltas add up to the figure.</summary>
internal sealed class PostingsReader(ReadModel model)
{
    private readonly record struct Entry(long Sequence, int Delta, byte Status, int Day, int Count, byte Lethal);

    private readonly record struct Item(long Sequence, long Delta, byte Status);

    /// <param name="start">Its key: sequence, sign.</param>
    public Page<Posting> List(PostingsQuery query, AgreementState agreement, PageStart start, CancellationToken cancellation)
    {
        if (KeyOf(start.After) is not var (sequence, sign)) return new Page<Posting>.BadCursor();
        var figures = query.Figures;
        var selection = new CaseSelection(
            agreement, model.Agreements.ZoneOf(agreement), figures.Cases, figures.Basis == AccountBasis.Alleged, model.Names);
        var source = new PostingSource(model, selection, start.Count, useBalances: false, cancellation);
        var items = Weigh(EntriesOf(query, source, sequence, start.Limit + 2), figures.Method)
            .Where(item => item.Sequence > sequence || (item.Sequence == sequence && Math.Sign(item.Delta) > sign))
            .Take(start.Limit + 1).ToList();
        return start.Page(Items(items), item => [Text(item.Sequence), Text(Math.Sign(item.Delta))], new FactReader(model).Covered(start.Count));
    }

    /// <summary>In the order of the ledger, minus before plus. Distinct days can only be told from the beginning on.</summary>
    private List<Entry> EntriesOf(PostingsQuery query, PostingSource source, long from, int limit)
    {
        var party = query.Party.Value == PartyId.Undetermined ? None.Name : model.Names.Find(query.Party.Value) ?? int.MaxValue;
        var statuses = query.Statuses.Select(status => (byte)status).ToHashSet();
        var isAll = query.Figures.Method == CountingMethod.IncidentDaysV1;
        var lethal = query.Figures.Method == CountingMethod.LethalV1;
        var and = Sql($" AND {source.Selection.Party} = {party}")
            + (statuses.Count == 0 ? "" : $" AND status IN ({string.Join(", ", statuses.Select(status => Text(status)))})")
            + (lethal ? " AND lethal = 1" : "");
        var entries = new List<Entry>();
        source.Read(
            Sql($"""
                SELECT sequence, delta::BIGINT, status::BIGINT, day::BIGINT, count::BIGINT, lethal::BIGINT
                FROM ({source.Postings("sequence, delta, status, day, count, lethal", and + (isAll ? "" : Sql($" AND sequence >= {from}")))})
                ORDER BY sequence, delta
                """) + (isAll ? "" : Sql($" LIMIT {limit}")),
            row => entries.Add(new Entry(row[0], (int)row[1], (byte)row[2], (int)row[3], (int)row[4], (byte)row[5])));
        source.ReadTail((in PostingRow row, int account) =>
        {
            if (account != party || (statuses.Count > 0 && !statuses.Contains(row.Status)) || (lethal && row.Lethal == 0)) return;
            if (isAll || row.Sequence >= from) entries.Add(new Entry(row.Sequence, row.Delta, row.Status, row.Day, row.Count, row.Lethal));
        });
        return entries;
    }

    private static IEnumerable<Item> Weigh(List<Entry> entries, CountingMethod method) => method switch
    {
        CountingMethod.OccurrencesV1 => entries.Select(e => new Item(e.Sequence, (long)e.Delta * e.Count, e.Status)),
        CountingMethod.IncidentDaysV1 => Days(entries),
        _ => entries.Select(e => new Item(e.Sequence, e.Delta, e.Status)),
    };

    /// <summary>An entry counts where it is the first on its day, or takes the last one away.</summary>
    private static IEnumerable<Item> Days(List<Entry> entries)
    {
        var standing = new Dictionary<(byte Status, int Day), int>();
        foreach (var e in entries)
        {
            var before = standing.GetValueOrDefault((e.Status, e.Day));
            var after = standing[(e.Status, e.Day)] = before + e.Delta;
            if (before > 0 != after > 0) yield return new Item(e.Sequence, e.Delta, e.Status);
        }
    }

    private List<Posting> Items(List<Item> items)
    {
        var sequences = items.Select(item => item.Sequence).ToHashSet();
        var facts = new FactReader(model).Of(sequences);
        var cases = CasesOf(sequences);
        return [.. items.Select(item => new Posting(
            item.Sequence, facts[item.Sequence].EventId, new ViolationId(cases[item.Sequence]), (ViolationStatus)item.Status, item.Delta,
            Micros.ToTime(facts[item.Sequence].RecordedAt)))];
    }

    /// <summary>Whose case each event belongs to: every event of a case has a version in the register.</summary>
    private Dictionary<long, Guid> CasesOf(HashSet<long> sequences)
    {
        var cases = new Dictionary<long, Guid>();
        if (sequences.Count == 0) return cases;
        foreach (var rows in model.Cut.Lists(Tables.Versions))
            for (int i = 0, all = rows.Count; i < all; i++)
                if (sequences.Contains(rows[i].Sequence)) cases[rows[i].Sequence] = rows[i].ViolationId;

        var rest = sequences.Where(sequence => !cases.ContainsKey(sequence)).ToArray();
        if (rest.Length == 0) return cases;
        var sql = Sql($"SELECT sequence, violation_id FROM versions WHERE sequence >= {rest.Min()} AND sequence <= {rest.Max()}")
            + $" AND sequence IN ({string.Join(", ", rest.Select(Text))})";
        foreach (var (sequence, id) in model.Duck.ReadRows(sql, row => (row.GetInt64(0), row.GetGuid(1)))) cases[sequence] = id;
        return cases;
    }

    private static (long Sequence, int Sign)? KeyOf(IReadOnlyList<string>? key) => key switch
    {
        null => (-1, 0),
        [var sequence, var sign] when long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var s)
            && int.TryParse(sign, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var d) => (s, d),
        _ => null,
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
