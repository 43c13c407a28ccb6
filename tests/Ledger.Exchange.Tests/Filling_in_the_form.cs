using ExcelDataReader;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Odk;

namespace Ledger.Exchange.Tests;

/// <summary>The record form for phones, and what comes back from it.</summary>
public sealed class Filling_in_the_form : IDisposable
{
    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("ledger-form-");

    private static readonly ImportFrame Frame = ImportFrame.Of(Some.Agreement, Some.Kyiv, [(new PartyId("north"), ["Norland"]), (new PartyId("front"), ["Front"])]);

    [Fact]
    public void Is_an_xlsform_whose_lists_are_all_there_and_whose_parties_are_the_agreements()
    {
        var sheets = Sheets();
        Assert.Equal(["survey", "choices", "settings"], sheets.Keys);
        var lists = sheets["choices"].ToLookup(row => row["list_name"], row => row["name"]);
        foreach (var question in sheets["survey"].Where(row => row["type"].StartsWith("select_one ", StringComparison.Ordinal)))
            Assert.NotEmpty(lists[question["type"]["select_one ".Length..]]);
        Assert.Equal(["front", "north", "undetermined"], lists["parties"]);
        Assert.Equal(Kebab<Category>.All, lists["categories"]);
        Assert.Contains(sheets["choices"], row => row["name"] == "north" && row["label::English (en)"] == "Norland");
        Assert.Equal("record-truce", sheets["settings"].Single()["form_id"]);
    }

    [Theory]
    [InlineData("central.json", """
        {"value":[{"__id":"uuid:1","team":"post-7","occurred_from":"2020-10-18T10:05:00.000+03:00","precision":"minute","place_point":{"type":"Point","coordinates":[37.8,48.1,120],"properties":{"accuracy":15}},
         "place":"Upper Ford","category":"artillery-or-mortar","alleged_party":"undetermined","count":4,"unit":"explosion","means":"heard","killed":2,"__system":{"reviewState":"approved","edits":1}},
         {"__id":"uuid:2","team":"post-7","category":"air-strike","means":"saw","alleged_party":"north","occurred_from":"2020-10-18T10:05:00.000+03:00","__system":{"reviewState":"rejected"}}]}
        """)]
    [InlineData("kobo.json", """
        {"results":[{"_uuid":"uuid:1","team":"post-7","occurred_from":"2020-10-18T10:05:00.000+03:00","precision":"minute","place_point":"48.1 37.8 120 15","place":"Upper Ford","category":"artillery-or-mortar",
         "alleged_party":"undetermined","count":"4","unit":"explosion","means":"heard","killed":"2","_version_":"1"}]}
        """)]
    [InlineData("central.csv", "KEY,team,occurred_from,precision,place_point-Latitude,place_point-Longitude,place,category,alleged_party,count,unit,means,killed,Edits\nuuid:1,post-7,2020-10-18T10:05:00.000+03:00,minute,48.1,37.8,Upper Ford,artillery-or-mortar,undetermined,4,explosion,heard,2,1\n")]
    public void Comes_back_as_a_case_from_every_server(string name, string text)
    {
        var path = Path.Combine(_here.FullName, name);
        File.WriteAllText(path, text);
        using var file = ImportFile.Open(path, Frame, new ImportOptions("odk-record"));
        var rows = file.Rows.ToArray();

        var report = rows[0].Command!.Report;
        Assert.Equal(("uuid:1", "post-7", Category.ArtilleryOrMortar), (rows[0].Id, report.Origin, report.Category));
        Assert.Equal(new Occurred(new DateTimeOffset(2020, 10, 18, 7, 5, 0, TimeSpan.Zero), null, TimePrecision.Minute), report.Occurred);
        Assert.Equal(new Location.Point(new GeoPoint(48.1, 37.8), name.EndsWith("json", StringComparison.Ordinal) ? 15 : null, "Upper Ford"), report.Location);
        Assert.Equal((new Count(4, null, ObservedUnit.Explosion), 2, (PartyId?)null), (report.Count, report.Casualties.Single().Best, report.AllegedParty));
        Assert.All(rows.Skip(1), row => Assert.Contains("own review", row.Skipped, StringComparison.Ordinal));
    }

    public void Dispose() => _here.Delete(recursive: true);

    private Dictionary<string, List<Dictionary<string, string>>> Sheets()
    {
        var path = Path.Combine(_here.FullName, "form.xlsx");
        using (var to = File.Create(path)) RecordForm.Write(to, "Some truce", Frame);
        using var reader = ExcelReaderFactory.CreateOpenXmlReader(File.OpenRead(path));
        var sheets = new Dictionary<string, List<Dictionary<string, string>>>();
        do
        {
            reader.Read();
            var header = Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i)?.ToString() ?? "").ToArray();
            var rows = sheets[reader.Name] = [];
            while (reader.Read()) rows.Add(header.Select((name, i) => (name, value: reader.GetValue(i)?.ToString() ?? "")).ToDictionary(cell => cell.name, cell => cell.value));
        }
        while (reader.NextResult());
        return sheets;
    }
}
