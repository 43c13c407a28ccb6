using System.Globalization;
using Ledger.Application.Labels;
using Ledger.Domain;
using Ledger.Projections;
using MiniExcelLibs;
using MiniExcelLibs.Attributes;
using MiniExcelLibs.OpenXml;

namespace Ledger.Exchange.Exports;

/// <summary>The violations, the compliance picture, the codes and the caveats as one Excel file. It streams: memory doesn't grow with the rows.</summary>
/// <remarks>Texts are stored as texts, so that none of them is a formula, whatever it begins with.</remarks>
public static class SpreadsheetExport
{
    /// <summary>A sheet ends at 1,048,576 rows; what doesn't fit goes on in the next one.</summary>
    public const int RowsPerSheet = 1_000_000;

    /// <param name="file">Written to a file first: its directory of parts comes last.</param>
    /// <param name="most">No more cases than this will come; it says how many sheets there are.</param>
    public static Task WriteAsync(
        string file, ExportHead head, ComplianceAnswer.Picture? picture, IAsyncEnumerable<ViolationListItem> rows, long most, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(rows);
        return Task.Run(() => Write(file, head, picture, rows.ToBlockingEnumerable(cancellation), most), cancellation);
    }

    private static void Write(string file, ExportHead head, ComplianceAnswer.Picture? picture, IEnumerable<ViolationListItem> rows, long most)
    {
        using var cases = rows.GetEnumerator();
        var sheets = new Dictionary<string, object>();
        for (var sheet = 1; sheet == 1 || (sheet - 1L) * RowsPerSheet < most; sheet++)
            sheets.Add(sheet == 1 ? "violations" : string.Create(CultureInfo.InvariantCulture, $"violations {sheet}"), Violations(cases));
        sheets.Add("compliance", Compliance(picture));
        sheets.Add("codes", Codes());
        sheets.Add("columns", Columns());
        sheets.Add("caveats", Caveats(head));
        using var to = File.Create(file);
        to.SaveAs(sheets, configuration: Looks());
    }

    private static IEnumerable<Dictionary<string, object?>> Violations(IEnumerator<ViolationListItem> cases)
    {
        for (var row = 0; row < RowsPerSheet && cases.MoveNext(); row++)
            yield return ExportColumn.All.ToDictionary(column => column.Name, column => column.Of(cases.Current) is DateTimeOffset time ? time.UtcDateTime : column.Of(cases.Current));
    }

    private static IEnumerable<Dictionary<string, object?>> Compliance(ComplianceAnswer.Picture? picture)
    {
        foreach (var party in picture?.Parties ?? [])
        {
            var killed = party.Casualties.FirstOrDefault(row => row is { Kind: Domain.Violations.CasualtyKind.Killed, Who: Domain.Violations.CasualtyWho.Total });
            var all = Figures(party.Party.Value, "all", party.Counts);
            (all["killed_low"], all["killed_best"], all["killed_high"]) = (killed?.Low, killed?.Best, killed?.High);
            yield return all;
            foreach (var category in party.ByCategory) yield return Figures(party.Party.Value, category.Category.Code(), category.Counts);
        }
    }

    private static Dictionary<string, object?> Figures(string party, string category, StatusCounts counts) => new()
    {
        ["party"] = party, ["category"] = category, ["recorded"] = counts.Recorded, ["alleged"] = counts.Alleged, ["disputed"] = counts.Disputed,
        ["confirmed"] = counts.Confirmed, ["dismissed"] = counts.Dismissed, ["unresolved"] = counts.Unresolved, ["withdrawn"] = counts.Withdrawn,
        ["duplicate"] = counts.Duplicate, ["killed_low"] = null, ["killed_best"] = null, ["killed_high"] = null,
    };

    private static IEnumerable<Dictionary<string, object?>> Codes() =>
        from list in CodeLists.All.OrderBy(list => list.Key, StringComparer.Ordinal)
        from code in list.Value
        select new Dictionary<string, object?> { ["list"] = list.Key, ["code"] = code.Code }
            .Concat(CodeLists.Languages.Select(language => KeyValuePair.Create(language, (object?)code.Labels[language])))
            .ToDictionary(cell => cell.Key, cell => cell.Value);

    private static IEnumerable<Dictionary<string, object?>> Columns() =>
        ExportColumn.All.Select(column => new Dictionary<string, object?> { ["column"] = column.Name, ["hxl"] = column.Hxl, ["meaning"] = column.Meaning });

    private static IEnumerable<Dictionary<string, object?>> Caveats(ExportHead head) =>
        head.About.Where(pair => pair.Name != "caveats").Concat(head.Caveats.Select(caveat => ("caveat", caveat)))
            .Select(pair => new Dictionary<string, object?> { ["about"] = pair.Item1, ["text"] = pair.Item2 });

    private static OpenXmlConfiguration Looks() => new()
    {
        AutoFilter = false,
        FastMode = true,
        FreezeRowCount = 1,
        DynamicColumns =
        [
            .. ExportColumn.All.Where(column => column.Kind == ColumnKind.Time).Select(column => new DynamicExcelColumn(column.Name) { Format = "yyyy-mm-dd hh:mm:ss", Width = 20 }),
            new DynamicExcelColumn("violation_id") { Width = 38 }, new DynamicExcelColumn("category") { Width = 30 }, new DynamicExcelColumn("place") { Width = 26 },
            new DynamicExcelColumn("accountable_party") { Width = 20 }, new DynamicExcelColumn("alleged_party") { Width = 20 },
            new DynamicExcelColumn("meaning") { Width = 80 }, new DynamicExcelColumn("text") { Width = 110 }, new DynamicExcelColumn("hxl") { Width = 30 },
            new DynamicExcelColumn("code") { Width = 30 }, new DynamicExcelColumn("list") { Width = 20 },
            .. CodeLists.Languages.Select(language => new DynamicExcelColumn(language) { Width = 36 }),
        ],
    };
}
