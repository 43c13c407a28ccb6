using System.Text;
using Ledger.Domain.Violations;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Tests;

/// <summary>A newer program's events pass through an older one unharmed.</summary>
public class UnknownThings
{
    [Fact]
    public void An_unknown_type_is_kept_whole()
    {
        const string Stored = """{"at":"2020-10-18T00:00:00+04:00","n":1.5,"big":123456789012345678901234567890,"inner":{"_sd":["abc"]}}""";

        var decoded = EventCodec.Decode("violation-sketched-v1", Encoding.UTF8.GetBytes(Stored));

        Assert.Equal("violation-sketched-v1", decoded.Type);
        Assert.Null(decoded.Event);
        Assert.Equal(Stored, Encoding.UTF8.GetString(EventCodec.Encode(decoded)));
    }

    [Fact]
    public void A_newer_version_of_a_known_type_is_an_unknown_type() =>
        Assert.Null(EventCodec.Decode("violation-reopened-v2", """{"reason":"x"}"""u8.ToArray()).Event);

    [Fact]
    public void Unknown_fields_come_back_where_they_stood()
    {
        const string Stored = """
            {"casualties":[{"kind":"killed","who":"total","best":1},{"kind":"injured","who":"total","best":2,"age":"adult"}],"claimedBy":"Hospital","ward":{"beds":3}}
            """;

        var decoded = EventCodec.Decode("casualties-revised-v1", Encoding.UTF8.GetBytes(Stored));

        Assert.IsType<ViolationEvent.CasualtiesRevised>(decoded.Event);
        Assert.True(JToken.DeepEquals(JObject.Parse("""{"casualties":[null,{"age":"adult"}],"ward":{"beds":3}}"""), decoded.Extra));
        Assert.True(JToken.DeepEquals(JObject.Parse(Stored), JObject.Parse(Encoding.UTF8.GetString(EventCodec.Encode(decoded)))));
    }

    [Fact]
    public void A_field_without_a_name_survives_too() => Assert.Equal(
        """{"reason":"x","":1}""",
        Encoding.UTF8.GetString(EventCodec.Encode(EventCodec.Decode("violation-reopened-v1", """{"":1,"reason":"x"}"""u8.ToArray()))));

    [Fact]
    public void A_sealed_field_that_nobody_knows_keeps_its_digest_beside_the_known_ones()
    {
        const string Stored = """{"reason":"dull","_sd":["d1","d2"],"_sdOf":["sketch","mood"]}""";

        var decoded = EventCodec.Decode("violation-reopened-v1", Encoding.UTF8.GetBytes(Stored));

        Assert.Equal(new ViolationEvent.Reopened(Domain.Prose.InClear("dull")), decoded.Event);
        Assert.Equal(Stored, Encoding.UTF8.GetString(EventCodec.Encode(decoded)));
    }

    [Fact]
    public void Known_and_unknown_digests_stay_paired_with_their_names()
    {
        var decoded = EventCodec.Decode("violation-reopened-v1", """{"_sd":["d1","d2"],"_sdOf":["sketch","reason"]}"""u8.ToArray());

        Assert.Equal(new ViolationEvent.Reopened(Domain.Prose.Sealed("d2")), decoded.Event);
        Assert.Equal("""{"_sd":["d2","d1"],"_sdOf":["reason","sketch"]}""", Encoding.UTF8.GetString(EventCodec.Encode(decoded)));
    }
}
