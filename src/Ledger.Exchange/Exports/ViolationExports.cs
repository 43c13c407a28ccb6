using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DuckDB.NET.Data;
using Ledger.Domain;
using Ledger.Projections;

namespace Ledger.Exchange.Exports;

/// <summary>The violations of an agreement as files that other programs open. All of them stream: memory doesn't grow with the rows.</summary>
public static class ViolationExports
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>RFC 4180, UTF-8; the last columns of every row are the citation and the licence. What else goes with it stands in the data package.</summary>
    /// <param name="hxl">A second line of HXL hashtags, as humanitarian programs expect it.</param>
    public static async Task WriteCsvAsync(Stream to, ExportHead head, IAsyncEnumerable<ViolationListItem> rows, bool hxl, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(rows);
        await using var writer = new StreamWriter(to, Utf8, 1 << 16, leaveOpen: true) { NewLine = "\r\n" };
        await writer.WriteLineAsync(string.Join(',', ExportColumn.All.Select(column => column.Name).Concat(["cite_as", "licence"])));
        if (hxl) await writer.WriteLineAsync(string.Join(',', ExportColumn.All.Select(column => Csv.Cell(column.Hxl)).Concat(["#meta +citation", "#meta +licence"])));
        var (about, line) = ($"{Csv.Cell(head.Citation)},{Csv.Cell(head.Licence ?? ExportHead.NoLicence)}", new StringBuilder());
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            line.Clear();
            foreach (var column in ExportColumn.All) line.Append(Csv.Cell(column.Text(row))).Append(',');
            await writer.WriteLineAsync(line.Append(about), cancellation);
        }
    }

    /// <summary>RFC 7946: cases without a point are features without a geometry. What the file is about stands beside the features.</summary>
    public static async Task WriteGeoJsonAsync(Stream to, ExportHead head, IAsyncEnumerable<ViolationListItem> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(rows);
        await using var json = new Utf8JsonWriter(to, Plain);
        json.WriteStartObject();
        json.WriteString("type", "FeatureCollection");
        WriteAbout(json, head);
        json.WriteStartArray("features");
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            WriteFeature(json, row);
            if (json.BytesPending > 1 << 16) await json.FlushAsync(cancellation);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellation);
    }

    /// <summary>Apache Parquet by DuckDB. It is written to a file first, because its index comes last.</summary>
    public static async Task WriteParquetAsync(string file, ExportHead head, IAsyncEnumerable<ViolationListItem> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(rows);
        await using var duck = new DuckDBConnection("Data Source=:memory:");
        await duck.OpenAsync(cancellation);
        Execute(duck, $"SET temp_directory = '{Quoted(file)}.tmp'; SET memory_limit = '256MB'; SET TimeZone = 'UTC'");
        Execute(duck, $"CREATE TABLE violations ({string.Join(", ", ExportColumn.All.Select(column => $"{column.Name} {SqlType(column.Kind)}"))}, cite_as VARCHAR)");
        using (var appender = duck.CreateAppender("violations"))
        {
            await foreach (var row in rows.WithCancellation(cancellation))
            {
                var cells = appender.CreateRow();
                foreach (var column in ExportColumn.All) Append(cells, column.Of(row));
                cells.AppendValue(head.Citation).EndRow();
            }
        }

        var about = string.Join(", ", head.About.Select(pair => $"{pair.Name}: '{Quoted(pair.Value)}'"));
        Execute(duck, $"COPY violations TO '{Quoted(file)}' (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{about}}})");
    }

    private static void WriteAbout(Utf8JsonWriter json, ExportHead head)
    {
        json.WriteStartObject("ledger");
        json.WriteString("agreementId", head.Agreement.Value);
        json.WriteString("title", head.Title);
        json.WriteBoolean("exercise", head.IsExercise);
        json.WriteNumber("asOf", head.Count);
        json.WriteString("origin", head.Origin);
        if (head.Root is not null) json.WriteString("root", head.Root);
        json.WriteString("method", head.Method.Code());
        json.WriteString("licence", head.Licence ?? ExportHead.NoLicence);
        json.WriteString("citeAs", head.Citation);
        json.WriteStartArray("caveats");
        foreach (var caveat in head.Caveats) json.WriteStringValue(caveat);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFeature(Utf8JsonWriter json, ViolationListItem row)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteString("id", row.ViolationId.Value);
        if (row.Location?.RepresentativePoint is { } point)
        {
            json.WriteStartObject("geometry");
            json.WriteString("type", "Point");
            json.WriteStartArray("coordinates"); // RFC 7946 §3.1.1: longitude first.
            json.WriteNumberValue(point.Longitude);
            json.WriteNumberValue(point.Latitude);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("geometry");
        }

        json.WriteStartObject("properties");
        foreach (var column in ExportColumn.All.Where(column => column.Name is not ("violation_id" or "latitude" or "longitude"))) WriteProperty(json, column, row);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProperty(Utf8JsonWriter json, ExportColumn column, ViolationListItem row)
    {
        switch (column.Of(row))
        {
            case null: json.WriteNull(column.Name); break;
            case long whole: json.WriteNumber(column.Name, whole); break;
            case double real: json.WriteNumber(column.Name, real); break;
            default: json.WriteString(column.Name, column.Text(row)); break;
        }
    }

    private static void Append(IDuckDBAppenderRow cells, object? value)
    {
        switch (value)
        {
            case null: cells.AppendNullValue(); break;
            case string text: cells.AppendValue(text); break;
            case long whole: cells.AppendValue(whole); break;
            case double real: cells.AppendValue(real); break;
            case DateTimeOffset time: cells.AppendValue(time.UtcDateTime); break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    private static string SqlType(ColumnKind kind) => kind switch
    {
        ColumnKind.Text => "VARCHAR",
        ColumnKind.Whole => "BIGINT",
        ColumnKind.Real => "DOUBLE",
        ColumnKind.Time => "TIMESTAMP",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Quoted(string text) => text.Replace("'", "''", StringComparison.Ordinal);

    private static void Execute(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
