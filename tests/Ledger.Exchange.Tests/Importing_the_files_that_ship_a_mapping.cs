using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Node;
using Ledger.Projections;

namespace Ledger.Exchange.Tests;

/// <summary>Every file that a mapping ships for: twice without a double, and with the totals that a plain look at its columns counts.</summary>
public sealed class Importing_the_files_that_ship_a_mapping
{
    [RealFile("karabakh_2020_chronology.csv")]
    public async Task The_chronology_brings_its_allegations_and_nothing_else()
    {
        await using var node = await NodeAsync("2020-10-10T12:00", "Asia/Baku", "azerbaijan", "armenia", "artsakh");
        var rows = PlainCsv.Rows(Path("karabakh_2020_chronology.csv")).ToArray();
        var alleged = rows.Where(row => row["kind"] == "ALLEGATION").ToArray();
        var result = await TwiceAsync(node, "karabakh_2020_chronology.csv", "karabakh-2020-chronology");
        Assert.Equal((rows.Length, alleged.Length, rows.Length - alleged.Length), (result.Rows, result.Stored, result.SkippedInAll));

        var picture = await Some.PictureAsync(node, Some.Agreement);
        Assert.Equal(alleged.Count(row => row["alleged_violator"] == "Government of Armenia"), Of(picture, "armenia").Counts.Alleged);
        Assert.Equal(alleged.Count(row => row["alleged_violator"] == "Government of Azerbaijan"), Of(picture, "azerbaijan").Counts.Alleged);
        // "1..3" is a range: its beginning is the best figure.
        Assert.Equal(alleged.Sum(row => First(row["killed"])), picture.Parties.Sum(party => Killed(party)?.Best ?? 0));
        Assert.All(picture.Parties, party => Assert.Equal((0, 0), (party.Counts.Confirmed, party.Counts.Dismissed)));
    }

    [RealFile("karabakh_2020_casualty_revisions.csv")]
    public async Task Figures_that_changed_become_claims_of_figures_in_the_order_of_the_file()
    {
        await using var node = await NodeAsync("2020-10-10T12:00", "Asia/Baku", "azerbaijan", "armenia", "artsakh");
        var early = await ImportAsync(node, "karabakh_2020_casualty_revisions.csv", "karabakh-2020-casualties");
        Assert.Equal(18, early.Refused[Codes.UnknownViolation]);

        await ImportAsync(node, "karabakh_2020_chronology.csv", "karabakh-2020-chronology");
        var result = await TwiceAsync(node, "karabakh_2020_casualty_revisions.csv", "karabakh-2020-casualties", stored: 0, revised: 18);
        Assert.Equal(1, result.Repeated); // The total over two cases had been stored at the first try.

        var last = PlainCsv.Rows(Path("karabakh_2020_casualty_revisions.csv")).Where(row => row["incident"] == "Ganja 11 Oct").Select(row => row["killed"]).Last(killed => killed.Length > 0);
        var ganja = (await Some.EventsAsync(node)).Where(e => e.Stream.Value == $"violation-{ExternalIds.Case("nk-2020-chronology", "NK20-017")}").ToArray();
        Assert.Equal(7, ganja.Length);
        Assert.All(ganja.Skip(1), e => Assert.Equal("casualties-revised-v1", e.Type));
        var claim = Assert.IsType<ViolationEvent.CasualtiesRevised>(Serialization.EventCodec.Decode(ganja[^1].Type, ganja[^1].Data).Event).Claim;
        Assert.Equal((last, "Amnesty International, 2021-01"), (claim.Rows.Single().Best.ToString(CultureInfo.InvariantCulture), claim.ClaimedBy));
    }

    [RealTheory]
    [InlineData("karabakh_party_aggregate_claims.csv", "karabakh-party-totals", "violations", "claimed_violations")]
    [InlineData("karabakh_party_aggregate_claims.csv", "karabakh-party-totals", "shots", "claimed_shots")]
    [InlineData("syria_rus_tur_daily.csv", "syria-joint-commission", "violations", "violations_total")]
    [InlineData("osce_smm_totals.csv", "osce-smm-totals", "shots", "bursts_and_shots")]
    [InlineData("slmm_statistics.csv", "slmm-statistics", "violations", "ruled_violation")]
    public async Task Totals_stand_beside_the_picture_with_the_figures_of_their_columns(string file, string format, string of, string column)
    {
        await using var node = await NodeAsync("2002-02-23", "UTC", "azerbaijan", "armenia", "artsakh", "ltte", "government");
        var rows = PlainCsv.Rows(Path(file)).ToArray();
        await TwiceAsync(node, file, format, stored: rows.Length);

        var claims = await ClaimsAsync(node);
        Assert.Equal(rows.Length, claims.Count);
        var expected = rows.Sum(row => First(row[column]));
        Assert.Equal(expected, claims.SelectMany(claim => claim.Figures).Where(figure => figure.Of == of).Sum(figure => figure.Min));
        Assert.Equal(0, (await Some.PictureAsync(node, Some.Agreement)).Parties.Sum(party => party.Counts.Recorded));
    }

    [RealFile("osce_smm_totals.csv")]
    public async Task Where_a_mission_gave_no_total_its_parts_are_added_up()
    {
        await using var node = await NodeAsync("2002-02-23", "UTC");
        await ImportAsync(node, "osce_smm_totals.csv", "osce-smm-totals");
        string[] parts = ["of_which_explosions", "projectiles_in_flight", "muzzle_flashes", "illumination_flares", "bursts_and_shots"];
        var expected = PlainCsv.Rows(Path("osce_smm_totals.csv")).Sum(row => row["ceasefire_violations"].Length > 0 ? First(row["ceasefire_violations"]) : parts.Sum(part => First(row[part])));
        Assert.Equal(expected, (await ClaimsAsync(node)).SelectMany(claim => claim.Figures).Where(figure => figure.Of == "violations").Sum(figure => figure.Min));
    }

    [RealFile("osce_smm_observations.csv")]
    public async Task Observations_keep_their_counts_and_name_nobody()
    {
        await using var node = await NodeAsync("2015-02-15", "Europe/Kyiv", "north", "south");
        var rows = PlainCsv.Rows(Path("osce_smm_observations.csv")).ToArray();
        await TwiceAsync(node, "osce_smm_observations.csv", "osce-smm-observations", stored: rows.Length);
        var picture = await Some.PictureAsync(node, Some.Agreement, CountingMethod.OccurrencesV1);
        // A case without a count is one occurrence.
        Assert.Equal(rows.Sum(row => row["count"].Length == 0 ? 1 : First(row["count"])), Of(picture, PartyId.Undetermined).Counts.Recorded);
        Assert.All(picture.Parties.Where(party => party.Party.Value != PartyId.Undetermined), party => Assert.Equal(0, party.Counts.Recorded));
    }

    [RealFile("colombia_mmv_2017.csv")]
    public async Task A_mechanisms_rulings_come_in_as_allegations_and_totals()
    {
        await using var node = await NodeAsync("2016-08-29", "America/Bogota", "government", "farc-ep");
        var rows = PlainCsv.Rows(Path("colombia_mmv_2017.csv")).ToArray();
        await TwiceAsync(node, "colombia_mmv_2017.csv", "colombia-mmv", stored: rows.Length);
        var picture = await Some.PictureAsync(node, Some.Agreement);
        Assert.Equal(rows.Count(row => row["row_type"] == "CASE" && row["party"] == "FARC-EP"), Of(picture, "farc-ep").Counts.Alleged);
        Assert.Equal(rows.Count(row => row["row_type"] == "CASE" && row["party"] == "Government"), Of(picture, "government").Counts.Alleged);
        Assert.Equal(0, picture.Parties.Sum(party => party.Counts.Confirmed));
        Assert.Equal(rows.Where(row => row["row_type"] == "TOTAL").Sum(row => First(row["count"])), (await ClaimsAsync(node)).Sum(claim => claim.Figures.Sum(figure => figure.Min)));
    }

    [RealFile("acled_format_sample_CAUTION_terms.csv")]
    public async Task Acled_brings_what_is_fighting_and_alleges_nobody()
    {
        await using var node = await NodeAsync("2022-01-01", "UTC", "north");
        var rows = PlainCsv.Rows(Path("acled_format_sample_CAUTION_terms.csv")).ToArray();
        var fighting = rows.Where(row => row["event_type"] is not ("Protests" or "Riots" or "Strategic developments")).ToArray();
        await TwiceAsync(node, "acled_format_sample_CAUTION_terms.csv", "acled", stored: fighting.Length);
        var nobody = Of(await Some.PictureAsync(node, Some.Agreement), PartyId.Undetermined);
        Assert.Equal(fighting.Length, nobody.Counts.Recorded);
        Assert.Equal(fighting.Sum(row => First(row["fatalities"])), Killed(nobody)!.Best);
    }

    private static async Task<ImportResult> TwiceAsync(LedgerNode node, string file, string format, int? stored = null, int revised = 0)
    {
        var tried = await ImportAsync(node, file, format, dryRun: true);
        var events = (await Some.EventsAsync(node)).Count;
        var first = await ImportAsync(node, file, format);
        Assert.Equal((tried.Stored, tried.Revised, tried.Repeated), (first.Stored, first.Revised, first.Repeated));
        if (stored is { } expected) Assert.Equal((expected, revised), (first.Stored, first.Revised));
        Assert.True(first.IsComplete, string.Join('\n', first.Problems.Take(5)));

        var after = (await Some.EventsAsync(node)).Count;
        Assert.Equal(first.Stored + first.Revised, after - events);
        var second = await ImportAsync(node, file, format);
        Assert.Equal((0, 0, first.Stored + first.Revised + first.Repeated), (second.Stored, second.Revised, second.Repeated));
        Assert.Equal(after, (await Some.EventsAsync(node)).Count);
        return first;
    }

    private static Task<ImportResult> ImportAsync(LedgerNode node, string file, string format, bool dryRun = false) =>
        Some.ImportAsync(node, Some.Agreement, Path(file), new ImportOptions(format), dryRun);

    private static async Task<IReadOnlyList<ClaimItem>> ClaimsAsync(LedgerNode node)
    {
        await Some.PictureAsync(node, Some.Agreement);
        var page = await node.View.ClaimsAsync(new ClaimQuery(Some.Agreement), node.View.Count, new PageRequest(500, null), CancellationToken.None);
        return Assert.IsType<Page<ClaimItem>.Listed>(page).Items;
    }

    private static Task<LedgerNode> NodeAsync(string from, string zone, params string[] parties)
    {
        var clocks = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var local = DateTime.Parse(from, CultureInfo.InvariantCulture);
        var agreement = Some.Truce(new DateTimeOffset(local, clocks.GetUtcOffset(local)), null, zone);
        return Some.NodeWithAsync(agreement with { Parties = (parties.Length == 0 ? ["north"] : parties).Select(id => new Party(new PartyId(id), $"The party {id}", Values<Label>.None)).ToValues() });
    }

    private static string Path(string name) => SharedData.Find(name)!;

    /// <summary>The first number in a cell: 12, 1..3, 30-35, 400000+.</summary>
    private static long First(string cell) => Regex.Match(cell, @"^\d+") is { Success: true } number ? long.Parse(number.Value, CultureInfo.InvariantCulture) : 0;

    private static PartyPicture Of(ComplianceAnswer.Picture picture, string party) => picture.Parties.Single(one => one.Party.Value == party);

    private static CasualtyFigure? Killed(PartyPicture party) => party.Casualties.SingleOrDefault(row => row is { Kind: CasualtyKind.Killed, Who: CasualtyWho.Total });
}

/// <summary>A test that needs a real file, and says so where it isn't there.</summary>
public sealed class RealFileAttribute : FactAttribute
{
    public RealFileAttribute(string name)
    {
        if (SharedData.Find(name) is null) Skip = $"{name} isn't here: set LEDGER_DATA to the directory that holds it.";
    }
}

/// <summary>As <see cref="RealFileAttribute"/>, for files that the rows name.</summary>
public sealed class RealTheoryAttribute : TheoryAttribute
{
    public RealTheoryAttribute()
    {
        if (SharedData.Find(SharedData.Ged) is null) Skip = "The real files aren't here: set LEDGER_DATA to the directory that holds them.";
    }
}
