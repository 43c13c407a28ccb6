using System.Text;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Tests;

/// <summary>No stored form has a successor yet, so the mechanism is shown on a table of its own.</summary>
public class Upcasting
{
    private static readonly StoredType Current = StoredType.Of("violation-withdrawn-v3", ViolationForms.Withdrawn);

    private static readonly EventRegistry Registry = new(
        [Current],
        [
            new Upcaster("violation-withdrawn-v1", "violation-withdrawn-v2", json => new JObject { ["why"] = json["text"] }),
            new Upcaster("violation-withdrawn-v2", "violation-withdrawn-v3", Rename),
        ]);

    [Theory]
    [InlineData("violation-withdrawn-v1", """{"text":"by mistake"}""")]
    [InlineData("violation-withdrawn-v2", """{"why":"by mistake"}""")]
    [InlineData("violation-withdrawn-v3", """{"reason":"by mistake"}""")]
    public void Every_version_is_read_as_the_newest(string type, string stored)
    {
        var decoded = Registry.Decode(type, Encoding.UTF8.GetBytes(stored));

        Assert.Equal(new DecodedEvent("violation-withdrawn-v3", new ViolationEvent.Withdrawn(Prose.InClear("by mistake")), null), decoded);
        Assert.Equal("""{"reason":"by mistake"}""", Encoding.UTF8.GetString(Registry.Encode(decoded)));
    }

    [Fact]
    public void Fields_that_an_upcaster_leaves_alone_survive()
    {
        var decoded = Registry.Decode("violation-withdrawn-v2", """{"why":"x","seenAt":"2020-10-18T00:00:00.000Z"}"""u8.ToArray());

        Assert.Equal("""{"seenAt":"2020-10-18T00:00:00.000Z"}""", decoded.Extra!.ToString(Newtonsoft.Json.Formatting.None));
    }

    [Fact]
    public void An_event_that_an_upcaster_trips_over_is_named()
    {
        var e = Assert.Throws<StoredEventException>(() => Registry.Decode("violation-withdrawn-v2", "{}"u8.ToArray()));

        Assert.Equal("violation-withdrawn-v2", e.Type);
    }

    [Fact]
    public void A_table_that_leads_nowhere_or_round_in_circles_is_refused()
    {
        static JObject Same(JObject json) => json;

        Assert.Throws<ArgumentException>(() => new EventRegistry([Current], [new Upcaster("a-v1", "a-v2", Same)]));
        Assert.Throws<ArgumentException>(() => new EventRegistry([Current], [new Upcaster("a-v1", "a-v2", Same), new Upcaster("a-v2", "a-v1", Same)]));
        Assert.Throws<ArgumentException>(() => new EventRegistry([Current], [new Upcaster(Current.Name, Current.Name, Same)]));
        Assert.Throws<ArgumentException>(() => new EventRegistry([Current, Current], []));
    }

    private static JObject Rename(JObject json)
    {
        json["reason"] = (string)json["why"]! ?? throw new InvalidOperationException("no reason");
        json.Remove("why");
        return json;
    }
}
