using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections;

namespace Ledger.Exchange.Reports;

/// <summary>A daily report as one HTML page that needs nothing else: it prints on A4, and is read years later from a folder.</summary>
public static class ReportPage
{
    private static readonly string Style = ReadStyle();

    /// <summary>How pages of this room look.</summary>
    internal static Markup StyleSheet { get; } = new(Style);

    private static readonly ViolationStatus[] Statuses = Enum.GetValues<ViolationStatus>();

    /// <summary>What the page may load: its own style sheet, by hash, and nothing else.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>UTF-8; the same report in the same language has the same bytes.</summary>
    public static byte[] Write(DailyReport report, ReportWords words)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(words);
        var page = new HtmlText();
        var title = $"{words["dailyReport"]}, {words.Date(report.Date)}: {report.Agreement.Title}";
        page.Add($"<!DOCTYPE html>\n<html lang=\"{words.Language}\" dir=\"{words.Direction}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>");
        page.Add($"<style>{StyleSheet}</style>\n</head>\n<body>");
        WriteHeader(page, report, words);
        page.Add($"<main>");
        WriteTally(page, report, words);
        WritePicture(page, report, words);
        WriteOccurred(page, report, words);
        WriteMap(page, report, words);
        WriteChanges(page, report, words);
        WriteCoverage(page, report, words);
        WriteCaveats(page, report, words);
        WriteStand(page, report, words);
        page.Add($"</main>\n<footer class=\"sign\"><div><span>{words["prepared"]}</span><span>{words["signatureDate"]}</span></div><div><span>{words["approved"]}</span><span>{words["signatureDate"]}</span></div></footer>");
        page.Add($"</body>\n</html>");
        return page.ToUtf8();
    }

    private static void WriteHeader(HtmlText page, DailyReport report, ReportWords words)
    {
        page.Add($"<header><h1>{words["dailyReport"]}: {words.Date(report.Date)}</h1>\n<p class=\"subject\">{report.Agreement.Title}</p>");
        page.Add($"<p class=\"facts\"><span>{words["cutOff"]}: <b>{CutOff(report, words)}</b></span><span>{words["times"]}: <b>{Offset(report)}</b></span><span>{words["firstEvents"]}: <b>{report.Head.Count}</b></span></p></header>");
        if (report.Agreement.Exercise) page.Add($"<p class=\"notice\">{words["exercise"]}</p>");
        if (report.Reach == ReportReach.Provisional) page.Add($"<p class=\"notice\">{words["provisional"]}</p>");
        if (report.Reach == ReportReach.Later) page.Add($"<p class=\"notice later\">{words["later"]}</p>");
    }

    private static void WriteTally(HtmlText page, DailyReport report, ReportWords words)
    {
        var t = report.Tally;
        page.Add($"<section><h2>{words["sinceDayBefore"]}</h2>\n<ul class=\"tally\">");
        foreach (var (word, number) in new[] { ("newCases", t.Recorded), ("revisions", t.Revised), ("replies", t.Replied), ("disputes", t.Disputed), ("rulings", t.Ruled), ("withdrawals", t.Withdrawn) })
            page.Add($"<li><b>{number}</b>{words[word]}</li>");
        page.Add($"</ul></section>");
    }

    private static void WritePicture(HtmlText page, DailyReport report, ReportWords words)
    {
        page.Add($"<section><h2>{words["picture"]}</h2>\n<p class=\"note\">{words[report.Reach == ReportReach.Later ? "pictureLater" : "pictureNote"]}</p>\n<div class=\"wide\"><table><thead><tr><th>{words["party"]}</th><th class=\"n\">{words["recordedTotal"]}</th>");
        foreach (var status in Statuses) page.Add($"<th class=\"n\">{words.Label("statuses", status.Code())}</th>");
        page.Add($"<th class=\"n\">{words["killed"]}</th></tr></thead><tbody>");
        foreach (var party in report.After.Parties)
        {
            // With later knowledge a difference to the day before would be no change of one day.
            var before = report.Reach == ReportReach.Later ? party.Counts : report.Before?.Parties.FirstOrDefault(other => other.Party == party.Party)?.Counts ?? StatusCounts.Zero;
            page.Add($"<tr><td>{words.Party(report.Agreement, party.Party)}{NonSignatory(party, words)}</td><td class=\"n\">{party.Counts.Recorded}{Change(party.Counts.Recorded - before.Recorded)}</td>");
            foreach (var status in Statuses) page.Add($"<td class=\"n\">{party.Counts.Of(status)}{Change(party.Counts.Of(status) - before.Of(status))}</td>");
            page.Add($"<td class=\"n\">{Killed(party)}</td></tr>");
        }

        page.Add($"</tbody></table></div></section>");
    }

    private static void WriteOccurred(HtmlText page, DailyReport report, ReportWords words)
    {
        page.Add($"<section><h2>{words["occurredTitle"]}</h2>");
        if (report.Occurred.Count == 0)
        {
            page.Add($"<p>{words["noneOccurred"]}</p></section>");
            return;
        }

        page.Add($"<div class=\"wide\"><table><thead><tr><th>{words["category"]}</th>");
        var parties = report.OnTheDay.Parties.Where(party => party.Counts.Recorded > 0).ToList();
        foreach (var party in parties) page.Add($"<th class=\"n\">{words.Party(report.Agreement, party.Party)}</th>");
        page.Add($"</tr></thead><tbody>");
        foreach (var category in Enum.GetValues<Category>().Where(category => parties.Any(party => InCategory(party, category) > 0)))
        {
            page.Add($"<tr><td>{words.Label("categories", category.Code())}</td>");
            foreach (var party in parties) page.Add($"<td class=\"n\">{InCategory(party, category)}</td>");
            page.Add($"</tr>");
        }

        page.Add($"</tbody></table></div>");
        WriteCases(page, report, words);
        page.Add($"</section>");
    }

    private static void WriteCases(HtmlText page, DailyReport report, ReportWords words)
    {
        page.Add($"<div class=\"wide\"><table><thead><tr><th>{words["time"]}</th><th>{words["category"]}</th><th>{words["place"]}</th><th>{words["countedTo"]}</th><th>{words["status"]}</th><th class=\"n\">{words["killed"]}</th><th>{words["case"]}</th></tr></thead><tbody>");
        foreach (var item in report.Occurred.Reverse())
        {
            page.Add($"<tr><td>{When(item.Occurred, report, words)}</td><td>{words.Label("categories", item.Category.Code())}</td><td>{PlaceOf(item.Location)}</td><td>{words.Party(report.Agreement, item.AccountableParty)}</td>");
            page.Add($"<td>{words.Label("statuses", item.Status.Code())}</td><td class=\"n\">{Number(item.Killed)}</td><td class=\"id\">{Short(item.ViolationId)}</td></tr>");
        }

        page.Add($"</tbody></table></div>");
        if (report.Occurred.Count == DailyReport.MostRows) page.Add($"<p class=\"note\">{words["more"]}</p>");
    }

    private static void WriteMap(HtmlText page, DailyReport report, ReportWords words)
    {
        var shown = report.Occurred.Select(item => (item.Location, item.Status)).ToList();
        if (shown.Count == 0) shown = [.. report.Changes.Select(change => change.Case).DistinctBy(@case => @case.ViolationId).Select(@case => (@case.Report.Location, @case.Status))];
        if (ReportMap.Draw(report, shown, words) is not { } map) return;
        page.Add($"<section><h2>{words["map"]}</h2>\n<figure>{map}<ul class=\"legend\">");
        foreach (var status in Statuses.Where(status => shown.Any(item => item.Status == status && item.Location?.RepresentativePoint is not null)))
            page.Add($"<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><circle class=\"case {status.Code()}\" cx=\"6\" cy=\"6\" r=\"4.5\"/></svg>{words.Label("statuses", status.Code())}</li>");
        if (shown.Count(item => item.Location?.RepresentativePoint is null) is > 0 and var without) page.Add($"<li>{words["withoutPoint"]}: {without}</li>");
        page.Add($"</ul><figcaption class=\"note\">{words["mapNote"]} Natural Earth.</figcaption></figure></section>");
    }

    private static void WriteChanges(HtmlText page, DailyReport report, ReportWords words)
    {
        page.Add($"<section><h2>{words["acts"]}</h2>");
        if (report.Changes.Count == 0)
        {
            page.Add($"<p>{words["nothingRecorded"]}</p></section>");
            return;
        }

        page.Add($"<div class=\"wide\"><table><thead><tr><th class=\"n\">{words["event"]}</th><th>{words["time"]}</th><th>{words["act"]}</th><th>{words["category"]}</th><th>{words["place"]}</th><th>{words["case"]}</th></tr></thead><tbody>");
        foreach (var change in report.Changes)
        {
            page.Add($"<tr><td class=\"n\">{change.Sequence}</td><td>{Clock(change.At, report)}</td><td>{Act(change, report, words)}</td><td>{words.Label("categories", change.Case.Report.Category.Code())}</td>");
            page.Add($"<td>{PlaceOf(change.Case.Report.Location)}</td><td class=\"id\">{Short(change.Case.ViolationId)}</td></tr>");
        }

        page.Add($"</tbody></table></div>");
        if (report.Changes.Count == DailyReport.MostRows) page.Add($"<p class=\"note\">{words["more"]}</p>");
        page.Add($"</section>");
    }

    private static void WriteCoverage(HtmlText page, DailyReport report, ReportWords words)
    {
        var hours = report.OnTheDay.Coverage;
        page.Add($"<section><h2>{words["coverage"]}</h2>\n<p>{words["watchedHours"]}: <b>{Hours(hours.MonitoredHours)}</b> · {words["lostHours"]}: <b>{Hours(hours.GapHours)}</b></p>");
        if (report.Coverage.All(item => item.Kind == CoverageKind.Gap)) page.Add($"<p>{words["noCoverage"]}</p>");
        if (report.Coverage.Count > 0)
        {
            page.Add($"<div class=\"wide\"><table><thead><tr><th>{words["site"]}</th><th>{words["kind"]}</th><th>{words["time"]}</th><th>{words["reason"]}</th><th>{words["responsible"]}</th></tr></thead><tbody>");
            foreach (var item in report.Coverage.OrderBy(item => item.Site, StringComparer.Ordinal).ThenBy(item => item.From))
            {
                page.Add($"<tr><td>{item.Site}</td><td>{words.Label("coverageKinds", item.Kind.Code())}</td><td>{words.Moment(item.From, report.Zone)} – {words.Moment(item.To, report.Zone)}</td>");
                page.Add($"<td>{(item.Cause is { } cause ? words.Label("gapCauses", cause.Code()) : "")}</td><td>{(item.ResponsibleParty is { } party ? words.Party(report.Agreement, party) : "")}</td></tr>");
            }

            page.Add($"</tbody></table></div>");
        }

        page.Add($"</section>");
    }

    private static void WriteCaveats(HtmlText page, DailyReport report, ReportWords words)
    {
        page.Add($"<section><h2>{words["caveats"]}</h2>\n<ul class=\"caveats\">");
        foreach (var word in (string[])["caveatAllegation", "caveatDisputed", "caveatAccountable", "caveatUndetermined", "casualtiesNote", "caveatCoverage", "caveatHours"]) page.Add($"<li>{words[word]}</li>");
        page.Add($"<li>{words["caveatMethod"].Replace("{0}", words.Label("methods", report.Head.Method.Code()), StringComparison.Ordinal)}</li>");
        if (report.After.AggregateClaims > 0)
            page.Add($"<li>{words["caveatClaims"].Replace("{0}", report.After.AggregateClaims.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)}</li>");
        page.Add($"</ul></section>");
    }

    private static void WriteStand(HtmlText page, DailyReport report, ReportWords words)
    {
        var head = report.Head;
        page.Add($"<section><h2>{words["standsOn"]}</h2>\n<dl><dt>{words["firstEvents"]}</dt><dd>{head.Count}</dd><dt>{words["log"]}</dt><dd><bdi>{head.Origin}</bdi></dd>");
        page.Add($"<dt>{words["root"]}</dt><dd><bdi>{head.Root ?? words["notInLog"]}</bdi></dd><dt>{words["cite"]}</dt><dd><bdi>{head.Citation}</bdi></dd>");
        page.Add($"<dt>{words["again"]}</dt><dd><code>GET /api/v1/agreements/{report.Agreement.AgreementId.Value}/reports/{report.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}?asOf={head.Count}{new Markup(report.Reach == ReportReach.Whole ? "&amp;whole=true" : "")}&amp;lang={words.Language}</code></dd></dl></section>");
    }

    private static string Act(ReportChange change, DailyReport report, ReportWords words)
    {
        var said = words[change.What];
        if (change.What == "attributed") return $"{said} {words.Party(report.Agreement, change.Party)}";
        if (change.What == "recorded") return words.Recorded(report.Agreement, change.Party);
        if (change.Code is var (list, code)) said += $": {words.Label(list, code)}";
        if (change.Killed is var (before, after)) said += $": {words["killed"]} {Number(before)} → {Number(after)}";
        return change.Party is { } party ? $"{said} ({words.Party(report.Agreement, party)})" : said;
    }

    private static string CutOff(DailyReport report, ReportWords words) =>
        report.Head.RecordedAt is { } at && report.Reach != ReportReach.Whole ? words.Moment(at, report.Zone) : words.Moment(report.To.AddMinutes(-1), report.Zone);

    private static string Offset(DailyReport report)
    {
        var offset = report.Zone.GetUtcOffset(report.From);
        return string.Create(CultureInfo.InvariantCulture, $"{report.Agreement.TimeZone}, UTC{(offset < TimeSpan.Zero ? '−' : '+')}{offset:hh\\:mm}");
    }

    private static string When(Occurred occurred, DailyReport report, ReportWords words) => occurred.Precision switch
    {
        TimePrecision.Minute => Clock(occurred.From, report),
        TimePrecision.Hour => "≈ " + Clock(occurred.From, report),
        var precision => words.Label("precisions", precision.Code()),
    };

    private static string Clock(DateTimeOffset at, DailyReport report) => TimeZoneInfo.ConvertTime(at, report.Zone).ToString("HH:mm", CultureInfo.InvariantCulture);

    private static string PlaceOf(Location? location) => location switch
    {
        Location.Point p => p.Place ?? Degrees(p.At),
        Location.FromObserver o => o.Place ?? o.ObserverName ?? Degrees(o.Observer),
        Location.Named n => n.Place,
        _ => "",
    };

    private static string Degrees(GeoPoint at) => string.Create(CultureInfo.InvariantCulture, $"{at.Latitude:0.###}, {at.Longitude:0.###}");

    /// <summary>The beginning of the id: enough to find the case, short enough for a table.</summary>
    private static string Short(ViolationId id) => id.Value.ToString("D")[..13];

    private static Markup NonSignatory(PartyPicture party, ReportWords words)
    {
        if (party.Standing != Standing.NonSignatory) return new Markup("");
        var note = new HtmlText();
        note.Add($" <small>({words["nonSignatory"]})</small>");
        return note.ToMarkup();
    }

    private static Markup Change(long change) => new(change == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" <small>({(change > 0 ? "+" : "−")}{Math.Abs(change)})</small>"));

    private static string Killed(PartyPicture party)
    {
        var row = party.Casualties.FirstOrDefault(row => row is { Kind: CasualtyKind.Killed, Who: CasualtyWho.Total });
        if (row is null) return "–";
        return row.Low == row.Best && row.High == row.Best ? Number(row.Best) : string.Create(CultureInfo.InvariantCulture, $"{row.Low}–{row.Best}–{row.High}");
    }

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "–";

    private static string Hours(double hours) => hours.ToString("0.#", CultureInfo.InvariantCulture);

    private static long InCategory(PartyPicture party, Category category) => party.ByCategory.FirstOrDefault(figures => figures.Category == category)?.Counts.Recorded ?? 0;

    private static string ReadStyle()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
