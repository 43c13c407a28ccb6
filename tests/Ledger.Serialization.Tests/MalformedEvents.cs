using System.Text;
using Ledger.Domain.Violations;

namespace Ledger.Serialization.Tests;

public class MalformedEvents
{
    [Theory]
    [InlineData("""{"reason":1}""", "reason")]
    [InlineData("""{"reason":null}""", "reason")]
    [InlineData("""{}""", "reason")]
    [InlineData("""{"reason":"a","reason":"b"}""", "reason")]
    [InlineData("""{"reason":"a","_sd":["b"],"_sdOf":["reason"]}""", "reason")]
    [InlineData("""{"_sd":["b"]}""", "_sdOf")]
    [InlineData("""{"_sd":["b"],"_sdOf":[]}""", "_sdOf")]
    [InlineData("""{"_sd":["b"],"_sdOf":["reason"],"_sd":["b"]}""", "_sd")]
    [InlineData("""{"_sd":[1],"_sdOf":["reason"]}""", "_sd[0]")]
    [InlineData("""[]""", "")]
    [InlineData("""null""", "")]
    [InlineData("", "")]
    [InlineData("""{"reason":"a\ud800"}""", "reason")]
    [InlineData("""{"reason":"a"}{}""", "")]
    [InlineData("""{"reason":"a" """, "reason")]
    [InlineData("""{'reason':'a'}""", "")]
    [InlineData("""{"reason":"a",}""", "reason")]
    [InlineData("""{/* why */"reason":"a"}""", "")]
    public void The_type_and_the_field_are_named(string stored, string field) => Refused("violation-reopened-v1", stored, field);

    [Theory]
    [InlineData("precision\":\"day", "precision\":\"age", "occurred.precision")]
    [InlineData("08:00:00Z", "08:00:00+00:00", "occurred.from")]
    [InlineData("08:00:00Z", "08:00:60Z", "occurred.from")]
    [InlineData("08:00:00Z", "08:00:00.Z", "occurred.from")]
    [InlineData("08:00:00Z", "08:00:00.12345678Z", "occurred.from")]
    [InlineData("2020-10-18", "2021-02-29", "occurred.from")]
    [InlineData("8000-000000000011", "8000-00000000001", "violationId")]
    [InlineData("01920000-0000-7000-8000-000000000011", "{01920000-0000-7000-8000-000000000011}", "violationId")]
    [InlineData("\"agreementRevision\":7", "\"agreementRevision\":7.0", "agreementRevision")]
    [InlineData("\"agreementRevision\":7", "\"agreementRevision\":9223372036854775808", "agreementRevision")]
    [InlineData("\"allegedParty\":null,", "", "allegedParty")]
    [InlineData("\"possiblyInside\":false", "\"possiblyInside\":\"false\"", "possiblyInside")]
    [InlineData("\"category\":\"other\"", "\"category\":\"Other\"", "category")]
    [InlineData("\"latitude\":-0.5,", "", "location")]
    [InlineData("\"latitude\":-0.5", "\"latitude\":1e999", "location.latitude")]
    [InlineData("\"longitude\":180", "\"longitude\":180,\"bearingDegrees\":{\"from\":1,\"to\":2}", "location.bearingDegrees")]
    [InlineData("\"longitude\":180", "\"longitude\":180,\"observer\":{\"latitude\":1,\"longitude\":2}", "location")]
    [InlineData("\"origin\"", "\"casualties\":[{\"kind\":\"killed\",\"who\":\"total\",\"best\":1},{\"kind\":\"killed\",\"who\":\"total\",\"best\":2147483648}],\"origin\"", "casualties[1].best")]
    public void A_value_that_no_writer_wrote_is_refused(string right, string wrong, string field)
    {
        var golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "golden", "violation-recorded.point.v1.json"));
        Assert.Contains(right, golden, StringComparison.Ordinal);

        Refused("violation-recorded-v1", golden.Replace(right, wrong, StringComparison.Ordinal), field);
    }

    [Theory]
    [InlineData("""{"ruling":{"severity":"minor"},"rationale":"","given":1,"required":1}""", "ruling.kind")]
    [InlineData("""{"ruling":{"severity":"minor","kind":"pardoned"},"rationale":"","given":1,"required":1}""", "ruling.kind")]
    [InlineData("""{"ruling":{"kind":"dispute-resolved","disputeId":"01920000-0000-7000-8000-000000000041","outcome":"upheld","remedy":{"kind":"dismissed","reason":"boredom"}},"rationale":"","given":1,"required":1}""", "ruling.remedy.reason")]
    public void An_unknown_kind_is_refused(string stored, string field) => Refused("ruling-endorsed-v1", stored, field);

    [Fact]
    public void What_must_stay_hidden_is_refused_in_the_clear() => Refused(
        "key-issued-v1", """{"keyId":"k","subject":"s","displayName":"Anna","roles":["reader"],"secretHash":"h"}""", "displayName");

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused() =>
        Assert.Throws<StoredEventException>(() => EventCodec.Decode("violation-reopened-v1", Encoding.Latin1.GetBytes("{\"reason\":\"\u00e9\"}")));

    [Fact]
    public void An_unknown_type_must_at_least_be_an_object()
    {
        Refused("violation-sketched-v1", "[1]", "");
        Refused("violation-sketched-v1", "{'a':1}", "");
        Assert.Throws<StoredEventException>(() => EventCodec.Decode("violation-sketched-v1", new byte[] { 0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D }));
    }

    [Fact]
    public void Deep_nesting_ends_in_the_same_exception() =>
        Refused("violation-reopened-v1", "{\"x\":" + new string('[', 1000) + new string(']', 1000) + "}", null);

    [Fact]
    public void A_failed_reading_leaves_nothing_behind()
    {
        Refused("violation-recorded-v1", """{"violationId":"01920000-0000-7000-8000-000000000011","narrative":"left over","category":7}""", "category");

        var decoded = EventCodec.Decode("violation-recorded-v1", EventCodec.Encode(Examples.All["violation-recorded.minimal.v1"]).Data);

        Assert.Equal(Examples.All["violation-recorded.minimal.v1"], decoded.Event);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_never_stored()
    {
        Assert.ThrowsAny<ArgumentException>(() => EventCodec.Encode(new ViolationEvent.Reopened(Domain.Prose.InClear("\ud800"))));

        Assert.Equal("{}", Encoding.UTF8.GetString(EventCodec.Encode(new Domain.Access.AccessEvent.KeyRevoked()).Data));
    }

    [Fact]
    public void What_could_not_be_read_again_is_never_written()
    {
        var recorded = (ViolationEvent.Recorded)Examples.All["violation-recorded.v1"];

        Assert.ThrowsAny<ArgumentException>(() => EventCodec.Encode(recorded with { AgreementId = default }));
        Assert.ThrowsAny<ArgumentException>(() => EventCodec.Encode(recorded with { Report = recorded.Report with { Origin = null! } }));
        Assert.ThrowsAny<ArgumentException>(() => EventCodec.Encode(recorded with { Confidential = new([null!]) }));
        Assert.ThrowsAny<ArgumentException>(() => EventCodec.Encode(new ViolationEvent.Reopened(Domain.Prose.InClear(null!))));
        Assert.ThrowsAny<ArgumentException>(() => EventCodec.Encode(
            recorded with { Report = recorded.Report with { Location = new Location.Point(new Domain.GeoPoint(double.NaN, 0)) } }));
        Assert.Equal(recorded, EventCodec.Decode("violation-recorded-v1", EventCodec.Encode(recorded).Data).Event);
    }

    [Fact]
    public void A_language_has_one_label()
    {
        Refused("party-added-v1", """{"partyId":"a","name":"A","labels":{"ru":"А","ru":"Б"},"standing":"signatory"}""", "labels.ru");

        var party = ((Domain.Agreements.AgreementEvent.PartyAdded)Examples.All["party-added.v1"]).Party;
        var twice = party with { Labels = new([.. party.Labels, .. party.Labels]) };
        Assert.Throws<ArgumentException>(() => EventCodec.Encode(new Domain.Agreements.AgreementEvent.PartyAdded(twice)));
    }

    [Fact]
    public void A_record_that_is_no_event_has_no_stored_form() => Assert.Throws<ArgumentException>(() => EventCodec.Encode(new object()));

    private static void Refused(string type, string stored, string? field)
    {
        var e = Assert.Throws<StoredEventException>(() => EventCodec.Decode(type, Encoding.UTF8.GetBytes(stored)));
        Assert.Equal(type, e.Type);
        if (field is not null) Assert.Equal(field, e.Field);
    }
}
