using CsCheck;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Tests;

public class RoundTrips
{
    public static TheoryData<string> Types => new(StoredTypes.Registry.Types.Select(type => type.Name));

    [Theory, MemberData(nameof(Types))]
    public void Any_event_is_read_as_it_was_written(string type) => Anything(type).Sample(
        @event =>
        {
            var encoded = EventCodec.Encode(@event);
            var decoded = EventCodec.Decode(encoded.Type, encoded.Data);

            Assert.Equal(type, encoded.Type);
            Assert.Equal(@event, decoded.Event);
            Assert.Null(decoded.Extra);
            Assert.Equal(encoded.Data, EventCodec.Encode(decoded));
        },
        iter: 300);

    [Theory, MemberData(nameof(Types))]
    public void Fields_that_nobody_knows_survive_wherever_they_stand(string type) => Anything(type).Sample(
        @event =>
        {
            var json = Json(EventCodec.Encode(@event).Data);
            foreach (var inner in json.DescendantsAndSelf().OfType<JObject>().ToList()) inner.AddFirst(new JProperty("unheardOf", "2020-10-18T00:00:00+04:00"));

            var decoded = EventCodec.Decode(type, Bytes(json));

            Assert.NotNull(decoded.Event);
            Assert.True(JToken.DeepEquals(json, Json(EventCodec.Encode(decoded))));
        },
        iter: 100);

    [Theory, MemberData(nameof(Types))]
    public void The_order_of_fields_says_nothing(string type) => Anything(type).Sample(
        @event =>
        {
            var json = Json(EventCodec.Encode(@event).Data);
            foreach (var inner in json.DescendantsAndSelf().OfType<JObject>().ToList())
            {
                if (inner.Path.EndsWith("labels", StringComparison.Ordinal)) continue; // a list in the domain
                var properties = inner.Properties().Reverse().ToList();
                inner.RemoveAll();
                properties.ForEach(inner.Add);
            }

            Assert.Equal(@event, EventCodec.Decode(type, Bytes(json)).Event);
        },
        iter: 100);

    [Theory, MemberData(nameof(Types))]
    public void The_digests_that_are_found_are_those_that_were_sealed(string type) => Anything(type).Sample(
        @event =>
        {
            var data = EventCodec.Encode(@event).Data;

            Assert.Equal(Json(data).SelectTokens("$..['_sd'][*]").Select(digest => (string)digest!), EventCodec.SealedDigests(data));
        },
        iter: 100);

    [Fact]
    public void Many_threads_write_and_read_side_by_side() => Parallel.For(0, 2000, i =>
    {
        var example = Examples.All.Values.ElementAt(i % Examples.All.Count);
        var encoded = EventCodec.Encode(example);

        Assert.Equal(example, EventCodec.Decode(encoded.Type, encoded.Data).Event);
    });

    private static Gen<object> Anything(string type) => Arbitrary.Of(StoredTypes.Registry.Types.Single(stored => stored.Name == type).ClrType);

    private static JObject Json(byte[] data)
    {
        using var json = new JsonTextReader(new StreamReader(new MemoryStream(data))) { DateParseHandling = DateParseHandling.None };
        return JObject.Load(json);
    }

    private static byte[] Bytes(JObject json) => System.Text.Encoding.UTF8.GetBytes(json.ToString());
}
