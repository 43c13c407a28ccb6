using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using nietras.SeparatedValues;

namespace Ledger.Exchange.Ucdp;

/// <summary>One row of UCDP GED as one alleged violation.</summary>
/// <remarks>
/// GED counts lethal organised violence. It names the two sides of a conflict and never says who broke a ceasefire, so
/// nobody is alleged: which side stands first is a convention of the data set. It names no means either: one-sided
/// violence is <c>violence-against-civilians</c>, everything else is <c>other</c>.
/// </remarks>
internal sealed class UcdpMapping(UcdpColumns columns, UcdpOptions options)
{
    public const string System = "ucdp-ged";
    public const string Origin = "ucdp";

    /// <summary>GED's where_prec 2: "within about 25 km of a known point".</summary>
    private const double NearbyMetres = 25_000;

    private const int LongestName = 200;
    private const int LongestText = 4_000;
    private const int MostCasualties = 10_000_000;

    public static ViolationId IdOf(string gedId) => ExternalIds.Case(System, gedId);

    /// <returns>Null for a row that isn't data: HDX puts a row of tags (#event+id) under the header.</returns>
    public ImportRow? Map(SepReader.Row row)
    {
        if (row.ColCount > 0 && row[0].Span.StartsWith("#")) return null;
        if (row.ColCount == 1 && row[0].Span.IsWhiteSpace()) return null;

        var cells = new Cells(row, columns.Count);
        if (row.ColCount != columns.Count)
        {
            var fix = $"The row has {row.ColCount} columns, the header {columns.Count}: look for a quote that isn't closed, or a comma outside quotes.";
            return ImportRow.Bad(row.LineNumberFrom, cells.Text(columns.Id), [new RowError("(row)", cells.Start(), fix)]);
        }

        var report = Report(cells, out var id);
        return cells.Errors.Count > 0
            ? ImportRow.Bad(row.LineNumberFrom, id, cells.Errors)
            : ImportRow.Good(row.LineNumberFrom, id!, new ViolationCommand.Record(IdOf(id!), options.Agreement, report!, Values<string>.None));
    }

    private Report? Report(Cells cells, out string? id)
    {
        id = cells.Required(columns.Id, "id", "Every event of GED has an id.");
        var type = cells.Code(columns.TypeOfViolence, "type_of_violence", 1, 3);
        var when = When(cells);
        var where = Where(cells);
        var casualties = Casualties(cells);
        var (a, b) = (cells.Required(columns.SideA, "side_a", "Name the side."), cells.Required(columns.SideB, "side_b", "Name the side."));
        if (id is { Length: > 64 } || (id is not null && id.Any(char.IsControl))) cells.Say("id", id, "An id has at most 64 characters and no line breaks.");
        if (cells.Errors.Count > 0) return null;

        return new Report(
            type == 3 ? Category.ViolenceAgainstCivilians : Category.Other,
            Provision: null, Values<ProvisionId>.None, Values<Breach>.None, Weapon: null,
            when!, where, OtherPlaces: Values<string>.None,
            AllegedParty: null, AllegedBy: null, AffectedParty: null,
            new Count(1, null, ObservedUnit.Incident), Observation: null, Origin,
            casualties, SourceOf(cells), new ExternalReference(System, id!, options.DatasetVersion), Values<ViolationId>.None,
            Prose.InClear(Sentence(cells, id!, type!.Value, a!, b!, casualties)));
    }

    /// <summary>Days as the file bounds them; its own grade of precision stands beside, so nothing is made more exact than it was.</summary>
    private Occurred? When(Cells cells)
    {
        var precision = cells.Code(columns.DatePrecision, "date_prec", 1, 5);
        var start = cells.Day(columns.DateStart, "date_start");
        var end = cells.Day(columns.DateEnd, "date_end");
        if (start is null || end is null || precision is null) return null;
        if (end < start)
        {
            cells.Say("date_end", cells.Text(columns.DateEnd), $"It lies before date_start, {start:yyyy-MM-dd}; one of the two is wrong.");
            return null;
        }

        var from = LocalCalendar.StartOf(start.Value, options.Zone);
        // The end is inclusive: the last second of the last day.
        DateTimeOffset? to = start == end ? null : LocalCalendar.StartOf(end.Value.AddDays(1), options.Zone).AddSeconds(-1);
        return new Occurred(from, to, precision switch
        {
            1 or 2 => TimePrecision.Day,
            3 => TimePrecision.Week,
            // 5 is "more than a month"; the bounds say how much, and month is the coarsest grade there is.
            _ => TimePrecision.Month,
        });
    }

    /// <summary>A point where the file gives one; where its coordinates are the middle of a district or a line, only the name, for the point would be invented.</summary>
    private Location? Where(Cells cells)
    {
        var precision = cells.Code(columns.WherePrecision, "where_prec", 1, 7);
        var latitude = cells.Number(columns.Latitude, "latitude", 90);
        var longitude = cells.Number(columns.Longitude, "longitude", 180);
        if (precision is null || latitude is null || longitude is null) return null;

        var place = cells.Text(columns.Place) ?? cells.Text(columns.Adm2) ?? cells.Text(columns.Adm1) ?? cells.Text(columns.Country);
        if (place is not null) place = Shorten(place, LongestName);
        return precision switch
        {
            1 => new Location.Point(new GeoPoint(latitude.Value, longitude.Value), null, place),
            2 => new Location.Point(new GeoPoint(latitude.Value, longitude.Value), NearbyMetres, place),
            _ => place is null ? null : new Location.Named(place),
        };
    }

    /// <summary>The estimate as one total; beside it whose deaths they were, as far as the file says. No figures = no claim, never 0.</summary>
    private Values<CasualtyRow> Casualties(Cells cells)
    {
        var best = cells.Whole(columns.Best, "best", MostCasualties);
        var low = cells.Whole(columns.Low, "low", MostCasualties);
        var high = cells.Whole(columns.High, "high", MostCasualties);
        if (best is null)
        {
            if ((low ?? high) is not null && cells.Text(columns.Best) is null) cells.Say("best", "", "The row has a low or a high estimate and no best one; a claim needs the best.");
            return Values<CasualtyRow>.None;
        }

        var rows = new List<CasualtyRow>
        {
            new(CasualtyKind.Killed, CasualtyWho.Total, null, low, best.Value, high, low > best || best > high || low > high),
        };
        Part(CasualtyWho.Combatant, PartyOf(cells.Text(columns.SideA)), cells.Whole(columns.DeathsA, "deaths_a", MostCasualties));
        Part(CasualtyWho.Combatant, PartyOf(cells.Text(columns.SideB)), cells.Whole(columns.DeathsB, "deaths_b", MostCasualties));
        Part(CasualtyWho.Civilian, null, cells.Whole(columns.DeathsCivilians, "deaths_civilians", MostCasualties));
        Part(CasualtyWho.Unknown, null, cells.Whole(columns.DeathsUnknown, "deaths_unknown", MostCasualties));
        return rows.ToValues();

        // A part of 0 adds nothing to what the total says; two sides without a party are one row of combatants.
        void Part(CasualtyWho who, PartyId? of, int? dead)
        {
            if (dead is not > 0) return;
            var same = rows.FindIndex(row => row.Who == who && row.Of == of);
            if (same < 0) rows.Add(new CasualtyRow(CasualtyKind.Killed, who, of, null, dead.Value, null));
            else rows[same] = rows[same] with { Best = rows[same].Best + dead.Value };
        }
    }

    private PartyId? PartyOf(string? side) => side is not null && options.Sides?.TryGetValue(side, out var party) == true ? party : null;

    private Source SourceOf(Cells cells)
    {
        var name = options.DatasetVersion is { } version ? $"UCDP GED {version}" : "UCDP GED";
        var reference = cells.Text(columns.SourceArticle) ?? cells.Text(columns.SourceHeadline) ?? cells.Text(columns.SourceOffice);
        return new Source(name, Reference: reference is null ? null : Shorten(reference, LongestText));
    }

    /// <summary>What the columns say, short enough to stand in the event.</summary>
    /// <remarks>Headlines of articles aren't used: they are one press's words, and may name people.</remarks>
    private string Sentence(Cells cells, string id, int type, string a, string b, Values<CasualtyRow> casualties)
    {
        var kind = type switch { 1 => "state-based violence", 2 => "non-state violence", _ => "one-sided violence" };
        var place = cells.Text(columns.Place) is { } named ? $", {Shorten(named, 40)}" : "";
        var (start, end) = (cells.Text(columns.DateStart)![..10], cells.Text(columns.DateEnd)![..10]);
        var days = start == end ? start : $"{start} to {end}";
        var deaths = casualties.Count == 0
            ? "no figures of deaths"
            : $"deaths: best {Figure(casualties[0].Best)}, low {Figure(casualties[0].Low)}, high {Figure(casualties[0].High)}";
        return Shorten($"UCDP GED event {id}: {kind}, sides {Shorten(a, 40)} and {Shorten(b, 40)}{place}, {days}; {deaths}.", Prose.Longest);
    }

    private static string Figure(int? figure) => figure?.ToString(CultureInfo.InvariantCulture) ?? "not given";

    private static string Shorten(string text, int longest) => text.Length <= longest ? text : CutSafely(text, longest - 1) + "…";

    /// <summary>Cuts without leaving half of a surrogate pair, which no JSON takes.</summary>
    private static string CutSafely(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
