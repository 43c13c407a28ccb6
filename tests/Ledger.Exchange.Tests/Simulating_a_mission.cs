using System.Security.Cryptography;
using System.Text;
using Ledger.Domain.Violations;
using Ledger.Exchange.Simulation;
using Ledger.Serialization;

namespace Ledger.Exchange.Tests;

public sealed class Simulating_a_mission
{
    /// <summary>Of every event of seed 7 with 500 cases; a change means that cited simulations come out differently.</summary>
    private const string KnownDigest = "85d5a5cb05b33b25a9a4ed4199133f46498c4eeeb7bee4cb1f3d56f5b09a1b08";

    [Fact]
    public void The_same_seed_gives_the_same_mission_for_ever()
    {
        Assert.Equal(KnownDigest, Digest(7, 500));
        Assert.NotEqual(KnownDigest, Digest(8, 500));
    }

    [Fact]
    public void Time_never_runs_backwards_and_revisions_have_no_holes()
    {
        var newest = DateTimeOffset.MinValue;
        var next = new Dictionary<string, long>();
        foreach (var e in new SimulatedMission(3, 2_000).Events())
        {
            Assert.True(e.RecordedAt >= newest, $"{e.RecordedAt} comes after {newest}");
            newest = e.RecordedAt;
            Assert.Equal(next.GetValueOrDefault(e.Stream), e.Revision);
            next[e.Stream] = e.Revision + 1;
        }
    }

    [Fact]
    public void It_has_as_many_cases_as_asked_for_and_of_every_fate()
    {
        var states = new Dictionary<string, ViolationState>();
        foreach (var e in new SimulatedMission(3, 2_000).Events())
            if (e.Event is ViolationEvent v)
                states[e.Stream] = ViolationDecider.Evolve(states.GetValueOrDefault(e.Stream), new Domain.Fact<ViolationEvent>(v, Guid.Empty, e.Actor, e.RecordedAt, e.Revision));

        Assert.Equal(2_000, states.Count);
        Assert.Equal(Enum.GetValues<ViolationStatus>(), states.Values.Select(state => state.Status).Distinct().Order());
        Assert.Contains(states.Values, state => state.AccountableParty is null);
        Assert.InRange(states.Values.Count(state => state.Status == ViolationStatus.Confirmed), 400, 900);
    }

    [Fact]
    public async Task Played_into_a_ledger_it_is_taken_as_it_is_and_only_once()
    {
        await using var node = await Some.NodeAsync();
        var mission = new SimulatedMission(5, 400);
        var runner = new SimulationRunner(node.Mediator);
        var first = await runner.RunAsync(mission, null, CancellationToken.None);
        var second = await runner.RunAsync(mission, null, CancellationToken.None);

        Assert.Empty(first.Refused);
        Assert.Equal((400, 0), (first.Cases, first.Repeated));
        Assert.Empty(second.Refused);
        Assert.Equal((0, first.Stored), (second.Stored, second.Repeated));

        var picture = await Some.PictureAsync(node, mission.Agreement);
        Assert.Equal(400, picture.Parties.Sum(party => party.Counts.Recorded));
        Assert.All(picture.Parties, party => Assert.Equal(
            party.Counts.Recorded,
            party.Counts.Alleged + party.Counts.Disputed + party.Counts.Confirmed + party.Counts.Dismissed + party.Counts.Unresolved + party.Counts.Withdrawn + party.Counts.Duplicate));
    }

    [Fact]
    public async Task The_ledger_holds_the_very_events_that_the_stream_gives()
    {
        await using var node = await Some.NodeAsync();
        var mission = new SimulatedMission(6, 200);
        await new SimulationRunner(node.Mediator).RunAsync(mission, null, CancellationToken.None);

        var stored = (await Some.EventsAsync(node)).ToDictionary(e => (e.Stream.Value, e.Revision.Value), e => (e.Type, Encoding.UTF8.GetString(e.Data.Span)));
        var expected = mission.Events().ToDictionary(e => (e.Stream, e.Revision), e =>
        {
            var encoded = EventCodec.Encode(e.Event);
            return (encoded.Type, Encoding.UTF8.GetString(encoded.Data));
        });
        Assert.Equal(expected.Count, stored.Count);
        foreach (var (key, value) in expected) Assert.Equal(value, stored[key]);
    }

    private static string Digest(int seed, int violations)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var e in new SimulatedMission(seed, violations).Events())
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{e.Stream}/{e.Revision} {e.Actor.Subject} {e.RecordedAt.UtcTicks} "));
            hash.AppendData(EventCodec.Encode(e.Event).Data);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
