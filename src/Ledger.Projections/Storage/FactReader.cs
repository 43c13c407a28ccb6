using System.Globalization;

namespace Ledger.Projections.Storage;

/// <summary>Finds events by number, by id and by time.</summary>
internal sealed class FactReader(ReadModel model)
{
    /// <summary>The facts of some sequences, by sequence; all of them lie below what was applied.</summary>
    public Dictionary<long, FactRow> Of(IReadOnlyCollection<long> sequences)
    {
        var found = new Dictionary<long, FactRow>();
        if (sequences.Count == 0) return found;
        var cut = model.Cut;
        var wanted = sequences.ToHashSet();
        var inFile = wanted.Where(sequence => sequence < cut.Flushed).ToArray();
        if (inFile.Length > 0)
        {
            var sql = string.Create(CultureInfo.InvariantCulture, $"""
                SELECT sequence, event_id, recorded_at, agreement, first, revision FROM facts
                WHERE sequence >= {inFile.Min()} AND sequence <= {inFile.Max()} AND sequence IN ({string.Join(", ", inFile)})
                """);
            foreach (var fact in model.Duck.ReadRows(sql, Row)) found[fact.Sequence] = fact;
        }

        foreach (var fact in Tail(cut))
            if (wanted.Contains(fact.Sequence)) found[fact.Sequence] = fact;
        return found;
    }

    /// <summary>The agreements' codes of consecutive sequences.</summary>
    public int[] AgreementsOf(long first, int length)
    {
        var codes = new int[length];
        var cut = model.Cut;
        if (first < cut.Flushed)
        {
            model.Duck.Read(
                string.Create(CultureInfo.InvariantCulture, $"SELECT sequence, agreement::BIGINT FROM facts WHERE sequence >= {first} AND sequence < {first + length}"),
                row => codes[row[0] - first] = (int)row[1],
                CancellationToken.None);
        }

        foreach (var fact in Tail(cut))
            if (fact.Sequence >= first && fact.Sequence < first + length) codes[fact.Sequence - first] = fact.Agreement;
        return codes;
    }

    public Covered Covered(long count) => new(count, count == 0 ? null : Micros.ToTime(RecordedAt(count - 1)));

    public long RecordedAt(long sequence) => Of([sequence])[sequence].RecordedAt;

    public long? SequenceOf(Guid eventId)
    {
        var cut = model.Cut;
        foreach (var fact in Tail(cut))
            if (fact.EventId == eventId) return fact.Sequence;
        return model.Duck.ReadRows($"SELECT sequence FROM facts WHERE event_id = '{eventId:D}'::UUID", row => (long?)row.GetInt64(0)).FirstOrDefault();
    }

    /// <summary>The events before the first one that was recorded after a moment.</summary>
    public long CountAsOf(long moment, long count)
    {
        // It lies behind this anchor, and before the next one, or there is none.
        var from = model.AnchorUpTo(moment)?.Sequence ?? 0;
        var cut = model.Cut;
        if (from < cut.Flushed)
        {
            long? first = null;
            model.Duck.Read(
                string.Create(CultureInfo.InvariantCulture, $"""
                    SELECT coalesce(min(sequence), -1) FROM facts
                    WHERE recorded_at > {moment} AND sequence >= {from} AND sequence < {Math.Min(from + ReadModel.AnchorStep, cut.Flushed)}
                    """),
                row => first = row[0] >= 0 ? row[0] : null,
                CancellationToken.None);
            if (first is { } inFile) return Math.Min(inFile, count);
        }

        foreach (var fact in Tail(cut))
            if (fact.RecordedAt > moment) return Math.Min(fact.Sequence, count);
        return count;
    }

    /// <summary>Which first bytes of digests some event refers to.</summary>
    public HashSet<long> Refers(IReadOnlySet<long> prefixes)
    {
        var found = new HashSet<long>();
        var cut = model.Cut;
        foreach (var some in prefixes.Chunk(1000))
        {
            model.Duck.Read(
                $"SELECT DISTINCT prefix FROM digests WHERE prefix IN ({string.Join(", ", some.Select(p => p.ToString(CultureInfo.InvariantCulture)))})",
                row => found.Add(row[0]),
                CancellationToken.None);
        }

        foreach (var rows in cut.Lists(Tables.Digests))
            for (int i = 0, all = rows.Count; i < all; i++)
                if (prefixes.Contains(rows[i].Prefix)) found.Add(rows[i].Prefix);
        return found;
    }

    /// <summary>Every digest whose text was erased, as far as events were applied.</summary>
    public HashSet<string> Erased() => [.. AllErased().Where(digest => !ErasedRow.IsFile(digest))];

    /// <summary>Every file of evidence that was erased, with the agreement whose cases held it, as <see cref="ErasedRow.OfFile"/> writes them.</summary>
    public HashSet<string> ErasedFiles() => [.. AllErased().Where(ErasedRow.IsFile)];

    private HashSet<string> AllErased()
    {
        var cut = model.Cut;
        var erased = model.Duck.ReadRows("SELECT digest FROM erased", row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);
        foreach (var rows in cut.Lists(Tables.Erased))
            for (int i = 0, all = rows.Count; i < all; i++) erased.Add(rows[i].Digest);
        return erased;
    }

    private static IEnumerable<FactRow> Tail(Cut cut)
    {
        foreach (var rows in cut.Lists(Tables.Facts))
            for (int i = 0, all = rows.Count; i < all; i++) yield return rows[i];
    }

    private static FactRow Row(DuckDB.NET.Data.DuckDBDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.GetInt64(2), row.GetInt32(3), row.GetInt64(4), row.GetInt32(5));
}
