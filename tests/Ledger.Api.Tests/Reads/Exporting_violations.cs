using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Reads;

/// <summary>Files that other programs open; their sums are the API's figures at the same count.</summary>
public sealed class Exporting_violations(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task Every_form_holds_the_cases_that_the_picture_counts()
    {
        var (agreement, reader) = await FilledAsync(620);
        var picture = await reader.GetAsync($"agreements/{agreement}/compliance");
        var recorded = picture.Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>());
        Assert.Equal(621, recorded);
        var asOf = picture.Header("Ledger-Count");

        var csv = await reader.GetAsync($"agreements/{agreement}/export.csv?asOf={asOf}");
        Assert.Equal("text/csv", csv.MediaType);
        Assert.Equal(recorded, Rows(csv).Count);
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

        // But for the log's head, which grows on: with it the very same count can be cited by a later head too.
        Assert.Equal(Bare(first), Bare(await reader.GetAsync($"agreements/{agreement}/export.csv?asOf={asOf}")));
        Assert.Equal(Rows(first).Count + 1, Rows(await reader.GetAsync($"agreements/{agreement}/export.csv")).Count);
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
        foreach (var form in (string[])["csv", "hxl.csv", "geojson", "parquet"])
            Assert.True((await auditor.GetAsync($"agreements/{agreement}/export.{form}")).Bytes.AsSpan().IndexOf("Anahit"u8) < 0, form);
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

    private static IEnumerable<string> Bare(ApiAnswer answer) => Rows(answer).Select(row => row.Split(", log head")[0]);

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
