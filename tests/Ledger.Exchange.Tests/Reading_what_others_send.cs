using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Tables;
using MiniExcelLibs;

namespace Ledger.Exchange.Tests;

/// <summary>Files as they come: each is read as it is meant, or refused with a sentence that says what to do.</summary>
public sealed class Reading_what_others_send : IDisposable
{
    private const string Plain = "id,what,when,lat,lon,place,killed\n1,air-strike,2020-03-01,48.5,38.1,Верхній Брід,5\n";

    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("ledger-reading-");
    private string _mapping = """
        {
          "system": "table",
          "rows": [{ "case": {
            "id": "id", "category": "what", "occurred": { "from": "when" }, "location": { "latitude": "lat", "longitude": "lon", "place": "place" },
            "origin": { "is": "table" }, "casualties": [{ "kind": { "is": "killed" }, "figure": "killed" }], "source": { "name": { "is": "Table" } }
          } }]
        }
        """;

    static Reading_what_others_send() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData("utf-8", true, null)]
    [InlineData("utf-8", false, null)]
    [InlineData("utf-16", true, null)]
    [InlineData("utf-16", false, null)]
    [InlineData("utf-16BE", true, null)]
    [InlineData("utf-32", true, null)]
    [InlineData("windows-1251", false, "windows-1251")]
    public void Every_encoding_gives_the_same_case(string encoding, bool mark, string? said)
    {
        var text = Encoding.GetEncoding(encoding);
        var row = Assert.Single(Read([.. mark ? text.GetPreamble() : [], .. text.GetBytes(Plain)], said));
        Assert.Equal("Верхній Брід", Place(row));
    }

    [Fact]
    public void What_is_not_utf8_is_never_guessed()
    {
        var refused = Assert.Throws<ImportFileException>(() => Read(Encoding.GetEncoding("windows-1251").GetBytes(Plain), null));
        Assert.Contains("windows-1251", refused.Message, StringComparison.Ordinal);
        Assert.Contains("line 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("There is no encoding", Assert.Throws<ImportFileException>(() => Read(Encoding.UTF8.GetBytes(Plain), "klingon")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData('|')]
    public void Other_separators_are_found_in_the_first_line(char separator)
    {
        var row = Assert.Single(Read(Plain.Replace(',', separator)));
        Assert.Equal(new GeoPoint(48.5, 38.1), ((Location.Point)row.Command!.Report.Location!).At);
    }

    [Fact]
    public void Decimal_commas_are_read_where_the_mapping_says_so_and_named_where_it_does_not()
    {
        const string Commas = "id;what;when;lat;lon;place;killed\n1;air-strike;2020-03-01;48,5;38,1;Ford;1.250\n";
        Assert.Contains("\"decimal\": \",\"", Assert.Single(Read(Commas)).Errors[0].Fix, StringComparison.Ordinal);
        _mapping = _mapping.Replace("\"system\": \"table\",", "\"system\": \"table\", \"decimal\": \",\",", StringComparison.Ordinal);
        var row = Assert.Single(Read(Commas));
        Assert.Equal((new GeoPoint(48.5, 38.1), 1_250), (((Location.Point)row.Command!.Report.Location!).At, row.Command.Report.Casualties[0].Best));
    }

    [Theory]
    [InlineData("1,air-strike,2020-02-30,48.5,38.1,Ford,5", "when", "It is no time that there is")]
    [InlineData("1,air-strike,03/01/2020,48.5,38.1,Ford,5", "when", "It is no time that there is")]
    [InlineData("1,air-strike,2020,48.5,38.1,Ford,5", "when", "A year is too little")]
    [InlineData("1,air-strike,,48.5,38.1,Ford,5", "when", "Every case has a time")]
    [InlineData("1,air-strike,2020-03-29T03:30,48.5,38.1,Ford,5", "when", "it never was")] // Kyiv's clocks went from three to four.
    [InlineData("1,air-strike,2020-03-01,138.1,48.5,Ford,5", "lat", "look swapped")]
    [InlineData("1,air-strike,2020-03-01,248.1,48.5,Ford,5", "lat", "A latitude lies between")]
    [InlineData("1,air-strike,2020-03-01,0,0,Ford,5", "lat", "Gulf of Guinea")]
    [InlineData("1,air-strike,2020-03-01,48.5,,Ford,5", "lon", "A point has a latitude and a longitude")]
    [InlineData("1,air-strike,2020-03-01,north,38.1,Ford,5", "lat", "It is a number")]
    [InlineData("1,air-strike,2020-03-01,NaN,38.1,Ford,5", "lat", "It is a number")]
    [InlineData("1,air-strike,2020-03-01,48.5,38.1,Ford,many", "killed", "It is a whole number")]
    [InlineData("1,air-strike,2020-03-01,48.5,38.1,Ford,-3", "killed", "It is a whole number")]
    [InlineData("1,air-strike,2020-03-01,48.5,38.1,Ford,99999999999", "killed", "It is a whole number")]
    [InlineData("1,bombing,2020-03-01,48.5,38.1,Ford,5", "what", "It is one of")]
    [InlineData(",air-strike,2020-03-01,48.5,38.1,Ford,5", "id", "Every row has an id")]
    [InlineData("1,air-strike,2020-03-01,48.5", "(row)", "The row has 4 columns, the header 7")]
    [InlineData("1,air-strike,2020-03-01,48.5,38.1,Ford,5,6,7", "(row)", "The row has 9 columns, the header 7")]
    public void A_fault_is_said_with_its_column_and_what_to_change(string line, string column, string fix)
    {
        var rows = Read($"id,what,when,lat,lon,place,killed\n{line}\n2,air-strike,2020-03-01,48.5,38.1,Ford,5\n");
        var error = Assert.Single(rows[0].Errors);
        Assert.Equal((2L, column), (rows[0].Line, error.Column));
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
        Assert.NotNull(rows[1].Command); // It stops none of the others.
    }

    [Fact]
    public void A_point_that_only_lies_in_the_area_the_other_way_round_looks_swapped()
    {
        _mapping = _mapping.Replace("\"system\": \"table\",", "\"system\": \"table\", \"within\": { \"south\": 44, \"west\": 22, \"north\": 53, \"east\": 41 },", StringComparison.Ordinal);
        Assert.Contains("look swapped", Read("id,what,when,lat,lon,place,killed\n1,air-strike,2020-03-01,38.1,48.5,Ford,5\n")[0].Errors[0].Fix, StringComparison.Ordinal);
        Assert.Contains("lies outside the area", Read("id,what,when,lat,lon,place,killed\n1,air-strike,2020-03-01,10,20,Ford,5\n")[0].Errors[0].Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_and_half_characters_are_taken_out()
    {
        var row = Assert.Single(Read("id,what,when,lat,lon,place,killed\n1,air-strike,2020-03-01,48.5,38.1,\"Fo\u0001rd\u0085\",5\n"));
        Assert.Equal("Ford", Place(row));
    }

    [Fact]
    public void A_file_that_stops_being_a_table_is_refused_before_its_first_row()
    {
        var text = new StringBuilder("id,what,when,lat,lon,place,killed\n1,air-strike,2020-03-01,48.5,38.1,Ford,5\n2,air-strike,2020-03-01,48.5,38.1,\"Ford,5\n");
        while (text.Length < 40_000_000) text.Append("3,air-strike,2020-03-01,48.5,38.1,Ford,5\n");
        var refused = Assert.Throws<ImportFileException>(() => Read(text.ToString()));
        Assert.Contains("a quote that isn't closed", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes", "zero characters")]
    [InlineData("zip", "ZIP file")]
    [InlineData("pdf", "PDF")]
    [InlineData("old", "old Excel workbook")]
    public void What_is_no_text_is_refused_with_what_it_is(string kind, string said)
    {
        byte[] bytes = kind switch { "bytes" => [.. "id,what\n"u8, 0, 0, 1], "zip" => [0x50, 0x4B, 3, 4, 9], "pdf" => [.. "%PDF-1.7"u8], _ => [0xD0, 0xCF, 0x11, 0xE0, 1] };
        Assert.Contains(said, Assert.Throws<ImportFileException>(() => Read(bytes, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workbook_gives_what_its_cells_hold()
    {
        var path = Path.Combine(_here.FullName, "book.xlsx");
        MiniExcel.SaveAs(path, new[] { new { id = 7, what = "air-strike", when = new DateTime(2020, 3, 1, 14, 5, 0), lat = 48.5, lon = 38.1, place = "Ford", killed = 5 } });
        var row = Assert.Single(ReadFile(path, new ImportOptions(ImportFile.Table)));
        Assert.Equal("7", row.Id);
        Assert.Equal((new DateTimeOffset(2020, 3, 1, 12, 5, 0, TimeSpan.Zero), TimePrecision.Minute), (row.Command!.Report.Occurred.From, row.Command.Report.Occurred.Precision));
    }

    [Fact]
    public void A_bomb_in_a_workbook_is_refused_before_it_goes_off()
    {
        var path = Path.Combine(_here.FullName, "bomb.xlsx");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            zip.CreateEntry("xl/workbook.xml").Open().Dispose();
            using var sheet = zip.CreateEntry("xl/worksheets/sheet1.xml").Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 300; i++) sheet.Write(zeros);
        }

        Assert.True(new FileInfo(path).Length < 1 << 20);
        Assert.Contains("ZIP bomb", Assert.Throws<ImportFileException>(() => ReadFile(path, new ImportOptions(ImportFile.Table))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("macros.xlsx")]
    [InlineData("macros.xlsm")]
    public void Macros_are_refused(string name)
    {
        var path = Path.Combine(_here.FullName, name);
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            zip.CreateEntry("xl/workbook.xml").Open().Dispose();
            zip.CreateEntry("xl/vbaProject.bin").Open().Dispose();
        }

        Assert.Contains("macros", Assert.Throws<ImportFileException>(() => ReadFile(path, new ImportOptions(ImportFile.Table))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_lacks_columns_is_refused_by_their_names() =>
        Assert.Contains("lat, place", Assert.Throws<ImportFileException>(() => Read("id,what,when,lon,killed\n")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "system": "x", "rows": [], "colour": 1 }""", "colour")]
    [InlineData("""{ "system": "x", "rows": [{ "skip": "a", "when": [{ "cell": { "columm": "x" }, "is": [] }] }] }""", "columm")]
    [InlineData("""{ "system": "x", "rows": [{}] }""", "exactly one")]
    [InlineData("""{ "system": "x", "rows": [{ "skip": "a", "when": [{ "cell": "id", "matches": "(a+)+\\1" }] }] }""", "regular expression")]
    [InlineData("not json", "can't be read")]
    public void A_wrong_mapping_says_where(string mapping, string said)
    {
        _mapping = mapping;
        Assert.Contains(said, Assert.Throws<ImportFileException>(() => Read(Plain)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("%")]
    [InlineData("'")]
    [InlineData("%%%")]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("HH:mm")] // It would be today's.
    public void A_way_of_writing_times_that_is_none_is_refused_with_the_mapping(string format)
    {
        _mapping = _mapping.Replace("\"system\": \"table\",", $"\"system\": \"table\", \"times\": [\"{format}\"],", StringComparison.Ordinal);
        var refused = Assert.Throws<ImportFileException>(() => Read(Plain));
        Assert.Equal("mapping", refused.Part);
        Assert.Contains("times in the mapping", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dd.MM.yyyy", "18.10.2020")]
    [InlineData("M/d/yy h:mm tt", "10/18/20 2:05 PM")]
    [InlineData("d MMMM yyyy", "18 October 2020")]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss.fffzzz", "2020-10-18T02:05:06.000+03:00")]
    [InlineData("ddd dd MMM yyyy", "Sun 18 Oct 2020")]
    public void Ways_of_writing_times_are_taken(string format, string when)
    {
        _mapping = _mapping.Replace("\"system\": \"table\",", $"\"system\": \"table\", \"times\": [\"{format}\"],", StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(Read($"id,what,when,lat,lon,place,killed\n1,air-strike,{when},48.5,38.1,Ford,5\n")).Command);
    }

    /// <summary>Each value of a mapping replaced by each of what doesn't belong there: it is taken, or refused in a sentence without a type of ours.</summary>
    [Fact]
    public void No_mapping_makes_anything_but_a_sentence()
    {
        _mapping = _mapping.Replace("\"system\": \"table\",", """
            "system": "table", "decimal": ".", "empty": ["NA"], "times": ["dd.MM.yyyy"], "timeZone": "Europe/Kyiv", "encoding": "utf-8", "delimiter": ",", "codes": { "a": { "b": "c" } },
            "within": { "south": -90, "west": -180, "north": 90, "east": 180 }, "gazetteer": { "file": "places.csv", "name": "name", "id": "code" },
            """, StringComparison.Ordinal).Replace("\"case\": {", "\"when\": [{ \"cell\": { \"column\": \"id\", \"else\": \"x\" }, \"is\": [\"1\"] }], \"case\": {", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_here.FullName, "places.csv"), "code,name\nP1,Ford\n");
        var whole = _mapping;
        Assert.Single(Read(Plain));
        foreach (var spoilt in Spoilt(whole))
        {
            _mapping = spoilt;
            if (Record.Exception(() => Read(Plain)) is not { } said) continue;
            Assert.True(said is ImportFileException, $"{said}\n{spoilt}");
            Assert.DoesNotMatch("Ledger\\.|nullab|Parameter|\\.NET member|System\\.", said.Message);
        }
    }

    private static IEnumerable<string> Spoilt(string mapping)
    {
        string[] others = ["null", "1", "\"%\"", "\"a\\u0000b\"", "\"\\ud800\"", "[]", "[null]", "{}", "true", $"\"{new string('n', 300)}\""];
        for (var n = 0; ; n++)
        {
            var root = JsonNode.Parse(mapping)!;
            var all = Below(root).ToArray();
            if (n == all.Length) yield break;
            all[n].ReplaceWith("HERE");
            foreach (var other in others) yield return root.ToJsonString().Replace("\"HERE\"", other, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<JsonNode> Below(JsonNode at) => (at switch
    {
        JsonObject o => o.Select(pair => pair.Value!),
        JsonArray a => a.Select(item => item!),
        _ => [],
    }).SelectMany(child => Below(child).Prepend(child));

    [Theory]
    [InlineData("")]
    [InlineData("\n \n\r\n")]
    [InlineData("\uFEFF")]
    public void An_empty_file_is_called_empty(string text)
    {
        Assert.Equal("The file is empty.", Assert.Throws<ImportFileException>(() => Read(text)).Message);
        Assert.Empty(ReadLines(text.Trim('\uFEFF')));
    }

    [Theory]
    [InlineData("utf-7", null, "encoding")]
    [InlineData(null, 'a', "delimiter")]
    [InlineData(null, '\u00e9', "delimiter")]
    [InlineData(null, '"', "delimiter")]
    public void What_reads_the_file_and_cannot_be_is_named(string? encoding, char? delimiter, string part)
    {
        Read(Plain);
        var options = new ImportOptions(ImportFile.Table) { Encoding = encoding, Delimiter = delimiter };
        Assert.Equal(part, Assert.Throws<ImportFileException>(() => ReadFile(Path.Combine(_here.FullName, "table.csv"), options)).Part);
    }

    [Fact]
    public void Every_mapping_that_ships_can_be_read()
    {
        foreach (var format in ImportFile.Formats.Where(format => format is not (ImportFile.Ucdp or ImportFile.Lines or ImportFile.Table)))
        {
            using var json = ImportFile.Shipped(format);
            Assert.NotEmpty(Mapping.Read(json).Rows);
        }
    }

    [Fact]
    public void A_place_gets_its_id_and_its_point_from_the_gazetteer_unless_several_bear_the_name()
    {
        File.WriteAllText(Path.Combine(_here.FullName, "places.csv"), "code,name,lat,lon\nP1,Şuşa,39.76,46.75\nP2,Ford,1,2\nP3,Ford,3,4\n");
        _mapping = _mapping.Replace("\"system\": \"table\",", "\"system\": \"table\", \"gazetteer\": { \"file\": \"places.csv\", \"name\": \"name\", \"id\": \"code\", \"latitude\": \"lat\", \"longitude\": \"lon\", \"uncertaintyMetres\": 3000 },", StringComparison.Ordinal);
        var rows = Read("id,what,when,lat,lon,place,killed\n1,air-strike,2020-03-01,,,Susa,\n2,air-strike,2020-03-01,,,Ford,\n3,air-strike,2020-03-01,,,P3,\n");
        Assert.Equal(new Location.Point(new GeoPoint(39.76, 46.75), 3_000, "Susa", "P1"), rows[0].Command!.Report.Location);
        Assert.Equal(new Location.Named("Ford"), rows[1].Command!.Report.Location);
        Assert.Equal("P3", Assert.IsType<Location.Point>(rows[2].Command!.Report.Location).PlaceId);
    }

    [Fact]
    public void Our_own_lines_are_read_as_the_contract_has_them()
    {
        const string Good = """{"violationId":"018f2a6e-0000-7000-8000-000000000001","category":"air-strike","occurred":{"from":"2020-03-01T14:05:00+02:00","precision":"minute"},"allegedParty":null,"origin":"post-1","count":{"min":2,"unit":"explosion"}}""";
        var rows = ReadLines($"{Good}\n\n{{}}\n{Good.Replace("air-strike", "bombing", StringComparison.Ordinal).Replace("\"origin\"", "\"colour\":1,\"origin\"", StringComparison.Ordinal)}\nnot json\n");
        Assert.Equal(new Count(2, null, ObservedUnit.Explosion), rows[0].Command!.Report.Count);
        Assert.Contains(rows[1].Errors, error => error.Column == "/violationId");
        Assert.Equal(2, rows[2].Errors.Count);
        Assert.Equal((6L, "(line)"), (rows[3].Line + 1, rows[3].Errors[0].Column));
    }

    public void Dispose() => _here.Delete(recursive: true);

    private static string? Place(ImportRow row) => row.Command!.Report.Location switch { Location.Point p => p.Place, Location.Named n => n.Place, _ => null };

    private List<ImportRow> Read(string text) => Read(Encoding.UTF8.GetBytes(text), null);

    private List<ImportRow> Read(byte[] bytes, string? encoding)
    {
        var path = Path.Combine(_here.FullName, "table.csv");
        File.WriteAllBytes(path, bytes);
        return ReadFile(path, new ImportOptions(ImportFile.Table) { Encoding = encoding });
    }

    private List<ImportRow> ReadLines(string text)
    {
        var path = Path.Combine(_here.FullName, "lines.ndjson");
        File.WriteAllText(path, text);
        return ReadFile(path, new ImportOptions(ImportFile.Lines));
    }

    private List<ImportRow> ReadFile(string path, ImportOptions options)
    {
        var mapping = Path.Combine(_here.FullName, "mapping.json");
        File.WriteAllText(mapping, _mapping);
        using var file = ImportFile.Open(path, ImportFrame.Of(Some.Agreement, Some.Kyiv, []), options with { Mapping = mapping });
        return [.. file.Rows];
    }
}
