using System.IO.Compression;
using System.Text;
using CsCheck;
using Ledger.Domain;
using Ledger.Exchange.Imports;
using MiniExcelLibs;

namespace Ledger.Exchange.Tests;

/// <summary>Every reader of files to import takes any bytes: it gives rows with or without errors, or refuses the file in a sentence; it never throws anything else.</summary>
/// <remarks>LEDGER_FUZZ=100000 takes so many tries of each in place of the quick number.</remarks>
public sealed class Surviving_any_file : IDisposable
{
    private const string Csv = "id,what,when,lat,lon,place,killed\n1,air-strike,2020-03-01,48.5,38.1,\"A \"\"ford\"\", north\",5\n2,artillery-or-mortar,2020-03-02T10:00,48.6,38.2,Верхній Брід,\n";
    private const string Json = """[{"id":"1","what":"air-strike","when":"2020-03-01","lat":48.5,"lon":38.1,"place":{"a":["b"]},"killed":5}]""";
    private const string Line = """
        {"category":"air-strike","occurred":{"from":"2020-10-18T10:00:00+04:00","precision":"minute"},"location":{"latitude":39.8,"longitude":46.75},"allegedParty":"norland","count":{"min":3,"unit":"explosion"},"observation":{"means":"heard"},"origin":"team-1","source":{"name":"Notes"},"externalReference":{"system":"s","id":"77"}}

        """;
    private const string Mapping = """
        {
          "system": "table",
          "rows": [{ "case": {
            "id": "id", "category": "what", "occurred": { "from": "when" }, "location": { "latitude": "lat", "longitude": "lon", "place": "place" },
            "origin": { "is": "table" }, "casualties": [{ "kind": { "is": "killed" }, "figure": "killed" }], "source": { "name": { "is": "Table" } }
          } }]
        }
        """;

    private static readonly long Tries = long.TryParse(Environment.GetEnvironmentVariable("LEDGER_FUZZ"), out var tries) ? tries : 500;

    private static readonly ImportFrame Frame = ImportFrame.Of(
        Some.Agreement, Some.Kyiv, [(new PartyId("norland"), ["Norland"]), (new PartyId("front"), ["Front"])]);

    private static readonly string[] Marks =
        ["\"", "\"\"", ",", ";", "\t", "\n", "\r", "\0", "{", "}", "[", "]", ":", "1e999", "-", "99999999999999999999", "\\ud83d", "\uFEFF", "\u202e", "2020-02-30", "48,5", "=1+1", "null", "<", "&x;", "]]>"];

    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("ledger-any-file-");

    public Surviving_any_file() => File.WriteAllText(Path.Combine(_here.FullName, "mapping.json"), Mapping);

    [Fact]
    public void Tables_of_text() => Try("rows.csv", Spoilt(Encoding.UTF8.GetBytes(Csv), Encoding.Unicode.GetBytes("\uFEFF" + Csv), Encoding.UTF8.GetBytes(Csv.Replace(',', ';'))), ImportFile.Table);

    [Fact]
    public void Ucdp_tables() => Try("ged.csv", Spoilt(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "ged-made-up.csv"))), ImportFile.Ucdp);

    [Fact]
    public void Tables_of_json() => Try("rows.json", Spoilt(Encoding.UTF8.GetBytes(Json)), ImportFile.Table);

    [Fact]
    public void Lines_of_our_own() => Try("rows.ndjson", Spoilt(Encoding.UTF8.GetBytes(Line + Line)), ImportFile.Lines);

    /// <summary>What was found.</summary>
    [Theory]
    [InlineData("""{"categ\ud83dory":"air-strike"}""")]
    [InlineData("""{"violationId":"\ud83d"}""")]
    public void Half_a_character_is_told(string line)
    {
        File.WriteAllText(Path.Combine(_here.FullName, "half.ndjson"), line);
        using var file = ImportFile.Open(Path.Combine(_here.FullName, "half.ndjson"), Frame, new ImportOptions(ImportFile.Lines));
        Assert.NotEmpty(Assert.Single(file.Rows).Errors);
    }

    [Fact]
    public void Half_a_character_in_a_table_of_json_is_told()
    {
        File.WriteAllText(Path.Combine(_here.FullName, "half.json"), """[{"id":"\ud83d"}]""");
        Assert.Contains("half a character", Assert.Throws<ImportFileException>(() => ImportFile.Open(
            Path.Combine(_here.FullName, "half.json"), Frame, new ImportOptions(ImportFile.Table) { Mapping = Path.Combine(_here.FullName, "mapping.json") })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Workbooks() => Try("rows.xlsx", Spoilt(Workbook()), ImportFile.Table);

    /// <summary>A good archive around a spoilt sheet gets past the archive's own checks.</summary>
    [Fact]
    public void Workbooks_with_a_spoilt_part()
    {
        var good = Workbook();
        string[] parts = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"];
        foreach (var part in parts) Try("rows.xlsx", Spoilt(PartOf(good, part)).Select(bytes => With(good, part, bytes)), ImportFile.Table, Tries / parts.Length);
    }

    [Fact]
    public void Mappings()
    {
        File.WriteAllText(Path.Combine(_here.FullName, "plain.csv"), Csv);
        Spoilt(Encoding.UTF8.GetBytes(Mapping)).Sample(
            bytes =>
            {
                File.WriteAllBytes(Path.Combine(_here.FullName, "spoilt.json"), bytes);
                return Survives("plain.csv", new ImportOptions(ImportFile.Table) { Mapping = Path.Combine(_here.FullName, "spoilt.json") });
            },
            iter: Tries, threads: 1);
    }

    public void Dispose() => _here.Delete(recursive: true);

    private void Try(string name, Gen<byte[]> files, string format, long? tries = null) => files.Sample(
        bytes =>
        {
            File.WriteAllBytes(Path.Combine(_here.FullName, name), bytes);
            return Survives(name, new ImportOptions(format) { Mapping = format == ImportFile.Table ? Path.Combine(_here.FullName, "mapping.json") : null });
        },
        iter: tries ?? Tries, threads: 1);

    /// <summary>A row is a command or says what is wrong with it.</summary>
    private bool Survives(string name, ImportOptions options)
    {
        try
        {
            using var file = ImportFile.Open(Path.Combine(_here.FullName, name), Frame, options);
            return file.Rows.All(row => row.Entry is not null || row.Errors.Count > 0);
        }
        catch (ImportFileException refused)
        {
            return refused.Message.Length > 0;
        }
    }

    /// <summary>Random bytes, and good files with a piece cut, doubled, turned round or put in.</summary>
    private static Gen<byte[]> Spoilt(params byte[][] good) => Gen.OneOf(
        Gen.Byte.Array[0, 300],
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 100_000], Gen.Int[0, 40], Gen.Int[0, Marks.Length - 1], Gen.Int[0, 3], (which, at, length, mark, deed) =>
        {
            var bytes = good[which];
            at %= bytes.Length;
            length = Math.Min(length, bytes.Length - at);
            var piece = bytes.AsSpan(at, length).ToArray();
            byte[] put = deed switch { 0 => [], 1 => Encoding.UTF8.GetBytes(Marks[mark]), 2 => [.. piece, .. piece], _ => [.. piece.Reverse()] };
            return (byte[])[.. bytes.AsSpan(0, at), .. put, .. bytes.AsSpan(at + length)];
        }));

    private static byte[] Workbook()
    {
        using var file = new MemoryStream();
        file.SaveAs(new[] { new { id = "1", what = "air-strike", when = new DateTime(2020, 3, 1), lat = 48.5, lon = 38.1, place = "Ford", killed = 5 } });
        return file.ToArray();
    }

    private static byte[] PartOf(byte[] workbook, string part)
    {
        using var zip = new ZipArchive(new MemoryStream(workbook));
        using var entry = zip.GetEntry(part)!.Open();
        using var bytes = new MemoryStream();
        entry.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] With(byte[] workbook, string part, byte[] bytes)
    {
        using var file = new MemoryStream();
        file.Write(workbook);
        using (var zip = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true))
        {
            zip.GetEntry(part)!.Delete();
            using var entry = zip.CreateEntry(part).Open();
            entry.Write(bytes);
        }

        return file.ToArray();
    }
}
