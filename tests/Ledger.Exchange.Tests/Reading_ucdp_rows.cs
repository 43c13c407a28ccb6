using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Ucdp;

namespace Ledger.Exchange.Tests;

public sealed class Reading_ucdp_rows
{
    private const string Official =
        "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob";

    private static readonly List<ImportRow> MadeUp = ReadFile();

    [Fact]
    public void Nobody_is_alleged_by_standing_first()
    {
        var report = Report("900001");
        Assert.Null(report.AllegedParty);
        Assert.Null(report.AllegedBy);
        Assert.Null(report.AffectedParty);
        Assert.Equal("ucdp", report.Origin);
        Assert.Equal(new Count(1, null, ObservedUnit.Incident), report.Count);
        Assert.Equal(new ExternalReference("ucdp-ged", "900001", "25.1"), report.ExternalReference);
        Assert.Equal("UCDP GED 25.1", report.Source!.Name);
        Assert.Contains("A headline, with a comma", report.Source.Reference, StringComparison.Ordinal);
    }

    [Fact]
    public void One_sided_violence_is_against_civilians_and_everything_else_is_other()
    {
        Assert.Equal(Category.Other, Report("900001").Category);
        Assert.Equal(Category.ViolenceAgainstCivilians, Report("900003").Category);
        Assert.Equal(Category.Other, Report("900004").Category);
    }

    [Fact]
    public void Days_are_local_and_as_exact_as_the_file_says()
    {
        Assert.Equal(new Occurred(Utc("2020-03-01T22:00:00Z"), null, TimePrecision.Day), Report("900001").Occurred);
        Assert.Equal(new Occurred(Utc("2020-03-04T22:00:00Z"), Utc("2020-03-08T21:59:59Z"), TimePrecision.Day), Report("900002").Occurred);
        Assert.Equal(new Occurred(Utc("2020-03-31T21:00:00Z"), Utc("2020-04-30T20:59:59Z"), TimePrecision.Month), Report("900003").Occurred);
        Assert.Equal(new Occurred(Utc("2020-05-03T21:00:00Z"), Utc("2020-05-10T20:59:59Z"), TimePrecision.Week), Report("900004").Occurred);
        Assert.Equal(TimePrecision.Month, Report("900005").Occurred.Precision);
    }

    [Fact]
    public void A_point_is_taken_only_where_the_file_gives_one()
    {
        Assert.Equal(new Location.Point(new GeoPoint(12.5, 34.25), null, "Millbrook town"), Report("900001").Location);
        Assert.Equal(new Location.Point(new GeoPoint(12.75, 34.5), 25_000, "Ashford village"), Report("900002").Location);
        Assert.Equal(new Location.Named("East province"), Report("900003").Location);
        Assert.Equal(new Location.Named("Long river"), Report("900004").Location);
    }

    [Fact]
    public void Figures_are_a_total_and_the_parts_that_are_known()
    {
        Assert.Equal(
            Values.Of(
                new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Total, null, 5, 6, 8),
                new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Combatant, new PartyId("norland"), null, 2, null),
                new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Combatant, null, null, 1, null),
                new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Civilian, null, null, 3, null)),
            Report("900001").Casualties);
    }

    [Fact]
    public void Bounds_out_of_order_are_kept_as_printed()
    {
        Assert.Equal(new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Total, null, 4, 4, 3, AsPrinted: true), Report("900002").Casualties[0]);
    }

    [Fact]
    public void No_figures_are_no_claim_and_a_zero_that_is_given_is_one()
    {
        Assert.Empty(Report("900005").Casualties);
        Assert.Equal(new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Total, null, 0, 0, 1), Assert.Single(Report("900004").Casualties));
    }

    [Fact]
    public void The_narrative_is_a_neutral_sentence_that_stands_in_the_event()
    {
        Assert.Equal(
            "UCDP GED event 900001: state-based violence, sides Government of Norland and Southern Front, Millbrook town, 2020-03-02; deaths: best 6, low 5, high 8.",
            Report("900001").Narrative!.Text);
        Assert.All(MadeUp.Where(row => row.Command is not null), row => Assert.InRange(row.Command!.Report.Narrative!.Text!.Length, 1, Prose.Longest));
    }

    [Theory]
    [InlineData("900006", 8, "date_start", "2020-13-02")]
    [InlineData("900007", 9, "latitude", "91.5")]
    [InlineData("900007", 9, "best", "-1")]
    [InlineData("900008", 10, "date_end", "2020-03-02")]
    [InlineData("900009", 11, "(row)", "900009")]
    [InlineData(null, 12, "id", "")]
    public void A_bad_row_is_named_with_line_column_value_and_what_to_change(string? id, long line, string column, string value)
    {
        var row = MadeUp.Single(row => row.Id == id && row.Command is null);
        Assert.Equal(line, row.Line);
        var error = row.Errors.Single(error => error.Column == column);
        Assert.Equal(value, error.Value);
        Assert.EndsWith(".", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void The_id_follows_from_the_data_sets_own()
    {
        var once = MadeUp.Single(row => row.Id == "900001").Command!.ViolationId;
        var again = ReadFile().Single(row => row.Id == "900001").Command!.ViolationId;
        Assert.Equal(once, again);
        Assert.Equal(MadeUp.Count(row => row.Command is not null), MadeUp.Where(row => row.Command is not null).Select(row => row.Command!.ViolationId).Distinct().Count());
    }

    [Fact]
    public void Official_columns_are_read_with_their_midnights_and_their_row_of_tags()
    {
        var file = Official + "\n"
            + "#event+id" + new string(',', Official.Count(c => c == ',')) + "\n"
            + "244657,IRQ-1,2017,1,Clear,1,259,259,Iraq: Government,524,524,Government of Iraq - IS,116,116,Government of Iraq,234,234,IS,1,\"\"\"Reuters\"\",\"\"2017-07-31\"\",\"\"Head\"\"\",Reuters,2017-07-31,Head,Police,1,Kabul city,,Kabul,,34.531094,69.162796,POINT (69.162796 34.531094),179779,Afghanistan,700,Asia,1,1,2017-07-31 00:00:00.000,2017-07-31 00:00:00.000,0,4,0,2,6,6.0,6,645,\n";
        var report = Assert.Single(Read(file)).Command!.Report;
        Assert.Equal(new Location.Point(new GeoPoint(34.531094, 69.162796), null, "Kabul city"), report.Location);
        Assert.Equal(new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Total, null, 6, 6, 6), report.Casualties[0]);
    }

    [Fact]
    public void Texts_lose_what_no_ledger_takes_and_keep_the_rest()
    {
        var place = "Kra\u0007mat\ud800orsk 😀";
        var file = "id,type_of_violence,side_a,side_b,where_prec,where_coordinates,latitude,longitude,date_prec,date_start,date_end,best,high,low\n"
            + $"1,1,A,B,1,{place},1,1,1,2020-01-01,2020-01-01,1,1,1\n";
        Assert.Equal("Kramat\ufffdorsk 😀", ((Location.Point)Assert.Single(Read(file)).Command!.Report.Location!).Place);
    }

    [Fact]
    public void A_file_that_is_something_else_is_refused_as_a_whole()
    {
        var e = Assert.Throws<ImportFileException>(() => Read("name,age\nx,1\n"));
        Assert.Equal(
            "This isn't a UCDP GED file: the first line doesn't name the columns id, type_of_violence, side_a, side_b, where_prec, latitude, longitude, date_prec, date_start, date_end, best.",
            e.Message);
        Assert.Throws<ImportFileException>(() => Read(""));
    }

    [Fact]
    public void A_survey_finds_the_sides_and_the_days_of_a_file()
    {
        using var file = new StreamReader(Path.Combine(AppContext.BaseDirectory, "ged-made-up.csv"));
        var survey = UcdpReader.Survey(file);
        Assert.Equal(["Coast Militia", "Government of Norland", "Southern Front"], survey.Sides);
        Assert.Equal(new DateOnly(2019, 1, 2), survey.First);
        Assert.Equal(new PartyId("government-of-norland"), survey.Parties()["Government of Norland"]);
    }

    private static Report Report(string id) => MadeUp.Single(row => row.Id == id).Command!.Report;

    private static List<ImportRow> ReadFile() => Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ged-made-up.csv")));

    private static List<ImportRow> Read(string text)
    {
        using var file = new StringReader(text);
        var sides = new Dictionary<string, PartyId> { ["Government of Norland"] = new("norland") };
        return [.. UcdpReader.Read(file, new UcdpOptions(Some.Agreement, Some.Kyiv, "25.1", sides))];
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
