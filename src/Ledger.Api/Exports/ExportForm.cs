using System.Globalization;
using Ledger.Exchange.Exports;
using Ledger.Projections;

namespace Ledger.Api.Exports;

/// <summary>What an export is written from.</summary>
internal sealed record ExportContent(ExportHead Head, ComplianceAnswer.Picture? Picture, IAsyncEnumerable<ViolationListItem> Rows);

/// <summary>One kind of file: how its name ends, its media type, and who writes it.</summary>
internal sealed record ExportForm(string Ending, string MediaType, Func<ExportContent, Stream, CancellationToken, Task> WriteAsync)
{
    public static readonly IReadOnlyList<ExportForm> All =
    [
        new("csv", "text/csv; charset=utf-8", (what, to, stop) => ViolationExports.WriteCsvAsync(to, what.Head, what.Rows, hxl: false, stop)),
        new("hxl.csv", "text/csv; charset=utf-8", (what, to, stop) => ViolationExports.WriteCsvAsync(to, what.Head, what.Rows, hxl: true, stop)),
        new("geojson", "application/geo+json", (what, to, stop) => ViolationExports.WriteGeoJsonAsync(to, what.Head, what.Rows, stop)),
        new("zip", "application/zip", (what, to, stop) => ThroughAFileAsync(to, file => DataPackage.WriteZipAsync(file, what.Head, what.Picture, what.Rows, stop), stop)),
        new("parquet", "application/vnd.apache.parquet", (what, to, stop) => ThroughAFileAsync(to, file => ViolationExports.WriteParquetAsync(file, what.Head, what.Rows, stop), stop)),
        new("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (what, to, stop) => ThroughAFileAsync(
            to, file => SpreadsheetExport.WriteAsync(file, what.Head, what.Picture, what.Rows, what.Picture?.Parties.Sum(party => party.Counts.Recorded) ?? 0, stop), stop)),
    ];

    /// <summary>For forms whose index comes last, or whose library writes some of it without waiting. The file is gone afterwards, whatever happens.</summary>
    private static async Task ThroughAFileAsync(Stream to, Func<string, Task> write, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("ledger-export-");
        try
        {
            var path = Path.Combine(folder.FullName, "export");
            await write(path);
            await using var file = File.OpenRead(path);
            await file.CopyToAsync(to, 1 << 17, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>An export on its way out, under the name that says its count.</summary>
internal sealed class ExportAnswer(ExportForm form, ExportHead head, ComplianceAnswer.Picture? picture, IAsyncEnumerable<ViolationListItem> rows) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var count = head.Count.ToString(CultureInfo.InvariantCulture);
        response.ContentType = form.MediaType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{head.Agreement}-{count}.{form.Ending}\"";
        response.Headers["Ledger-Count"] = count;
        response.Headers["Ledger-Origin"] = head.Origin;
        response.Headers.Link = $"<datapackage.json?asOf={count}>; rel=\"describedby\"; type=\"application/json\"";
        response.Headers.CacheControl = "private, no-cache";
        // Without a root it isn't what this count will be cited by.
        if (head.Root is not null) response.Headers.ETag = Reading.Reader.ETagOf(head.Count);
        return form.WriteAsync(new ExportContent(head, picture, rows), response.Body, httpContext.RequestAborted);
    }
}
