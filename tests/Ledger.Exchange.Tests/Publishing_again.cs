using System.Globalization;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Node;
using Ledger.Serialization;

namespace Ledger.Exchange.Tests;

/// <summary>A source publishes its file again, corrected: what it said first stays, what it says now is added.</summary>
public sealed class Publishing_again : IDisposable
{
    private const string Mapping = """
        {
          "system": "bulletin",
          "rows": [{ "case": {
            "id": "id", "version": { "column": "release", "required": false }, "category": "what", "occurred": { "from": "day" },
            "location": { "place": "place" }, "allegedParty": { "column": "party", "required": false }, "origin": { "is": "bulletin" },
            "casualties": [{ "kind": { "is": "killed" }, "figure": "killed" }],
            "source": { "name": { "is": "The Bulletin" } }, "narrative": { "column": "text", "required": false }
          } }]
        }
        """;

    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("ledger-publishing-");

    [Fact]
    public async Task A_new_figure_is_a_claim_of_figures_that_names_the_release()
    {
        await using var node = await NodeAsync();
        await ImportAsync(node, "id,what,day,place,killed,release\n1,air-strike,2020-03-01,Upper Ford,5,r1\n2,air-strike,2020-03-02,Lower Ford,0,r1\n");
        var again = await ImportAsync(node, "id,what,day,place,killed,release\n1,air-strike,2020-03-01,Upper Ford,7,r2\n2,air-strike,2020-03-02,Lower Ford,0,r2\n3,air-strike,2020-03-03,Hill,1,r2\n");

        Assert.Equal((1, 1, 1), (again.Stored, again.Revised, again.Repeated));
        var claim = Assert.IsType<ViolationEvent.CasualtiesRevised>((await CaseAsync(node, "1"))[^1]).Claim;
        Assert.Equal((7, "The Bulletin", "bulletin 1, version r2"), (claim.Rows.Single().Best, claim.ClaimedBy, claim.Source));
        var killed = (await Some.PictureAsync(node, Some.Agreement)).Parties.SelectMany(party => party.Casualties).Single(row => row is { Kind: CasualtyKind.Killed, Who: CasualtyWho.Total });
        Assert.Equal(8, killed.Best);
    }

    [Fact]
    public async Task Another_place_is_an_amendment_with_its_release()
    {
        await using var node = await NodeAsync();
        await ImportAsync(node, "id,what,day,place,killed,release\n1,air-strike,2020-03-01,Upper Ford,5,r1\n");
        var again = await ImportAsync(node, "id,what,day,place,killed,release\n1,missile-strike,2020-03-01,Lower Ford,6,r2\n");

        Assert.Equal((0, 1), (again.Stored, again.Revised));
        var events = await CaseAsync(node, "1");
        var amended = Assert.IsType<ViolationEvent.Amended>(events[1]);
        Assert.IsType<ViolationEvent.CasualtiesRevised>(events[2]);
        Assert.Equal(Category.MissileStrike, amended.Changes.Category.Value);
        Assert.Equal("r2", amended.Changes.ExternalReference.Value!.Version);
        Assert.False(amended.Changes.Occurred.IsSet);
    }

    [Fact]
    public async Task Every_release_that_came_before_stores_nothing_when_it_comes_again()
    {
        string[] releases =
        [
            "id,what,day,place,killed,release\n1,air-strike,2020-03-01,Upper Ford,5,r1\n", "id,what,day,place,killed,release\n1,air-strike,2020-03-01,Upper Ford,7,r2\n",
            "id,what,day,place,killed,release\n1,air-strike,2020-03-02,Upper Ford,7,r3\n",
        ];
        await using var node = await NodeAsync();
        foreach (var release in releases) await ImportAsync(node, release);
        var before = (await CaseAsync(node, "1")).Count;
        foreach (var release in releases) Assert.Equal((0, 0, 1), Outcomes(await ImportAsync(node, release)));
        Assert.Equal(before, (await CaseAsync(node, "1")).Count);
    }

    [Fact]
    public async Task Releases_that_go_through_one_run_say_their_things_in_order()
    {
        await using var node = await NodeAsync();
        var frame = await Some.FrameAsync(node, Some.Agreement);
        var rows = new List<ImportRow>();
        foreach (var n in Enumerable.Range(1, 40))
        {
            using var file = ImportFile.Open(Write(string.Create(CultureInfo.InvariantCulture, $"id,what,day,place,killed\n1,air-strike,2020-03-01,Upper Ford,{n}\n")), frame, Options());
            rows.AddRange(file.Rows);
        }

        Assert.Equal((1, 39, 0), Outcomes(await new ImportRunner(new NodeTarget(node.Mediator, Principal.Machine("import"))).RunAsync(rows, new ImportWatch(), CancellationToken.None)));
        var claims = (await CaseAsync(node, "1")).OfType<ViolationEvent.CasualtiesRevised>().Select(e => e.Claim.Rows.Single().Best);
        Assert.Equal(Enumerable.Range(2, 39), claims);
    }

    [Fact]
    public async Task Another_row_of_the_same_id_in_one_file_is_refused_and_changes_nothing()
    {
        await using var node = await NodeAsync();
        var path = Write("id,what,day,place,killed\n1,air-strike,2020-03-01,Upper Ford,5\n2,air-strike,2020-03-01,Hill,1\n1,missile-strike,2020-03-09,Lower Ford,9\n1,air-strike,2020-03-01,Upper Ford,5\n");
        var result = await Some.ImportAsync(node, Some.Agreement, path, Options());

        Assert.Equal((2, 0, 1), Outcomes(result));
        var problem = Assert.Single(result.Problems);
        Assert.Equal((4L, "1", "malformed", "id", "1"), (problem.Line, problem.Id, problem.Code, problem.Column, problem.Value));
        Assert.Contains("line 2 has it too", problem.Message, StringComparison.Ordinal);
        Assert.Single(await CaseAsync(node, "1"));
    }

    [Fact]
    public async Task What_a_verifier_ruled_stands_and_the_row_says_so()
    {
        await using var node = await NodeAsync();
        await ImportAsync(node, "id,what,day,place,killed\n1,air-strike,2020-03-01,Upper Ford,5\n");
        await RuleAsync(node, ExternalIds.Case("bulletin", "1"), new ViolationCommand.Confirm(Severity.Minor, Prose.InClear("Seen."), null), 0);
        var again = await ImportAsync(node, "id,what,day,place,killed\n1,missile-strike,2020-03-01,Upper Ford,6\n");

        Assert.Equal(1, again.Refused[Codes.FindingStands]);
        Assert.Equal(6, Assert.IsType<ViolationEvent.CasualtiesRevised>((await CaseAsync(node, "1"))[^1]).Claim.Rows.Single().Best); // Figures are taken all the same.
        Assert.Equal(1, (await ImportAsync(node, "id,what,day,place,killed\n1,missile-strike,2020-03-01,Upper Ford,6\n")).Refused[Codes.FindingStands]);
    }

    [Fact]
    public async Task Another_alleged_party_is_for_verifiers()
    {
        await using var node = await NodeAsync();
        await ImportAsync(node, "id,what,day,place,killed,party\n1,air-strike,2020-03-01,Upper Ford,,norland\n");
        var again = await ImportAsync(node, "id,what,day,place,killed,party\n1,air-strike,2020-03-01,Upper Ford,,front\n");
        Assert.Equal(1, again.Refused["alleged-party-changed"]);
        Assert.Single(await CaseAsync(node, "1"));
    }

    [Fact]
    public async Task A_long_text_is_compared_though_it_lies_in_the_vault()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 100));
        await using var node = await NodeAsync();
        await ImportAsync(node, $"id,what,day,place,killed,text,release\n1,air-strike,2020-03-01,Upper Ford,,{text},r1\n");
        Assert.Equal((0, 0, 1), Outcomes(await ImportAsync(node, $"id,what,day,place,killed,text,release\n1,air-strike,2020-03-01,Upper Ford,,{text},r2\n")));
        Assert.Equal((0, 1, 0), Outcomes(await ImportAsync(node, $"id,what,day,place,killed,text,release\n1,air-strike,2020-03-01,Upper Ford,,{text} more,r2\n")));
    }

    [Fact]
    public async Task Who_recorded_by_hand_is_not_amended_by_a_machine()
    {
        await using var node = await NodeAsync();
        var path = Write("id,what,day,place,killed\n1,air-strike,2020-03-01,Upper Ford,5\n");
        using (var file = ImportFile.Open(path, await Some.FrameAsync(node, Some.Agreement), Options()))
            await new ImportRunner(new NodeTarget(node.Mediator, Principal.Machine("somebody-else"))).RunAsync(file.Rows, new ImportWatch(), CancellationToken.None);
        Assert.Equal(1, (await ImportAsync(node, "id,what,day,place,killed\n1,air-strike,2020-03-01,Lower Ford,5\n")).Refused[Codes.ViolationExists]);
    }

    public void Dispose() => _here.Delete(recursive: true);

    private static (long, long, long) Outcomes(ImportResult result) => (result.Stored, result.Revised, result.Repeated);

    private static Task<LedgerNode> NodeAsync() => Some.NodeWithAsync(Some.Truce(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), null));

    private async Task<ImportResult> ImportAsync(LedgerNode node, string csv)
    {
        var path = Write(csv);
        var tried = await Some.ImportAsync(node, Some.Agreement, path, Options(), dryRun: true);
        var result = await Some.ImportAsync(node, Some.Agreement, path, Options());
        // A dry run compares each row with what is stored, so rows of one case in one file are told apart only when they are taken.
        if (csv.Split('\n').Length < 10) Assert.Equal(Outcomes(tried), Outcomes(result));
        return result;
    }

    private ImportOptions Options() => new(ImportFile.Table) { Mapping = Path.Combine(_here.FullName, "mapping.json") };

    private string Write(string csv)
    {
        File.WriteAllText(Path.Combine(_here.FullName, "mapping.json"), Mapping);
        var path = Path.Combine(_here.FullName, "bulletin.csv");
        File.WriteAllText(path, csv);
        return path;
    }

    private static async Task RuleAsync(LedgerNode node, ViolationId id, ViolationCommand command, long revision)
    {
        var verifier = Principal.Machine("verifier");
        var outcome = await node.Mediator.Send(new Execute<ViolationCommand>(Streams.Of(id), command, verifier, new CommandIdentity(Guid.NewGuid(), false, "ruling"), revision, Sealed.Nothing));
        Assert.IsType<CommandOutcome.Stored>(outcome);
    }

    private static async Task<IReadOnlyList<ViolationEvent>> CaseAsync(LedgerNode node, string id) =>
        [.. (await Some.EventsAsync(node)).Where(e => e.Stream == Streams.Of(ExternalIds.Case("bulletin", id))).Select(e => (ViolationEvent)EventCodec.Decode(e.Type, e.Data).Event!)];
}
