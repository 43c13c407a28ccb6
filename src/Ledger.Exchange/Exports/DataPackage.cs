using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Application.Labels;
using Ledger.Domain;
using Ledger.Exchange.Answers;
using Ledger.Projections;

namespace Ledger.Exchange.Exports;

/// <summary>A Frictionless data package (specs.frictionlessdata.io): what the files are, which column means what, on which terms, and how they are cited. As JSON-LD it is a DCAT dataset too.</summary>
public static class DataPackage
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The description alone, as UTF-8 JSON.</summary>
    /// <param name="path">Where the file with this ending is: beside the description, or an address.</param>
    /// <param name="endings">Of the files that there are: <c>csv</c>, <c>geojson</c> ...</param>
    public static byte[] Describe(ExportHead head, IReadOnlyList<string> endings, Func<string, string> path)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(endings);
        ArgumentNullException.ThrowIfNull(path);
        var package = new JsonObject
        {
            ["$schema"] = "https://datapackage.org/profiles/1.0/datapackage.json",
            ["@context"] = new JsonObject { ["dcat"] = "http://www.w3.org/ns/dcat#", ["dct"] = "http://purl.org/dc/terms/", ["title"] = "dct:title", ["description"] = "dct:description", ["resources"] = "dcat:distribution" },
            ["@type"] = "dcat:Dataset",
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"{head.Agreement}-{head.Count}"),
            ["title"] = head.Title,
            ["description"] = string.Join("\n", head.Caveats),
            ["licenses"] = new JsonArray(Licence(head)),
            ["ledger"] = new JsonObject
            {
                ["agreementId"] = head.Agreement.Value, ["exercise"] = head.IsExercise, ["asOf"] = head.Count, ["origin"] = head.Origin, ["root"] = head.Root,
                ["method"] = head.Method.Code(), ["citeAs"] = head.Citation, ["caveats"] = new JsonArray([.. head.Caveats.Select(caveat => JsonValue.Create(caveat))]),
            },
            ["resources"] = new JsonArray([.. endings.Select(ending => Resource(ending, path(ending)))]),
        };
        // The last covered event's time, not today's: the same count has the same bytes.
        if (head.RecordedAt is { } at) package["created"] = Recorded.Text(at);
        return JsonSerializer.SerializeToUtf8Bytes(package, Readable);
    }

    /// <summary>The description with the cases, the picture and the codes in one .zip that explains itself. It streams.</summary>
    public static async Task WriteZipAsync(
        string file, ExportHead head, ComplianceAnswer.Picture? picture, IAsyncEnumerable<ViolationListItem> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(head);
        await using var to = File.Create(file);
        await using var zip = await ZipArchive.CreateAsync(to, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancellation);
        await AddAsync("datapackage.json", entry => entry.WriteAsync(Describe(head, ["csv"], ending => "violations." + ending), cancellation).AsTask());
        await AddAsync("violations.csv", entry => ViolationExports.WriteCsvAsync(entry, head, rows, hxl: false, cancellation));
        if (picture is not null)
            await AddAsync("compliance.json", entry => JsonSerializer.SerializeAsync(entry, ComplianceAnswerBody.Of(picture), AnswerJson.Plain.ComplianceAnswerBody, cancellation));
        await AddAsync("codes.json", entry => entry.WriteAsync(CodesAnswer.Encode(), cancellation).AsTask());

        async Task AddAsync(string name, Func<Stream, Task> write)
        {
            var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
            entry.LastWriteTime = head.RecordedAt is { Year: >= 1980 } at ? at : new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            await using var stream = await entry.OpenAsync(cancellation);
            await write(stream);
        }
    }

    private static JsonObject Licence(ExportHead head) => head.Licence is { } licence && Uri.TryCreate(licence, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
        ? new JsonObject { ["path"] = licence, ["title"] = licence }
        : new JsonObject { ["name"] = head.Licence is null ? "not-stated" : "stated-by-operator", ["title"] = head.Licence ?? ExportHead.NoLicence };

    private static JsonObject Resource(string ending, string path)
    {
        var resource = new JsonObject
        {
            ["name"] = $"violations-{ending.Replace('.', '-')}", ["path"] = path, ["format"] = ending.Split('.')[^1], ["mediatype"] = MediaType(ending), ["encoding"] = "utf-8",
        };
        if (ending is not ("csv" or "hxl.csv")) return resource;
        resource["profile"] = "tabular-data-resource";
        if (ending == "hxl.csv") resource["dialect"] = new JsonObject { ["headerRows"] = new JsonArray(1), ["commentRows"] = new JsonArray(2) };
        resource["schema"] = new JsonObject
        {
            ["fields"] = new JsonArray([.. ExportColumn.All.Select(Field), Text("cite_as", "How the row is cited", "#meta +citation"), Text("licence", "On which terms it is handed out", "#meta +licence")]),
            ["primaryKey"] = "violation_id",
        };
        return resource;
    }

    private static JsonObject Field(ExportColumn column)
    {
        var field = Text(column.Name, column.Meaning, column.Hxl);
        field["type"] = column.Kind switch
        {
            ColumnKind.Text => "string",
            ColumnKind.Whole => "integer",
            ColumnKind.Real => "number",
            ColumnKind.Time => "datetime",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (column.Codes is { } list) field["constraints"] = new JsonObject { ["enum"] = new JsonArray([.. CodeLists.Enumerations[list].Select(code => JsonValue.Create(code))]) };
        return field;
    }

    private static JsonObject Text(string name, string meaning, string hxl) => new() { ["name"] = name, ["type"] = "string", ["description"] = meaning, ["hxl"] = hxl };

    private static string MediaType(string ending) => ending switch
    {
        "csv" or "hxl.csv" => "text/csv",
        "geojson" => "application/geo+json",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "parquet" => "application/vnd.apache.parquet",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
