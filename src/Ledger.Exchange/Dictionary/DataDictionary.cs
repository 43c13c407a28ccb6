using System.Text.Json;
using Ledger.Application.Labels;
using Ledger.Exchange.Exports;
using Ledger.Exchange.Reports;
using Ledger.Serialization;

namespace Ledger.Exchange.Dictionary;

/// <summary>What every column, code and event means, as one page for people who got a file of ours. Made from the tables that write them.</summary>
public static class DataDictionary
{
    /// <summary>As for a report: its own style sheet and nothing else.</summary>
    public static string ContentSecurityPolicy => ReportPage.ContentSecurityPolicy;

    public static byte[] Write()
    {
        var page = new HtmlText();
        page.Add($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>Data dictionary of the Ceasefire Ledger</title>");
        page.Add($"<style>{ReportPage.StyleSheet}</style>\n</head>\n<body>");
        page.Add($"<header><h1>Data dictionary</h1>\n<p class=\"subject\">What the columns of an export, the codes, and the stored events of the Ceasefire Ledger mean</p></header>\n<main>");
        WriteColumns(page);
        WriteCodes(page);
        WriteEvents(page);
        page.Add($"</main>\n</body>\n</html>");
        return page.ToUtf8();
    }

    private static void WriteColumns(HtmlText page)
    {
        page.Add($"<section><h2>Columns of the exports</h2>\n<p>The same in CSV, HXL, GeoJSON (as properties), Excel and Parquet. An empty cell says that nothing is known, never zero.</p>");
        page.Add($"<div class=\"wide\"><table><thead><tr><th>Column</th><th>Kind</th><th>Meaning</th><th>Codes</th><th>HXL</th></tr></thead><tbody>");
        foreach (var column in ExportColumn.All)
            page.Add($"<tr id=\"column-{column.Name}\"><td><code>{column.Name}</code></td><td>{KindOf(column)}</td><td>{column.Meaning}</td><td>{Link("codes", column.Codes)}</td><td><code>{column.Hxl}</code></td></tr>");
        page.Add($"<tr><td><code>cite_as</code></td><td>text</td><td>How the row is cited: the log, the count of events, and the root over exactly these</td><td></td><td><code>#meta +citation</code></td></tr>");
        page.Add($"<tr><td><code>licence</code></td><td>text</td><td>On which terms the operator hands it out</td><td></td><td><code>#meta +licence</code></td></tr>");
        page.Add($"</tbody></table></div></section>");
    }

    private static void WriteCodes(HtmlText page)
    {
        page.Add($"<section><h2>Codes</h2>\n<p>Codes are neutral and never change; the words for them may get better.</p>");
        foreach (var (list, codes) in CodeLists.All.OrderBy(list => list.Key, StringComparer.Ordinal))
        {
            page.Add($"<h3 id=\"codes-{list}\">{list}</h3>\n<div class=\"wide\"><table><thead><tr><th>Code</th>");
            foreach (var language in CodeLists.Languages) page.Add($"<th>{language}</th>");
            page.Add($"</tr></thead><tbody>");
            foreach (var code in codes)
            {
                page.Add($"<tr><td><code>{code.Code}</code></td>");
                foreach (var language in CodeLists.Languages) page.Add($"<td lang=\"{language}\" dir=\"auto\">{code.Labels[language]}</td>");
                page.Add($"</tr>");
            }

            page.Add($"</tbody></table></div>");
        }

        page.Add($"</section>");
    }

    private static void WriteEvents(HtmlText page)
    {
        page.Add($"<section><h2>Events</h2>\n<p>The data of each event as it is stored, for ever. A text that lies in the vault is absent here and stands as a digest in <code>_sd</code>. JSON Schemas are at <code>/schemas/events/</code> and the event's type.</p>");
        foreach (var type in EventSchemas.Types)
        {
            using var schema = JsonDocument.Parse(EventSchemas.Of(type, type)!);
            var required = schema.RootElement.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet() : [];
            page.Add($"<h3 id=\"{type}\"><a href=\"/schemas/events/{type}\">{type}</a></h3>");
            var fields = schema.RootElement.GetProperty("properties").EnumerateObject().Where(field => !field.Name.StartsWith('_')).ToList();
            if (fields.Count == 0)
            {
                page.Add($"<p class=\"note\">It carries nothing: that it happened, when, and by whom stands in its metadata.</p>");
                continue;
            }

            page.Add($"<div class=\"wide\"><table><thead><tr><th>Field</th><th>Kind</th><th>Always there</th></tr></thead><tbody>");
            foreach (var field in fields) page.Add($"<tr><td><code>{field.Name}</code></td><td>{KindOf(field.Value)}</td><td>{(required.Contains(field.Name) ? "yes" : "")}</td></tr>");
            page.Add($"</tbody></table></div>");
        }

        page.Add($"</section>");
    }

    private static string KindOf(ExportColumn column) => column.Kind switch
    {
        ColumnKind.Text => "text",
        ColumnKind.Whole => "whole number",
        ColumnKind.Real => "number",
        ColumnKind.Time => "time, UTC",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string KindOf(JsonElement schema)
    {
        if (schema.TryGetProperty("anyOf", out var any)) return string.Join(" or ", any.EnumerateArray().Select(KindOf));
        if (schema.TryGetProperty("oneOf", out var one)) return "one of " + string.Join(", ", one.EnumerateArray().Select(kind => kind.GetProperty("properties").EnumerateObject().First().Value.GetProperty("const").GetString()));
        if (schema.TryGetProperty("enum", out var codes)) return CodesOf(codes);
        return schema.GetProperty("type").GetString() switch
        {
            "array" when schema.TryGetProperty("items", out var items) => "list of " + KindOf(items),
            "object" when schema.TryGetProperty("properties", out var fields) => "{ " + string.Join(", ", fields.EnumerateObject().Where(field => !field.Name.StartsWith('_')).Select(field => field.Name)) + " }",
            var type when schema.TryGetProperty("format", out var format) => format.GetString()!,
            "null" => "null",
            var type => type!,
        };
    }

    /// <summary>A list by its name, where it is one; else its codes.</summary>
    private static string CodesOf(JsonElement codes)
    {
        var all = codes.EnumerateArray().Select(code => code.GetString()!).ToList();
        return CodeLists.Enumerations.FirstOrDefault(list => list.Value.SequenceEqual(all)).Key is { } name ? $"code of {name}" : string.Join(", ", all);
    }

    private static Markup Link(string prefix, string? list)
    {
        if (list is null) return new Markup("");
        var link = new HtmlText();
        link.Add($"<a href=\"#{prefix}-{list}\">{list}</a>");
        return link.ToMarkup();
    }
}
