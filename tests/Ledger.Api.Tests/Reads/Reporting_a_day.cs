using System.Text.RegularExpressions;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Reads;

/// <summary>The daily report: the same figures as the API's, the same bytes for ever, and nothing that can be erased.</summary>
public sealed class Reporting_a_day(TestLedger ledger) : IClassFixture<TestLedger>
{
    private static readonly string Today = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById("Asia/Baku")).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task What_was_recorded_today_stands_in_todays_report()
    {
        var (agreement, reader) = await FilledAsync();
        var report = await reader.GetAsync($"agreements/{agreement}/reports/{Today}");
        Assert.Equal((200, "text/html"), (report.Status, report.MediaType));
        Assert.Contains("Provisional", report.Text, StringComparison.Ordinal);
        Assert.Equal($"\"{report.Header("Ledger-Count")}-Provisional\"", report.Header("ETag"));
        Assert.Equal([2, 1, 1, 1, 1, 0], Tally(report));
        Assert.Contains("casualties revised: Killed 2 → 5", report.Text, StringComparison.Ordinal);
        Assert.Contains("recorded; alleged: Azerbaijan", report.Text, StringComparison.Ordinal);
        Assert.Contains("confirmed: Serious", report.Text, StringComparison.Ordinal);
        Assert.Contains("disputed: Denial", report.Text, StringComparison.Ordinal);
        Assert.Contains("<svg class=\"map\"", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_figures_claimed_twice_are_two_acts()
    {
        var agreement = await ledger.AgreementAsync();
        var monitor = await ledger.MonitorAsync();
        var path = await ledger.CaseAsync(agreement: agreement);
        foreach (var killed in (int[])[5, 7, 5])
            (await monitor.PostAsync($"{path}/casualties", Json($$"""{"casualties":[{"kind":"killed","who":"total","best":{{killed}}}],"claimedBy":"The hospital"}"""))).Stored();
        var report = await (await ledger.WhoAsync("reader-1", "reader")).GetAsync($"agreements/{agreement}/reports/{Today}");
        Assert.Equal(["2 → 5", "5 → 7", "7 → 5"], Regex.Matches(report.Text, "casualties revised: Killed ([0-9]+ → [0-9]+)").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public async Task A_day_of_the_past_shows_what_occurred_on_it_and_who_could_look()
    {
        var (agreement, reader) = await FilledAsync();
        var asOf = (await reader.GetAsync($"agreements/{agreement}/compliance")).Header("Ledger-Count");
        var report = await reader.GetAsync($"agreements/{agreement}/reports/2020-10-18?asOf={asOf}");
        Assert.Equal(200, report.Status);
        Assert.Contains("Made with later knowledge", report.Text, StringComparison.Ordinal);
        Assert.Equal([0, 0, 0, 0, 0, 0], Tally(report));
        Assert.Equal(2, Regex.Count(report.Text, "Khankendi / Stepanakert</td>"));
        Assert.Contains("post-1", report.Text, StringComparison.Ordinal);
        Assert.Contains("Hours watched: <b>6</b>", report.Text, StringComparison.Ordinal);

        var quiet = await reader.GetAsync($"agreements/{agreement}/reports/2020-10-19?asOf={asOf}");
        Assert.Contains("No coverage", quiet.Text, StringComparison.Ordinal);
        Assert.Contains("No case that occurred on this day", quiet.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ru")]
    [InlineData("hy")]
    [InlineData("az")]
    [InlineData("ar")]
    public async Task The_same_count_gives_the_same_bytes_in_every_language(string language)
    {
        var (agreement, reader) = await FilledAsync();
        var first = await reader.GetAsync($"agreements/{agreement}/reports/2020-10-18?lang={language}&asOf={(await reader.GetAsync("agreements")).Header("Ledger-Count")}");
        Assert.Contains($"lang=\"{language}\" dir=\"{(language == "ar" ? "rtl" : "ltr")}\"", first.Text, StringComparison.Ordinal);
        Assert.Contains("root ", first.Text, StringComparison.Ordinal);
        if (language != "en") Assert.DoesNotContain("A recorded case is an allegation", first.Text, StringComparison.Ordinal);
        await ledger.CaseAsync(agreement: agreement);
        var again = await reader.GetAsync($"agreements/{agreement}/reports/2020-10-18?lang={language}&asOf={first.Header("Ledger-Count")}");
        Assert.Equal(first.Bytes, again.Bytes);
    }

    [Fact]
    public async Task Texts_that_can_be_erased_and_confidential_parts_arent_in_it()
    {
        var (agreement, _) = await FilledAsync();
        var auditor = await ledger.WhoAsync("auditor-1", "auditor");
        var report = await auditor.GetAsync($"agreements/{agreement}/reports/{Today}");
        foreach (var hidden in (string[])["Shelling was heard", "Three bangs", "A. B.", "It was a drill", "Two posts heard it"])
            Assert.DoesNotContain(hidden, report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_markup_stays_a_name()
    {
        var agreement = await ledger.AgreementAsync(body => body["title"] = "<script>alert(1)</script>");
        await ledger.CaseAsync(body => body["location"]!["place"] = "<img src=x onerror=alert(2)>\"'", agreement);
        var reader = await ledger.WhoAsync("reader-1", "reader");
        var report = await reader.GetAsync($"agreements/{agreement}/reports/{Today}");
        Assert.DoesNotContain("<script", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", report.Text, StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x onerror=alert(2)&gt;&quot;&#x27;", report.Text, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", report.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_there_is_no_report_of_is_told()
    {
        var (agreement, reader) = await FilledAsync();
        (await reader.GetAsync($"agreements/{agreement}/reports/2020-10-18")).Refused(404, "not-found"); // The agreement wasn't in the ledger by the end of that day.
        (await reader.GetAsync($"agreements/{agreement}/reports/2999-01-01")).Refused(400, "as-of-beyond-head");
        (await reader.GetAsync($"agreements/{agreement}/reports/9999-12-31")).Refused(400, "as-of-beyond-head");
        (await reader.GetAsync($"agreements/{agreement}/reports/0001-01-01")).Refused(404, "not-found");
        (await reader.GetAsync($"agreements/{agreement}/reports/18-10-2020")).Refused(400, "malformed");
        (await reader.GetAsync($"agreements/{agreement}/reports/{Today}?whole=true")).Refused(400, "malformed");
        Assert.Contains("?asOf=COUNT", (await reader.GetAsync($"agreements/{agreement}/reports/2020-10-18")).Text, StringComparison.Ordinal);
        (await reader.GetAsync($"agreements/{agreement}/reports/{Today}?lang=tlh")).Refused(400, "malformed");
        (await reader.GetAsync($"agreements/{agreement}/reports/{Today}?asOf=99999999")).Refused(400, "as-of-beyond-head");
        (await reader.GetAsync($"agreements/nowhere/reports/{Today}")).Refused(404, "not-found");
        var elsewhere = await ledger.WhoAsync("reader-2", "reader", null, await ledger.AgreementAsync());
        (await elsewhere.GetAsync($"agreements/{agreement}/reports/{Today}")).Refused(404, "not-found");
    }

    private async Task<(string Agreement, ApiClient Reader)> FilledAsync()
    {
        var agreement = await ledger.AgreementAsync();
        var monitor = await ledger.MonitorAsync();
        var first = await ledger.CaseAsync(agreement: agreement);
        var second = await ledger.CaseAsync(agreement: agreement);
        (await monitor.PostAsync($"agreements/{agreement}/monitoring", Json("""{"site":"post-1","from":"2020-10-18T08:00:00+04:00","to":"2020-10-18T14:00:00+04:00"}"""))).Stored(201);
        (await monitor.PostAsync($"{first}/casualties", Json("""{"casualties":[{"kind":"killed","who":"total","best":5}],"claimedBy":"The hospital"}"""))).Stored();
        var liaison = await ledger.LiaisonAsync(Bodies.PartyB);
        (await liaison.PostAsync($"{first}/replies", Json("""{"reply":"denied","statement":"It was a drill."}"""))).Stored();
        (await liaison.PostAsync($"{second}/disputes", Json("""{"grounds":"denial","statement":"It was a drill."}"""))).Stored(201);
        var verifier = await ledger.VerifierAsync();
        (await verifier.PostAsync($"{first}/confirmation", Json("""{"severity":"serious","rationale":"Two posts heard it."}"""), ifMatch: "\"2\"")).Stored();
        var reader = await ledger.WhoAsync("reader-1", "reader");
        return (agreement, reader);
    }

    private static System.Text.Json.Nodes.JsonObject Json(string text) => System.Text.Json.Nodes.JsonNode.Parse(text)!.AsObject();

    private static int[] Tally(ApiAnswer report) => [.. Regex.Matches(report.Text, "<li><b>(\\d+)</b>").Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
}
