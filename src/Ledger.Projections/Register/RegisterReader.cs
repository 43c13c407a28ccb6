using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Register;

/// <summary>Lists cases as they stood at a count, newest occurred first.</summary>
/// <remarks>
/// Versions are asked for in the order of the list, whatever became of them; those that had a successor by then are passed over.
/// A case has a handful of versions, so the first few hundred hold a page; where hardly any stands, the next step is wider.
/// </remarks>
internal sealed class RegisterReader(ReadModel model)
{
    private const int FirstStep = 512;
    private const int Widening = 8;

    /// <param name="start">Its key: microseconds of occurred.from, violation id.</param>
    /// <param name="words">The cases that hold the words asked for; null = all.</param>
    public Page<ViolationListItem> List(
        ViolationQuery query, AgreementState agreement, PageStart start, IReadOnlySet<Guid>? words, CancellationToken cancellation)
    {
        var selection = new VersionSelection(query, agreement, model.Names);
        var after = KeyOf(start.After);
        if (start.After is not null && after is null) return new Page<ViolationListItem>.BadCursor();

        var found = Standing(selection, start.Count, after, start.Limit + 1, words, cancellation);
        var covered = new FactReader(model).Covered(start.Count);
        var items = Items(found);
        return start.Page(items, item => [Text(Micros.Of(item.Occurred.From)), item.ViolationId.ToString()], covered);
    }

    /// <summary>Every case of a query in the order of the list, read once from end to end: for files, which have no pages.</summary>
    public IEnumerable<ViolationListItem> All(ViolationQuery query, AgreementState agreement, long count, CancellationToken cancellation)
    {
        var selection = new VersionSelection(query, agreement, model.Names);
        var cut = model.Cut;
        var tail = new List<VersionRow>();
        foreach (var rows in cut.Lists(Tables.Versions))
            for (int i = 0, all = rows.Count; i < all && rows[i].Sequence < count; i++)
                if (selection.Holds(in rows[i]) && model.Successors.Stands(rows[i].Sequence, count)) tail.Add(rows[i]);
        tail.Sort((a, b) => VersionKey.Of(in a).CompareTo(VersionKey.Of(in b)));
        return Merge(tail, selection, count, Math.Min(count, cut.Flushed), cancellation);
    }

    private IEnumerable<ViolationListItem> Merge(List<VersionRow> tail, VersionSelection selection, long count, long inFile, CancellationToken cancellation)
    {
        var items = Items(tail);
        var next = 0;
        var rows = inFile == 0 ? [] : model.Duck.StreamRows(selection.SqlOfAll(inFile), row => (Version: VersionOf(row), Place: row.IsDBNull(16) ? null : row.GetString(16)));
        foreach (var (version, place) in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!model.Successors.Stands(version.Sequence, count)) continue;
            while (next < tail.Count && VersionKey.Of(version).IsBehind(VersionKey.Of(tail[next]))) yield return items[next++];
            yield return ItemOf(version, place is null ? null : LocationText.Read(place));
        }

        while (next < tail.Count) yield return items[next++];
    }

    private List<VersionRow> Standing(
        VersionSelection selection, long count, VersionKey? after, int limit, IReadOnlySet<Guid>? words, CancellationToken cancellation)
    {
        var cut = model.Cut;
        var found = new List<VersionRow>();
        foreach (var rows in cut.Lists(Tables.Versions))
            for (int i = 0, all = rows.Count; i < all && rows[i].Sequence < count; i++)
                if (selection.Holds(in rows[i]) && (after is null || VersionKey.Of(in rows[i]).IsBehind(after.Value)) && Stands(in rows[i])) found.Add(rows[i]);

        var inFile = Math.Min(count, cut.Flushed);
        var (step, from, isAll, standing) = (Math.Max(FirstStep, limit * 4), after, inFile == 0, 0);
        while (!isAll && standing < limit)
        {
            cancellation.ThrowIfCancellationRequested();
            var page = model.Duck.ReadRows(selection.Sql(inFile, from, step), VersionOf);
            foreach (var row in page)
            {
                if (!Stands(in row)) continue;
                found.Add(row);
                standing++;
            }

            isAll = page.Count < step;
            if (page.Count > 0) from = VersionKey.Of(page[^1]);
            step *= Widening;
        }

        return [.. found.OrderBy(row => VersionKey.Of(in row)).Take(limit)];

        bool Stands(in VersionRow row) => model.Successors.Stands(row.Sequence, count) && (words is null || words.Contains(row.ViolationId));
    }

    private List<ViolationListItem> Items(List<VersionRow> versions)
    {
        var places = PlacesOf(versions);
        return [.. versions.Select(row => ItemOf(row, row.Place < 0 ? null : places[(row.Case, row.Place)]))];
    }

    private ViolationListItem ItemOf(VersionRow row, Location? place) => new(
        new ViolationId(row.ViolationId),
        (ViolationStatus)row.Status,
        (Category)row.Category,
        new Occurred(Micros.ToTime(row.Occurred), Micros.ToTimeOrNull(row.OccurredTo), (TimePrecision)row.Precision),
        place,
        model.Names.NameOrNull(row.Zone) is { } zone ? new ZoneId(zone) : null,
        Party(row.Accountable),
        Party(row.Alleged),
        row.Severity == 0 ? null : (Severity)(row.Severity - 1),
        row.Killed == None.Figure ? null : row.Killed,
        row.OpenDisputes,
        Micros.ToTime(row.RecordedAt),
        row.Sequence);

    private PartyId? Party(int code) => model.Names.NameOrNull(code) is { } party ? new PartyId(party) : null;

    private Dictionary<(long Case, int Revision), Location> PlacesOf(List<VersionRow> versions)
    {
        var wanted = versions.Where(row => row.Place >= 0).Select(row => (row.Case, row.Place)).ToHashSet();
        var places = new Dictionary<(long Case, int Revision), Location>();
        if (wanted.Count == 0) return places;
        foreach (var rows in model.Cut.Lists(Tables.Places))
            for (int i = 0, all = rows.Count; i < all; i++)
                if (wanted.Contains((rows[i].Case, rows[i].Revision))) places[(rows[i].Case, rows[i].Revision)] = LocationText.Read(rows[i].Json);

        // The tail was read first: what has left it since is in the file.
        var cases = wanted.Where(place => !places.ContainsKey(place)).Select(place => place.Case).ToHashSet();
        if (cases.Count == 0) return places;
        var sql = $"""
            SELECT case_sequence, revision, json FROM places
            WHERE case_sequence >= {Text(cases.Min())} AND case_sequence <= {Text(cases.Max())} AND case_sequence IN ({string.Join(", ", cases.Select(Text))})
            """;
        foreach (var (number, revision, json) in model.Duck.ReadRows(sql, row => (row.GetInt64(0), row.GetInt32(1), row.GetString(2))))
            if (wanted.Contains((number, revision))) places[(number, revision)] = LocationText.Read(json);
        return places;
    }

    private static VersionKey? KeyOf(IReadOnlyList<string>? key) =>
        key is [var occurred, var id]
        && long.TryParse(occurred, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var micros)
        && Guid.TryParseExact(id, "D", out var violation)
            ? new VersionKey(micros, violation, long.MaxValue)
            : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static VersionRow VersionOf(DuckDB.NET.Data.DuckDBDataReader r) => new(
        r.GetInt64(0), 0, r.GetInt64(1), r.GetGuid(2), 0, 0, r.GetByte(3), r.GetByte(4), r.GetInt64(5), r.GetInt64(6), r.GetByte(7),
        r.GetInt32(8), r.GetInt32(9), r.GetInt32(10), 0, 0, r.GetByte(11), r.GetInt64(12), r.GetInt32(13), r.GetInt64(14), r.GetInt32(15));
}

/// <summary>The order of the list: newest occurred first, then by id; versions of one case in the order of the ledger.</summary>
internal readonly record struct VersionKey(long Occurred, Guid ViolationId, long Sequence) : IComparable<VersionKey>
{
    public static VersionKey Of(in VersionRow row) => new(row.Occurred, row.ViolationId, row.Sequence);

    public int CompareTo(VersionKey other)
    {
        if (Occurred != other.Occurred) return other.Occurred.CompareTo(Occurred);
        var byId = ViolationId.CompareTo(other.ViolationId);
        return byId != 0 ? byId : Sequence.CompareTo(other.Sequence);
    }

    public bool IsBehind(VersionKey other) => CompareTo(other) > 0;
}

/// <summary>Which versions a list is asked for: said once for the table, once for the rows that are still in memory.</summary>
internal sealed class VersionSelection
{
    private const int NeverUsed = -2;

    private readonly CaseFilter _filter;
    private readonly int _agreement;
    private readonly HashSet<byte> _statuses;
    private readonly HashSet<byte> _categories;
    private readonly HashSet<int> _parties;
    private readonly HashSet<int> _zones;
    private readonly BoundingBox? _box;

    public VersionSelection(ViolationQuery query, AgreementState agreement, NameBook names)
    {
        _filter = query.Cases;
        _agreement = names.Find(agreement.AgreementId.Value) ?? NeverUsed;
        _statuses = [.. query.Statuses.Select(status => (byte)status)];
        _categories = [.. query.Cases.Categories.Select(category => (byte)category)];
        _parties = [.. query.Parties.Select(party => party.Value == PartyId.Undetermined ? None.Name : names.Find(party.Value) ?? NeverUsed)];
        _zones = [.. query.Cases.Zones.Select(zone => names.Find(zone.Value) ?? NeverUsed)];
        _box = query.Box;
    }

    public bool Holds(in VersionRow row) =>
        row.Agreement == _agreement
        && (_statuses.Count == 0 || _statuses.Contains(row.Status))
        && (_categories.Count == 0 || _categories.Contains(row.Category))
        && (_parties.Count == 0 || _parties.Contains(row.Accountable))
        && (_zones.Count == 0 || _zones.Contains(row.Zone))
        && (_filter.From is not { } from || Micros.ToTime(row.Occurred) >= from)
        && (_filter.To is not { } to || Micros.ToTime(row.Occurred) < to)
        && (_box is not { } box || Lies(row, box));

    public string Sql(long inFile, VersionKey? after, int limit) => string.Create(CultureInfo.InvariantCulture, $"""
        SELECT sequence, case_sequence, violation_id, status, category, occurred, occurred_to, precision,
          accountable, alleged, zone, severity, killed, open_disputes, recorded_at, place
        FROM versions
        WHERE agreement = {_agreement} AND sequence < {inFile}{In("status", _statuses)}{In("category", _categories)}{In("accountable", _parties)}
          {In("zone", _zones)}{Times()}{Within()}{Behind(after)}
        ORDER BY occurred DESC, violation_id, sequence LIMIT {limit}
        """);

    /// <summary>All of it with the places, in the order of the list.</summary>
    public string SqlOfAll(long inFile) => string.Create(CultureInfo.InvariantCulture, $"""
        SELECT v.sequence, v.case_sequence, v.violation_id, v.status, v.category, v.occurred, v.occurred_to, v.precision,
          v.accountable, v.alleged, v.zone, v.severity, v.killed, v.open_disputes, v.recorded_at, v.place, p.json
        FROM (SELECT * FROM versions
          WHERE agreement = {_agreement} AND sequence < {inFile}{In("status", _statuses)}{In("category", _categories)}{In("accountable", _parties)}
            {In("zone", _zones)}{Times()}{Within()}) v
          LEFT JOIN places p ON p.case_sequence = v.case_sequence AND p.revision = v.place
        ORDER BY v.occurred DESC, v.violation_id, v.sequence
        """);

    private static bool Lies(in VersionRow row, BoundingBox box) =>
        row.Latitude >= box.South && row.Latitude <= box.North
        && (box.West <= box.East
            ? row.Longitude >= box.West && row.Longitude <= box.East
            : row.Longitude >= box.West || row.Longitude <= box.East);

    // DuckDB holds NaN for greater than every number, so a case without a point lies in no box here either.
    private string Within() => _box is not { } box ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $" AND latitude >= {box.South:R} AND latitude <= {box.North:R} AND (longitude >= {box.West:R} {(box.West <= box.East ? "AND" : "OR")} longitude <= {box.East:R}) AND NOT isnan(longitude)");

    private string Times() =>
        (_filter.From is { } from ? string.Create(CultureInfo.InvariantCulture, $" AND occurred >= {Ceiling(from)}") : "")
        + (_filter.To is { } to ? string.Create(CultureInfo.InvariantCulture, $" AND occurred < {Ceiling(to)}") : "");

    private static string Behind(VersionKey? after) => after is not { } key ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $" AND (occurred < {key.Occurred} OR (occurred = {key.Occurred} AND (violation_id > '{key.ViolationId:D}'::UUID OR (violation_id = '{key.ViolationId:D}'::UUID AND sequence > {key.Sequence}))))");

    private static long Ceiling(DateTimeOffset at) => Micros.Of(at) + (at.UtcTicks % TimeSpan.TicksPerMicrosecond == 0 ? 0 : 1);

    private static string In<T>(string column, HashSet<T> values) => values.Count == 0
        ? ""
        : $" AND {column} IN ({string.Join(", ", values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)))})";
}
