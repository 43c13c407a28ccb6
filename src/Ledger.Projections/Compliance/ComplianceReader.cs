using System.Runtime.ExceptionServices;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections.Coverage;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Compliance;

/// <summary>Answers with the compliance picture at a count.</summary>
internal sealed class ComplianceReader(ReadModel model)
{
    public ComplianceAnswer Answer(ComplianceQuery query, long count, CancellationToken cancellation)
    {
        if (model.Agreements.At(query.Agreement, count) is not { } agreement) return new ComplianceAnswer.UnknownAgreement();
        if (UnknownNames.In(agreement, query.Cases.Zones, query.Party is { } p ? [p] : []) is var (filter, value))
            return new ComplianceAnswer.UnknownName(filter, value);

        var zone = model.Agreements.ZoneOf(agreement);
        var selection = new CaseSelection(agreement, zone, query.Cases, query.Basis == AccountBasis.Alleged, model.Names);
        var source = new PostingSource(model, selection, count, useBalances: true, cancellation);
        var asOf = new FactReader(model).Covered(count);

        if (query.Interval is { } wanted && query.MostPeriods < ComplianceAnswer.TooManyPeriods.Most)
        {
            // Cases outside the term only make a series longer.
            var (from, to) = Reach(query.Cases, agreement, zone, asOf, new Cells(query.Method));
            var least = Periods.Count(from, to, wanted);
            if (least > query.MostPeriods) return new ComplianceAnswer.TooManyPeriods(least);
        }

        var days = query.Interval is null && query.Method != CountingMethod.IncidentDaysV1 ? null : ByDay(source, query.Method);
        Periods? periods = null;
        if (query.Interval is { } interval)
        {
            var (first, last) = Reach(query.Cases, agreement, zone, asOf, days!);
            var many = Periods.Count(first, last, interval);
            if (many > Math.Min(query.MostPeriods, ComplianceAnswer.TooManyPeriods.Most)) return new ComplianceAnswer.TooManyPeriods(many);
            periods = Periods.Between(first, last, interval, zone);
        }

        var watched = Watched(query.Cases, agreement, count, periods?.Bounds ?? []);
        var accounts = AccountsOf(source, query.Method, days, periods, watched.PerPeriod);
        var open = new FactReader(model).Of([.. accounts.OldestOpen.Values]);
        var parties = PartiesOf(agreement, accounts, query.Party)
            .Select(party => accounts.Picture(party.Id, party.Standing, party.Code, asOf, open)).ToArray();
        var claims = model.Claims.At(query.Agreement, count, query.Cases.From, query.Cases.To).Count(claim => !claim.State.Withdrawn);
        return new ComplianceAnswer.Picture(
            query.Agreement, asOf, query.Method, query.Basis, parties, HoursOf(watched), claims, Statements.Of(query, agreement, claims));
    }

    /// <summary>Five sums of which none waits for another, side by side: planning one costs DuckDB as much as adding up, and it plans on one core.</summary>
    private static Accounts AccountsOf(PostingSource source, CountingMethod method, Cells? days, Periods? periods, long[] hours)
    {
        Cells? totals = null;
        Dictionary<(int Party, byte Code), long>? measures = null;
        Dictionary<int, (long Occurred, long RuledAt)>? latest = null;
        Dictionary<int, long>? oldest = null;
        Dictionary<int, double>? medians = null;
        SideBySide(
            () => totals = method == CountingMethod.IncidentDaysV1 ? days! : Totals(source, method),
            () => measures = MeasuresOf(source),
            () => latest = LatestConfirmed.Of(source),
            () => oldest = OpenCases.Oldest(source),
            () => medians = Decisions.MedianHours(source));
        return new Accounts
        {
            Cells = totals!,
            Days = days,
            Periods = periods,
            HoursPerPeriod = hours,
            Measures = measures!,
            Latest = latest!,
            OldestOpen = oldest!,
            Medians = medians!,
        };
    }

    /// <summary>Waits for all of them, also where one fails: none may read on in a file that has been let go.</summary>
    private static void SideBySide(params Action[] sums)
    {
        try
        {
            Parallel.Invoke(sums);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }

    private static Cells Totals(PostingSource source, CountingMethod method)
    {
        var cells = new Cells(method);
        source.Sum(
            source.Accounts(), ["party", "status", "category", "facet"], ["cases", "occurrences", "lethal"],
            row => cells.Add(new Cell((int)row[0], (byte)row[1], (byte)row[2], (byte)row[3], 0), row[4], row[5], row[6]));
        source.ReadBehind((in PostingRow row, int party) =>
            cells.Add(new Cell(party, row.Status, row.Category, row.Facet, 0), row.Delta, (long)row.Delta * row.Count, row.Delta * row.Lethal));
        return cells;
    }

    /// <summary>A series needs status and day only; distinct days are wanted for every figure, so with all that figures are told apart by.</summary>
    private static Cells ByDay(PostingSource source, CountingMethod method)
    {
        var isFine = method == CountingMethod.IncidentDaysV1;
        var cells = new Cells(method);
        source.Sum(
            source.Days(), isFine ? ["party", "status", "day", "category", "facet"] : ["party", "status", "day"],
            isFine ? ["cases"] : ["cases", "occurrences", "lethal"], // Days count by whether any case stands.
            row =>
            {
                if (isFine) cells.Add(new Cell((int)row[0], (byte)row[1], (byte)row[3], (byte)row[4], (int)row[2]), row[5], 0, 0);
                else cells.Add(new Cell((int)row[0], (byte)row[1], 0, 0, (int)row[2]), row[3], row[4], row[5]);
            });
        source.ReadBehind((in PostingRow row, int party) => cells.Add(
            new Cell(party, row.Status, isFine ? row.Category : (byte)0, isFine ? row.Facet : (byte)0, row.Day),
            row.Delta, (long)row.Delta * row.Count, row.Delta * row.Lethal));
        return cells;
    }

    private static Dictionary<(int Party, byte Code), long> MeasuresOf(PostingSource source)
    {
        var amounts = new Dictionary<(int Party, byte Code), long>();
        source.SumMeasures(row => Add((int)row[0], (byte)row[1], (byte)row[2], row[3]));
        return amounts;

        void Add(int party, byte code, byte status, long amount)
        {
            // Dismissed, withdrawn and duplicate cases have no casualties; their disputes are disputes all the same.
            if (Measure.IsOfCasualties(code)
                && (ViolationStatus)status is ViolationStatus.Dismissed or ViolationStatus.Withdrawn or ViolationStatus.Duplicate) return;
            amounts[(party, code)] = amounts.GetValueOrDefault((party, code)) + amount;
        }
    }

    /// <summary>From the term's beginning, or an earlier case, to its end or the as-of moment, or a later case; less where the query says so.</summary>
    private static (DateOnly First, DateOnly Last) Reach(CaseFilter filter, AgreementState agreement, TimeZoneInfo zone, Covered asOf, Cells days)
    {
        var cases = days.Standing.Select(pair => pair.Key.Day).DefaultIfEmpty(-1);
        var (earliest, latest) = (cases.Min(), cases.Max());
        var first = filter.From is { } from ? LocalCalendar.DayOf(from, zone) : LocalCalendar.DayOf(agreement.Term.From, zone);
        if (filter.From is null && earliest >= 0 && earliest < first.DayNumber) first = DateOnly.FromDayNumber(earliest);
        if (filter.To is { } to) return (first, LastBefore(to, zone));

        var end = Earlier(agreement.Term.Until, agreement.EndedAt);
        var last = end is { } over && over <= asOf.RecordedAt ? LastBefore(over, zone) : LocalCalendar.DayOf(asOf.RecordedAt!.Value, zone);
        return (first, latest > last.DayNumber ? DateOnly.FromDayNumber(latest) : last);
    }

    private static DateOnly LastBefore(DateTimeOffset end, TimeZoneInfo zone) =>
        end == DateTimeOffset.MinValue ? DateOnly.MinValue : LocalCalendar.DayOf(end.AddTicks(-1), zone);

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;

    private WatchedTime Watched(CaseFilter filter, AgreementState agreement, long count, long[] bounds)
    {
        var cut = new Stretch(filter.From is { } f ? Micros.Of(f) : long.MinValue, filter.To is { } t ? Micros.Of(t) : long.MaxValue);
        IEnumerable<CoverageRow> entries = model.Names.Find(agreement.AgreementId.Value) is { } code ? model.Coverage.At(code, count) : [];
        if (filter.Zones.Count > 0)
        {
            var zones = filter.Zones.Select(zone => model.Names.Find(zone.Value)).OfType<int>().ToHashSet();
            entries = entries.Where(entry => zones.Contains(entry.Zone));
        }

        return WatchedTime.Of(entries, cut, bounds);
    }

    private CoverageHours HoursOf(WatchedTime watched) => new(
        Hours(watched.Watched),
        Hours(watched.Lost),
        [.. watched.LostByParty
            .Select(gap => (Party: model.Names.NameOrNull(gap.Party), gap.Lost))
            .OrderBy(gap => gap.Party is null).ThenBy(gap => gap.Party, StringComparer.Ordinal)
            .Select(gap => new PartyGap(gap.Party is { } id ? new PartyId(id) : null, Hours(gap.Lost)))]);

    private static double Hours(long micros) => (double)micros / Micros.PerHour;

    private IEnumerable<(PartyId Id, Standing? Standing, int Code)> PartiesOf(AgreementState agreement, Accounts accounts, PartyId? only)
    {
        var ids = agreement.Parties.Select(party => party.PartyId.Value)
            .Union(accounts.Codes.Where(code => code != None.Name).Select(model.Names.Name)) // Nobody's cases are ever left out of a sum.
            .Order(StringComparer.Ordinal)
            .Append(PartyId.Undetermined);
        foreach (var id in ids)
        {
            if (only is { } party && party.Value != id) continue;
            var code = id == PartyId.Undetermined ? None.Name : model.Names.Find(id) ?? int.MaxValue;
            yield return (new PartyId(id), agreement.PartyOf(new PartyId(id))?.Standing, code);
        }
    }
}

/// <summary>Names in a query that the agreement doesn't have.</summary>
internal static class UnknownNames
{
    public static (string Filter, string Value)? In(AgreementState agreement, IEnumerable<ZoneId> zones, IEnumerable<PartyId> parties)
    {
        foreach (var zone in zones)
            if (agreement.ZoneOf(zone) is null) return ("zone", zone.Value);
        foreach (var party in parties)
            if (party.Value != PartyId.Undetermined && agreement.PartyOf(party) is null) return ("party", party.Value);
        return null;
    }
}
