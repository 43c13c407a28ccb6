namespace Ledger.Dashboard.Tests.Setup;

/// <summary>A page of the dashboard, as its tests look at it.</summary>
/// <param name="Path">As the browser asks for it; <c>{a}</c> is the demonstration's agreement, <c>{v}</c> a case with a long history, <c>{open}</c> one that nobody has ruled on, <c>{entry}</c> an entry of October's coverage.</param>
/// <param name="Who">Who looks at it; null for pages that are open to all.</param>
public sealed record PageRow(string Path, string? Who);

/// <summary>Every page. A new one adds a row, and is then looked at in both themes, right to left and on a phone.</summary>
public static class PageTable
{
    public static readonly IReadOnlyList<PageRow> All =
    [
        new("/login", null),
        new("/settings", null),
        new("/nowhere", null),
        new("/", "reader"),
        new("/agreements/{a}", "reader"),
        new("/agreements/{a}?asOf=100&interval=week&basis=alleged", "reader"),
        new("/agreements/{a}/postings?party=armenia&status=confirmed", "reader"),
        new("/agreements/{a}/violations?status=disputed&party=armenia", "reader"),
        new("/violations/{v}", "verifier-1"),
        new("/violations/{open}/confirm", "verifier-1"),
        new("/violations/{open}/dispute", "liaison-armenia"),
        new("/violations/{open}/casualties", "monitor-2"),
        new("/violations/{open}/amend", "monitor-1"),
        new("/violations/{open}/evidence", "monitor-1"),
        new("/agreements/{a}/map", "reader"),
        new("/agreements/{a}/map?status=disputed&bbox=45,39,47,40.5", "reader"),
        new("/agreements/{a}/reports?day=1999-01-01", "reader"),
        new("/violations/{v}/confirm", "verifier-1"),
        new("/agreements/{a}/coverage?month=2020-10", "monitor-1"),
        new("/agreements/{a}/coverage?month=2020-10&correct={entry}", "monitor-1"),
        new("/agreements/{a}/policy", "reader"),
        new("/agreements/{a}/policy", "administrator"),
        new("/agreements/{a}/inbox", "verifier-1"),
        new("/agreements/{a}/party", "liaison-armenia"),
        new("/agreements/{a}/imports", "monitor-1"),
        new("/agreements/{a}/administration", "administrator"),
        new("/administration", "administrator"),
        new("/keys", "administrator"),
        new("/webhooks", "administrator"),
        new("/record", "monitor-1"),
        new("/audit", null),
        new("/audit/00000000-0000-7000-8000-000000000000", null),
    ];

    public static TheoryData<string, string?> Rows
    {
        get
        {
            var rows = new TheoryData<string, string?>();
            foreach (var row in All) rows.Add(row.Path, row.Who);
            return rows;
        }
    }
}
