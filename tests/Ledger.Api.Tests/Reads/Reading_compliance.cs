using Ledger.Domain;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Api.Tests.Reads;

public sealed class Reading_compliance
{
    private const string Path = "/api/v1/agreements/karabakh-2020/compliance";

    [Fact]
    public async Task Every_figure_is_the_sum_of_its_postings()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        var last = await FillAsync(ledger);

        var picture = await client.JsonAsync(Path, last);
        Assert.Equal(["armenia", "azerbaijan", "undetermined"], picture["parties"]!.AsArray().Select(party => party!.Text("party")));
        Assert.Equal(last.Sequence + 1, picture["asOf"]!.Number("count"));
        foreach (var party in picture["parties"]!.AsArray())
        {
            var counts = party!["counts"]!.AsObject();
            Assert.Equal(counts["recorded"]!.GetValue<long>(), counts.Where(count => count.Key != "recorded").Sum(count => count.Value!.GetValue<long>()));
            foreach (var (status, figure) in counts)
            {
                var filter = status == "recorded" ? "" : "&status=" + status;
                var postings = await client.JsonAsync($"{Path}/{party.Text("party")}/postings?limit=500{filter}");
                Assert.Equal(figure!.GetValue<long>(), postings.Items().Sum(posting => posting.Number("delta")));
            }
        }
    }

    [Fact]
    public async Task The_same_count_gives_the_same_bytes_for_ever()
    {
        await using var ledger = await ReadingServer.StartAsync();
        var last = await ledger.VisibleAsync(await FillAsync(ledger));
        var questions = Enumerable.Range(2, (int)last.Sequence! - 1)
            .SelectMany(count => new[] { "", "&interval=week", "&method=incident-days-v1&basis=alleged", "&interval=day&category=uav-strike" }.Select(more => $"{Path}?asOf={count}{more}"))
            .Append($"{Path}/undetermined?asOf={last.Sequence}").ToArray();

        var before = await AllAsync(ledger, questions);
        for (var i = 0; i < 20; i++) last = await ledger.RecordAsync(day: i % 5, killed: i);
        await ledger.VisibleAsync(last);
        var after = await AllAsync(ledger, questions);
        await ledger.RestartAsync();
        await ledger.VisibleAsync(last);
        var restarted = await AllAsync(ledger, questions);

        Assert.Equal(before, after);
        Assert.Equal(before, restarted);
    }

    [Fact]
    public async Task One_party_is_the_same_answer_with_one_and_who_is_no_party_is_not_found()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.VisibleAsync(await FillAsync(ledger));
        var all = await client.JsonAsync(Path);

        foreach (var party in new[] { "armenia", "azerbaijan", "undetermined" })
        {
            var one = await client.JsonAsync($"{Path}/{party}");
            Assert.Equal(all["parties"]!.AsArray().Single(p => p!.Text("party") == party)!.ToJsonString(), one["parties"]!.AsArray().Single()!.ToJsonString());
        }

        Assert.Equal((404, "not-found"), await client.RefusedAsync($"{Path}/nobody"));
        Assert.Equal((404, "not-found"), await client.RefusedAsync($"{Path}/nobody/postings"));
    }

    [Fact]
    public async Task A_series_of_too_many_periods_is_malformed()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        await ledger.VisibleAsync(await ledger.AgreementAsync());
        Assert.Equal((400, "malformed"), await client.RefusedAsync($"{Path}?interval=day&from=1990-01-01T00:00:00Z&to=2020-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task Coverage_and_published_totals_stand_beside_it()
    {
        await using var ledger = await ReadingServer.StartAsync();
        using var client = ledger.Client();
        var last = await FillAsync(ledger);

        var picture = await client.JsonAsync(Path, last);
        var coverage = await client.JsonAsync("/api/v1/agreements/karabakh-2020/coverage", last);
        var gap = (await client.JsonAsync("/api/v1/agreements/karabakh-2020/coverage?kind=gap", last)).Items().Single();
        var claim = (await client.JsonAsync("/api/v1/agreements/karabakh-2020/aggregate-claims", last)).Items().Single();

        Assert.Equal(1, picture.Number("aggregateClaims"));
        Assert.Equal(8, picture["coverage"]!["monitoredHours"]!.GetValue<double>() + picture["coverage"]!["gapHours"]!.GetValue<double>());
        Assert.Equal(2, coverage.Items().Count());
        Assert.Equal("access-denied", gap.Text("cause"));
        Assert.Equal("azerbaijan", gap.Text("responsibleParty"));
        Assert.Equal("2020-10-18T04:00:00Z", gap.Text("to"));
        Assert.Equal(54, claim["figures"]![0]!.Number("min"));
        Assert.Equal("armenia", claim["claimedBy"]!.Text("party"));
    }

    private static async Task<Ledger.Application.Commands.CommandAnswer> FillAsync(ReadingServer ledger)
    {
        await ledger.AgreementAsync();
        var agreement = new AgreementId(ReadingServer.Karabakh);
        var day = new DateTimeOffset(2020, 10, 18, 0, 0, 0, TimeSpan.Zero);
        var (watched, lost, claim) = (new CoverageId(Guid.NewGuid()), new CoverageId(Guid.NewGuid()), new ClaimId(Guid.NewGuid()));
        await ledger.CoverageAsync(watched, new CoverageCommand.LogMonitoring(watched, agreement, "OP-7", null, day, day.AddHours(8)));
        await ledger.CoverageAsync(lost, new CoverageCommand.RecordGap(
            lost, agreement, "OP-7", null, day.AddHours(2), day.AddHours(4), GapCause.AccessDenied, new PartyId("azerbaijan"), null));
        await ledger.ClaimAsync(claim, new ClaimCommand.Record(
            claim, agreement, new Claimant(new PartyId("armenia"), null), new PartyId("azerbaijan"), day, day.AddDays(1),
            Values.Of(new ClaimFigure("violations", 54, null)), new ClaimSource("Ministry", null), null));
        var a = await ledger.RecordAsync(day: 7.9, killed: 3);
        await ledger.RecordAsync(day: 8, alleged: null, category: Category.UavStrike);
        var b = await ledger.RecordAsync(day: 9, alleged: "armenia");
        await ledger.OnCaseAsync(a, new ViolationCommand.Confirm(Severity.Serious, Prose.InClear("Two accounts"), null), ReadingServer.Verifier);
        b = await ledger.OnCaseAsync(
            b, new ViolationCommand.Dispute(new DisputeId(Guid.NewGuid()), new PartyId("armenia"), DisputeGrounds.Denial, Prose.InClear("No"), Values<string>.None),
            ReadingServer.Person("liaison-1", Role.Liaison, "armenia"));
        return await ledger.RecordAsync(day: 10, alleged: "armenia", category: Category.UavOverflight);
    }

    private static async Task<string[]> AllAsync(ReadingServer ledger, string[] questions)
    {
        using var client = ledger.Client();
        var answers = new List<string>();
        foreach (var question in questions) answers.Add(Convert.ToHexString(await client.GetByteArrayAsync(question)));
        return [.. answers];
    }
}
