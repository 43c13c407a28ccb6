using System.Text;
using Ledger.Domain;

namespace Ledger.Serialization.Tests;

public class Metadata
{
    private static readonly EventMetadata Full = new(
        new DateTimeOffset(2020, 10, 18, 12, 0, 0, TimeSpan.FromHours(4)), new Actor(new Subject("liaison-az"), Role.Liaison, new PartyId("azerbaijan")),
        new Guid("01920000-0000-7000-8000-000000000061"), "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o", "import-7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 1, new string('A', 43));

    private const string FullJson =
        """{"recordedAt":"2020-10-18T08:00:00.000000Z","actor":{"subject":"liaison-az","role":"liaison","partyId":"azerbaijan"},"commandId":"01920000-0000-7000-8000-000000000061","requestHash":"RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o","correlationId":"import-7","traceParent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","schemaVersion":1,"salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""";

    private const string MinimalJson =
        """{"recordedAt":"2020-10-18T08:00:00.120000Z","actor":{"subject":"liaison-az","role":"system"},"commandId":"01920000-0000-7000-8000-000000000061","requestHash":"RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o","schemaVersion":1,"salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""";

    private static EventMetadata Minimal => Full with
    {
        RecordedAt = Full.RecordedAt.AddMilliseconds(120), Actor = new Actor(new Subject("liaison-az"), Role.System), CorrelationId = null, TraceParent = null,
    };

    [Fact]
    public void It_is_written_as_it_is_for_ever()
    {
        Assert.Equal(FullJson, Encoding.UTF8.GetString(EventCodec.EncodeMetadata(Full)));
        Assert.Equal(MinimalJson, Encoding.UTF8.GetString(EventCodec.EncodeMetadata(Minimal)));
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        Assert.Equal(Full, EventCodec.DecodeMetadata(Encoding.UTF8.GetBytes(FullJson)));
        Assert.Equal(Minimal, EventCodec.DecodeMetadata(Encoding.UTF8.GetBytes(MinimalJson)));
    }

    [Fact]
    public void Fields_that_a_newer_program_adds_are_passed_over() => Assert.Equal(
        Full, EventCodec.DecodeMetadata(Encoding.UTF8.GetBytes(FullJson.Replace("\"salt\"", "\"node\":{\"name\":\"b\"},\"salt\"", StringComparison.Ordinal))));

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+")]
    public void A_salt_that_could_be_guessed_is_never_stored(string salt) =>
        Assert.Throws<ArgumentException>(() => EventCodec.EncodeMetadata(Full with { Salt = salt }));

    [Fact]
    public void A_time_that_the_leaf_could_not_hold_is_never_stored() =>
        Assert.Throws<ArgumentException>(() => EventCodec.EncodeMetadata(Full with { RecordedAt = Full.RecordedAt.AddTicks(1) }));

    [Fact]
    public void A_fault_names_metadata_and_the_field()
    {
        var e = Assert.Throws<StoredEventException>(() => EventCodec.DecodeMetadata(
            Encoding.UTF8.GetBytes(FullJson.Replace("\"liaison\"", "\"king\"", StringComparison.Ordinal))));

        Assert.Equal(("metadata", "actor.role"), (e.Type, e.Field));
    }
}
