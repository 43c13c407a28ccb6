using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Ledger.Domain.Violations;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Tests;

public class SealedTexts
{
    [Fact]
    public void Digests_are_listed_in_the_order_in_which_they_stand()
    {
        var recorded = (ViolationEvent.Recorded)Examples.All["violation-recorded.sealed.v1"] with { Confidential = new([Examples.Digest('c'), Examples.Digest('d')]) };

        Assert.Equal(
            [Examples.Digest('o'), Examples.Digest('c'), Examples.Digest('d'), Examples.Digest('n')],
            EventCodec.SealedDigests(EventCodec.Encode(recorded).Data));
    }

    [Theory]
    [InlineData("""{"a":[{"_sd":["x"]},{"b":{"_sd":["y","z"]}}],"_sd":[]}""", "x y z")]
    [InlineData("""{"\u005fsd":["x"]}""", "x")]
    [InlineData("""{"text":"_sd","_sd":"no array","other":["_sd"]}""", "")]
    [InlineData("""{"text":"a \\ b"}""", "")]
    public void Only_the_property_counts_wherever_it_stands(string stored, string digests) =>
        Assert.Equal(digests, string.Join(' ', EventCodec.SealedDigests(Encoding.UTF8.GetBytes(stored))));

    [Fact]
    public void Digests_of_what_is_no_json_are_refused() =>
        Assert.Throws<StoredEventException>(() => EventCodec.SealedDigests("""{"_sd":["x" """u8.ToArray()));

    /// <summary>RFC 9901 §7.1: whoever has the disclosures puts each property back into the object that holds its digest.</summary>
    [Fact]
    public void An_sd_jwt_processor_restores_every_text_where_it_stood()
    {
        const string Disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
        Assert.Equal("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0", DigestOf(Disclosure)); // RFC 9901's own example

        var narrative = Disclose("narrative", "A long story");
        var description = Disclose("description", "A long description");
        var clear = (ViolationEvent.Recorded)Examples.All["violation-recorded.v1"];
        var hidden = clear with
        {
            Report = clear.Report with
            {
                Narrative = Domain.Prose.Sealed(DigestOf(narrative)),
                Observation = clear.Report.Observation! with { Description = Domain.Prose.Sealed(DigestOf(description)) },
            },
        };
        var told = clear with
        {
            Report = clear.Report with
            {
                Narrative = Domain.Prose.InClear("A long story"),
                Observation = clear.Report.Observation! with { Description = Domain.Prose.InClear("A long description") },
            },
        };

        var json = JObject.Parse(Encoding.UTF8.GetString(EventCodec.Encode(hidden).Data));
        Restore(json, [narrative, description]);

        Assert.Equal(told with { Confidential = hidden.Confidential }, EventCodec.Decode("violation-recorded-v1", Encoding.UTF8.GetBytes(json.ToString())).Event);
    }

    private static string Disclose(string name, string value) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"[\"salt\", \"{name}\", \"{value}\"]"));

    private static string DigestOf(string disclosure) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(disclosure)));

    private static void Restore(JObject json, string[] disclosures)
    {
        foreach (var holder in json.DescendantsAndSelf().OfType<JObject>().ToList())
        {
            var given = disclosures.Where(disclosure => holder["_sd"]?.Values<string>().Contains(DigestOf(disclosure)) == true).ToList();
            foreach (var disclosure in given)
            {
                var parts = JArray.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(disclosure)));
                holder[(string)parts[1]!] = parts[2];
            }

            if (given.Count == 0) continue;
            holder.Remove("_sd");
            holder.Remove("_sdOf"); // ours, not the standard's
        }
    }
}
