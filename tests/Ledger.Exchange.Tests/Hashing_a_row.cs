using System.Text;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Simulation;
using Ledger.Serialization;

namespace Ledger.Exchange.Tests;

/// <summary>The quick way to a row's hash gives what writing, parsing and canonicalising the body gives: else an import and a request over HTTP would tell the same case apart.</summary>
public sealed class Hashing_a_row
{
    [Fact]
    public void The_quick_way_gives_what_the_long_way_gives()
    {
        var records = new SimulatedMission(11, 1_000).Steps().OfType<SimulatedStep.OnViolation>().Select(step => step.Command).OfType<ViolationCommand.Record>().Concat(Odd()).ToArray();
        Assert.True(records.Length > 1_000);
        foreach (var record in records)
        {
            using var body = JsonDocument.Parse(ViolationJson.Write(record));
            Assert.Equal(Encoding.UTF8.GetString(CanonicalJson.Encode(body.RootElement, "confidential")), Encoding.UTF8.GetString(CanonicalReport.Encode(record)));
            Assert.Equal(CanonicalJson.Hash(body.RootElement, "confidential"), CanonicalReport.Hash(record));
        }
    }

    /// <summary>Every field, every kind of place, and the numbers, times and characters that canonical JSON writes in a way of its own.</summary>
    private static IEnumerable<ViolationCommand.Record> Odd()
    {
        double[] numbers = [0, -0.0, 1e-7, 1e-6, 9.9e-6, 1e-5, 0.1, 1.0 / 3, 5e-324, 123456789.125, 1e15, 20_040_000, 1e21];
        string[] texts = ["plain", "quo\"te", "back\\slash", "line\nbreak\tand tab", "\u2028 and \u007f", "ა Ş ə 𝒳 😀", "</script>", new string('x', 3_000)];
        Location[] places =
        [
            .. numbers.Select(number => new Location.Point(new GeoPoint(number % 90, -number % 180), number, "A", "B", new ZoneId("z"))),
            .. numbers.Select(number => new Location.FromObserver(new GeoPoint(1, 2), "O", new Span(number, 2), new Span(3, number), "P", new ZoneId("z"))),
            .. texts.Select(text => new Location.Named(text, text, null)), new Location.FromObserver(new GeoPoint(1, 2)),
        ];
        long[] ticks = [0, 1, 9, 10, 123, 1_234_560, 9_999_999];
        for (var i = 0; i < places.Length; i++)
        {
            var text = texts[i % texts.Length];
            yield return new ViolationCommand.Record(new ViolationId(Guid.NewGuid()), new AgreementId("a"), new Report(
                (Category)(i % 24), new ProvisionId("p"), Values.Of(new ProvisionId("q"), new ProvisionId("r")), Values.Of(new Breach(new AgreementId("b"), new ProvisionId("c")), new Breach(new AgreementId("b"), new ProvisionId("d"))),
                (Weapon)(i % 19), new Occurred(DateTimeOffset.UnixEpoch.AddTicks(ticks[i % ticks.Length]), DateTimeOffset.UnixEpoch.AddDays(i).AddTicks(ticks[(i + 3) % ticks.Length]), (TimePrecision)(i % 5)),
                places[i], Values.Of(text, "other"), i % 2 == 0 ? null : new PartyId("x"), new PartyId("y"), new PartyId("z"), new Count(i, i + 1, (ObservedUnit)(i % 8)),
                new Observation((ObservationMeans)(i % 12), Prose.InClear(text), text), text,
                Values.Of(new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Civilian, new PartyId("x"), 9, 5, 7, true), new CasualtyRow(CasualtyKind.Injured, CasualtyWho.Total, null, null, 0, null)),
                new Source(text, Reliability.B, 3, text), new ExternalReference("s", text, "v"), Values.Of(new ViolationId(Guid.NewGuid()), new ViolationId(Guid.NewGuid())), Prose.InClear(text)), Values<string>.None);
        }
    }
}
