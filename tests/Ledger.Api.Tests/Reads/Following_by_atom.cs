using System.Xml.Linq;
using Ledger.Api.Tests.Writes;

namespace Ledger.Api.Tests.Reads;

/// <summary>An agreement's acts in the form that every feed reader knows.</summary>
public sealed class Following_by_atom(TestLedger ledger) : IClassFixture<TestLedger>
{
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";

    [Fact]
    public async Task The_newest_act_comes_first_and_nothing_but_this_agreements()
    {
        var agreement = await ledger.AgreementAsync();
        var first = await ledger.CaseAsync(agreement: agreement);
        await ledger.CaseAsync();
        var verifier = await ledger.VerifierAsync();
        (await verifier.PostAsync($"{first}/dismissal", System.Text.Json.Nodes.JsonNode.Parse("""{"reason":"not-substantiated","rationale":"Nobody else heard it."}""")!, ifMatch: "\"0\"")).Stored();
        var reader = await ledger.WhoAsync("reader-1", "reader");
        var answer = await reader.GetAsync($"feeds/{agreement}.atom");
        Assert.Equal((200, "application/atom+xml"), (answer.Status, answer.MediaType));
        var feed = XDocument.Parse(answer.Text).Root!;
        Assert.Equal(
            ["Strike on a settlement: dismissed: Not substantiated", "Strike on a settlement: recorded; alleged: Azerbaijan"],
            feed.Elements(Atom + "entry").Select(entry => entry.Element(Atom + "title")!.Value));

        // RFC 4287: a feed and each entry have exactly one id, title and updated; the feed links to itself.
        foreach (var element in feed.Elements(Atom + "entry").Prepend(feed))
            foreach (var name in (string[])["id", "title", "updated"])
                Assert.Single(element.Elements(Atom + name));
        Assert.Contains(feed.Elements(Atom + "link"), link => (string?)link.Attribute("rel") == "self");
        Assert.All(feed.Elements(Atom + "entry"), entry => Assert.EndsWith(first, (string?)entry.Element(Atom + "link")!.Attribute("href"), StringComparison.Ordinal));
        Assert.DoesNotContain("Nobody else heard it", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Shelling was heard", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_limited_cached_by_count_and_hidden_from_whom_the_agreement_is()
    {
        var agreement = await ledger.AgreementAsync();
        for (var i = 0; i < 3; i++) await ledger.CaseAsync(agreement: agreement);
        var reader = await ledger.WhoAsync("reader-1", "reader");
        var two = await reader.GetAsync($"feeds/{agreement}.atom?limit=2&lang=ru");
        Assert.Equal(2, XDocument.Parse(two.Text).Root!.Elements(Atom + "entry").Count());
        Assert.Contains("внесён", two.Text, StringComparison.Ordinal);
        await ledger.CaseAsync(agreement: agreement);
        var entries = XDocument.Parse(two.Text).Root!.Elements(Atom + "entry").Select(entry => entry.ToString());
        Assert.Equal(entries, XDocument.Parse((await reader.GetAsync($"feeds/{agreement}.atom?limit=2&lang=ru&asOf={two.Header("Ledger-Count")}")).Text).Root!.Elements(Atom + "entry").Select(entry => entry.ToString()));
        (await reader.GetAsync("feeds/nowhere.atom")).Refused(404, "not-found");
        (await reader.GetAsync($"feeds/{agreement}.atom?limit=0")).Refused(400, "malformed");
        (await reader.GetAsync($"feeds/{agreement}.atom?lang=tlh")).Refused(400, "malformed");
        var elsewhere = await ledger.WhoAsync("reader-2", "reader", null, await ledger.AgreementAsync());
        (await elsewhere.GetAsync($"feeds/{agreement}.atom")).Refused(404, "not-found");
        using var stranger = ledger.Client(null);
        (await stranger.GetAsync($"feeds/{agreement}.atom")).Refused(401, "unauthenticated");
    }
}
