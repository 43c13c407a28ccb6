using System.IO.Compression;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using ExcelDataReader;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Reads;

/// <summary>Files that other programs open; their sums are the API's figures at the same count.</summary>
public sealed class Exporting_violations(TestLedger ledger) : IClassFixture<TestLedger>
{
    // ExcelDataReader asks for it even where a file is UTF-8 throughout.
    static Exporting_violations() => System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance);

    [Fact]
    public async Task Every_form_holds_the_cases_that_the_picture_counts()
    {
        var (agreement, reader) = await FilledAsync(620);
        await ledger.CaseAsync(body => body["location"] = new JsonObject { ["place"] = "A ridge by name" }, agreement);
        await SeenAsync(reader, agreement, 622);
        var picture = await reader.GetAsync($"agreements/{agreement}/compliance");
        var recorded = picture.Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>());
        Assert.Equal(622, recorded);
        var asOf = picture.Header("Ledger-Count");

        var csv = await reader.GetAsync($"agreements/{agreement}/export.csv?asOf={asOf}");
        Assert.Equal("text/csv", csv.MediaType);
        Assert.Equal(recorded, Rows(csv).Count);
        Assert.Contains(Rows(csv), row => row.Contains(",A ridge by name,", StringComparison.Ordinal));
        var hxl = Rows(await reader.GetAsync($"agreements/{agreement}/export.hxl.csv?asOf={asOf}"));
        Assert.Equal(recorded, hxl.Count - 1);
        Assert.StartsWith("#event +id +code,#status +code", hxl[0], StringComparison.Ordinal);

        var json = (await reader.GetAsync($"agreements/{agreement}/export.geojson?asOf={asOf}")).Json;
        Assert.Equal("FeatureCollection", json["type"]!.GetValue<string>());
        Assert.Equal(recorded, json["features"]!.AsArray().Count);
        Assert.Equal(46.75, json["features"]![5]!["geometry"]!["coordinates"]![0]!.GetValue<double>()); // Longitude first.
        Assert.Contains(json["ledger"]!["caveats"]!.AsArray(), caveat => caveat!.GetValue<string>().Contains("not a finding", StringComparison.Ordinal));

        var killed = json["features"]!.AsArray().Sum(feature => feature!["properties"]!["killed_best"]?.GetValue<long>() ?? 0);
        using var folder = new Ledger.Testing.EventStores.TemporaryDirectory();
        await File.WriteAllBytesAsync(folder.File("x.parquet"), (await reader.GetAsync($"agreements/{agreement}/export.parquet?asOf={asOf}")).Bytes);
        Assert.Equal((recorded, killed), await InDuckDbAsync(folder.File("x.parquet")));
    }

    [Fact]
    public async Task A_row_says_how_it_is_cited_and_the_same_count_gives_the_same_bytes()
    {
        var (agreement, reader) = await FilledAsync(3);
        var first = await reader.GetAsync($"agreements/{agreement}/export.csv");
        var asOf = first.Header("Ledger-Count");
        Assert.Contains($"first {asOf} events", Rows(first)[0], StringComparison.Ordinal);
        await ledger.CaseAsync(agreement: agreement);

        // The root is the one over exactly these events, however far the log has grown.
        Assert.Contains(", root ", Rows(first)[0], StringComparison.Ordinal);
        foreach (var form in (string[])["csv", "hxl.csv", "geojson", "zip"])
        {
            var again = (await reader.GetAsync($"agreements/{agreement}/export.{form}?asOf={asOf}")).Bytes;
            await ledger.CaseAsync(agreement: agreement);
            Assert.Equal(again, (await reader.GetAsync($"agreements/{agreement}/export.{form}?asOf={asOf}")).Bytes);
        }

        Assert.Equal(first.Bytes, (await reader.GetAsync($"agreements/{agreement}/export.csv?asOf={asOf}")).Bytes);
        Assert.Equal(Rows(first).Count + 5, Rows(await reader.GetAsync($"agreements/{agreement}/export.csv")).Count);
    }

    [Theory]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("@SUM(1)")]
    [InlineData("-2+3")]
    [InlineData("+1")]
    public async Task No_cell_is_a_formula(string place)
    {
        var agreement = await ledger.AgreementAsync();
        await ledger.CaseAsync(body => body["location"]!["place"] = place, agreement);
        var reader = await ledger.WhoAsync("reader-1", "reader");
        await SeenAsync(reader, agreement, 1);
        var row = Rows(await reader.GetAsync($"agreements/{agreement}/export.csv"))[0];
        Assert.Contains("'" + place, row, StringComparison.Ordinal);
        Assert.DoesNotContain("," + place, row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_narrow_it_and_wrong_ones_are_told()
    {
        var (agreement, reader) = await FilledAsync(3);
        Assert.Empty(Rows(await reader.GetAsync($"agreements/{agreement}/export.csv?status=confirmed")));
        Assert.Equal(4, Rows(await reader.GetAsync($"agreements/{agreement}/export.csv?status=alleged")).Count);
        (await reader.GetAsync($"agreements/{agreement}/export.csv?party=nobody")).Refused(400, "malformed");
        (await reader.GetAsync($"agreements/{agreement}/export.csv?colour=red")).Refused(400, "malformed");
        (await reader.GetAsync($"agreements/{agreement}/export.csv?asOf=99999999")).Refused(400, "as-of-beyond-head");
        (await reader.GetAsync("agreements/nowhere/export.csv")).Refused(404, "not-found");
        var elsewhere = await ledger.WhoAsync("reader-2", "reader", null, await ledger.AgreementAsync());
        (await elsewhere.GetAsync($"agreements/{agreement}/export.parquet")).Refused(404, "not-found");
    }

    [Fact]
    public async Task Nothing_confidential_leaves_with_it()
    {
        var agreement = await ledger.AgreementAsync();
        await ledger.CaseAsync(body => body["confidential"] = new JsonObject { ["witness"] = "Anahit of the bakery" }, agreement);
        var auditor = await ledger.WhoAsync("auditor-1", "auditor");
        await SeenAsync(auditor, agreement, 1);
        foreach (var form in (string[])["csv", "hxl.csv", "geojson", "parquet", "xlsx", "zip"])
            Assert.True(Unpacked((await auditor.GetAsync($"agreements/{agreement}/export.{form}")).Bytes).AsSpan().IndexOf("Anahit"u8) < 0, form);
    }

    [Fact]
    public async Task The_Excel_file_has_a_sheet_for_each_thing_and_the_figures_of_the_picture()
    {
        var (agreement, reader) = await FilledAsync(4);
        var answer = await reader.GetAsync($"agreements/{agreement}/export.xlsx");
        Assert.Equal(200, answer.Status);
        using var workbook = ExcelReaderFactory.CreateReader(new MemoryStream(answer.Bytes));
        var sheets = Sheets(workbook);
        Assert.Equal(["violations", "compliance", "codes", "columns", "caveats"], sheets.Keys);
        Assert.Equal(1 + 5, sheets["violations"].Count);
        Assert.IsType<DateTime>(sheets["violations"][1][3]);
        var picture = (await reader.GetAsync($"agreements/{agreement}/compliance?asOf={answer.Header("Ledger-Count")}")).Json;
        Assert.Equal(
            picture["parties"]!.AsArray().Select(party => (party!["party"]!.GetValue<string>(), party["counts"]!["recorded"]!.GetValue<double>())),
            sheets["compliance"].Skip(1).Where(row => (string?)row[1] == "all").Select(row => ((string)row[0]!, (double)row[2]!)));
        Assert.Contains(sheets["caveats"], row => (string?)row[0] == "citation" && ((string)row[1]!).Contains($"first {answer.Header("Ledger-Count")} events", StringComparison.Ordinal));
        Assert.Contains(sheets["caveats"], row => (string?)row[0] == "licence");
    }

    [Fact]
    public async Task No_text_of_the_Excel_file_is_a_formula()
    {
        var agreement = await ledger.AgreementAsync();
        await ledger.CaseAsync(body => body["location"]!["place"] = "=HYPERLINK(\"http://evil.example\")", agreement);
        var reader = await ledger.WhoAsync("reader-1", "reader");
        await SeenAsync(reader, agreement, 1);
        var bytes = (await reader.GetAsync($"agreements/{agreement}/export.xlsx")).Bytes;
        Assert.True(Unpacked(bytes).AsSpan().IndexOf("<x:f>"u8) < 0);
        using var workbook = ExcelReaderFactory.CreateReader(new MemoryStream(bytes));
        Assert.Contains("=HYPERLINK(\"http://evil.example\")", Sheets(workbook)["violations"][1]);
    }

    [Fact]
    public async Task The_data_package_describes_every_column_of_the_file_in_it()
    {
        var (agreement, reader) = await FilledAsync(2);
        var answer = await reader.GetAsync($"agreements/{agreement}/export.zip");
        using var zip = new ZipArchive(new MemoryStream(answer.Bytes));
        Assert.Equal(["datapackage.json", "violations.csv", "compliance.json", "codes.json"], zip.Entries.Select(entry => entry.FullName));
        var package = JsonNode.Parse(zip.GetEntry("datapackage.json")!.Open())!;
        using var csv = new StreamReader(zip.GetEntry("violations.csv")!.Open());
        Assert.Equal(await csv.ReadLineAsync(), string.Join(',', package["resources"]![0]!["schema"]!["fields"]!.AsArray().Select(field => field!["name"]!.GetValue<string>())));
        Assert.Contains("confirmed", package["resources"]![0]!["schema"]!["fields"]![1]!["constraints"]!["enum"]!.AsArray().Select(code => code!.GetValue<string>()));

        var described = (await reader.GetAsync($"agreements/{agreement}/datapackage.json?asOf={answer.Header("Ledger-Count")}")).Json;
        Assert.Equal(package["ledger"]!.ToJsonString(), described["ledger"]!.ToJsonString());
        foreach (var path in described["resources"]!.AsArray().Select(resource => resource!["path"]!.GetValue<string>()))
            Assert.Equal(200, (await reader.GetAsync($"agreements/{agreement}/{path}")).Status);
    }

    [Fact]
    public async Task Every_HXL_tag_is_one_of_the_standards()
    {
        // HXL hashtag dictionary 1.1, https://hxlstandard.org/standard/1-1final/dictionary/
        HashSet<string> standard =
        [
            "access", "activity", "adm1", "adm2", "adm3", "adm4", "adm5", "affected", "beneficiary", "capacity", "cause", "channel", "contact", "country", "crisis", "currency", "date", "delivery",
            "description", "event", "frequency", "geo", "group", "impact", "indicator", "inneed", "item", "loc", "meta", "modality", "need", "operations", "org", "output", "population", "reached",
            "region", "respondee", "sector", "service", "severity", "status", "subsector", "targeted", "value",
        ];
        var (agreement, reader) = await FilledAsync(1);
        var tags = Rows(await reader.GetAsync($"agreements/{agreement}/export.hxl.csv"))[0].Split(',');
        Assert.All(tags, tag => Assert.Contains(tag.Split(' ')[0].TrimStart('#'), standard));
        Assert.All(tags, tag => Assert.Matches("^#[a-z0-9]+( \\+[a-z][a-z0-9_]*)*$", tag));
    }

    private async Task<(string Agreement, ApiClient Reader)> FilledAsync(int cases)
    {
        var agreement = await ledger.AgreementAsync();
        var monitor = await ledger.MonitorAsync();
        await monitor.BatchAsync(agreement, Enumerable.Range(0, cases).Select(_ => Bodies.Violation().ToJsonString()));
        await ledger.CaseAsync(body => body.Remove("location"), agreement);
        var reader = await ledger.WhoAsync("reader-1", "reader");
        await SeenAsync(reader, agreement, cases + 1);
        return (agreement, reader);
    }

    private static async Task SeenAsync(ApiClient reader, string agreement, int cases)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var answer = await reader.GetAsync($"agreements/{agreement}/compliance");
            if (answer.Status == 200 && answer.Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>()) >= cases) return;
            await Task.Delay(50, limit.Token);
        }
    }

    private static List<string> Rows(ApiAnswer answer)
    {
        Assert.True(answer.Status == 200, answer.Text);
        return [.. answer.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1)];
    }

    private static Dictionary<string, List<object?[]>> Sheets(IExcelDataReader workbook)
    {
        var sheets = new Dictionary<string, List<object?[]>>();
        do
        {
            var rows = sheets[workbook.Name] = [];
            while (workbook.Read()) rows.Add([.. Enumerable.Range(0, workbook.FieldCount).Select(workbook.GetValue)]);
        }
        while (workbook.NextResult());
        return sheets;
    }

    /// <summary>The bytes as they are, and what lies packed in them.</summary>
    private static byte[] Unpacked(byte[] bytes)
    {
        var all = new MemoryStream();
        all.Write(bytes);
        if (bytes.AsSpan().StartsWith("PK"u8))
            using (var zip = new ZipArchive(new MemoryStream(bytes)))
                foreach (var entry in zip.Entries)
                {
                    using var content = entry.Open();
                    content.CopyTo(all);
                }

        return all.ToArray();
    }

    private static async Task<(long Cases, long Killed)> InDuckDbAsync(string file)
    {
        await using var duck = new DuckDBConnection("Data Source=:memory:");
        await duck.OpenAsync();
        await using var command = duck.CreateCommand();
        command.CommandText = $"SELECT count(*), coalesce(sum(killed_best), 0)::BIGINT FROM '{file}'";
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        return (row.GetInt64(0), row.GetInt64(1));
    }
}
