using System.Text.Json;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Demonstration;
using Ledger.Node;
using Ledger.Projections;

namespace Ledger.Exchange.Tests;

public sealed class Loading_the_demonstration
{
    private static readonly Uri Server = new("http://127.0.0.1:5080");

    [Fact]
    public async Task Loading_it_twice_stores_nothing_new_and_prints_the_same_keys()
    {
        await using var node = await Some.NodeAsync();
        var first = await LoadAsync(node);
        var events = (await Some.EventsAsync(node)).Count;
        var second = await LoadAsync(node);

        Assert.Equal(events, first.Stored);
        Assert.Equal(0, second.Stored);
        Assert.Equal(events, (await Some.EventsAsync(node)).Count);
        Assert.Equal(first.Keys, second.Keys);
    }

    [Fact]
    public async Task There_is_a_key_for_every_role_and_each_opens()
    {
        await using var node = await Some.NodeAsync();
        var loaded = await LoadAsync(node);
        await Some.PictureAsync(node, loaded.Agreement);

        Assert.Equal(
            ["administrator", "auditor", "liaison", "liaison", "liaison", "monitor", "monitor", "reader", "verifier", "verifier"],
            loaded.Keys.Select(key => key.Role.Code()).Order());
        foreach (var key in loaded.Keys)
        {
            var hash = System.Buffers.Text.Base64Url.EncodeToString(
                System.Security.Cryptography.HMACSHA256.HashData(node.HashingKey, System.Text.Encoding.UTF8.GetBytes(key.Secret)));
            Assert.Equal(key.KeyId, node.View.KeyBySecretHash(hash)?.KeyId);
            Assert.Contains(key.Secret, loaded.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_of_one_ledger_don_t_open_another()
    {
        await using var one = await Some.NodeAsync();
        await using var other = await Some.NodeAsync();
        Assert.Empty((await LoadAsync(one)).Keys.Select(key => key.Secret).Intersect((await LoadAsync(other)).Keys.Select(key => key.Secret)));
    }

    [Fact]
    public async Task Accounts_add_up_to_what_was_recorded()
    {
        await using var node = await Some.NodeAsync();
        var picture = await Some.PictureAsync(node, (await LoadAsync(node)).Agreement);

        Assert.Equal(50, picture.Parties.Sum(party => party.Counts.Recorded));
        foreach (var party in picture.Parties)
        {
            var c = party.Counts;
            Assert.Equal(c.Recorded, c.Alleged + c.Disputed + c.Confirmed + c.Dismissed + c.Unresolved + c.Withdrawn + c.Duplicate);
        }

        Assert.Equal(4, picture.AggregateClaims);
        Assert.Equal((400, 80), (picture.Coverage.MonitoredHours, picture.Coverage.GapHours));
        Assert.True(node.View.Agreement(picture.AgreementId)!.Exercise);
    }

    [Fact]
    public async Task Rulings_fall_on_both_sides_alike()
    {
        await using var node = await Some.NodeAsync();
        var picture = await Some.PictureAsync(node, (await LoadAsync(node)).Agreement);
        var (armenia, azerbaijan) = (Counts(picture, "armenia"), Counts(picture, "azerbaijan"));

        Assert.Equal((armenia.Confirmed, armenia.Dismissed, armenia.Unresolved, armenia.Disputed), (azerbaijan.Confirmed, azerbaijan.Dismissed, azerbaijan.Unresolved, azerbaijan.Disputed));
        Assert.Equal(2, armenia.Confirmed);
        Assert.Equal(2, Counts(picture, PartyId.Undetermined).Alleged);
        Assert.Equal(
            picture.Coverage.GapsByParty.Single(gap => gap.Party?.Value == "armenia").Hours,
            picture.Coverage.GapsByParty.Single(gap => gap.Party?.Value == "azerbaijan").Hours);
    }

    [Fact]
    public async Task The_dead_of_a_night_in_Ganja_are_reproducible_as_of_each_report()
    {
        await using var node = await Some.NodeAsync();
        await LoadAsync(node);
        var stream = Streams.Of(DemonstrationLoader.CaseId("NK20-017"));
        var history = await node.Get<HistoryReader>().ReadAsync<ViolationEvent>(stream, null, CancellationToken.None);

        var dead = new List<int>();
        ViolationState? state = null;
        foreach (var e in history)
        {
            state = ViolationDecider.Evolve(state, e.Fact);
            var now = state.CasualtiesAsTheyStand().Single(row => row.Kind == CasualtyKind.Killed).Best;
            if (dead.Count == 0 || dead[^1] != now) dead.Add(now);
        }

        Assert.Equal([5, 7, 9, 10], dead);
        Assert.Equal(ViolationStatus.Confirmed, state!.Status);
    }

    [Fact]
    public void Every_allegation_names_its_source_and_every_ruling_says_that_it_is_an_exercise()
    {
        foreach (var step in Steps())
        {
            if (step.TryGetProperty("record", out var record))
            {
                Assert.NotEqual(record.GetProperty("allegedParty").GetString(), record.GetProperty("allegedBy").GetString());
                Assert.NotEmpty(record.GetProperty("source").GetProperty("reference").GetString()!);
            }

            foreach (var kind in new[] { "confirmation", "dismissal", "unresolved", "resolution" })
            {
                if (!step.TryGetProperty(kind, out var ruling)) continue;
                var rationale = ruling.GetProperty("rationale").GetString()!;
                Assert.StartsWith("Exercise ruling: ", rationale, StringComparison.Ordinal);
                Assert.EndsWith(", not a finding of fact.", rationale, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Both_sides_allege()
    {
        var allegers = Steps().Where(step => step.TryGetProperty("record", out _)).Select(step => step.GetProperty("record").GetProperty("allegedBy").GetString()).ToArray();
        Assert.Equal(["armenia", "artsakh", "azerbaijan"], allegers.Distinct().Order());
    }

    private static Task<LoadedDemonstration> LoadAsync(LedgerNode node) =>
        DemonstrationLoader.LoadAsync(node.Mediator, node.View, node.HashingKey, Server, CancellationToken.None);

    private static StatusCounts Counts(ComplianceAnswer.Picture picture, string party) => picture.Parties.Single(p => p.Party.Value == party).Counts;

    private static IReadOnlyList<JsonElement> Steps()
    {
        using var stream = typeof(DemonstrationLoader).Assembly.GetManifestResourceStream("karabakh-2020.json")!;
        using var file = JsonDocument.Parse(stream, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        return [.. file.RootElement.Clone().GetProperty("steps").EnumerateArray()];
    }
}
