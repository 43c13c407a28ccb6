using Ledger.Transparency;

namespace Ledger.Auditor.Tests;

/// <summary>With a credential, every event is held against its entry.</summary>
public sealed class CheckingEvents : IDisposable
{
    private const string Hidden = """,  "_sd":["digest-1"],"_sdOf":["narrative"]""";

    private const string Seen = ""","narrative":"what was seen" """;

    private static readonly Disclosure Narrative = Disclosure.Of("c2FsdA", "narrative", "\"what was seen\"");

    private readonly Audit _audit = new();
    private readonly Recorded _ledger = new Recorded().Agreement();

    public CheckingEvents() => _audit.Variables["LEDGER_KEY"] = "auditors-key";

    public void Dispose() => _audit.Dispose();

    [Fact]
    public async Task Events_as_they_were_recorded_pass()
    {
        for (var i = 0; i < 600; i++) _ledger.Violation(i, "p", "other");
        using var server = _ledger.Serve();
        var run = await VerifyAsync(server);
        Assert.Equal(0, run.Code);
        Assert.Contains("601 events held against the log: each is what was recorded, unchanged.", run.Line("events"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_goes_to_the_api_alone()
    {
        using var server = _ledger.Serve();
        await VerifyAsync(server);
        Assert.All(server.Asked, asked => Assert.Equal(asked.Contains("/api/", StringComparison.Ordinal), asked.EndsWith("with key", StringComparison.Ordinal)));
        Assert.Equal(2, (await _audit.RunAsync("verify", "http://ledger.example", "--vkey", _ledger.Log.Key.Verifier.ToString())).Code);
    }

    [Fact]
    public async Task A_changed_event_is_named()
    {
        _ledger.Violation(1, "p", "other").Violation(2, "p", "other");
        var (stored, changed) = (Convert.ToBase64String(Some.Bytes(Data(2, "p"))), Convert.ToBase64String(Some.Bytes(Data(2, "q"))));
        _ledger.Lines[2] = _ledger.Lines[2].Replace(stored, changed, StringComparison.Ordinal).Replace(Data(2, "p"), Data(2, "q"), StringComparison.Ordinal);
        await FailsAsync("sequence 2: the event that is shown isn't the one that the log committed to");
    }

    [Theory]
    [InlineData("2020-10-18T09:00:00.000000Z", "2020-10-18T09:00:00.000001Z")]
    [InlineData("\"revision\":0", "\"revision\":1")]
    [InlineData("violation-recorded-v1", "violation-recorded-v2")]
    public async Task A_changed_header_is_named(string was, string @is)
    {
        _ledger.Violation(1, "p", "other");
        _ledger.Lines[1] = _ledger.Lines[1].Replace(was, @is, StringComparison.Ordinal);
        await FailsAsync("sequence 1: the event that is shown isn't the one that the log committed to");
    }

    [Theory]
    [InlineData("\"data\":{\"violationId\"", "\"data\":{\"added\":1,\"violationId\"", "its data.added is shown otherwise than it is stored")]
    [InlineData("\"allegedParty\":\"p\"", "\"allegedParty\":\"q\"", "its data.allegedParty is shown otherwise than it is stored")]
    [InlineData("\"actor\":{\"subject\":\"m1\"", "\"actor\":{\"subject\":\"m2\"", "its actor is shown otherwise than it is stored")]
    public async Task What_is_shown_otherwise_than_it_is_stored_is_named(string was, string @is, string sentence)
    {
        _ledger.Violation(1, "p", "other");
        _ledger.Lines[1] = _ledger.Lines[1].Replace(was, @is, StringComparison.Ordinal);
        await FailsAsync($"sequence 1: {sentence}");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"sequence":1,"sequence":1}""")]
    public async Task What_is_no_event_is_named(string line)
    {
        _ledger.Violation(1, "p", "other");
        _ledger.Lines[1] = line;
        await FailsAsync("sequence 1: an event was shown that can't be read");
    }

    [Fact]
    public async Task An_event_shown_twice_is_named()
    {
        _ledger.Violation(1, "p", "other").Violation(2, "p", "other");
        _ledger.Lines.Insert(2, _ledger.Lines[1]);
        await FailsAsync("sequence 1: the event was shown twice, or out of order");
    }

    [Fact]
    public async Task An_event_hidden_from_an_auditor_is_missing()
    {
        _ledger.Violation(1, "p", "other").Violation(2, "p", "other");
        _ledger.Lines.RemoveAt(1);
        await FailsAsync("sequence 1: the event isn't shown, though this key may read every event (1 missing in all)");
    }

    [Fact]
    public async Task A_key_that_sees_less_is_told_how_much_less()
    {
        _ledger.Violation(1, "p", "other").Violation(2, "p", "other");
        _ledger.Lines.RemoveAt(1);
        using var server = _ledger.Serve();
        server.Api["/api/v1/me"] = Reply.Of("""{"roles":["reader"]}""");
        var run = await VerifyAsync(server);
        Assert.Equal(0, run.Code);
        Assert.Contains("1 event wasn't shown (the first is sequence 1)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feed_that_breaks_off_is_taken_up_behind_the_last_event()
    {
        _ledger.Violation(1, "p", "other").Violation(2, "p", "other");
        using var server = _ledger.Serve();
        server.Api["/api/v1/events?after=-1&raw=true"] = Reply.Of(_ledger.Lines[0] + "\n" + _ledger.Lines[1][..40], "Ledger-Count: 3\r\n") with { Promised = 100_000 };
        _ledger.Show(server, string.Concat(_ledger.Lines.Skip(1).Select(line => line + "\n")), after: 0);
        var run = await VerifyAsync(server);
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task A_feed_that_hasnt_caught_up_is_no_failure()
    {
        _ledger.Violation(1, "p", "other");
        using var server = _ledger.Serve();
        server.Api["/api/v1/events?after=-1&raw=true"] = Reply.Of(_ledger.Lines[0] + "\n", "Ledger-Count: 1\r\n");
        var run = await VerifyAsync(server);
        Assert.Equal(2, run.Code);
        Assert.Contains("it hasn't caught up with itself", run.Line("events"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_key_and_an_endless_line_are_no_failures()
    {
        using var server = _ledger.Serve();
        server.Api["/api/v1/events?after=-1&raw=true"] = new Reply(401, []);
        Assert.Contains("refuses the key", (await VerifyAsync(server)).Line("events"), StringComparison.Ordinal);
        server.Api["/api/v1/events?after=-1&raw=true"] = Reply.Endless;
        Assert.Equal(2, (await VerifyAsync(server)).Code);
    }

    [Fact]
    public async Task A_text_that_is_given_passes()
    {
        _ledger.Violation(1, "p", "other", Sealed(Narrative), Seen, [Narrative.Encoded]);
        using var server = _ledger.Serve();
        Assert.Contains("Every text that lies outside its event is there.", (await VerifyAsync(server)).Line("texts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_doctored_text_is_named()
    {
        _ledger.Violation(1, "p", "other", Sealed(Narrative), ""","narrative":"what was never seen" """, [Narrative.Encoded]);
        await FailsAsync("sequence 1: its data.narrative is shown otherwise than the disclosure of its recorded digest says");
    }

    [Fact]
    public async Task A_doctored_text_with_a_disclosure_of_its_own_is_named()
    {
        var doctored = Disclosure.Of("c2FsdA", "narrative", "\"what was never seen\"");
        _ledger.Violation(1, "p", "other", Sealed(Narrative), ""","narrative":"what was never seen" """, [doctored.Encoded]);
        await FailsAsync("sequence 1: its data.narrative is shown without a disclosure that has the recorded digest");
    }

    /// <summary>The digest is right, and the text too; it was another field's.</summary>
    [Fact]
    public async Task A_text_in_another_texts_place_is_named()
    {
        var basis = Disclosure.Of("c2FsdA", "basis", "\"what was seen\"");
        _ledger.Violation(1, "p", "other", Sealed(basis), Seen, [basis.Encoded]);
        await FailsAsync("sequence 1: its data.narrative is shown otherwise than the disclosure of its recorded digest says");
    }

    [Fact]
    public async Task Texts_of_one_event_that_changed_places_are_named()
    {
        var other = Disclosure.Of("c2FsdDI", "source", "\"another\"");
        _ledger.Violation(1, "p", "other", $$""","_sd":["{{Narrative.Digest}}","{{other.Digest}}"],"_sdOf":["narrative","source"]""",
            ""","narrative":"another","source":"what was seen" """, [Narrative.Encoded, other.Encoded]);
        await FailsAsync("sequence 1: its data.narrative is shown otherwise than the disclosure of its recorded digest says");
    }

    [Fact]
    public async Task A_key_shown_as_an_agreements_is_named()
    {
        _ledger.Add("access-k1", "key-issued-v1", """{"keyId":"k1"}""");
        _ledger.Lines[1] = _ledger.Lines[1].Replace("\"agreementId\":null", "\"agreementId\":\"a\"", StringComparison.Ordinal);
        await FailsAsync("sequence 1: its agreementId is shown otherwise than it is stored");
    }

    [Theory]
    [InlineData("\"_sd\":[\"digest-1\"],\"_sdOf\":[\"narrative\"]}", "\"_sd\":[\"digest-2\"],\"_sdOf\":[\"narrative\"]}", "its data._sd")]
    [InlineData("\"_sd\":[\"digest-1\"],\"_sdOf\":[\"narrative\"]}", "\"_sd\":[\"digest-1\"],\"_sdOf\":[\"they did it\"]}", "its data._sdOf")]
    [InlineData("\"data\":{\"violationId\"", "\"data\":{\"_sd\":[\"they did it\"],\"violationId\"", "can't be read")]
    [InlineData("\"allegedParty\":\"p\"", "\"allegedParty\":\"p\",\"_sdOf\":[\"they did it\"]", "can't be read")]
    public async Task Digests_that_werent_recorded_are_named(string was, string @is, string sentence)
    {
        _ledger.Violation(1, "p", "other", Hidden);
        Assert.Contains(was, _ledger.Lines[1], StringComparison.Ordinal);
        _ledger.Lines[1] = _ledger.Lines[1].Replace(was, @is, StringComparison.Ordinal);
        await FailsAsync(sentence);
    }

    [Fact]
    public async Task Digests_of_an_event_that_hides_nothing_are_named()
    {
        _ledger.Violation(1, "p", "other");
        _ledger.Lines[1] = _ledger.Lines[1].Replace("\"data\":{\"violationId\"", "\"data\":{\"_sd\":[\"they did it\"],\"violationId\"", StringComparison.Ordinal);
        await FailsAsync("sequence 1: its data._sd is shown otherwise than it is stored");
    }

    [Fact]
    public async Task A_disclosure_of_what_isnt_shown_is_named()
    {
        _ledger.Violation(1, "p", "other", $$""","confidential":{"_sd":["{{Narrative.Digest}}"]}""", null, [Narrative.Encoded]);
        await FailsAsync("sequence 1: a disclosure comes with it that belongs to no text that it shows");
    }

    [Theory]
    [InlineData("\"disclosures\":[]", "\"disclosures\":[1]")]
    [InlineData("\"disclosures\":[]", "\"disclosures\":{}")]
    [InlineData("\"disclosures\":[]", "\"disclosures\":[\"%%%\"]")]
    public async Task What_is_no_disclosure_is_named(string was, string @is)
    {
        _ledger.Violation(1, "p", "other");
        _ledger.Lines[1] = _ledger.Lines[1].Replace(was, @is, StringComparison.Ordinal);
        await FailsAsync("sequence 1: ");
    }

    [Fact]
    public async Task Texts_from_before_there_were_disclosures_are_not_called_checked()
    {
        var old = new Recorded().Add("agreement-a", "agreement-registered-v1", """{"agreementId":"a"}""", knowsDisclosures: false)
            .Violation(1, "p", "other", Sealed(Narrative), ""","narrative":"whatever" """, knowsDisclosures: false);
        using var server = old.Serve();
        var run = await _audit.RunAsync("verify", server.Url, "--vkey", old.Log.Key.Verifier.ToString());
        Assert.Equal(2, run.Code);
        Assert.Contains("1 text (the first at sequence 1) came without a disclosure", run.Line("texts"), StringComparison.Ordinal);
        Assert.Contains("but for texts that couldn't be checked", run.Line("events"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disclosure_that_was_taken_away_from_one_event_is_missed()
    {
        _ledger.Violation(1, "p", "other", Sealed(Narrative), ""","narrative":"whatever" """, knowsDisclosures: false);
        await FailsAsync("sequence 1: a text of this event is shown without its disclosure, and other events have theirs.");
    }

    [Fact]
    public async Task A_text_that_is_gone_without_an_erasure_is_named()
    {
        _ledger.Violation(1, "p", "other", Hidden);
        await FailsAsync("sequence 1: a text of this event is gone (digest digest-1), and no event says that it was erased");
    }

    [Fact]
    public async Task A_text_that_was_erased_is_explained_by_the_event_that_says_so()
    {
        _ledger.Violation(1, "p", "other", Hidden).About(1, "personal-data-erased-v1", """{"digests":["digest-1"],"legalBasis":"request","rationale":"asked"}""");
        using var server = _ledger.Serve();
        var run = await VerifyAsync(server);
        Assert.Equal(0, run.Code);
        Assert.Contains("but 1 text whose erasure is itself recorded", run.Line("texts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_erased_while_the_head_is_already_read_is_explained_too()
    {
        _ledger.Violation(1, "p", "other", Hidden);
        using var server = _ledger.Serve();
        var head = _ledger.Log.Files["checkpoint"];
        _ledger.About(1, "personal-data-erased-v1", """{"digests":["digest-1"],"legalBasis":"request","rationale":"asked"}""");
        server.Lie = path => path == "/log/checkpoint" ? new Reply(200, head) : null;
        _ledger.Show(server, _ledger.Ndjson);
        Assert.Equal(0, (await VerifyAsync(server)).Code);
    }

    [Fact]
    public async Task Names_and_secrets_of_the_operators_acts_are_never_given_and_not_missed()
    {
        _ledger.Add("access-k1", "key-issued-v1", """{"keyId":"k1","_sd":["digest-9"],"_sdOf":["displayName"]}""");
        _ledger.Violation(1, "p", "other", ""","confidential":{"_sd":["digest-8"]}""");
        using var server = _ledger.Serve();
        Assert.Equal(0, (await VerifyAsync(server)).Code);
    }

    private static string Sealed(Disclosure one) => $$""","_sd":["{{one.Digest}}"],"_sdOf":["narrative"]""";

    private static string Data(int number, string party) => $$"""{"violationId":"{{Recorded.Case(number):D}}","agreementId":"a","category":"other","allegedParty":"{{party}}"}""";

    private Task<Run> VerifyAsync(LyingServer server) => _audit.RunAsync("verify", server.Url, "--vkey", _ledger.Log.Key.Verifier.ToString());

    private async Task FailsAsync(string sentence)
    {
        using var server = _ledger.Serve();
        var run = await VerifyAsync(server);
        Assert.Contains(sentence, run.Output, StringComparison.Ordinal);
        Assert.Equal(1, run.Code);
    }
}
