using System.Text.Json;

namespace Ledger.Auditor.Tests;

/// <summary>The compliance figures are recomputed by the auditor's own fold, and compared with what the ledger says. The figures here were counted by hand.</summary>
public sealed class RecomputingFigures : IDisposable
{
    /// <summary>What the events of <see cref="Ledger"/> make, by domain.md.</summary>
    private const string Picture = """
        {"agreementId":"a","asOf":{"count":16,"recordedAt":"2020-10-18T09:00:00.000000Z"},"method":"records-v1","basis":"accountable","parties":[
          {"party":"p","standing":null,
           "counts":{"recorded":3,"alleged":0,"disputed":0,"confirmed":2,"dismissed":0,"unresolved":0,"withdrawn":1,"duplicate":0},
           "confirmedBySeverity":{"minor":1,"serious":1,"ungraded":0},"confirmedOnAllegation":1,
           "disputedByFinding":{"none":0,"confirmed":0,"dismissed":0,"unresolved":0},
           "byCategory":[
             {"category":"small-arms-fire","counts":{"recorded":2,"alleged":0,"disputed":0,"confirmed":2,"dismissed":0,"unresolved":0,"withdrawn":0,"duplicate":0}},
             {"category":"other","counts":{"recorded":1,"alleged":0,"disputed":0,"confirmed":0,"dismissed":0,"unresolved":0,"withdrawn":1,"duplicate":0}}],
           "casualties":[{"kind":"killed","who":"total","low":7,"best":7,"high":7}],"casualtiesAsPrinted":0,
           "disputes":{"raised":1,"open":0,"upheld":1,"rejected":0,"withdrawn":0},"lastConfirmed":null,"daysSinceLastConfirmed":null,"medianHoursToDecision":null,"oldestOpenAt":null},
          {"party":"q","standing":null,
           "counts":{"recorded":2,"alleged":0,"disputed":1,"confirmed":0,"dismissed":0,"unresolved":0,"withdrawn":0,"duplicate":1},
           "confirmedBySeverity":{"minor":0,"serious":0,"ungraded":0},"confirmedOnAllegation":0,
           "disputedByFinding":{"none":1,"confirmed":0,"dismissed":0,"unresolved":0},
           "byCategory":[
             {"category":"missile-strike","counts":{"recorded":2,"alleged":0,"disputed":1,"confirmed":0,"dismissed":0,"unresolved":0,"withdrawn":0,"duplicate":1}}],
           "casualties":[{"kind":"injured","who":"total","low":3,"best":4,"high":6},{"kind":"injured","who":"civilian","low":2,"best":3,"high":5},{"kind":"injured","who":"combatant","low":1,"best":1,"high":1}],"casualtiesAsPrinted":1,
           "disputes":{"raised":1,"open":1,"upheld":0,"rejected":0,"withdrawn":0},"lastConfirmed":null,"daysSinceLastConfirmed":null,"medianHoursToDecision":null,"oldestOpenAt":null},
          {"party":"undetermined","standing":null,
           "counts":{"recorded":0,"alleged":0,"disputed":0,"confirmed":0,"dismissed":0,"unresolved":0,"withdrawn":0,"duplicate":0},
           "confirmedBySeverity":{"minor":0,"serious":0,"ungraded":0},"confirmedOnAllegation":0,
           "disputedByFinding":{"none":0,"confirmed":0,"dismissed":0,"unresolved":0},"byCategory":[],"casualties":[],"casualtiesAsPrinted":0,
           "disputes":{"raised":0,"open":0,"upheld":0,"rejected":0,"withdrawn":0},"lastConfirmed":null,"daysSinceLastConfirmed":null,"medianHoursToDecision":null,"oldestOpenAt":null}],
         "coverage":{"monitoredHours":0,"gapHours":0,"gapsByParty":[]},"aggregateClaims":0,"statements":[]}
        """;

    private readonly Audit _audit = new();

    public RecomputingFigures() => _audit.Variables["LEDGER_KEY"] = "auditors-key";

    public void Dispose() => _audit.Dispose();

    [Fact]
    public async Task Figures_that_the_events_make_pass()
    {
        var run = await VerifyAsync(Ledger(), Picture);
        Assert.Equal(0, run.Code);
        Assert.Contains("1 compliance picture with 5 cases: every count, severity, category, casualty figure and dispute is what the events make.", run.Line("figures"), StringComparison.Ordinal);
    }

    /// <summary>One unknown type and no figure can be checked: a ledger that had registered a webhook once couldn't be audited in full.</summary>
    [Fact]
    public void Every_event_that_the_ledger_has_ever_written_is_known()
    {
        var goldens = Directory.GetFiles(Goldens(), "*.json");
        Assert.True(goldens.Length > 50);
        foreach (var file in goldens)
        {
            // name.variant.v1.json holds the data of an event of type name-v1.
            var parts = Path.GetFileNameWithoutExtension(file).Split('.');
            using var data = JsonDocument.Parse(File.ReadAllBytes(file));
            Assert.IsNotType<Fact.Unknown>(FactReader.Read($"{parts[0]}-{parts[^1]}", data.RootElement));
        }
    }

    private static string Goldens()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Ledger.sln"))) folder = folder.Parent;
        return Path.Combine(folder.FullName, "tests", "Ledger.Serialization.Tests", "golden");
    }

    [Theory]
    [InlineData("\"recorded\":3,\"alleged\":0,\"disputed\":0,\"confirmed\":2", "\"recorded\":3,\"alleged\":1,\"disputed\":0,\"confirmed\":1", "a, p: the ledger says counts.alleged = 1, and its events up to sequence 15 make 0.")]
    [InlineData("\"minor\":1,\"serious\":1", "\"minor\":2,\"serious\":0", "a, p: the ledger says confirmedBySeverity.minor = 2, and its events up to sequence 15 make 1.")]
    [InlineData("\"confirmedOnAllegation\":1", "\"confirmedOnAllegation\":0", "confirmedOnAllegation = 0, and its events up to sequence 15 make 1")]
    [InlineData("\"none\":1", "\"none\":0", "a, q: the ledger says disputedByFinding.none = 0")]
    [InlineData("\"best\":7", "\"best\":5", "a, p: the ledger says casualties.killed.total.best = 5, and its events up to sequence 15 make 7.")]
    [InlineData("{\"kind\":\"injured\",\"who\":\"combatant\",\"low\":1,\"best\":1,\"high\":1}", "{\"kind\":\"captured\",\"who\":\"total\",\"low\":0,\"best\":0,\"high\":0}", "casualties.captured.total = 1, and its events up to sequence 15 make 0")]
    [InlineData("\"raised\":1,\"open\":1", "\"raised\":0,\"open\":0", "a, q: the ledger says disputes.open = 0, and its events up to sequence 15 make 1.")]
    [InlineData("\"category\":\"missile-strike\"", "\"category\":\"air-strike\"", "byCategory.air-strike.disputed = 1, and its events up to sequence 15 make 0")]
    [InlineData("\"party\":\"q\"", "\"party\":\"z\"", "leaves out the party q, which has 2 cases")]
    [InlineData("records-v1", "lethal-v1", "a: the compliance picture that the ledger gives doesn't say that it counts by records-v1 and the accountable party")]
    [InlineData("\"accountable\"", "\"alleged\"", "a: the compliance picture that the ledger gives doesn't say that it counts by records-v1 and the accountable party")]
    [InlineData("\"count\":16", "\"count\":15", "is at count 15, and was asked for at 16")]
    [InlineData("\"parties\":[", "\"parties\":{}, \"others\":[", "hasn't the form of a compliance picture")]
    public async Task A_figure_that_the_events_do_not_make_is_named(string was, string @is, string sentence)
    {
        var run = await VerifyAsync(Ledger(), Picture.Replace(was, @is, StringComparison.Ordinal));
        Assert.Equal(1, run.Code);
        Assert.Contains(sentence, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ruling_while_a_dispute_was_open_is_named()
    {
        var run = await VerifyAsync(Ledger().About(2, "violation-confirmed-v1", """{"severity":"minor"}"""), Picture);
        Assert.Equal(1, run.Code);
        Assert.Contains("sequence 16: violation-confirmed-v1 can't follow here: a dispute is open, and is resolved before anybody rules.", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "violation-confirmed-v1", """{"severity":"minor"}""", "a finding stands already")]
    [InlineData(1, "violation-withdrawn-v1", "{}", "a finding stands, so the record can't be withdrawn")]
    [InlineData(1, "violation-amended-v1", """{"changes":{"category":"other"}}""", "only the narrative and the source may be amended")]
    [InlineData(1, "dispute-answered-v1", """{"disputeId":"d9"}""", "the dispute isn't open")]
    [InlineData(3, "dispute-withdrawn-v1", """{"disputeId":"d2"}""", "the dispute isn't open")]
    [InlineData(4, "party-replied-v1", "{}", "the case is withdrawn and takes nothing but evidence or a reopening")]
    [InlineData(5, "violation-attributed-v1", """{"party":null}""", "the case is duplicate and takes nothing")]
    [InlineData(1, "violation-recorded-v1", """{"agreementId":"a","category":"other","allegedParty":null}""", "the case is recorded a second time")]
    public async Task What_the_rules_forbid_is_named(int number, string type, string data, string why)
    {
        var run = await VerifyAsync(Ledger().About(number, type, data), Picture);
        Assert.Equal(1, run.Code);
        Assert.Contains($"sequence 16: {type} can't follow here: ", run.Output, StringComparison.Ordinal);
        Assert.Contains(why, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remedy_that_does_not_follow_its_resolution_is_named()
    {
        var ledger = Ledger().About(2, "dispute-resolved-v1", """{"disputeId":"d1","outcome":"upheld","remedy":{"kind":"dismissed","reason":"no-incident"}}""")
            .About(2, "evidence-attached-v1");
        var run = await VerifyAsync(ledger, Picture);
        Assert.Contains("sequence 17: evidence-attached-v1 can't follow here: the dispute's resolution names a remedy, and another event follows.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_is_missing_within_its_case_is_named()
    {
        var ledger = Ledger();
        ledger.Lines.RemoveAt(4);
        var run = await VerifyAsync(ledger, Picture, role: "reader");
        Assert.Equal(1, run.Code);
        Assert.Contains("sequence 14: the event before it in its case", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_event_type_leaves_the_figures_unchecked()
    {
        var run = await VerifyAsync(Ledger().About(1, "violation-settled-v1"), Picture);
        Assert.Equal(2, run.Code);
        Assert.Contains("sequence 16: the event is of a type that this program doesn't know (violation-settled-v1)", run.Line("figures"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_is_not_given_is_missing()
    {
        var run = await VerifyAsync(Ledger(), null);
        Assert.Equal(1, run.Code);
        Assert.Contains("a: the ledger gives no compliance picture of an agreement whose events it shows.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_confidential_text_that_is_gone_without_an_erasure_is_named()
    {
        var ledger = new Recorded().Agreement().Violation(1, "p", "other", ""","confidential":{"_sd":["secret-1","secret-2"]}""")
            .About(1, "personal-data-erased-v1", """{"digests":["secret-2"],"legalBasis":"request","rationale":"asked"}""");
        using var server = ledger.Serve();
        server.Api[$"/api/v1/violations/{Recorded.Case(1):D}"] = Reply.Of("""{"erased":["secret-1","secret-2"]}""");
        var run = await _audit.RunAsync("verify", server.Url, "--vkey", ledger.Log.Key.Verifier.ToString(), "--full");
        Assert.Equal(1, run.Code);
        Assert.Contains("is gone (digest secret-1), and no event says that it was erased", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("digest secret-2", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_figures_cannot_be_recomputed()
    {
        _audit.Variables.Clear();
        Assert.Equal(2, (await VerifyAsync(Ledger(), Picture)).Code);
    }

    /// <summary>Also from a package, each picture at a count of its own.</summary>
    [Fact]
    public async Task A_packages_pictures_are_recomputed_at_their_counts()
    {
        var ledger = Ledger();
        ledger.Violation(6, "p", "other");
        foreach (var (path, bytes) in ledger.Log.Files) _audit.File($"export/{path}", bytes);
        _audit.File("export/events.ndjson", ledger.Ndjson);
        _audit.File("export/compliance/a.json", Picture);
        var run = await _audit.RunAsync("verify", Path.Combine(_audit.Folder, "export"), "--vkey", ledger.Log.Key.Verifier.ToString(), "--full");
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains("1 compliance picture with 5 cases", run.Line("figures"), StringComparison.Ordinal);

        _audit.File("export/compliance/a.json", Picture.Replace("\"best\":7", "\"best\":6", StringComparison.Ordinal));
        Assert.Equal(1, (await _audit.RunAsync("verify", Path.Combine(_audit.Folder, "export"), "--vkey", ledger.Log.Key.Verifier.ToString(), "--full")).Code);
    }

    [Fact]
    public async Task What_a_package_says_beside_what_was_checked_is_named()
    {
        var ledger = Ledger();
        ledger.Violation(6, "p", "other");
        var picture = Picture.Replace("\"aggregateClaims\":0", "\"aggregateClaims\":0,\"verdict\":\"guilty\"", StringComparison.Ordinal);
        ledger.Lines[3] = ledger.Lines[3].Replace("\"type\":", "\"remark\":\"true\",\"type\":", StringComparison.Ordinal);
        var run = await VerifyPackageAsync(ledger, ("a", picture));
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains("which wasn't checked: remark.", run.Output, StringComparison.Ordinal);
        Assert.Contains("which wasn't checked: verdict.", run.Output, StringComparison.Ordinal);
        Assert.Contains("a: the compliance picture is an earlier one, at count 16; the head has 17 events.", run.Output, StringComparison.Ordinal);
        Assert.Contains("README.txt and codes.json", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_a_package_leaves_out_is_missing_and_one_of_nothing_is_too_many()
    {
        var run = await VerifyPackageAsync(Ledger().Agreement("b"), ("a", Picture));
        Assert.Equal(1, run.Code);
        Assert.Contains("b: the package gives no compliance picture of an agreement whose events it shows.", run.Output, StringComparison.Ordinal);

        run = await VerifyPackageAsync(Ledger(), ("a", Picture), ("c", Picture.Replace("\"agreementId\":\"a\"", "\"agreementId\":\"c\"", StringComparison.Ordinal)));
        Assert.Equal(1, run.Code);
        Assert.Contains("c: there is a compliance picture of an agreement that isn't among the events.", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_event_shown_with_another_agreement_is_named(int sequence)
    {
        var ledger = Ledger();
        var line = ledger.Lines[sequence];
        var at = line.IndexOf("\"agreementId\":\"a\"", StringComparison.Ordinal); // The item's own; its data may say it again.
        ledger.Lines[sequence] = line.Remove(at, "\"agreementId\":\"a\"".Length).Insert(at, "\"agreementId\":\"b\"");
        var run = await VerifyAsync(ledger, Picture);
        Assert.Equal(1, run.Code);
        Assert.Contains($"sequence {sequence}: its agreementId is shown otherwise than it is stored.", run.Output, StringComparison.Ordinal);
    }

    private async Task<Run> VerifyPackageAsync(Recorded ledger, params (string Agreement, string Picture)[] pictures)
    {
        var folder = $"package-{Guid.NewGuid():N}";
        foreach (var (path, bytes) in ledger.Log.Files) _audit.File($"{folder}/{path}", bytes);
        _audit.File($"{folder}/events.ndjson", ledger.Ndjson);
        foreach (var (agreement, picture) in pictures) _audit.File($"{folder}/compliance/{agreement}.json", picture);
        return await _audit.RunAsync("verify", Path.Combine(_audit.Folder, folder), "--vkey", ledger.Log.Key.Verifier.ToString(), "--full");
    }

    private static Recorded Ledger() => new Recorded()
        .Agreement()
        .Violation(1, "p", "small-arms-fire", ""","casualties":[{"kind":"killed","who":"total","low":4,"best":5,"high":9},{"kind":"killed","who":"civilian","best":2}]""")
        .Violation(2, "q", "air-strike")
        .Violation(3, null, "small-arms-fire")
        .About(1, "violation-confirmed-v1", """{"severity":"serious","rationale":"seen"}""")
        .About(2, "violation-disputed-v1", """{"disputeId":"d1","party":"q","grounds":"denial","statement":"no"}""")
        .About(3, "violation-confirmed-v1", """{"severity":"minor","rationale":"seen","attribution":{"party":"q","confidence":"high","basis":"b"}}""")
        .About(3, "violation-disputed-v1", """{"disputeId":"d2","party":"q","grounds":"misattribution","statement":"not us"}""")
        .About(3, "dispute-resolved-v1", """{"disputeId":"d2","outcome":"upheld","rationale":"r","remedy":{"kind":"reattributed","party":"p","confidence":"high","basis":"b"}}""")
        .About(3, "violation-attributed-v1", """{"party":"p","confidence":"high","basis":"b"}""")
        .Violation(4, "p", "other")
        .About(4, "violation-withdrawn-v1", """{"reason":"mistake"}""")
        .Violation(5, "q", "missile-strike", ""","casualties":[{"kind":"killed","who":"total","best":100}]""")
        .About(5, "violation-dismissed-v1", $$"""{"reason":"duplicate","rationale":"r","duplicateOf":"{{Recorded.Case(2):D}}"}""")
        .About(1, "casualties-revised-v1", """{"casualties":[{"kind":"killed","who":"total","best":7}],"claimedBy":"ministry"}""")
        .About(2, "violation-amended-v1", """{"changes":{"category":"missile-strike","casualties":[{"kind":"injured","who":"civilian","low":2,"best":3,"high":5,"asPrinted":true},{"kind":"injured","who":"combatant","best":1}]},"reason":"r","possiblyInside":false,"beforeBound":false}""");

    private async Task<Run> VerifyAsync(Recorded ledger, string? picture, string role = "auditor")
    {
        using var server = ledger.Serve();
        server.Api["/api/v1/me"] = Reply.Of($$"""{"roles":["{{role}}"]}""");
        if (picture is not null) server.Api[$"/api/v1/agreements/a/compliance?asOf={ledger.Log.Size}"] = Reply.Of(picture);
        return await _audit.RunAsync("verify", server.Url, "--vkey", ledger.Log.Key.Verifier.ToString(), "--full");
    }
}
